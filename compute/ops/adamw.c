/* SPDX-License-Identifier: Apache-2.0 */
/* adamw: Loshchilov and Hutter 2019, arXiv 1711.05101, as torch.optim.AdamW. Writes its weights in
 * place and has no result. */
#include "compute/cpu/parallel.h"
#include "compute/op.h"
#include "compute/ops.h"
#include "compute/ops/step.h"

static const Op adamw_op;

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

/* What a step needs, in the order of the hyper tensor; then the gradient's factor. */
typedef struct {
    float lr, beta1, beta2, eps, weight_decay, correction1, correction2;
    float clip;
} Step;

CPU_CLONES static void
adamw_part(int64_t n, const Step *step, float *restrict param, const float *restrict grad,
           float *restrict m, float *restrict v)
{
    Step s = *step;
    float rest1 = step_rest(s.beta1), rest2 = step_rest(s.beta2);
    float decay = 1 - s.lr * s.weight_decay, size = s.lr / s.correction1;
    float root = 1 / sqrtf(s.correction2);
    for (int64_t i = 0; i < n; i++) {
        float g = grad[i] * s.clip;
        m[i] = s.beta1 * m[i] + rest1 * g;
        v[i] = s.beta2 * v[i] + rest2 * g * g;
        param[i] = param[i] * decay - size * m[i] / (sqrtf(v[i]) * root + s.eps);
    }
}

static void
adamw_cpu(const Node *n, void *const *in, void *const *out)
{
    int64_t count = tensor_count(n->in[0]);
    float *param = in[0], *m = in[2], *v = in[3];
    const float *grad = in[1];
    const float *h = in[4];
    Step step = {h[0], h[1], h[2], h[3], h[4], h[5], h[6], 1};
    if (!step_clip(h[7], in[5], &step.clip))
        return;
#pragma omp parallel for schedule(static) if (count > STEP_GRAIN)
    for (int64_t first = 0; first < count; first += STEP_GRAIN)
        adamw_part(MIN(STEP_GRAIN, count - first), &step, param + first, grad + first, m + first,
                   v + first);
}

static void
adamw_vulkan(const Node *n, Dispatcher *d)
{
    struct {
        uint32_t n, has_sum;
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

/* clang-format off */
#define MOMENTS(...) \
    SHAPE_INIT(__VA_ARGS__), SHAPE_INIT(__VA_ARGS__), SHAPE_INIT(__VA_ARGS__), SHAPE_INIT(__VA_ARGS__)
static const OpCase cases[] = {
    {.name = "3x67", .in = {MOMENTS(3, 67), SHAPE_INIT(8)}},
    {.name = "40009, clipped", .in = {MOMENTS(40009), SHAPE_INIT(8), SHAPE_INIT(1)}},
};
/* clang-format on */

static const Op adamw_op = {.name = "adamw",
                            .build = adamw_build,
                            .cpu = adamw_cpu,
                            .vulkan = adamw_vulkan,
                            .writes = 1 << 0 | 1 << 2 | 1 << 3,
                            .cases = cases,
                            .n_cases = G_N_ELEMENTS(cases)};

const Op *const adamw_ops[] = {&adamw_op, NULL};
