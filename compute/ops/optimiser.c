/* SPDX-License-Identifier: Apache-2.0 */
/* What a training step needs beside the optimiser itself: sum_squares (of a gradient, for
 * clipping), accumulate (gradients of several batches) and ema, an exponential moving average of
 * weights. The latter two write their weights in place and have no result. */
#include "compute/cpu/parallel.h"
#include "compute/op.h"
#include "compute/ops.h"
#include "compute/ops/reduce.h"
#include "compute/ops/step.h"

static const Op sum_squares_op, accumulate_op, ema_op;

/* --- sum_squares --- */

Tensor *
op_sum_squares(Graph *g, Tensor *x, Tensor *sum)
{
    return graph_node(g, &sum_squares_op, 2, (Tensor *[]){x, sum}, 1, &SHAPE(1), NULL)->out[0];
}

static Tensor *
sum_squares_build(Graph *g, Tensor *const *in, const OpAttrs *attrs)
{
    return op_sum_squares(g, in[0], in[1]);
}

CPU_CLONES static double
squares(int64_t n, const float *x)
{
    double sum = 0;
#pragma omp simd reduction(+ : sum)
    for (int64_t i = 0; i < n; i++)
        sum += (double)x[i] * (double)x[i];
    return sum;
}

static double
squares_part(const void *context, int64_t first, int64_t n)
{
    return squares(n, (const float *)context + first);
}

static void
sum_squares_cpu(const Node *n, void *const *in, void *const *out)
{
    const float *sum = in[1];
    double total = reduce_cpu(tensor_count(n->in[0]), squares_part, in[0]);
    *(float *)out[0] = (float)(total + (sum ? (double)sum[0] : 0));
}

static void
sum_squares_vulkan(const Node *n, Dispatcher *d)
{
    reduce_dispatch(d, "sum_squares_partial", tensor_count(n->in[0]), 0, n->in, 1, 1, n->in[1],
                    n->out[0]);
}

/* --- accumulate: inputs sum, x, factor --- */

void
op_accumulate(Graph *g, Tensor *sum, Tensor *x, Tensor *factor)
{
    if (tensor_count(sum) != tensor_count(x) || tensor_count(factor) != 2) {
        g_autofree char *ss = shape_to_string(&sum->shape), *sx = shape_to_string(&x->shape);
        g_error("accumulate: sum %s and term %s differ in size", ss, sx);
    }
    graph_node(g, &accumulate_op, 3, (Tensor *[]){sum, x, factor}, 0, NULL, NULL);
}

CPU_CLONES static void
accumulate_part(int64_t n, const float *factor, const float *restrict x, float *restrict sum)
{
    float before = factor[0], now = factor[1];
    if (before == 0) {
        for (int64_t i = 0; i < n; i++)
            sum[i] = now * x[i];
        return;
    }
    for (int64_t i = 0; i < n; i++)
        sum[i] = before * sum[i] + now * x[i];
}

static void
accumulate_cpu(const Node *n, void *const *in, void *const *out)
{
    int64_t count = tensor_count(n->in[0]);
    float *sum = in[0];
    const float *x = in[1];
#pragma omp parallel for schedule(static) if (count > STEP_GRAIN)
    for (int64_t first = 0; first < count; first += STEP_GRAIN)
        accumulate_part(MIN(STEP_GRAIN, count - first), in[2], x + first, sum + first);
}

static void
accumulate_vulkan(const Node *n, Dispatcher *d)
{
    uint32_t count = (uint32_t)tensor_count(n->in[0]);
    dispatch_1d(d, "accumulate", &count, sizeof count, n->in, 3, count);
}

static Tensor *
accumulate_build(Graph *g, Tensor *const *in, const OpAttrs *attrs)
{
    op_accumulate(g, in[0], in[1], in[2]);
    return op_scale(g, in[0], 1);
}

/* --- ema: inputs average, param, rate, sum --- */

