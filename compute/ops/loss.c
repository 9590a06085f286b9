/* SPDX-License-Identifier: Apache-2.0 */
/* mse_loss: the mean of w_n (a - b)^2, where w_n is the weight of an element's sample, or 1. */
#include "compute/cpu/parallel.h"
#include "compute/op.h"
#include "compute/ops.h"
#include "compute/ops/reduce.h"

static const Op mse_loss_op, mse_loss_backward_op;

static Tensor *
record(Graph *g, Tensor *a, Tensor *b, Tensor *weight)
{
    if (!shape_equal(&a->shape, &b->shape) || (weight && tensor_count(weight) != a->shape.dim[0])) {
        g_autofree char *sa = shape_to_string(&a->shape), *sb = shape_to_string(&b->shape);
        g_error("mse_loss: %s, %s and the weights do not fit together", sa, sb);
    }
    return graph_node(g, &mse_loss_op, weight ? 3 : 2, (Tensor *[]){a, b, weight}, 1, &SHAPE(1),
                      NULL)
        ->out[0];
}

Tensor *
op_mse_loss(Graph *g, Tensor *a, Tensor *b)
{
    return record(g, a, b, NULL);
}

Tensor *
op_mse_loss_weighted(Graph *g, Tensor *a, Tensor *b, Tensor *weight)
{
    return record(g, a, b, weight);
}

static Tensor *
build(Graph *g, Tensor *const *in, const OpAttrs *attrs)
{
    return record(g, in[0], in[1], in[2]);
}

/* The weights are constants: no gradient. */
static void
backward(Graph *g, const Node *n, Tensor *const *dout, Tensor **din)
{
    Tensor *weight = n->n_in > 2 ? n->in[2] : NULL;
    for (int i = 0; i < 2; i++) {
        if (!n->in[i]->wants_grad)
            continue;
        Tensor *in[] = {n->in[i], n->in[1 - i], dout[0], weight};
        din[i] = graph_node(g, &mse_loss_backward_op, weight ? 4 : 3, in, 1, &n->in[i]->shape, NULL)
                     ->out[0];
    }
}

/* --- CPU --- */

typedef struct {
    const float *a, *b, *weight; /* weight may be NULL */
    int64_t per;                 /* elements a sample */
} Terms;

CPU_CLONES static double
squares(int64_t n, const float *restrict a, const float *restrict b)
{
    double sum = 0;
#pragma omp simd reduction(+ : sum)
    for (int64_t i = 0; i < n; i++) {
        double d = (double)a[i] - (double)b[i];
        sum += d * d;
    }
    return sum;
}

static double
sum_part(const void *context, int64_t first, int64_t n)
{
    const Terms *terms = context;
    if (!terms->weight)
        return squares(n, terms->a + first, terms->b + first);
    double sum = 0;
    for (int64_t i = first, end = first + n; i < end;) {
        int64_t sample = i / terms->per, stop = MIN(end, (sample + 1) * terms->per);
        sum += (double)terms->weight[sample] * squares(stop - i, terms->a + i, terms->b + i);
        i = stop;
    }
    return sum;
}

static void
forward_cpu(const Node *n, void *const *in, void *const *out)
{
    int64_t count = tensor_count(n->in[0]);
    Terms terms = {in[0], in[1], n->n_in > 2 ? in[2] : NULL, count / n->in[0]->shape.dim[0]};
    *(float *)out[0] = (float)(reduce_cpu(count, sum_part, &terms) / (double)count);
}

CPU_CLONES static void
backward_part(int64_t n, const float *restrict a, const float *restrict b, float factor,
              float *restrict da)
{
    for (int64_t i = 0; i < n; i++)
        da[i] = factor * (a[i] - b[i]);
}

static void
backward_cpu(const Node *n, void *const *in, void *const *out)
{
    int64_t count = tensor_count(n->in[0]), samples = n->in[0]->shape.dim[0];
    int64_t per = count / samples;
    const float *a = in[0], *b = in[1], *dy = in[2], *weight = n->n_in > 3 ? in[3] : NULL;
    float *da = out[0], factor = (float)(2.0 * (double)dy[0] / (double)count);
    int64_t parts = (per + REDUCE_PART - 1) / REDUCE_PART;
#pragma omp parallel for schedule(static) if (samples * parts > 1)
    for (int64_t unit = 0; unit < samples * parts; unit++) {
        int64_t sample = unit / parts, first = unit % parts * REDUCE_PART;
        int64_t at = sample * per + first;
        backward_part(MIN(REDUCE_PART, per - first), a + at, b + at,
                      weight ? factor * weight[sample] : factor, da + at);
    }
}

/* --- Vulkan --- */

static void
forward_vulkan(const Node *n, Dispatcher *d)
{
    int64_t count = tensor_count(n->in[0]);
    Tensor *weight = n->n_in > 2 ? n->in[2] : NULL;
    /* per 0: no weights */
    reduce_dispatch(d, "mse_loss_partial", count, weight ? count / n->in[0]->shape.dim[0] : 0,
                    (Tensor *[]){n->in[0], n->in[1], weight}, 3, (float)(1.0 / (double)count), NULL,
                    n->out[0]);
}

static void
backward_vulkan(const Node *n, Dispatcher *d)
{
    int64_t count = tensor_count(n->in[0]);
    Tensor *weight = n->n_in > 3 ? n->in[3] : NULL;
    struct {
        uint32_t n, per;
        float factor;
    } push = {(uint32_t)count, weight ? (uint32_t)(count / n->in[0]->shape.dim[0]) : 0,
              (float)(2.0 / (double)count)};
    G_STATIC_ASSERT(sizeof push == 12);
    dispatch_1d(d, "mse_loss_backward", &push, sizeof push,
                (Tensor *[]){n->in[0], n->in[1], n->in[2], weight, n->out[0]}, 5, push.n);
}

/* --- the ops --- */

/* clang-format off */
static const OpCase cases[] = {
    {.name = "3x67", .in = {SHAPE_INIT(3, 67), SHAPE_INIT(3, 67)}},
    {.name = "weighted 3x5x7", .in = {SHAPE_INIT(3, 5, 7), SHAPE_INIT(3, 5, 7), SHAPE_INIT(3)}, .no_grad = 4},
    {.name = "weighted 3x11003", .in = {SHAPE_INIT(3, 11003), SHAPE_INIT(3, 11003), SHAPE_INIT(3)}, .no_grad = 4},
    {.name = "70001", .in = {SHAPE_INIT(70001), SHAPE_INIT(70001)}},
};
/* clang-format on */

static const Op mse_loss_op = {.name = "mse_loss",
                               .build = build,
                               .backward = backward,
                               .exact_out = 1u << 0,
                               .cpu = forward_cpu,
                               .vulkan = forward_vulkan,
                               .cases = cases,
                               .n_cases = G_N_ELEMENTS(cases)};
static const Op mse_loss_backward_op = {
    .name = "mse_loss_backward", .cpu = backward_cpu, .vulkan = backward_vulkan};

const Op *const loss_ops[] = {&mse_loss_op, NULL};
