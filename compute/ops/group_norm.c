/* SPDX-License-Identifier: Apache-2.0 */
/* group_norm: z = (x - mean) rstd w[c] + b[c] with the mean and the standard deviation of a
 * sample's group of channels; y = z, or with silu y = silu(z), which the gradient computes again.
 * The gradient: group_norm_sums adds up g = dL/dz and g (x - mean) rstd over each channel's pixels;
 * from these come dx (group_norm_dx) and the gradients of w and b (group_norm_dw). */
#include "compute/op.h"
#include "compute/ops.h"
#include "compute/ops/group_norm.h"
#include "compute/ops/registry.h"

static const Op group_norm_op, sums_op, dx_op, dw_op;

Tensor *
op_group_norm(Graph *g, Tensor *x, Tensor *weight, Tensor *bias, int n_groups, float eps, bool silu)
{
    const int64_t *dim = x->shape.dim;
    if (x->shape.n_dims < 2 || n_groups < 1 || dim[1] % n_groups != 0 ||
        tensor_count(weight) != dim[1] || tensor_count(bias) != dim[1]) {
        g_autofree char *sx = shape_to_string(&x->shape), *sw = shape_to_string(&weight->shape);
        g_autofree char *sb = shape_to_string(&bias->shape);
        g_error("group_norm: x %s, weight %s, bias %s, %d groups do not fit", sx, sw, sb, n_groups);
    }
    OpAttrs attrs = {.i = {n_groups, silu}, .f = {eps}};
    /* y and, for each group of each sample, mean and rstd */
    return graph_node(g, &group_norm_op, 3, (Tensor *[]){x, weight, bias}, 2,
                      (Shape[]){x->shape, SHAPE(dim[0], n_groups, 2)}, &attrs)
        ->out[0];
}

static Tensor *
build(Graph *g, Tensor *const *in, const OpAttrs *attrs)
{
    return op_group_norm(g, in[0], in[1], in[2], (int)attrs->i[0], attrs->f[0], attrs->i[1] != 0);
}

static void
backward(Graph *g, const Node *n, Tensor *const *dout, Tensor **din)
{
    Tensor *x = n->in[0], *w = n->in[1], *b = n->in[2], *stats = n->out[1];
    Tensor *sums = graph_node(g, &sums_op, 5, (Tensor *[]){x, dout[0], w, b, stats}, 1,
                              &SHAPE(x->shape.dim[0], x->shape.dim[1], 2), &n->attrs)
                       ->out[0];
    if (x->wants_grad)
        din[0] = graph_node(g, &dx_op, 6, (Tensor *[]){x, dout[0], w, b, stats, sums}, 1, &x->shape,
                            &n->attrs)
                     ->out[0];
    if (w->wants_grad || b->wants_grad) {
        Node *node = graph_node(g, &dw_op, 1, &sums, 2, (Shape[]){w->shape, b->shape}, &n->attrs);
        din[1] = w->wants_grad ? node->out[0] : NULL;
        din[2] = b->wants_grad ? node->out[1] : NULL;
    }
}

static GroupNormSizes
sizes_of(const Node *n)
{
    const int64_t *dim = n->in[0]->shape.dim;
    return (GroupNormSizes){.n = dim[0],
                            .c = dim[1],
                            .pixels = dim[2] * dim[3],
                            .groups = n->attrs.i[0],
                            .eps = n->attrs.f[0],
                            .silu = n->attrs.i[1] != 0};
}

/* --- CPU --- */

static void
cpu(const Node *n, void *const *in, void *const *out)
{
    GroupNormSizes z = sizes_of(n);
    group_norm_cpu(&z, in[0], in[1], in[2], out[0], out[1]);
}

static void
sums_cpu(const Node *n, void *const *in, void *const *out)
{
    GroupNormSizes z = sizes_of(n);
    group_norm_cpu_sums(&z, in[0], in[1], in[2], in[3], in[4], out[0]);
}

