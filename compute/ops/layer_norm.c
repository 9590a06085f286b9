/* SPDX-License-Identifier: Apache-2.0 */
/* layer_norm over the last dimension (Ba et al., arXiv:1607.06450): y = (x - mean) rstd w + b, with
 * the variance over C values, not C - 1. A second result keeps (mean, rstd) of each row. */
#include "compute/cpu/parallel.h"
#include "compute/op.h"
#include "compute/ops.h"
#include "compute/ops/rows.h"

#include <math.h>

static const Op layer_norm_op, layer_norm_dx_op, layer_norm_dw_op;

Tensor *
op_layer_norm(Graph *g, Tensor *x, Tensor *weight, Tensor *bias, float eps)
{
    if (tensor_count(weight) != row_width(x) || tensor_count(bias) != row_width(x)) {
        g_autofree char *sx = shape_to_string(&x->shape), *sw = shape_to_string(&weight->shape);
        g_error("layer_norm: input %s and weight %s do not fit together", sx, sw);
    }
    Shape shapes[] = {x->shape, SHAPE(row_count(x), 2)};
    return graph_node(g, &layer_norm_op, 3, (Tensor *[]){x, weight, bias}, 2, shapes,
                      &(OpAttrs){.f = {eps}})
        ->out[0];
}

static Tensor *
build(Graph *g, Tensor *const *in, const OpAttrs *attrs)
{
    return op_layer_norm(g, in[0], in[1], in[2], attrs->f[0]);
}

static void
backward(Graph *g, const Node *n, Tensor *const *dout, Tensor **din)
{
    Tensor *x = n->in[0], *w = n->in[1], *b = n->in[2], *stats = n->out[1], *dy = dout[0];
    if (x->wants_grad)
        din[0] =
            graph_node(g, &layer_norm_dx_op, 4, (Tensor *[]){x, w, stats, dy}, 1, &x->shape, NULL)
                ->out[0];
    if (w->wants_grad || b->wants_grad) {
        Shape shapes[] = {w->shape, b->shape};
        Node *node =
            graph_node(g, &layer_norm_dw_op, 3, (Tensor *[]){x, stats, dy}, 2, shapes, NULL);
        din[1] = node->out[0];
        din[2] = node->out[1];
    }
}

/* --- CPU --- */

CPU_CLONES static void
forward_row(int64_t c, float eps, const float *restrict x, const float *restrict w,
            const float *restrict b, float *restrict y, float *restrict stats)
{
    double sum = 0, squares = 0;
#pragma omp simd reduction(+ : sum)
    for (int64_t i = 0; i < c; i++)
        sum += x[i];
    float mean = (float)(sum / (double)c);
#pragma omp simd reduction(+ : squares)
    for (int64_t i = 0; i < c; i++) {
        double centred = x[i] - sum / (double)c;
        squares += centred * centred;
    }
    float rstd = (float)(1.0 / sqrt(squares / (double)c + (double)eps));
    for (int64_t i = 0; i < c; i++)
        y[i] = (x[i] - mean) * rstd * w[i] + b[i];
    stats[0] = mean;
    stats[1] = rstd;
}

static void
forward_cpu(const Node *n, void *const *in, void *const *out)
{
    int64_t c = row_width(n->in[0]), rows = row_count(n->in[0]);
    const float *x = in[0];
    float *y = out[0], *stats = out[1];
#pragma omp parallel for schedule(static) if (rows * c > 8192)
    for (int64_t row = 0; row < rows; row++)
        forward_row(c, n->attrs.f[0], x + row * c, in[1], in[2], y + row * c, stats + row * 2);
}

/* dx = rstd (g - mean(g) - xhat mean(g xhat)), g = dy w */
CPU_CLONES static void
dx_row(int64_t c, const float *restrict x, const float *restrict w, const float *restrict stats,
       const float *restrict dy, float *restrict dx)
{
    float mean = stats[0], rstd = stats[1];
    double sum = 0, dot = 0;
#pragma omp simd reduction(+ : sum, dot)
    for (int64_t i = 0; i < c; i++) {
        float gradient = dy[i] * w[i];
        sum += gradient;
        dot += gradient * ((x[i] - mean) * rstd);
    }
    float mean_g = (float)(sum / (double)c), mean_gx = (float)(dot / (double)c);
    for (int64_t i = 0; i < c; i++)
        dx[i] = rstd * (dy[i] * w[i] - mean_g - (x[i] - mean) * rstd * mean_gx);
}

static void
dx_cpu(const Node *n, void *const *in, void *const *out)
{
    int64_t c = row_width(n->in[0]), rows = row_count(n->in[0]);
    const float *x = in[0], *stats = in[2], *dy = in[3];
    float *dx = out[0];
#pragma omp parallel for schedule(static) if (rows * c > 8192)
    for (int64_t row = 0; row < rows; row++)
        dx_row(c, x + row * c, in[1], stats + row * 2, dy + row * c, dx + row * c);
}

