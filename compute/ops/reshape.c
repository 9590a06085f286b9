/* SPDX-License-Identifier: Apache-2.0 */
/* reshape: the same elements under another shape. A result shares the memory of what it was made
 * from; a weight or an input is copied. */
#include "compute/op.h"
#include "compute/ops.h"

#include <string.h>

static const Op reshape_op;

Tensor *
op_reshape(Graph *g, Tensor *x, const Shape *shape)
{
    if (tensor_count(x) != shape_count(shape)) {
        g_autofree char *sx = shape_to_string(&x->shape), *sy = shape_to_string(shape);
        g_error("reshape: %s and %s differ in size", sx, sy);
    }
    if (shape_equal(&x->shape, shape))
        return x;
    Tensor *y = graph_node(g, &reshape_op, 1, &x, 1, shape, NULL)->out[0];
    if (x->kind == TENSOR_RESULT)
        y->alias = x;
    return y;
}

static Tensor *
build(Graph *g, Tensor *const *in, const OpAttrs *attrs)
{
    int64_t n = tensor_count(in[0]);
    Tensor *flat = op_reshape(g, op_scale(g, in[0], 2.0f), &SHAPE(n));
    return op_reshape(g, flat, &SHAPE(n, 1));
}

static void
backward(Graph *g, const Node *n, Tensor *const *dout, Tensor **din)
{
    din[0] = op_reshape(g, dout[0], &n->in[0]->shape);
}

static void
cpu(const Node *n, void *const *in, void *const *out)
{
    if (in[0] != out[0])
        memcpy(out[0], in[0], (size_t)tensor_count(n->out[0]) * sizeof(float));
}

static void
vulkan(const Node *n, Dispatcher *d)
{
    if (n->out[0]->alias)
        return;
    struct {
        uint32_t n;
        float factor;
    } push = {(uint32_t)tensor_count(n->out[0]), 1.0f};
    dispatch_1d(d, "scale", &push, sizeof push, (Tensor *[]){n->in[0], n->out[0]}, 2, push.n);
}

static const OpCase cases[] = {
    {.name = "3x5x7", .in = {SHAPE_INIT(3, 5, 7)}},
};

static const Op reshape_op = {.name = "reshape",
                              .build = build,
                              .backward = backward,
                              .cpu = cpu,
                              .vulkan = vulkan,
                              .cases = cases,
                              .n_cases = G_N_ELEMENTS(cases)};

const Op *const reshape_ops[] = {&reshape_op, NULL};
