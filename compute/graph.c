/* SPDX-License-Identifier: Apache-2.0 */
/* Recording nodes and cutting dead ones. */
#include "compute/graph.h"

#include "compute/op.h"

Graph *
graph_new(void)
{
    Graph *graph = g_new0(Graph, 1);
    graph->tensors = g_ptr_array_new_with_free_func(g_free);
    graph->nodes = g_ptr_array_new_with_free_func(g_free);
    graph->weight_tensors = g_hash_table_new(NULL, NULL);
    graph->marks = g_array_new(FALSE, FALSE, sizeof(guint));
    return graph;
}

void
graph_free(Graph *graph)
{
    if (!graph)
        return;
    g_ptr_array_unref(graph->tensors);
    g_ptr_array_unref(graph->nodes);
    g_hash_table_unref(graph->weight_tensors);
    g_array_unref(graph->marks);
    g_free(graph);
}

static Tensor *
tensor_new(Graph *graph, TensorKind kind, DType dtype, const Shape *shape)
{
    Tensor *t = g_new0(Tensor, 1);
    t->id = (int)graph->tensors->len;
    t->kind = kind;
    t->dtype = dtype;
    t->shape = *shape;
    t->producer = -1;
    g_ptr_array_add(graph->tensors, t);
    return t;
}

Tensor *
graph_input(Graph *graph, DType dtype, const Shape *shape)
{
    return tensor_new(graph, TENSOR_INPUT, dtype, shape);
}

Tensor *
graph_weight(Graph *graph, Weight *weight)
{
    Tensor *t = g_hash_table_lookup(graph->weight_tensors, weight);
    if (!t) {
        t = tensor_new(graph, TENSOR_WEIGHT, weight->dtype, &weight->shape);
        t->weight = weight;
        t->wants_grad = weight->trainable;
        g_hash_table_insert(graph->weight_tensors, weight, t);
    }
    return t;
}

void
graph_mark(Graph *graph)
{
    g_array_append_val(graph->marks, graph->nodes->len);
}

Tensor *
graph_keep(Graph *graph, Tensor *t)
{
    t->keep = true;
    return t;
}

void
graph_want_grad(Graph *graph, Tensor *t)
{
    g_return_if_fail(t->kind == TENSOR_INPUT && t->dtype == DTYPE_F32);
    t->wants_grad = true;
}

void
graph_on_gradient(Graph *graph, GraphGradientFunc func, void *data)
{
    graph->on_gradient = func;
    graph->on_gradient_data = data;
}

Node *
graph_node(Graph *graph, const Op *op, int n_in, Tensor *const *in, int n_out,
           const Shape *out_shapes, const OpAttrs *attrs)
{
    g_return_val_if_fail(n_in <= NODE_MAX_IN && n_out <= NODE_MAX_OUT, NULL);
    Node *node = g_new0(Node, 1);
    node->op = op;
    node->n_in = n_in;
    node->n_out = n_out;
    if (attrs)
        node->attrs = *attrs;
    bool wants_grad = false;
    for (int i = 0; i < n_in; i++) {
        node->in[i] = in[i];
        wants_grad |= in[i] && in[i]->wants_grad;
    }
    for (int i = 0; i < n_out; i++) {
        node->out[i] = tensor_new(graph, TENSOR_RESULT, DTYPE_F32, &out_shapes[i]);
        node->out[i]->wants_grad = wants_grad && op->backward;
        node->out[i]->producer = (int)graph->nodes->len;
        node->out[i]->exact = op->exact_out >> i & 1;
    }
    g_ptr_array_add(graph->nodes, node);
    return node;
}

static void
node_mark_inputs(const Node *node, bool *live)
{
    for (int i = 0; i < node->n_in; i++) {
        if (node->in[i])
            live[node->in[i]->id] = true;
    }
}

static bool
node_is_live(const Node *node, const bool *live)
{
    if (node->op->writes)
        return true;
    for (int i = 0; i < node->n_out; i++) {
        if (node->out[i]->keep || live[node->out[i]->id])
            return true;
    }
    return false;
}

void
graph_prune(Graph *graph)
{
    g_autofree bool *live = g_new0(bool, graph->tensors->len + 1);
    g_autofree bool *stays = g_new0(bool, graph->nodes->len + 1);
    for (guint i = graph->nodes->len; i-- > 0;) {
        const Node *node = graph->nodes->pdata[i];
        stays[i] = node_is_live(node, live);
        if (stays[i])
            node_mark_inputs(node, live);
    }
    GPtrArray *kept = g_ptr_array_new_with_free_func(g_free);
    for (guint i = 0; i < graph->nodes->len; i++) {
        if (stays[i])
            g_ptr_array_add(kept, graph->nodes->pdata[i]);
        else
            g_free(graph->nodes->pdata[i]);
    }
    g_ptr_array_set_free_func(graph->nodes, NULL);
    g_ptr_array_unref(graph->nodes);
    graph->nodes = kept;
}

static Tensor *
root_of(Tensor *t)
{
    while (t->alias)
        t = t->alias;
    return t;
}

void
graph_settle(Graph *graph, DType storage)
{
    for (guint i = 0; i < graph->tensors->len; i++) {
        Tensor *t = graph->tensors->pdata[i];
        if (t->keep || t->exact)
            root_of(t)->exact = true;
        if (t->kind == TENSOR_WEIGHT) /* an optimiser may have changed it since */
            t->dtype = t->weight->dtype;
    }
    for (guint i = 0; i < graph->tensors->len; i++) { /* an alias stands behind its root */
        Tensor *t = graph->tensors->pdata[i];
        if (t->kind == TENSOR_RESULT && t->dtype != DTYPE_I32)
            t->dtype = t->alias ? root_of(t)->dtype : t->exact ? DTYPE_F32 : storage;
    }
}

double
node_work(const Node *node)
{
    double n = 0;
    if (node->op->work)
        return node->op->work(node);
    for (int i = 0; i < node->n_out; i++)
        n += (double)tensor_count(node->out[i]);
    return n;
}

double
graph_work(const Graph *graph)
{
    double work = graph->fused_work;
    for (guint i = 0; i < graph->nodes->len; i++)
        work += node_work(graph->nodes->pdata[i]);
    return work;
}
