/* SPDX-License-Identifier: Apache-2.0 */
#include "compute/ops/matmul_vulkan.h"

#include "compute/ops/gemm_vulkan.h"
#include "compute/vulkan/dispatch.h"

#define ENOUGH_GROUPS 256   /* to keep a large GPU busy */
#define ENOUGH_LARGE 64     /* large tiles, that it pays to have fewer of them */
#define SHORTEST_SPLIT 128  /* of k: below it, adding up costs more than it gains */
#define LONGEST_SPLIT 16384 /* of k: beyond it, a running sum loses digits */
#define MAX_SPLITS 64

static int64_t
divide_up(int64_t a, int64_t b)
{
    return (a + b - 1) / b;
}

GemmGrid
gemm_grid(int64_t rows, int64_t cols, int64_t k, int64_t n_items)
{
    GemmGrid grid = {.threads_m = rows <= 16   ? 4
                                  : rows <= 32 ? 8
                                  : cols <= 16 ? 64
                                  : cols <= 32 ? 32
                                               : 16};
    int64_t n_large = divide_up(rows, 128) * divide_up(cols, 128) * n_items;
    grid.large = rows >= 96 && cols >= 96 && n_large * MAX(k / 1024, 1) >= ENOUGH_LARGE;
    int64_t tile_m = (grid.large ? 8 : 4) * grid.threads_m;
    int64_t tile_n = (grid.large ? 2048 : 1024) / grid.threads_m;
    grid.gx = (uint32_t)divide_up(cols, tile_n);
    grid.gy = (uint32_t)divide_up(rows, tile_m);
    int64_t n_groups = MAX((int64_t)grid.gx * grid.gy * n_items, 1);
    int64_t splits = MIN(ENOUGH_GROUPS / n_groups, k / SHORTEST_SPLIT);
    splits = MAX(splits, divide_up(k, LONGEST_SPLIT));
    grid.splits = (uint32_t)CLAMP(splits, 1, MAX_SPLITS);
    return grid;
}

Tensor *
gemm_parts(Dispatcher *d, GemmGrid *grid, Tensor *out)
{
    size_t size = (size_t)tensor_count(out) * sizeof(float);
    while (grid->splits > 1 && size > dispatch_max_range(d) / grid->splits)
        grid->splits /= 2;
    return grid->splits == 1 ? out : dispatch_scratch(d, tensor_count(out) * grid->splits);
}

void
gemm_sum_parts(Dispatcher *d, const GemmGrid *grid, Tensor *parts, Tensor *bias, int64_t inner,
               Tensor *out)
{
    if (grid->splits == 1)
        return;
    struct {
        uint32_t n, splits, inner, n_bias, has_bias;
    } push = {(uint32_t)tensor_count(out), grid->splits, (uint32_t)inner,
              bias ? (uint32_t)tensor_count(bias) : 1, bias != NULL};
    dispatch_1d(d, "sum_partials", &push, sizeof push, (Tensor *[]){parts, bias, out}, 3, push.n);
}

void
matmul_dispatch_biased(Dispatcher *d, const MatmulSizes *sizes, Tensor *a, Tensor *b, Tensor *bias,
                       bool bias_along_rows, Tensor *out)
{
    const MatmulSizes *z = sizes;
    GemmGrid grid = gemm_grid(z->m, z->n, z->k, z->batch);
    if (tensor_count(out) != z->batch * z->m * z->n)
        grid.splits = 1; /* parts of a result with gaps would not lie as the result does */
    Tensor *parts = gemm_parts(d, &grid, out);
    struct {
        uint32_t m, n, k, stride_a, stride_b, stride_out, batch, splits, has_bias;
    } push = {(uint32_t)z->m,          (uint32_t)z->n,
              (uint32_t)z->k,          (uint32_t)z->stride_a,
              (uint32_t)z->stride_b,   (uint32_t)(z->batch > 1 ? z->stride_out : z->m * z->n),
              (uint32_t)z->batch,      grid.splits,
              bias && grid.splits == 1};
    uint32_t constants[] = {grid.threads_m, !z->trans_a, z->trans_b,
                            z->trans_a,     z->trans_b,  bias_along_rows};
    dispatch_flop(d, 2.0 * (double)z->batch * (double)z->m * (double)z->n * (double)z->k);
    dispatch_variant(d, grid.large ? "matmul_large" : "matmul", constants, G_N_ELEMENTS(constants),
                     &push, sizeof push, (Tensor *[]){a, b, bias, parts}, 4, grid.gx, grid.gy,
                     (uint32_t)z->batch * grid.splits);
    gemm_sum_parts(d, &grid, parts, bias, bias_along_rows ? z->n : 1, out);
}

void
matmul_dispatch(Dispatcher *d, const MatmulSizes *sizes, Tensor *a, Tensor *b, Tensor *bias,
                Tensor *out)
{
    matmul_dispatch_biased(d, sizes, a, b, bias, false, out);
}
