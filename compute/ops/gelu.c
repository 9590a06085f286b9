/* SPDX-License-Identifier: Apache-2.0 */
/* gelu (Hendrycks & Gimpel, arXiv:1606.08415, the exact form with erf), quick_gelu (CLIP's
 * x sigmoid(1.702 x)) and geglu (Shazeer, arXiv:2002.05202), with their gradients. */
#include "compute/cpu/fast_math.h"
#include "compute/cpu/parallel.h"
#include "compute/op.h"
#include "compute/ops.h"

#define GRAIN 8192 /* elements a thread takes at a time */

static const Op gelu_op, gelu_backward_op, quick_gelu_op, quick_gelu_backward_op, geglu_op,
    geglu_backward_op;

Tensor *
op_gelu(Graph *g, Tensor *x)
{
    return graph_node(g, &gelu_op, 1, &x, 1, &x->shape, NULL)->out[0];
}

Tensor *
op_quick_gelu(Graph *g, Tensor *x)
{
    return graph_node(g, &quick_gelu_op, 1, &x, 1, &x->shape, NULL)->out[0];
}

Tensor *
op_geglu(Graph *g, Tensor *x)
{
    Shape shape = x->shape;
    int64_t *last = &shape.dim[shape.n_dims - 1];
    if (*last % 2) {
        g_autofree char *text = shape_to_string(&x->shape);
        g_error("geglu: the last dimension of %s is odd", text);
    }
    *last /= 2;
    return graph_node(g, &geglu_op, 1, &x, 1, &shape, NULL)->out[0];
}

static Tensor *
build_gelu(Graph *g, Tensor *const *in, const OpAttrs *attrs)
{
    return op_gelu(g, in[0]);
}

static Tensor *
build_quick_gelu(Graph *g, Tensor *const *in, const OpAttrs *attrs)
{
    return op_quick_gelu(g, in[0]);
}

static Tensor *
build_geglu(Graph *g, Tensor *const *in, const OpAttrs *attrs)
{
    return op_geglu(g, in[0]);
}

/* --- backward --- */

static void
backward(Graph *g, const Node *n, Tensor *const *dout, Tensor **din)
{
    const Op *op = n->op == &gelu_op         ? &gelu_backward_op
                   : n->op == &quick_gelu_op ? &quick_gelu_backward_op
                                             : &geglu_backward_op;
    Tensor *in[] = {n->in[0], dout[0]};
    din[0] = graph_node(g, op, 2, in, 1, &n->in[0]->shape, NULL)->out[0];
}

/* --- CPU --- */

static inline float
gelu(float x)
{
    return 0.5f * x * (1.0f + fast_erff(x * 0.70710678f));
}

static inline float
gelu_slope(float x)
{
    float density = 0.39894228f * fast_expf(-0.5f * x * x);
    return 0.5f * (1.0f + fast_erff(x * 0.70710678f)) + x * density;
}

CPU_CLONES static void
gelu_part(int64_t n, const float *restrict x, float *restrict y)
{
    for (int64_t i = 0; i < n; i++)
        y[i] = gelu(x[i]);
}

CPU_CLONES static void
gelu_backward_part(int64_t n, const float *restrict x, const float *restrict dy, float *restrict dx)
{
    for (int64_t i = 0; i < n; i++)
        dx[i] = dy[i] * gelu_slope(x[i]);
}

CPU_CLONES static void
quick_gelu_part(int64_t n, const float *restrict x, float *restrict y)
{
    for (int64_t i = 0; i < n; i++)
        y[i] = x[i] * fast_sigmoidf(1.702f * x[i]);
}

CPU_CLONES static void
quick_gelu_backward_part(int64_t n, const float *restrict x, const float *restrict dy,
                         float *restrict dx)
{
    for (int64_t i = 0; i < n; i++) {
        float s = fast_sigmoidf(1.702f * x[i]);
        dx[i] = dy[i] * (s + 1.702f * x[i] * s * (1.0f - s));
    }
}

/* x, gate, y: one row of c */
CPU_CLONES static void
geglu_row(int64_t c, const float *restrict x, const float *restrict gate, float *restrict y)
{
    for (int64_t i = 0; i < c; i++)
        y[i] = x[i] * gelu(gate[i]);
}

CPU_CLONES static void
geglu_backward_row(int64_t c, const float *restrict x, const float *restrict gate,
                   const float *restrict dy, float *restrict dx, float *restrict dgate)
{
    for (int64_t i = 0; i < c; i++) {
        dx[i] = dy[i] * gelu(gate[i]);
        dgate[i] = dy[i] * x[i] * gelu_slope(gate[i]);
    }
}

