/* SPDX-License-Identifier: Apache-2.0 */
/* linear, matmul and column_sum. A linear layer's gradients are two matrix products and a column
 * sum; those of a matrix product are two more. */
#include "compute/cpu/gemm.h"
#include "compute/cpu/parallel.h"
#include "compute/op.h"
#include "compute/ops.h"
#include "compute/ops/matmul_vulkan.h"

#include <string.h>

static const Op linear_op, matmul_op, column_sum_op;

/* --- matmul: a and b as stored, sizes in the attributes --- */

/* Inputs that compute/fuse gives. */
enum { MATMUL_ADD = 2, ADD = 3 };

enum { TRANS_A, TRANS_B, BATCH, M, N, K };

static Tensor *
matmul_record(Graph *g, Tensor *a, Tensor *b, const MatmulSizes *z, const Shape *shape)
{
    OpAttrs attrs = {.i = {[TRANS_A] = z->trans_a,
                           [TRANS_B] = z->trans_b,
                           [BATCH] = z->batch,
                           [M] = z->m,
                           [N] = z->n,
                           [K] = z->k}};
    return graph_node(g, &matmul_op, 2, (Tensor *[]){a, b}, 1, shape, &attrs)->out[0];
}

static MatmulSizes
matmul_sizes(const Node *node)
{
    const int64_t *i = node->attrs.i;
    MatmulSizes z = {.batch = i[BATCH], .m = i[M], .n = i[N], .k = i[K]};
    z.trans_a = i[TRANS_A] != 0;
    z.trans_b = i[TRANS_B] != 0;
    z.stride_a = z.m * z.k;
    z.stride_b = z.k * z.n;
    z.stride_out = z.m * z.n;
    return z;
}

Tensor *
op_matmul(Graph *g, Tensor *a, Tensor *b, bool trans_a, bool trans_b)
{
    const Shape *sa = &a->shape, *sb = &b->shape;
    int d = sa->n_dims;
    MatmulSizes z = {.trans_a = trans_a, .trans_b = trans_b, .batch = d == 3 ? sa->dim[0] : 1};
    bool fits = (d == 2 || d == 3) && sb->n_dims == d && (d == 2 || sb->dim[0] == z.batch);
    if (fits) {
        z.m = sa->dim[d - (trans_a ? 1 : 2)];
        z.k = sa->dim[d - (trans_a ? 2 : 1)];
        z.n = sb->dim[d - (trans_b ? 2 : 1)];
        fits = sb->dim[d - (trans_b ? 1 : 2)] == z.k;
    }
    if (!fits) {
        g_autofree char *ta = shape_to_string(sa), *tb = shape_to_string(sb);
        g_error("matmul: %s%s and %s%s do not fit together", ta, trans_a ? "'" : "", tb,
                trans_b ? "'" : "");
    }
    Shape shape = d == 3 ? SHAPE(z.batch, z.m, z.n) : SHAPE(z.m, z.n);
    return matmul_record(g, a, b, &z, &shape);
}

/* y = op(a) op(b): da = dy op(b)', transposed where a is; db likewise. */
static void
matmul_backward(Graph *g, const Node *n, Tensor *const *dout, Tensor **din)
{
    MatmulSizes z = matmul_sizes(n);
    Tensor *a = n->in[0], *b = n->in[1], *dy = dout[0];
    if (a->wants_grad && z.trans_a)
        din[0] = matmul_record(g, b, dy,
                               &(MatmulSizes){.batch = z.batch,
                                              .m = z.k,
                                              .n = z.m,
                                              .k = z.n,
                                              .trans_a = z.trans_b,
                                              .trans_b = true},
                               &a->shape);
    else if (a->wants_grad)
        din[0] = matmul_record(
            g, dy, b,
            &(MatmulSizes){.batch = z.batch, .m = z.m, .n = z.k, .k = z.n, .trans_b = !z.trans_b},
            &a->shape);
    if (b->wants_grad && z.trans_b)
        din[1] = matmul_record(g, dy, a,
                               &(MatmulSizes){.batch = z.batch,
                                              .m = z.n,
                                              .n = z.k,
                                              .k = z.m,
                                              .trans_a = true,
                                              .trans_b = z.trans_a},
                               &b->shape);
    else if (b->wants_grad)
        din[1] = matmul_record(
            g, a, dy,
            &(MatmulSizes){.batch = z.batch, .m = z.k, .n = z.n, .k = z.m, .trans_a = !z.trans_a},
            &b->shape);
}

