/* SPDX-License-Identifier: Apache-2.0 */
/* mix: a_n x_n + b_n y_n for every sample n of a batch: the forward diffusion. Its gradients are
 * mixes of one term, and for a and b the dot products of a sample (sample_dot). */
#include "compute/cpu/parallel.h"
#include "compute/op.h"
#include "compute/ops.h"
#include "compute/ops/registry.h"
#include "compute/ops/sums.h"

#define PART 16384 /* elements a thread takes at a time */

static const Op mix_op, sample_dot_op;

/* y and b may be NULL together. */
static Tensor *
record(Graph *g, Tensor *x, Tensor *y, Tensor *a, Tensor *b)
{
    return graph_node(g, &mix_op, 4, (Tensor *[]){x, y, a, b}, 1, &x->shape, NULL)->out[0];
}

Tensor *
op_mix(Graph *g, Tensor *x, Tensor *y, Tensor *a, Tensor *b)
{
    int64_t batch = x->shape.dim[0];
    if (!shape_equal(&x->shape, &y->shape) || tensor_count(a) != batch ||
        tensor_count(b) != batch) {
        g_autofree char *sx = shape_to_string(&x->shape), *sy = shape_to_string(&y->shape);
        g_autofree char *sa = shape_to_string(&a->shape), *sb = shape_to_string(&b->shape);
        g_error("mix: x %s, y %s, a %s, b %s do not fit", sx, sy, sa, sb);
    }
    return record(g, x, y, a, b);
}

static Tensor *
build(Graph *g, Tensor *const *in, const OpAttrs *attrs)
{
    return op_mix(g, in[0], in[1], in[2], in[3]);
}

static void
backward(Graph *g, const Node *n, Tensor *const *dout, Tensor **din)
{
    for (int i = 0; i < 2; i++) {
        Tensor *x = n->in[i], *a = n->in[2 + i];
        if (x && x->wants_grad)
            din[i] = record(g, dout[0], NULL, a, NULL);
        if (a && a->wants_grad)
            din[2 + i] =
                graph_node(g, &sample_dot_op, 2, (Tensor *[]){x, dout[0]}, 1, &a->shape, NULL)
                    ->out[0];
    }
}

/* --- CPU --- */

CPU_CLONES static void
mix_part(int64_t n, const float *restrict x, const float *restrict y, float a, float b,
         float *restrict out)
{
    if (!y) {
        for (int64_t i = 0; i < n; i++)
            out[i] = a * x[i];
        return;
    }
    for (int64_t i = 0; i < n; i++)
        out[i] = a * x[i] + b * y[i];
}

static void
cpu(const Node *n, void *const *in, void *const *out)
{
    const int64_t batch = n->out[0]->shape.dim[0], count = tensor_count(n->out[0]) / batch;
    const int64_t parts = (count + PART - 1) / PART;
    const float *x = in[0], *y = n->in[1] ? in[1] : NULL, *a = in[2], *b = n->in[3] ? in[3] : NULL;
    float *to = out[0];
#pragma omp parallel for schedule(static) if (batch * count > PART)
    for (int64_t k = 0; k < batch * parts; k++) {
        int64_t sample = k / parts, first = k % parts * PART, at = sample * count + first;
        mix_part(MIN(PART, count - first), x + at, y ? y + at : NULL, a[sample],
                 b ? b[sample] : 0.0f, to + at);
    }
}

static void
sample_dot_cpu(const Node *n, void *const *in, void *const *out)
{
    const int64_t batch = tensor_count(n->out[0]), count = tensor_count(n->in[0]) / batch;
    for (int64_t k = 0; k < batch; k++)
        ((float *)out[0])[k] = (float)floats_dot(count, (const float *)in[0] + k * count,
                                                 (const float *)in[1] + k * count);
}

/* --- Vulkan --- */

static void
vulkan(const Node *n, Dispatcher *d)
{
    const int64_t batch = n->out[0]->shape.dim[0];
    const uint32_t count = (uint32_t)tensor_count(n->out[0]);
    const uint32_t push[3] = {count, count / (uint32_t)batch, n->in[1] ? 1 : 0};
    dispatch_1d(d, "mix", push, sizeof push,
                (Tensor *[]){n->in[0], n->in[1], n->in[2], n->in[3], n->out[0]}, 5, count);
}

static void
sample_dot_vulkan(const Node *n, Dispatcher *d)
{
    const uint32_t batch = (uint32_t)tensor_count(n->out[0]);
    const uint32_t count = (uint32_t)tensor_count(n->in[0]) / batch;
    dispatch(d, "sample_dot", &count, sizeof count, (Tensor *[]){n->in[0], n->in[1], n->out[0]}, 3,
             batch, 1, 1);
}

static const OpCase cases[] = {
    {.name = "3x2x7x5",
     .in = {SHAPE_INIT(3, 2, 7, 5), SHAPE_INIT(3, 2, 7, 5), SHAPE_INIT(3), SHAPE_INIT(3)}},
    {.name = "2x4x67x65",
     .in = {SHAPE_INIT(2, 4, 67, 65), SHAPE_INIT(2, 4, 67, 65), SHAPE_INIT(2), SHAPE_INIT(2)}},
};

static const Op mix_op = {.name = "mix",
                          .build = build,
                          .backward = backward,
                          .cpu = cpu,
                          .vulkan = vulkan,
                          .cases = cases,
                          .n_cases = G_N_ELEMENTS(cases)};
static const Op sample_dot_op = {
    .name = "sample_dot", .cpu = sample_dot_cpu, .vulkan = sample_dot_vulkan};

const Op *const mix_ops[] = {&mix_op, NULL};