#define COLUMNS 64
#define ROWS 64

CPU_CLONES static void
dw_rows(int64_t n_rows, int64_t n_columns, int64_t c, const float *restrict x,
        const float *restrict stats, const float *restrict dy, float *restrict dw,
        float *restrict db)
{
    for (int64_t row = 0; row < n_rows; row++) {
        float mean = stats[row * 2], rstd = stats[row * 2 + 1];
        for (int64_t i = 0; i < n_columns; i++) {
            dw[i] += dy[row * c + i] * ((x[row * c + i] - mean) * rstd);
            db[i] += dy[row * c + i];
        }
    }
}

/* Columns first .. first + n - 1: blocks of rows in float, blocks in double. */
static void
dw_block(int64_t rows, int64_t n, int64_t c, const float *x, const float *stats, const float *dy,
         float *dw, float *db)
{
    double total_w[COLUMNS] = {0}, total_b[COLUMNS] = {0};
    for (int64_t row = 0; row < rows; row += ROWS) {
        float part_w[COLUMNS] = {0}, part_b[COLUMNS] = {0};
        dw_rows(MIN(ROWS, rows - row), n, c, x + row * c, stats + row * 2, dy + row * c, part_w,
                part_b);
        for (int64_t i = 0; i < n; i++) {
            total_w[i] += part_w[i];
            total_b[i] += part_b[i];
        }
    }
    for (int64_t i = 0; i < n; i++) {
        dw[i] = (float)total_w[i];
        db[i] = (float)total_b[i];
    }
}

static void
dw_cpu(const Node *n, void *const *in, void *const *out)
{
    int64_t c = row_width(n->in[0]), rows = row_count(n->in[0]);
    const float *x = in[0], *dy = in[2];
    float *dw = out[0], *db = out[1];
#pragma omp parallel for schedule(static) if (rows * c > 8192)
    for (int64_t first = 0; first < c; first += COLUMNS)
        dw_block(rows, MIN(COLUMNS, c - first), c, x + first, in[1], dy + first, dw + first,
                 db + first);
}

/* --- Vulkan --- */

typedef struct {
    uint32_t rows, c;
    float eps;
} Push;
G_STATIC_ASSERT(sizeof(Push) == 12);

static Push
push_of(const Node *n)
{
    return (Push){(uint32_t)row_count(n->in[0]), (uint32_t)row_width(n->in[0]), n->attrs.f[0]};
}

static void
forward_vulkan(const Node *n, Dispatcher *d)
{
    Push push = push_of(n);
    dispatch_rows(d, "layer_norm", &push, sizeof push,
                  (Tensor *[]){n->in[0], n->in[1], n->in[2], n->out[0], n->out[1]}, 5, push.rows);
}

static void
dx_vulkan(const Node *n, Dispatcher *d)
{
    Push push = push_of(n);
    dispatch_rows(d, "layer_norm_dx", &push, sizeof push,
                  (Tensor *[]){n->in[0], n->in[1], n->in[2], n->in[3], n->out[0]}, 5, push.rows);
}

static void
dw_vulkan(const Node *n, Dispatcher *d)
{
    Push push = push_of(n);
    dispatch(d, "layer_norm_dw", &push, sizeof push,
             (Tensor *[]){n->in[0], n->in[1], n->in[2], n->out[0], n->out[1]}, 5,
             (push.c + 15) / 16, 1, 1);
}

/* --- the ops --- */

#define CASE(name_, c_, ...)                                                                       \
    {                                                                                              \
        .name = name_, .in = {SHAPE_INIT(__VA_ARGS__), SHAPE_INIT(c_), SHAPE_INIT(c_)}, .attrs = { \
            .f = {1e-5f}                                                                           \
        }                                                                                          \
    }

static const OpCase cases[] = {CASE("2x5x7", 7, 2, 5, 7), CASE("3x77x96", 96, 3, 77, 96),
                               CASE("1x1031", 1031, 1, 1031), CASE("1089x17", 17, 1089, 17)};

static const Op layer_norm_op = {.name = "layer_norm",
                                 .build = build,
                                 .backward = backward,
                                 .exact_out = 1u << 1,
                                 .cpu = forward_cpu,
                                 .vulkan = forward_vulkan,
                                 .cases = cases,
                                 .n_cases = G_N_ELEMENTS(cases)};
static const Op layer_norm_dx_op = {.name = "layer_norm_dx", .cpu = dx_cpu, .vulkan = dx_vulkan};
static const Op layer_norm_dw_op = {.name = "layer_norm_dw", .cpu = dw_cpu, .vulkan = dw_vulkan};

const Op *const layer_norm_ops[] = {&layer_norm_op, NULL};