static void
matmul_cpu(const Node *node, void *const *in, void *const *out)
{
    MatmulSizes z = matmul_sizes(node);
    const float *a = in[0], *b = in[1];
    const float *add = node->n_in > MATMUL_ADD ? in[MATMUL_ADD] : NULL;
    float *y = out[0];
    int64_t lda = z.trans_a ? z.m : z.k, ldb = z.trans_b ? z.k : z.n;
#pragma omp parallel for schedule(static) if (z.batch > 1)
    for (int64_t i = 0; i < z.batch; i++)
        cpu_gemm(&(CpuGemm){.trans_a = z.trans_a,
                            .trans_b = z.trans_b,
                            .m = z.m,
                            .n = z.n,
                            .k = z.k,
                            .a = a + i * z.stride_a,
                            .lda = lda,
                            .b = b + i * z.stride_b,
                            .ldb = ldb,
                            .add = add ? add + i * z.stride_out : NULL,
                            .c = y + i * z.stride_out,
                            .ldc = z.n});
}

static void
matmul_vulkan(const Node *node, Dispatcher *d)
{
    MatmulSizes z = matmul_sizes(node);
    matmul_dispatch(d, &z, node->in[0], node->in[1], NULL, node->out[0]);
}

static double
matmul_work(const Node *node)
{
    MatmulSizes z = matmul_sizes(node);
    return 2.0 * (double)(z.batch * z.m) * (double)(z.n * z.k);
}

static Tensor *
matmul_build(Graph *g, Tensor *const *in, const OpAttrs *attrs)
{
    return op_matmul(g, in[0], in[1], attrs->i[0] != 0, attrs->i[1] != 0);
}

/* --- linear --- */

static MatmulSizes
linear_sizes(const Tensor *x, const Tensor *w)
{
    int64_t m = w->shape.dim[0], k = tensor_count(w) / MAX(m, 1);
    return (MatmulSizes){
        .batch = 1, .m = tensor_count(x) / MAX(k, 1), .n = m, .k = k, .trans_b = true};
}

Tensor *
op_linear(Graph *g, Tensor *x, Tensor *w, Tensor *bias)
{
    MatmulSizes z = linear_sizes(x, w);
    int last = x->shape.n_dims - 1;
    bool w_fits = w->shape.n_dims == 2 ||
                  (w->shape.n_dims == 4 && w->shape.dim[2] == 1 && w->shape.dim[3] == 1);
    if (!w_fits || x->shape.dim[last] != z.k || (bias && tensor_count(bias) != z.n)) {
        g_autofree char *sx = shape_to_string(&x->shape), *sw = shape_to_string(&w->shape);
        g_error("linear: input %s, weight %s and its bias do not fit together", sx, sw);
    }
    Shape shape = x->shape;
    shape.dim[last] = z.n;
    return graph_node(g, &linear_op, bias ? 3 : 2, (Tensor *[]){x, w, bias}, 1, &shape, NULL)
        ->out[0];
}

static Tensor *
column_sum(Graph *g, Tensor *x, int64_t n_columns)
{
    OpAttrs attrs = {.i = {n_columns}};
    return graph_node(g, &column_sum_op, 1, &x, 1, &SHAPE(n_columns), &attrs)->out[0];
}

