/* SPDX-License-Identifier: Apache-2.0 */
/* add, mul, scale, fill and SiLU: one value from the same place of each input. */
#include "compute/cpu/fast_math.h"
#include "compute/cpu/parallel.h"
#include "compute/op.h"
#include "compute/ops.h"

#define GRAIN 16384 /* elements a thread takes at a time */

static const Op add_op, mul_op, scale_op, fill_op, silu_op, silu_backward_op;

static Tensor *
record(Graph *g, const Op *op, Tensor *a, Tensor *b, float f)
{
    if (b && tensor_count(a) != tensor_count(b)) {
        g_autofree char *sa = shape_to_string(&a->shape), *sb = shape_to_string(&b->shape);
        g_error("%s: shapes %s and %s differ", op->name, sa, sb);
    }
    return graph_node(g, op, b ? 2 : 1, (Tensor *[]){a, b}, 1, &a->shape, &(OpAttrs){.f = {f}})
        ->out[0];
}

Tensor *
op_add(Graph *g, Tensor *a, Tensor *b)
{
    return record(g, &add_op, a, b, 0);
}

Tensor *
op_mul(Graph *g, Tensor *a, Tensor *b)
{
    return record(g, &mul_op, a, b, 0);
}

Tensor *
op_scale(Graph *g, Tensor *x, float factor)
{
    return record(g, &scale_op, x, NULL, factor);
}

Tensor *
op_silu(Graph *g, Tensor *x)
{
    return record(g, &silu_op, x, NULL, 0);
}

Tensor *
op_fill(Graph *g, const Shape *shape, float value)
{
    return graph_node(g, &fill_op, 0, NULL, 1, shape, &(OpAttrs){.f = {value}})->out[0];
}

/* --- builders for the generic runner --- */

static Tensor *
build_add(Graph *g, Tensor *const *in, const OpAttrs *attrs)
{
    return op_add(g, in[0], in[1]);
}

static Tensor *
build_mul(Graph *g, Tensor *const *in, const OpAttrs *attrs)
{
    return op_mul(g, in[0], in[1]);
}

static Tensor *
build_scale(Graph *g, Tensor *const *in, const OpAttrs *attrs)
{
    return op_scale(g, in[0], attrs->f[0]);
}

static Tensor *
build_silu(Graph *g, Tensor *const *in, const OpAttrs *attrs)
{
    return op_silu(g, in[0]);
}

/* --- backward --- */

static void
add_backward(Graph *g, const Node *n, Tensor *const *dout, Tensor **din)
{
    for (int i = 0; i < 2; i++)
        din[i] = n->in[i]->wants_grad ? dout[0] : NULL;
}

static void
mul_backward(Graph *g, const Node *n, Tensor *const *dout, Tensor **din)
{
    for (int i = 0; i < 2; i++)
        din[i] = n->in[i]->wants_grad ? op_mul(g, dout[0], n->in[1 - i]) : NULL;
}

static void
scale_backward(Graph *g, const Node *n, Tensor *const *dout, Tensor **din)
{
    din[0] = op_scale(g, dout[0], n->attrs.f[0]);
}

static void
silu_backward(Graph *g, const Node *n, Tensor *const *dout, Tensor **din)
{
    din[0] = record(g, &silu_backward_op, n->in[0], dout[0], 0);
}

/* --- CPU --- */

/* y may be an input: ivdep, or GCC would take that for a reason not to vectorise. */
CPU_CLONES static void
add_part(int64_t n, const float *a, const float *b, float *y)
{
#pragma GCC ivdep
    for (int64_t i = 0; i < n; i++)
        y[i] = a[i] + b[i];
}

CPU_CLONES static void
mul_part(int64_t n, const float *a, const float *b, float *y)
{
#pragma GCC ivdep
    for (int64_t i = 0; i < n; i++)
        y[i] = a[i] * b[i];
}

CPU_CLONES static void
scale_part(int64_t n, const float *x, float factor, float *y)
{
#pragma GCC ivdep
    for (int64_t i = 0; i < n; i++)
        y[i] = factor * x[i];
}

CPU_CLONES static void
silu_part(int64_t n, const float *x, float *y)
{
#pragma GCC ivdep
    for (int64_t i = 0; i < n; i++)
        y[i] = x[i] * fast_sigmoidf(x[i]);
}

