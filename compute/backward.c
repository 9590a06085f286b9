/* SPDX-License-Identifier: Apache-2.0 */
/* Backward extends the recording: each node, last first, turns the gradients of its results into
 * nodes that make those of its inputs. What wants no gradient gets none. */
#include "compute/recompute.h"
#include "compute/graph.h"
#include "compute/op.h"
#include "compute/ops.h"

Tensor *
grad_add(Graph *g, Tensor *a, Tensor *b)
{
    if (!a || !b)
        return a ? a : b;
    return op_add(g, a, b);
}

/* The gradient of a weight stays f32: optimisers add many of them up. One that other nodes share
 * (recorded before n_before) is copied for that. */
static Tensor *
make_exact(Graph *graph, Tensor *grad, int n_before)
{
    if (grad->kind != TENSOR_RESULT || grad->producer < n_before)
        grad = op_scale(graph, grad, 1);
    grad->exact = true;
    return grad;
}

static void
node_backward(Graph *graph, const Node *node)
{
    Tensor *dout[NODE_MAX_OUT] = {NULL};
    Tensor *din[NODE_MAX_IN] = {NULL};
    bool arrives = false;
    int n_before = (int)graph->nodes->len;
    for (int i = 0; i < node->n_out; i++) {
        dout[i] = node->out[i]->grad;
        arrives |= dout[i] != NULL;
    }
    if (!arrives || !node->op->backward)
        return;
    node->op->backward(graph, node, dout, din);
    for (int i = 0; i < node->n_in; i++) {
        Tensor *in = node->in[i];
        if (!in || !in->wants_grad || !din[i])
            continue;
        if (tensor_count(in) != tensor_count(din[i]))
            g_error("%s: gradient %d has %" G_GINT64_FORMAT
                    " elements, its input %" G_GINT64_FORMAT,
                    node->op->name, i, tensor_count(din[i]), tensor_count(in));
        if (in->kind == TENSOR_WEIGHT)
            din[i] = make_exact(graph, din[i], n_before);
        in->grad = grad_add(graph, in->grad, din[i]);
        if (in->kind == TENSOR_WEIGHT)
            in->grad->exact = true;
    }
}

/* first[id]: index of the first node that reads weight id; no gradient comes to it before that. */
static void
find_first_uses(const Graph *graph, guint n_nodes, guint *first)
{
    for (guint i = n_nodes; i-- > 0;) {
        const Node *node = graph->nodes->pdata[i];
        for (int j = 0; j < node->n_in; j++) {
            if (node->in[j] && node->in[j]->kind == TENSOR_WEIGHT)
                first[node->in[j]->id] = i;
        }
    }
}

/* Tells of the weights whose gradient is whole once node i is passed. */
static void
tell_whole(Graph *graph, guint i, guint *first)
{
    const Node *node = graph->nodes->pdata[i];
    for (int j = 0; j < node->n_in; j++) {
        Tensor *in = node->in[j];
        if (!in || in->kind != TENSOR_WEIGHT || !in->grad || first[in->id] != i)
            continue;
        first[in->id] = G_MAXUINT; /* once */
        graph->on_gradient(graph, in, graph->on_gradient_data);
    }
}

void
graph_backward_from(Graph *graph, Tensor *y, Tensor *dy)
{
    guint n_nodes = graph->nodes->len;
    g_autofree guint *first = g_new(guint, graph->tensors->len);
    g_autoptr(Recompute) recompute = recompute_new(graph);
    find_first_uses(graph, n_nodes, first);
    y->grad = dy;
    for (guint i = n_nodes; i-- > 0;) {
        const Node *node = recompute_node(recompute, i);
        bool wants = false;
        for (int j = 0; j < node->n_in; j++)
            wants |= node->in[j] && node->in[j]->wants_grad;
        if (wants)
            node_backward(graph, node);
        recompute_done(recompute, i);
        if (wants && graph->on_gradient)
            tell_whole(graph, i, first);
    }
}

void
graph_backward(Graph *graph, Tensor *loss)
{
    g_return_if_fail(tensor_count(loss) == 1);
    graph_backward_from(graph, loss, op_fill(graph, &loss->shape, 1.0f));
}
