/* SPDX-License-Identifier: Apache-2.0 */
/* sum_squares (of a gradient, for clipping), adamw (Loshchilov & Hutter, arXiv:1711.05101, as
 * torch.optim.AdamW) and ema, an exponential moving average of weights. The latter two write their
 * weights in place and have no result. */
#include "compute/cpu/parallel.h"
#include "compute/op.h"
#include "compute/ops.h"
#include "compute/ops/reduce.h"

#include <math.h>

#define GRAIN 16384 /* elements a thread takes at a time */

static const Op sum_squares_op, adamw_op, ema_op;

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

/* --- adamw: inputs param, grad, m, v, hyper, sum --- */

void
op_adamw(Graph *g, Tensor *param, Tensor *grad, Tensor *m, Tensor *v, Tensor *hyper, Tensor *sum)
{
    int64_t n = tensor_count(param);
    if (tensor_count(grad) != n || tensor_count(m) != n || tensor_count(v) != n ||
        tensor_count(hyper) != 8) {
        g_autofree char *sp = shape_to_string(&param->shape), *sg = shape_to_string(&grad->shape);
        g_error("adamw: weight %s, gradient %s and the moments do not fit together", sp, sg);
    }
    graph_node(g, &adamw_op, 6, (Tensor *[]){param, grad, m, v, hyper, sum}, 0, NULL, NULL);
}

/* What a step needs, in the order of the hyper tensor, then the gradient's factor. */
typedef struct {
    float lr, beta1, beta2, eps, weight_decay, correction1, correction2;
    float rest1, rest2; /* 1 - beta1, 1 - beta2 */
    float clip;
} Step;

/* 1 - beta, where beta stands for the nearest number of seven decimals: 1 - 0.999f would be 5e-5
 * too large, and with it the first update. */
static float
rest_of(float beta)
{
    return (float)(rint((1.0 - (double)beta) * 1e7) * 1e-7);
}

static Step
step_read(const float *hyper, const float *sum)
{
    Step s = {hyper[0], hyper[1], hyper[2], hyper[3], hyper[4], hyper[5], hyper[6]};
    float max_norm = hyper[7];
    s.rest1 = rest_of(s.beta1);
    s.rest2 = rest_of(s.beta2);
    s.clip = 1;
    if (sum && max_norm > 0)
        s.clip = fminf(1, max_norm / (sqrtf(sum[0]) + 1e-6f));
    return s;
}

CPU_CLONES static void
adamw_part(int64_t n, const Step *step, float *restrict param, const float *restrict grad,
           float *restrict m, float *restrict v)
{
    Step s = *step;
    float decay = 1 - s.lr * s.weight_decay, size = s.lr / s.correction1;
    float root = 1 / sqrtf(s.correction2);
    for (int64_t i = 0; i < n; i++) {
        float g = grad[i] * s.clip;
        m[i] = s.beta1 * m[i] + s.rest1 * g;
        v[i] = s.beta2 * v[i] + s.rest2 * g * g;
        param[i] = param[i] * decay - size * m[i] / (sqrtf(v[i]) * root + s.eps);
    }
}

static void
adamw_cpu(const Node *n, void *const *in, void *const *out)
{
    int64_t count = tensor_count(n->in[0]);
    float *param = in[0], *m = in[2], *v = in[3];
    const float *grad = in[1];
    Step step = step_read(in[4], in[5]);
#pragma omp parallel for schedule(static) if (count > GRAIN)
    for (int64_t first = 0; first < count; first += GRAIN)
        adamw_part(MIN(GRAIN, count - first), &step, param + first, grad + first, m + first,
                   v + first);
}

static void
adamw_vulkan(const Node *n, Dispatcher *d)
{
    struct {
        uint32_t n, clips;
    } push = {(uint32_t)tensor_count(n->in[0]), n->in[5] != NULL};
    G_STATIC_ASSERT(sizeof push == 8);
    dispatch_1d(d, "adamw", &push, sizeof push, n->in, 6, push.n);
}