static void
linear_backward(Graph *g, const Node *n, Tensor *const *dout, Tensor **din)
{
    Tensor *x = n->in[0], *w = n->in[1], *dy = dout[0];
    MatmulSizes z = linear_sizes(x, w);
    if (x->wants_grad)
        din[0] = matmul_record(g, dy, w, &(MatmulSizes){.batch = 1, .m = z.m, .n = z.k, .k = z.n},
                               &x->shape);
    if (w->wants_grad)
        din[1] = matmul_record(
            g, dy, x, &(MatmulSizes){.batch = 1, .m = z.n, .n = z.k, .k = z.m, .trans_a = true},
            &w->shape);
    if (n->n_in > 2 && n->in[2]->wants_grad)
        din[2] = column_sum(g, dy, z.n);
}

static void
linear_cpu(const Node *n, void *const *in, void *const *out)
{
    MatmulSizes z = linear_sizes(n->in[0], n->in[1]);
    cpu_gemm(&(CpuGemm){.trans_b = true,
                        .m = z.m,
                        .n = z.n,
                        .k = z.k,
                        .a = in[0],
                        .lda = z.k,
                        .b = in[1],
                        .ldb = z.k,
                        .bias = n->n_in > 2 ? in[2] : NULL,
                        .add = n->n_in > ADD ? in[ADD] : NULL,
                        .c = out[0],
                        .ldc = z.n});
}

static void
linear_vulkan(const Node *n, Dispatcher *d)
{
    MatmulSizes z = linear_sizes(n->in[0], n->in[1]);
    matmul_dispatch(d, &z, n->in[0], n->in[1], n->n_in > 2 ? n->in[2] : NULL, n->out[0]);
}

static double
linear_work(const Node *n)
{
    MatmulSizes z = linear_sizes(n->in[0], n->in[1]);
    return 2.0 * (double)z.m * (double)(z.n * z.k);
}

static Tensor *
linear_build(Graph *g, Tensor *const *in, const OpAttrs *attrs)
{
    return op_linear(g, in[0], in[1], in[2]);
}

/* --- column_sum: x (rows, n) -> (n), blocks of rows in float, blocks in double --- */

#define COLUMNS 64
#define ROWS 64

CPU_CLONES static void
add_rows(int64_t n_rows, int64_t n_columns, const float *restrict x, int64_t ld,
         float *restrict sum)
{
    for (int64_t i = 0; i < n_rows; i++) {
        for (int64_t j = 0; j < n_columns; j++)
            sum[j] += x[i * ld + j];
    }
}

static void
column_block(int64_t n_rows, int64_t n_columns, const float *x, int64_t ld, float *y)
{
    double total[COLUMNS] = {0};
    for (int64_t row = 0; row < n_rows; row += ROWS) {
        float part[COLUMNS] = {0};
        add_rows(MIN(ROWS, n_rows - row), n_columns, x + row * ld, ld, part);
        for (int64_t j = 0; j < n_columns; j++)
            total[j] += part[j];
    }
    for (int64_t j = 0; j < n_columns; j++)
        y[j] = (float)total[j];
}

static void
column_sum_cpu(const Node *node, void *const *in, void *const *out)
{
    int64_t n = node->attrs.i[0], rows = tensor_count(node->in[0]) / n;
    const float *x = in[0];
    float *y = out[0];
#pragma omp parallel for schedule(static) if (rows * n > 32768)
    for (int64_t first = 0; first < n; first += COLUMNS)
        column_block(rows, MIN(COLUMNS, n - first), x + first, n, y + first);
}

static void
column_sum_vulkan(const Node *node, Dispatcher *d)
{
    struct {
        uint32_t rows, n;
    } push = {(uint32_t)(tensor_count(node->in[0]) / node->attrs.i[0]), (uint32_t)node->attrs.i[0]};
    G_STATIC_ASSERT(sizeof push == 8);
    dispatch(d, "column_sum", &push, sizeof push, (Tensor *[]){node->in[0], node->out[0]}, 2,
             (push.n + 15) / 16, 1, 1);
}

static Tensor *
column_sum_build(Graph *g, Tensor *const *in, const OpAttrs *attrs)
{
    return column_sum(g, in[0], attrs->i[0]);
}

/* --- the ops --- */