void
op_ema(Graph *g, Tensor *average, Tensor *param, Tensor *rate, Tensor *sum)
{
    if (tensor_count(average) != tensor_count(param) || tensor_count(rate) != 1) {
        g_autofree char *sa = shape_to_string(&average->shape),
                        *sp = shape_to_string(&param->shape);
        g_error("ema: average %s and weight %s differ in size", sa, sp);
    }
    graph_node(g, &ema_op, 4, (Tensor *[]){average, param, rate, sum}, 0, NULL, NULL);
}

CPU_CLONES static void
ema_part(int64_t n, float rate, const float *restrict param, float *restrict average)
{
    for (int64_t i = 0; i < n; i++)
        average[i] += rate * (param[i] - average[i]);
}

static void
ema_cpu(const Node *n, void *const *in, void *const *out)
{
    int64_t count = tensor_count(n->in[0]);
    float *average = in[0], clip;
    const float *param = in[1], *rate = in[2];
    if (!step_clip(0, in[3], &clip))
        return;
#pragma omp parallel for schedule(static) if (count > STEP_GRAIN)
    for (int64_t first = 0; first < count; first += STEP_GRAIN)
        ema_part(MIN(STEP_GRAIN, count - first), rate[0], param + first, average + first);
}

static void
ema_vulkan(const Node *n, Dispatcher *d)
{
    struct {
        uint32_t n, has_sum;
    } push = {(uint32_t)tensor_count(n->in[0]), n->in[3] != NULL};
    G_STATIC_ASSERT(sizeof push == 8);
    dispatch_1d(d, "ema", &push, sizeof push, n->in, 4, push.n);
}

static Tensor *
ema_build(Graph *g, Tensor *const *in, const OpAttrs *attrs)
{
    op_ema(g, in[0], in[1], in[2], in[3]);
    return op_scale(g, in[0], 1);
}

/* --- the ops --- */

/* clang-format off */
static const OpCase sum_squares_cases[] = {
    {.name = "3x67", .in = {SHAPE_INIT(3, 67)}},
    {.name = "40009 and a sum", .in = {SHAPE_INIT(40009), SHAPE_INIT(1)}},
};
static const OpCase accumulate_cases[] = {
    {.name = "3x67", .in = {SHAPE_INIT(3, 67), SHAPE_INIT(3, 67), SHAPE_INIT(2)}},
    {.name = "40009", .in = {SHAPE_INIT(40009), SHAPE_INIT(40009), SHAPE_INIT(2)}},
};
static const OpCase ema_cases[] = {
    {.name = "3x67", .in = {SHAPE_INIT(3, 67), SHAPE_INIT(3, 67), SHAPE_INIT(1)}},
    {.name = "40009", .in = {SHAPE_INIT(40009), SHAPE_INIT(40009), SHAPE_INIT(1), SHAPE_INIT(1)}},
};
/* clang-format on */

static const Op sum_squares_op = {.name = "sum_squares",
                                  .build = sum_squares_build,
                                  .exact_out = 1u << 0,
                                  .cpu = sum_squares_cpu,
                                  .vulkan = sum_squares_vulkan,
                                  .cases = sum_squares_cases,
                                  .n_cases = G_N_ELEMENTS(sum_squares_cases)};
static const Op accumulate_op = {.name = "accumulate",
                                 .build = accumulate_build,
                                 .cpu = accumulate_cpu,
                                 .vulkan = accumulate_vulkan,
                                 .writes = 1 << 0,
                                 .cases = accumulate_cases,
                                 .n_cases = G_N_ELEMENTS(accumulate_cases)};
static const Op ema_op = {.name = "ema",
                          .build = ema_build,
                          .cpu = ema_cpu,
                          .vulkan = ema_vulkan,
                          .writes = 1 << 0,
                          .cases = ema_cases,
                          .n_cases = G_N_ELEMENTS(ema_cases)};

const Op *const optimiser_ops[] = {&sum_squares_op, &accumulate_op, &ema_op, NULL};
