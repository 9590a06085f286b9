/* SPDX-License-Identifier: Apache-2.0 */
/* softmax over the last dimension: y = exp(x - max) / sum, dx = y (dy - sum(y dy)). */
#include "compute/cpu/fast_math.h"
#include "compute/cpu/parallel.h"
#include "compute/op.h"
#include "compute/ops.h"
#include "compute/ops/rows.h"

static const Op softmax_op, softmax_backward_op;

Tensor *
op_softmax(Graph *g, Tensor *x)
{
    return graph_node(g, &softmax_op, 1, &x, 1, &x->shape, NULL)->out[0];
}

static Tensor *
build(Graph *g, Tensor *const *in, const OpAttrs *attrs)
{
    return op_softmax(g, in[0]);
}

static void
backward(Graph *g, const Node *n, Tensor *const *dout, Tensor **din)
{
    Tensor *in[] = {n->out[0], dout[0]};
    din[0] = graph_node(g, &softmax_backward_op, 2, in, 1, &n->in[0]->shape, NULL)->out[0];
}

CPU_CLONES static void
softmax_row(int64_t n, const float *restrict x, float *restrict y)
{
    float max = x[0], sum = 0;
#pragma omp simd reduction(max : max)
    for (int64_t i = 0; i < n; i++)
        max = x[i] > max ? x[i] : max;
#pragma omp simd reduction(+ : sum)
    for (int64_t i = 0; i < n; i++) {
        y[i] = fast_expf(x[i] - max);
        sum += y[i];
    }
    float factor = 1.0f / sum;
    for (int64_t i = 0; i < n; i++)
        y[i] *= factor;
}

CPU_CLONES static void
softmax_backward_row(int64_t n, const float *restrict y, const float *restrict dy,
                     float *restrict dx)
{
    float dot = 0;
#pragma omp simd reduction(+ : dot)
    for (int64_t i = 0; i < n; i++)
        dot += y[i] * dy[i];
    for (int64_t i = 0; i < n; i++)
        dx[i] = y[i] * (dy[i] - dot);
}

static void
cpu(const Node *n, void *const *in, void *const *out)
{
    int64_t width = row_width(n->in[0]), rows = row_count(n->in[0]);
    const float *x = in[0], *dy = n->n_in > 1 ? in[1] : NULL;
    float *y = out[0];
#pragma omp parallel for schedule(static) if (rows * width > 8192)
    for (int64_t row = 0; row < rows; row++) {
        if (dy)
            softmax_backward_row(width, x + row * width, dy + row * width, y + row * width);
        else
            softmax_row(width, x + row * width, y + row * width);
    }
}

static void
vulkan(const Node *n, Dispatcher *d)
{
    struct {
        uint32_t rows, n;
    } push = {(uint32_t)row_count(n->in[0]), (uint32_t)row_width(n->in[0])};
    G_STATIC_ASSERT(sizeof push == 8);
    Tensor *tensors[3] = {n->in[0]};
    if (n->n_in > 1)
        tensors[1] = n->in[1];
    tensors[n->n_in] = n->out[0];
    dispatch_rows(d, n->op->name, &push, sizeof push, tensors, n->n_in + 1, push.rows);
}

static const OpCase cases[] = {
    {.name = "1x1", .in = {SHAPE_INIT(1, 1)}},
    {.name = "3x5x77", .in = {SHAPE_INIT(3, 5, 77)}, .scale = 3},
    {.name = "2x1089", .in = {SHAPE_INIT(2, 1089)}, .scale = 2},
};

static const Op softmax_op = {.name = "softmax",
                              .build = build,
                              .backward = backward,
                              .cpu = cpu,
                              .vulkan = vulkan,
                              .cases = cases,
                              .n_cases = G_N_ELEMENTS(cases)};
static const Op softmax_backward_op = {.name = "softmax_backward", .cpu = cpu, .vulkan = vulkan};

const Op *const softmax_ops[] = {&softmax_op, NULL};