/* clang-format off */
static const OpCase linear_cases[] = {
    {.name = "3x5x7 to 11", .in = {SHAPE_INIT(3, 5, 7), SHAPE_INIT(11, 7), SHAPE_INIT(11)}},
    {.name = "no bias", .in = {SHAPE_INIT(130, 65), SHAPE_INIT(33, 65)}},
    {.name = "1x1 convolution", .in = {SHAPE_INIT(2, 67, 96), SHAPE_INIT(24, 96, 1, 1), SHAPE_INIT(24)}},
    {.name = "one row", .in = {SHAPE_INIT(1, 320), SHAPE_INIT(129, 320), SHAPE_INIT(129)}},
    {.name = "whole tiles", .in = {SHAPE_INIT(2, 68, 132), SHAPE_INIT(260, 132), SHAPE_INIT(260)}},
    {.name = "long and thin", .in = {SHAPE_INIT(1, 1089, 40), SHAPE_INIT(4, 40)}},
};
static const OpCase matmul_cases[] = {
    {.name = "nn", .in = {SHAPE_INIT(17, 33), SHAPE_INIT(33, 9)}},
    {.name = "tn", .in = {SHAPE_INIT(33, 17), SHAPE_INIT(33, 9)}, .attrs = {.i = {1, 0}}},
    {.name = "nt", .in = {SHAPE_INIT(17, 33), SHAPE_INIT(9, 33)}, .attrs = {.i = {0, 1}}},
    {.name = "tt", .in = {SHAPE_INIT(33, 17), SHAPE_INIT(9, 33)}, .attrs = {.i = {1, 1}}},
    {.name = "tiles nn", .in = {SHAPE_INIT(132, 76), SHAPE_INIT(76, 140)}},
    {.name = "tiles tn", .in = {SHAPE_INIT(76, 132), SHAPE_INIT(76, 140)}, .attrs = {.i = {1, 0}}},
    {.name = "tiles nt", .in = {SHAPE_INIT(132, 76), SHAPE_INIT(140, 76)}, .attrs = {.i = {0, 1}}},
    {.name = "tiles tt", .in = {SHAPE_INIT(76, 132), SHAPE_INIT(140, 76)}, .attrs = {.i = {1, 1}}},
    {.name = "batch nn", .in = {SHAPE_INIT(3, 65, 20), SHAPE_INIT(3, 20, 77)}},
    {.name = "batch tt", .in = {SHAPE_INIT(3, 5, 13), SHAPE_INIT(3, 77, 5)}, .attrs = {.i = {1, 1}}},
};
static const OpCase column_sum_cases[] = {
    {.name = "3x5x67", .in = {SHAPE_INIT(3, 5, 67)}, .attrs = {.i = {67}}},
    {.name = "1031x17", .in = {SHAPE_INIT(1031, 17)}, .attrs = {.i = {17}}},
};
/* clang-format on */

static const Op linear_op = {.name = "linear",
                             .add_in = ADD,
                             .build = linear_build,
                             .backward = linear_backward,
                             .cpu = linear_cpu,
                             .vulkan = linear_vulkan,
                             .work = linear_work,
                             .cases = linear_cases,
                             .n_cases = G_N_ELEMENTS(linear_cases)};
static const Op matmul_op = {.name = "matmul",
                             .add_in = MATMUL_ADD,
                             .build = matmul_build,
                             .backward = matmul_backward,
                             .cpu = matmul_cpu,
                             .vulkan = matmul_vulkan,
                             .work = matmul_work,
                             .cases = matmul_cases,
                             .n_cases = G_N_ELEMENTS(matmul_cases)};
static const Op column_sum_op = {.name = "column_sum",
                                 .build = column_sum_build,
                                 .cpu = column_sum_cpu,
                                 .vulkan = column_sum_vulkan,
                                 .cases = column_sum_cases,
                                 .n_cases = G_N_ELEMENTS(column_sum_cases)};

const Op *const linear_ops[] = {&linear_op, &matmul_op, &column_sum_op, NULL};