CPU_CLONES static void
silu_backward_part(int64_t n, const float *x, const float *dy, float *dx)
{
#pragma GCC ivdep
    for (int64_t i = 0; i < n; i++) {
        float s = fast_sigmoidf(x[i]);
        dx[i] = dy[i] * s * (1.0f + x[i] * (1.0f - s));
    }
}

/* Runs one of the loops above over the threads. */
static void
elementwise_cpu(const Node *n, void *const *in, void *const *out)
{
    int64_t count = tensor_count(n->out[0]);
    const float *a = in[0], *b = n->n_in > 1 ? in[1] : NULL;
    float *y = out[0], f = n->attrs.f[0];
    const Op *op = n->op;
#pragma omp parallel for schedule(static) if (count > GRAIN)
    for (int64_t first = 0; first < count; first += GRAIN) {
        int64_t part = MIN(GRAIN, count - first);
        if (op == &add_op)
            add_part(part, a + first, b + first, y + first);
        else if (op == &mul_op)
            mul_part(part, a + first, b + first, y + first);
        else if (op == &scale_op)
            scale_part(part, a + first, f, y + first);
        else if (op == &silu_op)
            silu_part(part, a + first, y + first);
        else if (op == &silu_backward_op)
            silu_backward_part(part, a + first, b + first, y + first);
        else
            for (int64_t i = 0; i < part; i++)
                y[first + i] = f;
    }
}

/* --- Vulkan --- */

static void
elementwise_vulkan(const Node *n, Dispatcher *d)
{
    struct {
        uint32_t n;
        float f;
    } push = {(uint32_t)tensor_count(n->out[0]), n->attrs.f[0]};
    Tensor *tensors[3];
    for (int i = 0; i < n->n_in; i++)
        tensors[i] = n->in[i];
    tensors[n->n_in] = n->out[0];
    dispatch_1d(d, n->op->name, &push, sizeof push, tensors, n->n_in + 1, push.n);
}

/* --- the ops --- */

#define PAIR(name_, ...)                                                                           \
    {                                                                                              \
        .name = name_, .in = { SHAPE_INIT(__VA_ARGS__), SHAPE_INIT(__VA_ARGS__) }                  \
    }
#define ONE(name_, ...)                                                                            \
    {                                                                                              \
        .name = name_, .in = {SHAPE_INIT(__VA_ARGS__)}, .attrs = {.f = {0.7f} }                    \
    }

static const OpCase pair_cases[] = {PAIR("3x67", 3, 67), PAIR("2x5x9x13", 2, 5, 9, 13),
                                    PAIR("70001", 70001)};
static const OpCase one_cases[] = {ONE("3x67", 3, 67), ONE("1", 1), ONE("70001", 70001)};

static const Op add_op = {.name = "add",
                          .sum = OP_SUM,
                          .in_place = 3,
                          .build = build_add,
                          .backward = add_backward,
                          .cpu = elementwise_cpu,
                          .vulkan = elementwise_vulkan,
                          .cases = pair_cases,
                          .n_cases = G_N_ELEMENTS(pair_cases)};
static const Op mul_op = {.name = "mul",
                          .in_place = 3,
                          .build = build_mul,
                          .backward = mul_backward,
                          .cpu = elementwise_cpu,
                          .vulkan = elementwise_vulkan,
                          .cases = pair_cases,
                          .n_cases = G_N_ELEMENTS(pair_cases)};
static const Op scale_op = {.name = "scale",
                            .in_place = 1,
                            .build = build_scale,
                            .backward = scale_backward,
                            .cpu = elementwise_cpu,
                            .vulkan = elementwise_vulkan,
                            .cases = one_cases,
                            .n_cases = G_N_ELEMENTS(one_cases)};
static const Op silu_op = {.name = "silu",
                           .in_place = 1,
                           .build = build_silu,
                           .backward = silu_backward,
                           .cpu = elementwise_cpu,
                           .vulkan = elementwise_vulkan,
                           .cases = one_cases,
                           .n_cases = G_N_ELEMENTS(one_cases)};
static const Op silu_backward_op = {
    .name = "silu_backward", .in_place = 3, .cpu = elementwise_cpu, .vulkan = elementwise_vulkan};
static const Op fill_op = {.name = "fill", .cpu = elementwise_cpu, .vulkan = elementwise_vulkan};

const Op *const elementwise_ops[] = {&add_op, &mul_op, &scale_op, &silu_op, NULL};
