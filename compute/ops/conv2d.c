/* SPDX-License-Identifier: Apache-2.0 */
/* conv2d: y[n, m, i, j] = bias[m] + sum over c, r, s of
 * w[m, c, r, s] x[n, c, i * stride - pad_top + r, j * stride - pad_left + s], zero outside x.
 * The gradients are nodes of their own: conv2d_dx, conv2d_dw, conv2d_db. */
#include "compute/cpu/parallel.h"
#include "compute/op.h"
#include "compute/ops.h"
#include "compute/ops/conv2d_cpu.h"
#include "compute/ops/conv2d_vulkan.h"
#include "compute/ops/registry.h"
#include "compute/ops/sums.h"

enum { ADD = 3, CHANNEL = 4 }; /* inputs that compute/fuse gives */

static const Op conv2d_op, conv2d_dx_op, conv2d_dw_op, conv2d_db_op;

/* A node's attributes are the sizes, in the order of Conv2dSizes. */
static OpAttrs
attrs_of(const Conv2dSizes *z)
{
    return (OpAttrs){.i = {z->n, z->c, z->h, z->w, z->m, z->r, z->s, z->oh, z->ow, z->stride,
                           z->pad_top, z->pad_left}};
}

static Conv2dSizes
sizes_of(const Node *n)
{
    const int64_t *i = n->attrs.i;
    return (Conv2dSizes){i[0], i[1], i[2], i[3],      i[4],       i[5],
                         i[6], i[7], i[8], (int)i[9], (int)i[10], (int)i[11]};
}

Tensor *
op_conv2d(Graph *g, Tensor *x, Tensor *w, Tensor *bias, ConvOptions o)
{
    const int64_t *dx = x->shape.dim, *dw = w->shape.dim;
    Conv2dSizes z = {dx[0], dx[1], dx[2], dx[3],    dw[0],     dw[2],
                     dw[3], 0,     0,     o.stride, o.pad_top, o.pad_left};
    int64_t tall = z.h + o.pad_top + o.pad_bottom, wide = z.w + o.pad_left + o.pad_right;
    if (x->shape.n_dims != 4 || dw[1] != z.c || o.stride < 1 || tall < z.r || wide < z.s ||
        (bias && tensor_count(bias) != z.m)) {
        g_autofree char *sx = shape_to_string(&x->shape), *sw = shape_to_string(&w->shape);
        g_autofree char *sb = bias ? shape_to_string(&bias->shape) : g_strdup("none");
        g_error("conv2d: x %s, weight %s, bias %s, stride %d do not fit", sx, sw, sb, o.stride);
    }
    z.oh = (tall - z.r) / o.stride + 1;
    z.ow = (wide - z.s) / o.stride + 1;
    OpAttrs attrs = attrs_of(&z);
    return graph_node(g, &conv2d_op, 3, (Tensor *[]){x, w, bias}, 1, &SHAPE(z.n, z.m, z.oh, z.ow),
                      &attrs)
        ->out[0];
}

static Tensor *
build(Graph *g, Tensor *const *in, const OpAttrs *attrs)
{
    const int64_t *i = attrs->i;
    return op_conv2d(g, in[0], in[1], in[2],
                     (ConvOptions){(int)i[0], (int)i[1], (int)i[2], (int)i[3], (int)i[4]});
}

static void
backward(Graph *g, const Node *n, Tensor *const *dout, Tensor **din)
{
    Tensor *x = n->in[0], *w = n->in[1], *bias = n->in[2], *dy = dout[0];
    if (x->wants_grad)
        din[0] =
            graph_node(g, &conv2d_dx_op, 2, (Tensor *[]){dy, w}, 1, &x->shape, &n->attrs)->out[0];
    if (w->wants_grad)
        din[1] =
            graph_node(g, &conv2d_dw_op, 2, (Tensor *[]){x, dy}, 1, &w->shape, &n->attrs)->out[0];
    if (bias && bias->wants_grad)
        din[2] = graph_node(g, &conv2d_db_op, 1, &dy, 1, &bias->shape, &n->attrs)->out[0];
}

/* --- CPU --- */

static void
cpu(const Node *n, void *const *in, void *const *out)
{
    Conv2dSizes z = sizes_of(n);
    const Conv2dSum sum = {
        .bias = n->in[2] ? in[2] : NULL,
        .channel = n->n_in > CHANNEL ? in[CHANNEL] : NULL,
        .image = n->n_in > ADD && n->in[ADD] ? in[ADD] : NULL,
    };
    conv2d_cpu(&z, in[0], in[1], &sum, out[0]);
}

static void
dx_cpu(const Node *n, void *const *in, void *const *out)
{
    Conv2dSizes z = sizes_of(n);
    conv2d_cpu_dx(&z, in[0], in[1], out[0]);
}

static void
dw_cpu(const Node *n, void *const *in, void *const *out)
{
    Conv2dSizes z = sizes_of(n);
    conv2d_cpu_dw(&z, in[0], in[1], out[0]);
}

static void
db_cpu(const Node *n, void *const *in, void *const *out)
{
    Conv2dSizes z = sizes_of(n);
    const int64_t plane = z.oh * z.ow;
    const float *dy = in[0];
    float *db = out[0];
#pragma omp parallel for schedule(static) if (z.n * z.m * plane > 16384)
    for (int64_t m = 0; m < z.m; m++) {
        double sum = 0;
        for (int64_t i = 0; i < z.n; i++)
            sum += floats_sum(plane, dy + (i * z.m + m) * plane);
        db[m] = (float)sum;
    }
}

