/* SPDX-License-Identifier: Apache-2.0 */
/* add_channel: y[n, c, i] = x[n, c, i] + t[n, c]. The gradient of t is the sum over pixels. */
#include "compute/cpu/parallel.h"
#include "compute/op.h"
#include "compute/ops.h"
#include "compute/ops/registry.h"
#include "compute/ops/sums.h"

static const Op add_channel_op, pixel_sum_op;

Tensor *
op_add_channel(Graph *g, Tensor *x, Tensor *t)
{
    const int64_t *dim = x->shape.dim;
    if (x->shape.n_dims != 4 || tensor_count(t) != dim[0] * dim[1]) {
        g_autofree char *sx = shape_to_string(&x->shape), *st = shape_to_string(&t->shape);
        g_error("add_channel: x %s and t %s do not fit", sx, st);
    }
    return graph_node(g, &add_channel_op, 2, (Tensor *[]){x, t}, 1, &x->shape, NULL)->out[0];
}

static Tensor *
build(Graph *g, Tensor *const *in, const OpAttrs *attrs)
{
    return op_add_channel(g, in[0], in[1]);
}

static void
backward(Graph *g, const Node *n, Tensor *const *dout, Tensor **din)
{
    if (n->in[0]->wants_grad)
        din[0] = dout[0];
    if (n->in[1]->wants_grad)
        din[1] = graph_node(g, &pixel_sum_op, 1, dout, 1, &n->in[1]->shape, NULL)->out[0];
}

/* --- CPU --- */

CPU_CLONES static void
plane_add(int64_t n, const float *x, float t, float *y)
{
#pragma GCC ivdep
    for (int64_t i = 0; i < n; i++)
        y[i] = x[i] + t;
}

static void
cpu(const Node *n, void *const *in, void *const *out)
{
    const int64_t *dim = n->in[0]->shape.dim;
    const int64_t planes = dim[0] * dim[1], pixels = dim[2] * dim[3];
    const float *x = in[0], *t = in[1];
    float *y = out[0];
#pragma omp parallel for schedule(static) if (planes * pixels > 16384)
    for (int64_t k = 0; k < planes; k++)
        plane_add(pixels, x + k * pixels, t[k], y + k * pixels);
}

static void
pixel_sum_cpu(const Node *n, void *const *in, void *const *out)
{
    const int64_t planes = tensor_count(n->out[0]), pixels = tensor_count(n->in[0]) / planes;
    const float *x = in[0];
    float *y = out[0];
#pragma omp parallel for schedule(static) if (planes * pixels > 16384)
    for (int64_t k = 0; k < planes; k++)
        y[k] = (float)floats_sum(pixels, x + k * pixels);
}

/* --- Vulkan --- */

static void
vulkan(const Node *n, Dispatcher *d)
{
    const int64_t *dim = n->in[0]->shape.dim;
    const uint32_t push[2] = {(uint32_t)tensor_count(n->out[0]), (uint32_t)(dim[2] * dim[3])};
    dispatch_1d(d, "add_channel", push, sizeof push, (Tensor *[]){n->in[0], n->in[1], n->out[0]}, 3,
                push[0]);
}

static void
pixel_sum_vulkan(const Node *n, Dispatcher *d)
{
    const uint32_t planes = (uint32_t)tensor_count(n->out[0]);
    const uint32_t push[2] = {planes, (uint32_t)(tensor_count(n->in[0]) / planes)};
    dispatch(d, "pixel_sum", push, sizeof push, (Tensor *[]){n->in[0], n->out[0]}, 2,
             MIN(planes, 32768u), (planes + 32767u) / 32768u, 1);
}

static const OpCase cases[] = {
    {.name = "2x3x7x5", .in = {SHAPE_INIT(2, 3, 7, 5), SHAPE_INIT(2, 3)}},
    {.name = "1x33x17x16", .in = {SHAPE_INIT(1, 33, 17, 16), SHAPE_INIT(1, 33)}},
    {.name = "1x2x129x131", .in = {SHAPE_INIT(1, 2, 129, 131), SHAPE_INIT(1, 2)}},
};

static const Op add_channel_op = {.name = "add_channel",
                                  .sum = OP_SUM_CHANNEL,
                                  .in_place = 1,
                                  .build = build,
                                  .backward = backward,
                                  .cpu = cpu,
                                  .vulkan = vulkan,
                                  .cases = cases,
                                  .n_cases = G_N_ELEMENTS(cases)};
static const Op pixel_sum_op = {
    .name = "pixel_sum", .cpu = pixel_sum_cpu, .vulkan = pixel_sum_vulkan};

const Op *const add_channel_ops[] = {&add_channel_op, NULL};
