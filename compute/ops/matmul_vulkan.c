/* SPDX-License-Identifier: Apache-2.0 */
#include "compute/ops/matmul_vulkan.h"

#include "compute/ops/gemm_vulkan.h"
#include "compute/vulkan/dispatch.h"

/* Whether four numbers at a time can be taken of everything. */
static bool
can_vec(const MatmulSizes *z)
{
    int64_t along_a = z->trans_a ? z->m : z->k, along_b = z->trans_b ? z->k : z->n;
    return along_a % 4 == 0 && along_b % 4 == 0 && z->n % 4 == 0 && z->stride_a % 4 == 0 &&
           z->stride_b % 4 == 0 && z->stride_out % 4 == 0;
}

/* By cooperative matrices: shaders/matmul_coop.glsl. */
static void
dispatch_products(Dispatcher *d, const MatmulSizes *z, const void *push, size_t push_size,
                  bool bias_along_rows, uint32_t splits, Tensor *const *tensors)
{
    const CoopPick *pick = dispatch_cooperative(d);
    uint32_t constants[] = {z->trans_a, z->trans_b, bias_along_rows,   pick->m,
                            pick->n,    pick->k,    4 * pick->subgroup};
    dispatch_variant(d, pick->kind == COOP_KHR ? "matmul_coop_khr" : "matmul_coop_nv", constants,
                     G_N_ELEMENTS(constants), push, push_size, tensors, 4,
                     (uint32_t)(z->n / COOP_TILE), (uint32_t)(z->m / COOP_TILE),
                     (uint32_t)z->batch * splits);
}

/* Whether cooperative matrices make this product: where tensors and sizes allow it and they were
 * found to give what the plain shader gives. */
static bool
is_cooperative(Dispatcher *d, const char *name, const MatmulSizes *z, Tensor *a, Tensor *b)
{
    static const char *const ways[] = {"plain", "cooperative"};
    const CoopPick *pick = dispatch_cooperative(d);
    if (a->dtype != DTYPE_F16 || b->dtype != DTYPE_F16 || !can_vec(z) ||
        !coop_fits(pick, z->m, z->n, z->k))
        return false;
    g_autofree char *key =
        g_strdup_printf("cooperative %s%" G_GINT64_FORMAT "x%" G_GINT64_FORMAT "x%" G_GINT64_FORMAT
                        " of %" G_GINT64_FORMAT " by %ux%ux%u",
                        name, z->m, z->n, z->k, z->batch, pick->m, pick->n, pick->k);
    return dispatch_choose(d, key, TUNE_CORRECT, ways, 2, 0) == 1;
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
    g_autofree char *name =
        g_strdup_printf("matmul t%d%d %s", z->trans_a, z->trans_b, bias_along_rows ? "rows" : "");
    Tensor *tensors[] = {a, b, bias, parts};
    const GemmQuestion question = {.name = name,
                                   .rows = z->m,
                                   .cols = z->n,
                                   .k = z->k,
                                   .n_items = z->batch,
                                   .can_vec = can_vec(z),
                                   .tensors = tensors,
                                   .n_tensors = 4};
    bool cooperative = is_cooperative(d, name, z, a, b);
    if (!cooperative)
        gemm_choose(d, &question, &grid);
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
    g_autofree char *stem = g_strconcat("matmul", grid.form, NULL);
    if (cooperative)
        dispatch_products(d, z, &push, sizeof push, bias_along_rows, grid.splits, tensors);
    else
        dispatch_variant(d, stem, constants, G_N_ELEMENTS(constants), &push, sizeof push, tensors,
                         4, grid.gx, grid.gy, (uint32_t)z->batch * grid.splits);
    gemm_sum_parts(d, &grid, parts, bias, bias_along_rows ? z->n : 1, out);
}

void
matmul_dispatch(Dispatcher *d, const MatmulSizes *sizes, Tensor *a, Tensor *b, Tensor *bias,
                Tensor *out)
{
    matmul_dispatch_biased(d, sizes, a, b, bias, false, out);
}