/* --- Vulkan --- */

static void
vulkan(const Node *n, Dispatcher *d)
{
    Conv2dSizes z = sizes_of(n);
    conv2d_dispatch(d, &z, n->in[0], n->in[1], n->in[2], n->out[0]);
}

static void
dx_vulkan(const Node *n, Dispatcher *d)
{
    Conv2dSizes z = sizes_of(n);
    conv2d_dx_dispatch(d, &z, n->in[0], n->in[1], n->out[0]);
}

static void
dw_vulkan(const Node *n, Dispatcher *d)
{
    Conv2dSizes z = sizes_of(n);
    conv2d_dw_dispatch(d, &z, n->in[0], n->in[1], n->out[0]);
}

static void
db_vulkan(const Node *n, Dispatcher *d)
{
    Conv2dSizes z = sizes_of(n);
    conv2d_db_dispatch(d, &z, n->in[0], n->out[0]);
}

/* A multiplication and an addition a tap, forward and for either gradient. */
static double
work(const Node *n)
{
    Conv2dSizes z = sizes_of(n);
    return 2.0 * (double)(z.n * z.m * z.oh * z.ow) * (double)(z.c * z.r * z.s);
}

/* --- the ops --- */

/* attributes: stride, pad top, left, bottom, right */
static const OpCase cases[] = {
    {.name = "3x3",
     .in = {SHAPE_INIT(2, 3, 7, 5), SHAPE_INIT(4, 3, 3, 3), SHAPE_INIT(4)},
     .attrs = {.i = {1, 1, 1, 1, 1}}},
    {.name = "3x3 no bias",
     .in = {SHAPE_INIT(1, 17, 9, 35), SHAPE_INIT(19, 17, 3, 3)},
     .attrs = {.i = {1, 1, 1, 1, 1}}},
    {.name = "3x3 whole tiles",
     .in = {SHAPE_INIT(2, 12, 10, 14), SHAPE_INIT(68, 12, 3, 3), SHAPE_INIT(68)},
     .attrs = {.i = {1, 1, 1, 1, 1}}},
    {.name = "3x3 stride 2 whole tiles",
     .in = {SHAPE_INIT(1, 8, 24, 22), SHAPE_INIT(64, 8, 3, 3)},
     .attrs = {.i = {2, 1, 1, 1, 1}}},
    {.name = "3x3 stride 2",
     .in = {SHAPE_INIT(1, 5, 9, 11), SHAPE_INIT(7, 5, 3, 3), SHAPE_INIT(7)},
     .attrs = {.i = {2, 1, 1, 1, 1}}},
    {.name = "3x3 stride 2 pad 0 0 1 1",
     .in = {SHAPE_INIT(2, 4, 8, 6), SHAPE_INIT(20, 4, 3, 3), SHAPE_INIT(20)},
     .attrs = {.i = {2, 0, 0, 1, 1}}},
    {.name = "1x1",
     .in = {SHAPE_INIT(2, 65, 5, 3), SHAPE_INIT(9, 65, 1, 1), SHAPE_INIT(9)},
     .attrs = {.i = {1}}},
    {.name = "1x1 stride 2",
     .in = {SHAPE_INIT(1, 3, 9, 7), SHAPE_INIT(2, 3, 1, 1), SHAPE_INIT(2)},
     .attrs = {.i = {2}}},
    {.name = "5x2 stride 3",
     .in = {SHAPE_INIT(1, 2, 13, 41), SHAPE_INIT(3, 2, 5, 2)},
     .attrs = {.i = {3, 2, 1, 1, 0}}},
    {.name = "1 pixel",
     .in = {SHAPE_INIT(1, 1, 1, 1), SHAPE_INIT(1, 1, 3, 3), SHAPE_INIT(1)},
     .attrs = {.i = {1, 1, 1, 1, 1}}},
    {.name = "3x3 of many tiles, odd sizes",
     .in = {SHAPE_INIT(2, 9, 35, 33), SHAPE_INIT(11, 9, 3, 3), SHAPE_INIT(11)},
     .attrs = {.i = {1, 1, 1, 1, 1}}},
    {.name = "3x3 of many tiles, pad 2 0 1 1",
     .in = {SHAPE_INIT(1, 70, 31, 38), SHAPE_INIT(8, 70, 3, 3)},
     .attrs = {.i = {1, 2, 0, 1, 1}}},
    {.name = "long rows",
     .in = {SHAPE_INIT(1, 2, 5, 701), SHAPE_INIT(10, 2, 3, 3), SHAPE_INIT(10)},
     .attrs = {.i = {1, 1, 1, 1, 1}}},
};

static const Op conv2d_op = {.name = "conv2d",
                             .add_in = ADD,
                             .channel_in = CHANNEL,
                             .build = build,
                             .backward = backward,
                             .cpu = cpu,
                             .vulkan = vulkan,
                             .work = work,
                             .cases = cases,
                             .n_cases = G_N_ELEMENTS(cases)};
static const Op conv2d_dx_op = {
    .name = "conv2d_dx", .cpu = dx_cpu, .vulkan = dx_vulkan, .work = work};
static const Op conv2d_dw_op = {
    .name = "conv2d_dw", .cpu = dw_cpu, .vulkan = dw_vulkan, .work = work};
static const Op conv2d_db_op = {.name = "conv2d_db", .cpu = db_cpu, .vulkan = db_vulkan};

const Op *const conv2d_ops[] = {&conv2d_op, NULL};
