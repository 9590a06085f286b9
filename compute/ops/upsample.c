/* SPDX-License-Identifier: Apache-2.0 */
/* upsample_nearest: y[n, c, i, j] = x[n, c, source(i), source(j)]. source(i) is
 * min(floor(i * scale), H - 1) with scale = H / h rounded to f32 and the product in f32, because
 * that is what PyTorch computes. The gradient gathers: the i of one source row are neighbours. */
#include "compute/cpu/parallel.h"
#include "compute/op.h"
#include "compute/ops.h"
#include "compute/ops/registry.h"

#include <math.h>

static const Op upsample_op, upsample_backward_op;

Tensor *
op_upsample_nearest(Graph *g, Tensor *x, int h, int w)
{
    const int64_t *dim = x->shape.dim;
    if (x->shape.n_dims != 4 || h < 1 || w < 1 || dim[2] < 1 || dim[3] < 1) {
        g_autofree char *sx = shape_to_string(&x->shape);
        g_error("upsample_nearest: %s cannot become %d x %d", sx, h, w);
    }
    return graph_node(g, &upsample_op, 1, &x, 1, &SHAPE(dim[0], dim[1], h, w), NULL)->out[0];
}

static Tensor *
build(Graph *g, Tensor *const *in, const OpAttrs *attrs)
{
    return op_upsample_nearest(g, in[0], (int)attrs->i[0], (int)attrs->i[1]);
}

static void
backward(Graph *g, const Node *n, Tensor *const *dout, Tensor **din)
{
    din[0] = graph_node(g, &upsample_backward_op, 1, dout, 1, &n->in[0]->shape, NULL)->out[0];
}

/* --- CPU --- */

static int32_t *
sources(int64_t from, int64_t to)
{
    int32_t *source = g_new(int32_t, to);
    const float scale = (float)from / (float)to;
    for (int64_t i = 0; i < to; i++)
        source[i] = (int32_t)MIN((int64_t)floorf((float)i * scale), from - 1);
    return source;
}

/* first[s] .. first[s + 1] - 1 are the i with source s. */
static int32_t *
ranges(int64_t from, int64_t to)
{
    g_autofree int32_t *source = sources(from, to);
    int32_t *first = g_new(int32_t, from + 1);
    int32_t i = 0;
    for (int64_t s = 0; s <= from; s++) {
        while (i < to && source[i] < s)
            i++;
        first[s] = i;
    }
    return first;
}

CPU_CLONES static void
row_double(int64_t n, const float *restrict from, float *restrict to)
{
    for (int64_t j = 0; j < n; j++) {
        to[2 * j] = from[j];
        to[2 * j + 1] = from[j];
    }
}

static void
cpu(const Node *n, void *const *in, void *const *out)
{
    const int64_t *from = n->in[0]->shape.dim, *to = n->out[0]->shape.dim;
    const int64_t planes = to[0] * to[1], h = from[2], w = from[3], oh = to[2], ow = to[3];
    g_autofree int32_t *row = sources(h, oh), *col = sources(w, ow);
    const float *x = in[0];
    float *y = out[0];
#pragma omp parallel for schedule(static) if (planes * oh * ow > 16384)
    for (int64_t k = 0; k < planes * oh; k++) {
        const float *source = x + (k / oh * h + row[k % oh]) * w;
        if (ow == 2 * w) {
            row_double(w, source, y + k * ow);
        } else {
            for (int64_t j = 0; j < ow; j++)
                y[k * ow + j] = source[col[j]];
        }
    }
}

static void
backward_cpu(const Node *n, void *const *in, void *const *out)
{
    const int64_t *from = n->out[0]->shape.dim, *to = n->in[0]->shape.dim;
    const int64_t planes = to[0] * to[1], h = from[2], w = from[3], oh = to[2], ow = to[3];
    g_autofree int32_t *row = ranges(h, oh), *col = ranges(w, ow);
    const float *dy = in[0];
    float *dx = out[0];
#pragma omp parallel for schedule(static) if (planes * oh * ow > 16384)
    for (int64_t k = 0; k < planes * h; k++) {
        const float *plane = dy + k / h * oh * ow;
        for (int64_t j = 0; j < w; j++) {
            float sum = 0;
            for (int64_t r = row[k % h]; r < row[k % h + 1]; r++)
                for (int64_t c = col[j]; c < col[j + 1]; c++)
                    sum += plane[r * ow + c];
            dx[k * w + j] = sum;
        }
    }
}

/* --- Vulkan --- */

typedef struct {
    uint32_t n, h, w, oh, ow;
    float scale_h, scale_w;
} Push;
G_STATIC_ASSERT(sizeof(Push) == 28);

static void
vulkan(const Node *n, Dispatcher *d)
{
    bool is_backward = n->op == &upsample_backward_op;
    const int64_t *from = (is_backward ? n->out[0] : n->in[0])->shape.dim;
    const int64_t *to = (is_backward ? n->in[0] : n->out[0])->shape.dim;
    Push push = {(uint32_t)tensor_count(n->out[0]),
                 (uint32_t)from[2],
                 (uint32_t)from[3],
                 (uint32_t)to[2],
                 (uint32_t)to[3],
                 (float)from[2] / (float)to[2],
                 (float)from[3] / (float)to[3]};
    dispatch_1d(d, n->op->name, &push, sizeof push, (Tensor *[]){n->in[0], n->out[0]}, 2, push.n);
}

static const OpCase cases[] = {
    {.name = "double", .in = {SHAPE_INIT(2, 3, 7, 5)}, .attrs = {.i = {14, 10}}},
    {.name = "5x3 to 9x6", .in = {SHAPE_INIT(1, 3, 5, 3)}, .attrs = {.i = {9, 6}}},
    {.name = "9x8 to 17x16", .in = {SHAPE_INIT(1, 2, 9, 8)}, .attrs = {.i = {17, 16}}},
    {.name = "7x11 to 31x29", .in = {SHAPE_INIT(1, 2, 7, 11)}, .attrs = {.i = {31, 29}}},
    {.name = "smaller", .in = {SHAPE_INIT(1, 2, 9, 7)}, .attrs = {.i = {4, 3}}},
    {.name = "1 pixel", .in = {SHAPE_INIT(1, 1, 1, 1)}, .attrs = {.i = {3, 2}}},
};

static const Op upsample_op = {.name = "upsample_nearest",
                               .build = build,
                               .backward = backward,
                               .cpu = cpu,
                               .vulkan = vulkan,
                               .cases = cases,
                               .n_cases = G_N_ELEMENTS(cases)};
static const Op upsample_backward_op = {
    .name = "upsample_nearest_backward", .cpu = backward_cpu, .vulkan = vulkan};

const Op *const upsample_ops[] = {&upsample_op, NULL};