static void
dx_cpu(const Node *n, void *const *in, void *const *out)
{
    GroupNormSizes z = sizes_of(n);
    group_norm_cpu_dx(&z, in[0], in[1], in[2], in[3], in[4], in[5], out[0]);
}

static void
dw_cpu(const Node *n, void *const *in, void *const *out)
{
    const int64_t *dim = n->in[0]->shape.dim; /* (N, C, 2) */
    const float *sums = in[0];
    float *dw = out[0], *db = out[1];
    for (int64_t c = 0; c < dim[1]; c++) {
        double w = 0, b = 0;
        for (int64_t i = 0; i < dim[0]; i++) {
            b += (double)sums[(i * dim[1] + c) * 2];
            w += (double)sums[(i * dim[1] + c) * 2 + 1];
        }
        dw[c] = (float)w;
        db[c] = (float)b;
    }
}

/* --- Vulkan --- */

static void
vulkan(const Node *n, Dispatcher *d)
{
    GroupNormSizes z = sizes_of(n);
    group_norm_dispatch(d, &z, n->in, n->out);
}

static void
sums_vulkan(const Node *n, Dispatcher *d)
{
    GroupNormSizes z = sizes_of(n);
    group_norm_sums_dispatch(d, &z, n->in, n->out[0]);
}

static void
dx_vulkan(const Node *n, Dispatcher *d)
{
    GroupNormSizes z = sizes_of(n);
    group_norm_dx_dispatch(d, &z, n->in, n->out[0]);
}

static void
dw_vulkan(const Node *n, Dispatcher *d)
{
    const int64_t *dim = n->in[0]->shape.dim;
    const uint32_t push[2] = {(uint32_t)dim[0], (uint32_t)dim[1]};
    dispatch_1d(d, "group_norm_dw", push, sizeof push, (Tensor *[]){n->in[0], n->out[0], n->out[1]},
                3, push[1]);
}

/* attributes: groups, silu; eps */
#define CASE(name_, c, groups, silu, ...)                                                          \
    {                                                                                              \
        .name = name_, .in = {SHAPE_INIT(__VA_ARGS__), SHAPE_INIT(c), SHAPE_INIT(c)}, .attrs = {   \
            .i = {groups, silu},                                                                   \
            .f = {1e-5f}                                                                           \
        }                                                                                          \
    }

static const OpCase cases[] = {
    CASE("2x6x7x5 of 3", 6, 3, 0, 2, 6, 7, 5),
    CASE("silu", 6, 3, 1, 2, 6, 7, 5),
    CASE("one group", 5, 1, 1, 1, 5, 17, 16),
    CASE("channels alone", 3, 3, 0, 2, 3, 11, 13),
    CASE("tokens first", 4, 2, 0, 3, 4, 9),
    CASE("several parts", 4, 2, 1, 1, 4, 131, 67),
    {.name = "low variance",
     .in = {SHAPE_INIT(1, 8, 9, 7), SHAPE_INIT(8), SHAPE_INIT(8)},
     .attrs = {.i = {4}, .f = {1e-6f}},
     .scale = 0.01f},
};

static const Op group_norm_op = {.name = "group_norm",
                                 .in_place = 1,
                                 .build = build,
                                 .backward = backward,
                                 .exact_out = 1u << 1,
                                 .cpu = cpu,
                                 .vulkan = vulkan,
                                 .cases = cases,
                                 .n_cases = G_N_ELEMENTS(cases)};
static const Op sums_op = {
    .name = "group_norm_sums", .exact_out = 1u << 0, .cpu = sums_cpu, .vulkan = sums_vulkan};
static const Op dx_op = {.name = "group_norm_dx", .cpu = dx_cpu, .vulkan = dx_vulkan};
static const Op dw_op = {.name = "group_norm_dw", .cpu = dw_cpu, .vulkan = dw_vulkan};

const Op *const group_norm_ops[] = {&group_norm_op, NULL};
