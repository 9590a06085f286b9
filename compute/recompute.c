/* SPDX-License-Identifier: Apache-2.0 */
/* Segments and their second recording. */
#include "compute/recompute.h"

#include "compute/op.h"

struct Recompute {
    Graph *graph;
    guint n_nodes;
    guint first;     /* of the present segment; n_nodes before the last one */
    guint n_tensors; /* recorded before any was recorded again */
    int *segment;    /* by node; NULL without checkpointing */
    bool *escapes;   /* by tensor: read in a later segment, or kept; so it stays in memory */
    Tensor **again;  /* by tensor: the one recorded again, NULL where there is none */
    Node **nodes;    /* by node, likewise */
};

static void
number_segments(Recompute *recompute)
{
    const GArray *marks = recompute->graph->marks;
    guint mark = 0;
    for (guint i = 0; i < recompute->n_nodes; i++) {
        while (mark < marks->len && g_array_index(marks, guint, mark) <= i)
            mark++;
        recompute->segment[i] = (int)mark;
    }
}

/* A view stays with what it is a view of. */
static void
mark_escape(Recompute *recompute, const Tensor *t)
{
    for (; t; t = t->alias)
        recompute->escapes[t->id] = true;
}

static void
find_escapes(Recompute *recompute)
{
    const Graph *graph = recompute->graph;
    for (guint i = 0; i < recompute->n_nodes; i++) {
        const Node *node = graph->nodes->pdata[i];
        for (int j = 0; j < node->n_in; j++) {
            const Tensor *in = node->in[j];
            if (in && in->producer >= 0 &&
                recompute->segment[in->producer] != recompute->segment[i])
                mark_escape(recompute, in);
        }
    }
    for (guint i = 0; i < recompute->n_tensors; i++) {
        const Tensor *t = graph->tensors->pdata[i];
        if (t->keep || t->kind != TENSOR_RESULT)
            mark_escape(recompute, t);
    }
}

Recompute *
recompute_new(Graph *graph)
{
    Recompute *recompute = g_new0(Recompute, 1);
    recompute->graph = graph;
    recompute->n_nodes = graph->nodes->len;
    recompute->n_tensors = graph->tensors->len;
    if (!graph->checkpointing)
        return recompute;
    recompute->first = recompute->n_nodes;
    recompute->segment = g_new0(int, recompute->n_nodes + 1);
    recompute->escapes = g_new0(bool, recompute->n_tensors + 1);
    recompute->again = g_new0(Tensor *, recompute->n_tensors + 1);
    recompute->nodes = g_new0(Node *, recompute->n_nodes + 1);
    number_segments(recompute);
    find_escapes(recompute);
    return recompute;
}

void
recompute_free(Recompute *recompute)
{
    g_free(recompute->segment);
    g_free(recompute->escapes);
    g_free(recompute->again);
    g_free(recompute->nodes);
    g_free(recompute);
}

/* Whether all that the node reads and makes stays in memory. */
static bool
stays(const Recompute *recompute, const Node *node)
{
    bool all = true;
    for (int i = 0; i < node->n_out; i++)
        all &= recompute->escapes[node->out[i]->id];
    for (int i = 0; i < node->n_in; i++)
        all &= !node->in[i] || recompute->escapes[node->in[i]->id];
    return all;
}

static Tensor *
now(const Recompute *recompute, Tensor *t)
{
    return t && !recompute->escapes[t->id] ? recompute->again[t->id] : t;
}

static void
record_again(Recompute *recompute, guint i)
{
    const Node *node = recompute->graph->nodes->pdata[i];
    Tensor *in[NODE_MAX_IN];
    Shape shapes[NODE_MAX_OUT];
    if (stays(recompute, node))
        return;
    for (int j = 0; j < node->n_in; j++)
        in[j] = now(recompute, node->in[j]);
    for (int j = 0; j < node->n_out; j++)
        shapes[j] = node->out[j]->shape;
    Node *again =
        graph_node(recompute->graph, node->op, node->n_in, in, node->n_out, shapes, &node->attrs);
    for (int j = 0; j < node->n_out; j++) {
        again->out[j]->dtype = node->out[j]->dtype;
        again->out[j]->exact = node->out[j]->exact;
        again->out[j]->alias = now(recompute, node->out[j]->alias);
        recompute->again[node->out[j]->id] = again->out[j];
    }
    recompute->nodes[i] = again;
}

/* The segment of node i, which is the last of it. The very last segment is not recorded again: all
 * of it is at hand when its backward begins. */
static void
enter_segment(Recompute *recompute, guint i)
{
    guint first = i;
    while (first > 0 && recompute->segment[first - 1] == recompute->segment[i])
        first--;
    recompute->first = first;
    if (i == recompute->n_nodes - 1) {
        for (guint j = first; j <= i; j++) {
            const Node *node = recompute->graph->nodes->pdata[j];
            for (int k = 0; k < node->n_out; k++)
                recompute->escapes[node->out[k]->id] = true;
        }
    }
    for (guint j = first; j <= i; j++)
        record_again(recompute, j);
}

const Node *
recompute_node(Recompute *recompute, guint i)
{
    if (i < recompute->first)
        enter_segment(recompute, i);
    const Node *node = recompute->graph->nodes->pdata[i];
    Node *again = recompute->nodes ? recompute->nodes[i] : NULL;
    for (int j = 0; again && j < node->n_out; j++) {
        if (recompute->escapes[node->out[j]->id])
            again->out[j]->grad = node->out[j]->grad;
    }
    return again ? again : node;
}

void
recompute_done(Recompute *recompute, guint i)
{
    Node *node = recompute->graph->nodes->pdata[i];
    const Node *again = recompute->nodes ? recompute->nodes[i] : NULL;
    for (int j = 0; again && j < node->n_out; j++)
        node->out[j]->grad = again->out[j]->grad; /* where those look who recorded it */
}