/* For the runner: hyper close to 0.5 whatever the input, v positive; the result shows all three. */
static Tensor *
adamw_build(Graph *g, Tensor *const *in, const OpAttrs *attrs)
{
    Tensor *hyper = op_add(g, op_scale(g, in[4], 0.01f), op_fill(g, &in[4]->shape, 0.5f));
    Tensor *v = op_mul(g, in[3], in[3]);
    op_adamw(g, in[0], in[1], in[2], v, hyper, in[5] ? op_mul(g, in[5], in[5]) : NULL);
    return op_add(g, in[0], op_add(g, in[2], v));
}

/* --- ema: inputs average, param, rate --- */

void
op_ema(Graph *g, Tensor *average, Tensor *param, Tensor *rate)
{
    if (tensor_count(average) != tensor_count(param) || tensor_count(rate) != 1) {
        g_autofree char *sa = shape_to_string(&average->shape),
                        *sp = shape_to_string(&param->shape);
        g_error("ema: average %s and weight %s differ in size", sa, sp);
    }
    graph_node(g, &ema_op, 3, (Tensor *[]){average, param, rate}, 0, NULL, NULL);
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
    float *average = in[0];
    const float *param = in[1], *rate = in[2];
#pragma omp parallel for schedule(static) if (count > GRAIN)
    for (int64_t first = 0; first < count; first += GRAIN)
        ema_part(MIN(GRAIN, count - first), rate[0], param + first, average + first);
}

static void
ema_vulkan(const Node *n, Dispatcher *d)
{
    uint32_t count = (uint32_t)tensor_count(n->in[0]);
    dispatch_1d(d, "ema", &count, sizeof count, n->in, 3, count);
}

static Tensor *
ema_build(Graph *g, Tensor *const *in, const OpAttrs *attrs)
{
    op_ema(g, in[0], in[1], in[2]);
    return op_scale(g, in[0], 1);
}

/* --- the ops --- */

/* clang-format off */
#define MOMENTS(...) \
    SHAPE_INIT(__VA_ARGS__), SHAPE_INIT(__VA_ARGS__), SHAPE_INIT(__VA_ARGS__), SHAPE_INIT(__VA_ARGS__)
static const OpCase sum_squares_cases[] = {
    {.name = "3x67", .in = {SHAPE_INIT(3, 67)}},
    {.name = "40009 and a sum", .in = {SHAPE_INIT(40009), SHAPE_INIT(1)}},
};
static const OpCase adamw_cases[] = {
    {.name = "3x67", .in = {MOMENTS(3, 67), SHAPE_INIT(8)}},
    {.name = "40009, clipped", .in = {MOMENTS(40009), SHAPE_INIT(8), SHAPE_INIT(1)}},
};
static const OpCase ema_cases[] = {
    {.name = "3x67", .in = {SHAPE_INIT(3, 67), SHAPE_INIT(3, 67), SHAPE_INIT(1)}},
    {.name = "40009", .in = {SHAPE_INIT(40009), SHAPE_INIT(40009), SHAPE_INIT(1)}},
};
/* clang-format on */

static const Op sum_squares_op = {.name = "sum_squares",
                                  .build = sum_squares_build,
                                  .cpu = sum_squares_cpu,
                                  .vulkan = sum_squares_vulkan,
                                  .cases = sum_squares_cases,
                                  .n_cases = G_N_ELEMENTS(sum_squares_cases)};
static const Op adamw_op = {.name = "adamw",
                            .build = adamw_build,
                            .cpu = adamw_cpu,
                            .vulkan = adamw_vulkan,
                            .writes = 1 << 0 | 1 << 2 | 1 << 3,
                            .cases = adamw_cases,
                            .n_cases = G_N_ELEMENTS(adamw_cases)};
static const Op ema_op = {.name = "ema",
                          .build = ema_build,
                          .cpu = ema_cpu,
                          .vulkan = ema_vulkan,
                          .writes = 1 << 0,
                          .cases = ema_cases,
                          .n_cases = G_N_ELEMENTS(ema_cases)};

const Op *const optimiser_ops[] = {&sum_squares_op, &adamw_op, &ema_op, NULL};