static void
gelu_cpu(const Node *n, void *const *in, void *const *out)
{
    int64_t count = tensor_count(n->out[0]);
    const float *x = in[0], *dy = n->n_in > 1 ? in[1] : NULL;
    float *y = out[0];
    const Op *op = n->op;
#pragma omp parallel for schedule(static) if (count > GRAIN)
    for (int64_t first = 0; first < count; first += GRAIN) {
        int64_t part = MIN(GRAIN, count - first);
        if (op == &gelu_op)
            gelu_part(part, x + first, y + first);
        else if (op == &gelu_backward_op)
            gelu_backward_part(part, x + first, dy + first, y + first);
        else if (op == &quick_gelu_op)
            quick_gelu_part(part, x + first, y + first);
        else
            quick_gelu_backward_part(part, x + first, dy + first, y + first);
    }
}

/* Columns of the half rows. */
static int64_t
geglu_width(const Node *n)
{
    const Shape *shape = &n->in[0]->shape;
    return shape->dim[shape->n_dims - 1] / 2;
}

static void
geglu_cpu(const Node *n, void *const *in, void *const *out)
{
    int64_t c = geglu_width(n), count = tensor_count(n->in[0]);
    const float *x = in[0], *dy = n->op == &geglu_backward_op ? in[1] : NULL;
    float *y = out[0];
#pragma omp parallel for schedule(static) if (count > GRAIN)
    for (int64_t row = 0; row < count / (2 * c); row++) {
        const float *value = x + row * 2 * c;
        if (dy)
            geglu_backward_row(c, value, value + c, dy + row * c, y + row * 2 * c,
                               y + row * 2 * c + c);
        else
            geglu_row(c, value, value + c, y + row * c);
    }
}

/* --- Vulkan --- */

static void
vulkan(const Node *n, Dispatcher *d)
{
    bool gated = n->op == &geglu_op || n->op == &geglu_backward_op;
    struct {
        uint32_t n, c;
    } push = {(uint32_t)tensor_count(n->in[n->n_in - 1]), gated ? (uint32_t)geglu_width(n) : 0};
    G_STATIC_ASSERT(sizeof push == 8);
    if (n->op == &geglu_op)
        push.n /= 2;
    Tensor *tensors[3] = {n->in[0]};
    if (n->n_in > 1)
        tensors[1] = n->in[1];
    tensors[n->n_in] = n->out[0];
    dispatch_1d(d, n->op->name, &push, sizeof push, tensors, n->n_in + 1, push.n);
}

/* --- the ops --- */

static const OpCase cases[] = {
    {.name = "3x67", .in = {SHAPE_INIT(3, 67)}, .scale = 2},
    {.name = "1", .in = {SHAPE_INIT(1)}},
    {.name = "10007", .in = {SHAPE_INIT(10007)}, .scale = 3},
};
static const OpCase geglu_cases[] = {
    {.name = "1x2", .in = {SHAPE_INIT(1, 2)}},
    {.name = "3x5x14", .in = {SHAPE_INIT(3, 5, 14)}, .scale = 2},
    {.name = "131x198", .in = {SHAPE_INIT(131, 198)}, .scale = 2},
};

static const Op gelu_op = {.name = "gelu",
                           .build = build_gelu,
                           .backward = backward,
                           .cpu = gelu_cpu,
                           .vulkan = vulkan,
                           .cases = cases,
                           .n_cases = G_N_ELEMENTS(cases)};
static const Op quick_gelu_op = {.name = "quick_gelu",
                                 .build = build_quick_gelu,
                                 .backward = backward,
                                 .cpu = gelu_cpu,
                                 .vulkan = vulkan,
                                 .cases = cases,
                                 .n_cases = G_N_ELEMENTS(cases)};
static const Op geglu_op = {.name = "geglu",
                            .build = build_geglu,
                            .backward = backward,
                            .cpu = geglu_cpu,
                            .vulkan = vulkan,
                            .cases = geglu_cases,
                            .n_cases = G_N_ELEMENTS(geglu_cases)};
static const Op gelu_backward_op = {.name = "gelu_backward", .cpu = gelu_cpu, .vulkan = vulkan};
static const Op quick_gelu_backward_op = {
    .name = "quick_gelu_backward", .cpu = gelu_cpu, .vulkan = vulkan};
static const Op geglu_backward_op = {.name = "geglu_backward", .cpu = geglu_cpu, .vulkan = vulkan};

const Op *const gelu_ops[] = {&gelu_op, &quick_gelu_op, &geglu_op, NULL};
