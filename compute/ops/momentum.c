/* SPDX-License-Identifier: Apache-2.0 */
/* The optimisers that keep one moment. lion: Chen et al. 2023, arXiv 2302.06675; sgd: as
 * torch.optim.SGD, whose decay is added to the gradient. They write their weights in place and have
 * no result. */
#include "compute/cpu/parallel.h"
#include "compute/op.h"
#include "compute/ops.h"
#include "compute/ops/step.h"

static const Op lion_op, sgd_op;

/* inputs param, grad, m, hyper, sum */
static void
record(Graph *g, const Op *op, Tensor *const *in)
{
    int64_t n = tensor_count(in[0]);
    if (tensor_count(in[1]) != n || tensor_count(in[2]) != n || tensor_count(in[3]) != 8) {
        g_autofree char *sp = shape_to_string(&in[0]->shape), *sg = shape_to_string(&in[1]->shape);
        g_error("%s: weight %s, gradient %s and the moment do not fit together", op->name, sp, sg);
    }
    graph_node(g, op, 5, in, 0, NULL, NULL);
}

void
op_lion(Graph *g, Tensor *param, Tensor *grad, Tensor *m, Tensor *hyper, Tensor *sum)
{
    record(g, &lion_op, (Tensor *[]){param, grad, m, hyper, sum});
}

void
op_sgd(Graph *g, Tensor *param, Tensor *grad, Tensor *m, Tensor *hyper, Tensor *sum)
{
    record(g, &sgd_op, (Tensor *[]){param, grad, m, hyper, sum});
}

typedef void (*Part)(int64_t n, const float *hyper, float clip, float *restrict param,
                     const float *restrict grad, float *restrict m);

CPU_CLONES static void
lion_part(int64_t n, const float *hyper, float clip, float *restrict param,
          const float *restrict grad, float *restrict m)
{
    float lr = hyper[0], beta1 = hyper[1], beta2 = hyper[2], decay = 1 - lr * hyper[4];
    float rest1 = step_rest(beta1), rest2 = step_rest(beta2);
    for (int64_t i = 0; i < n; i++) {
        float g = grad[i] * clip, blend = beta1 * m[i] + rest1 * g;
        param[i] = param[i] * decay - lr * (float)((blend > 0) - (blend < 0));
        m[i] = beta2 * m[i] + rest2 * g;
    }
}

CPU_CLONES static void
sgd_part(int64_t n, const float *hyper, float clip, float *restrict param,
         const float *restrict grad, float *restrict m)
{
    float lr = hyper[0], momentum = hyper[1], decay = hyper[4];
    bool nesterov = hyper[2] != 0;
    for (int64_t i = 0; i < n; i++) {
        float g = grad[i] * clip + decay * param[i];
        m[i] = momentum * m[i] + g;
        param[i] -= lr * (nesterov ? g + momentum * m[i] : m[i]);
    }
}

static void
run_parts(const Node *n, void *const *in, Part part)
{
    int64_t count = tensor_count(n->in[0]);
    float *param = in[0], *m = in[2], clip;
    const float *grad = in[1], *hyper = in[3];
    if (!step_clip(hyper[7], in[4], &clip))
        return;
#pragma omp parallel for schedule(static) if (count > STEP_GRAIN)
    for (int64_t first = 0; first < count; first += STEP_GRAIN)
        part(MIN(STEP_GRAIN, count - first), hyper, clip, param + first, grad + first, m + first);
}

static void
lion_cpu(const Node *n, void *const *in, void *const *out)
{
    run_parts(n, in, lion_part);
}

static void
sgd_cpu(const Node *n, void *const *in, void *const *out)
{
    run_parts(n, in, sgd_part);
}

static void
run_shader(const Node *n, Dispatcher *d)
{
    struct {
        uint32_t n, has_sum;
    } push = {(uint32_t)tensor_count(n->in[0]), n->in[4] != NULL};
    G_STATIC_ASSERT(sizeof push == 8);
    dispatch_1d(d, n->op->name, &push, sizeof push, n->in, 5, push.n);
}

/* For the runner: hyper close to 0.5 whatever the input; the result shows both. */
static Tensor *
build(Graph *g, const Op *op, Tensor *const *in)
{
    Tensor *hyper = op_add(g, op_scale(g, in[3], 0.01f), op_fill(g, &in[3]->shape, 0.5f));
    Tensor *sum = in[4] ? op_mul(g, in[4], in[4]) : NULL;
    record(g, op, (Tensor *[]){in[0], in[1], in[2], hyper, sum});
    return op_add(g, in[0], in[2]);
}

static Tensor *
lion_build(Graph *g, Tensor *const *in, const OpAttrs *attrs)
{
    return build(g, &lion_op, in);
}

static Tensor *
sgd_build(Graph *g, Tensor *const *in, const OpAttrs *attrs)
{
    return build(g, &sgd_op, in);
}

/* clang-format off */
#define MOMENT(...) SHAPE_INIT(__VA_ARGS__), SHAPE_INIT(__VA_ARGS__), SHAPE_INIT(__VA_ARGS__)
static const OpCase cases[] = {
    {.name = "3x67", .in = {MOMENT(3, 67), SHAPE_INIT(8)}},
    {.name = "40009, clipped", .in = {MOMENT(40009), SHAPE_INIT(8), SHAPE_INIT(1)}},
};
/* clang-format on */

static const Op lion_op = {.name = "lion",
                           .build = lion_build,
                           .cpu = lion_cpu,
                           .vulkan = run_shader,
                           .writes = 1 << 0 | 1 << 2,
                           .cases = cases,
                           .n_cases = G_N_ELEMENTS(cases)};
static const Op sgd_op = {.name = "sgd",
                          .build = sgd_build,
                          .cpu = sgd_cpu,
                          .vulkan = run_shader,
                          .writes = 1 << 0 | 1 << 2,
                          .cases = cases,
                          .n_cases = G_N_ELEMENTS(cases)};

const Op *const momentum_ops[] = {&lion_op, &sgd_op, NULL};
