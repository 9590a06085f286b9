/* SPDX-License-Identifier: Apache-2.0 */
#include "compute/fuse.h"

#include "compute/op.h"

typedef struct {
    Graph *graph;
    int *producer; /* by tensor id: index of its node, -1 for inputs and weights */
    int *readers;  /* by tensor id; what shares memory, or is kept, counts as several */
} Fusion;

enum { SEVERAL = 1000 };

static Node *
node_at(const Fusion *f, int index)
{
    return index < 0 ? NULL : f->graph->nodes->pdata[index];
}

static void
fusion_init(Fusion *f, Graph *graph)
{
    f->graph = graph;
    f->producer = g_new(int, graph->tensors->len + 1);
    f->readers = g_new0(int, graph->tensors->len + 1);
    for (guint i = 0; i < graph->tensors->len; i++) {
        const Tensor *t = graph->tensors->pdata[i];
        f->producer[i] = -1;
        if (t->keep)
            f->readers[i] += SEVERAL;
        if (t->alias) {
            f->readers[i] += SEVERAL;
            f->readers[t->alias->id] += SEVERAL;
        }
    }
    for (guint i = 0; i < graph->nodes->len; i++) {
        const Node *node = graph->nodes->pdata[i];
        for (int j = 0; j < node->n_in; j++)
            if (node->in[j])
                f->readers[node->in[j]->id]++;
        for (int j = 0; j < node->n_out; j++)
            f->producer[node->out[j]->id] = (int)i;
    }
}

/* Whether t is the result of a node whose input `slot` is free, and nobody reads it but the sum. */
static Node *
taker_of(const Fusion *f, const Tensor *t, int slot)
{
    Node *node = node_at(f, f->producer[t->id]);
    if (!node || slot <= 0 || node->out[0] != t || f->readers[t->id] != 1 ||
        (node->n_in > slot && node->in[slot]))
        return NULL;
    return node;
}

static void
node_take(Node *node, int slot, Tensor *t)
{
    for (; node->n_in <= slot; node->n_in++)
        node->in[node->n_in] = NULL;
    node->in[slot] = t;
}

/* The node at `from` takes over the result of the one at `index`, which goes, and its place if it
 * needs what is made between them. */
static void
replace(Fusion *f, int from, int index, bool later)
{
    GPtrArray *nodes = f->graph->nodes;
    Node *node = nodes->pdata[from], *gone = nodes->pdata[index];
    node->out[0] = gone->out[0];
    f->graph->fused_work += (double)tensor_count(gone->out[0]);
    g_free(gone);
    nodes->pdata[index] = NULL;
    if (later) {
        nodes->pdata[index] = node;
        nodes->pdata[from] = NULL;
        for (int i = 0; i < node->n_out; i++)
            f->producer[node->out[i]->id] = index;
    } else {
        f->producer[node->out[0]->id] = from;
    }
}

/* y = product + other */
static bool
fuse_into(Fusion *f, int index, Tensor *product, Tensor *other, bool channel)
{
    int from = f->producer[product->id];
    const Node *maker = node_at(f, from);
    int slot = maker ? (channel ? maker->op->channel_in : maker->op->add_in) : 0;
    Node *taker = taker_of(f, product, slot);
    if (!taker)
        return false;
    node_take(taker, slot, other);
    replace(f, from, index, f->producer[other->id] > from);
    return true;
}

/* y = (base + product) + other, where product has taken base already: base takes other. */
static bool
fuse_behind(Fusion *f, int index, Tensor *product, Tensor *other)
{
    int from = f->producer[product->id];
    Node *maker = node_at(f, from);
    int slot = maker ? maker->op->add_in : 0;
    if (slot <= 0 || maker->out[0] != product || f->readers[product->id] != 1 ||
        maker->n_in <= slot || !maker->in[slot])
        return false;
    Tensor *base = maker->in[slot];
    const Node *base_maker = node_at(f, f->producer[base->id]);
    Node *taker = base_maker ? taker_of(f, base, base_maker->op->add_in) : NULL;
    if (!taker || f->producer[other->id] >= f->producer[base->id])
        return false;
    node_take(taker, taker->op->add_in, other);
    replace(f, from, index, false);
    return true;
}

static void
fuse_sum(Fusion *f, int index)
{
    const Node *node = node_at(f, index);
    Tensor *a = node->in[0], *b = node->in[1];
    if (a == b)
        return;
    if (f->producer[a->id] > f->producer[b->id]) { /* b: the later one, that can take the other */
        Tensor *t = a;
        a = b;
        b = t;
    }
    if (fuse_into(f, index, b, a, false) || fuse_behind(f, index, b, a))
        return;
    fuse_into(f, index, a, b, false);
}

void
graph_fuse(Graph *graph)
{
    Fusion f;
    fusion_init(&f, graph);
    for (guint i = 0; i < graph->nodes->len; i++) {
        const Node *node = graph->nodes->pdata[i];
        if (!node)
            continue;
        if (node->op->sum == OP_SUM)
            fuse_sum(&f, (int)i);
        else if (node->op->sum == OP_SUM_CHANNEL)
            fuse_into(&f, (int)i, node->in[0], node->in[1], true);
    }
    GPtrArray *kept = g_ptr_array_new_with_free_func(g_free);
    for (guint i = 0; i < graph->nodes->len; i++)
        if (graph->nodes->pdata[i])
            g_ptr_array_add(kept, graph->nodes->pdata[i]);
    g_ptr_array_set_free_func(graph->nodes, NULL);
    g_ptr_array_unref(graph->nodes);
    graph->nodes = kept;
    g_free(f.producer);
    g_free(f.readers);
}
