/* SPDX-License-Identifier: Apache-2.0 */
#include "compute/ops/conv2d_vulkan.h"

#include "compute/ops/gemm_vulkan.h"
#include "compute/ops/matmul_vulkan.h"
#include "compute/vulkan/dispatch.h"

/* Push constants of the three convolutions; has_bias is the forward one's. */
typedef struct {
    uint32_t n, c, h, w, m, oh, ow;
    int32_t pad_top, pad_left;
    uint32_t splits, has_bias;
} ConvPush;
G_STATIC_ASSERT(sizeof(ConvPush) == 44);

static ConvPush
conv_push(const Conv2dSizes *z, const GemmGrid *grid, bool has_bias)
{
    return (ConvPush){
        .n = (uint32_t)z->n,
        .c = (uint32_t)z->c,
        .h = (uint32_t)z->h,
        .w = (uint32_t)z->w,
        .m = (uint32_t)z->m,
        .oh = (uint32_t)z->oh,
        .ow = (uint32_t)z->ow,
        .pad_top = z->pad_top,
        .pad_left = z->pad_left,
        .splits = grid->splits,
        .has_bias = has_bias && grid->splits == 1,
    };
}

static double
conv_flop(const Conv2dSizes *z)
{
    return 2.0 * (double)z->n * (double)z->m * (double)z->c * (double)(z->r * z->s) *
           (double)(z->oh * z->ow);
}

/* The form of one of the convolutions: a product of (rows, k) by (k, cols), n_items times. */
static void
conv_choose(Dispatcher *d, const char *shader, const Conv2dSizes *z, int64_t rows, int64_t cols,
            int64_t k, int64_t n_items, bool can_vec, Tensor *const *tensors, int n_tensors,
            GemmGrid *grid)
{
    g_autofree char *name =
        g_strdup_printf("%s %dx%d/%d on %dx%d to %dx%d", shader, (int)z->r, (int)z->s, z->stride,
                        (int)z->h, (int)z->w, (int)z->oh, (int)z->ow);
    const GemmQuestion question = {.name = name,
                                   .rows = rows,
                                   .cols = cols,
                                   .k = k,
                                   .n_items = n_items,
                                   .can_vec = can_vec,
                                   .tensors = tensors,
                                   .n_tensors = n_tensors};
    gemm_choose(d, &question, grid);
}

static void
conv_dispatch(Dispatcher *d, const char *shader, const Conv2dSizes *z, const GemmGrid *grid,
              bool a_along_k, bool b_along_k, bool has_bias, Tensor *const *tensors, int n_tensors,
              int64_t gz)
{
    ConvPush push = conv_push(z, grid, has_bias);
    uint32_t constants[] = {grid->threads_m, a_along_k,      b_along_k,
                            (uint32_t)z->r,  (uint32_t)z->s, (uint32_t)z->stride};
    dispatch_flop(d, conv_flop(z));
    g_autofree char *stem = g_strconcat(shader, grid->form, NULL);
    dispatch_variant(d, stem, constants, G_N_ELEMENTS(constants), &push, sizeof push, tensors,
                     n_tensors, grid->gx, grid->gy, (uint32_t)gz);
}

/* A 1 x 1 convolution without padding or stride is a matrix product of each image. */
static bool
is_pointwise(const Conv2dSizes *z)
{
    return z->r == 1 && z->s == 1 && z->stride == 1 && z->pad_top == 0 && z->pad_left == 0 &&
           z->oh == z->h && z->ow == z->w;
}

void
conv2d_dispatch(Dispatcher *d, const Conv2dSizes *z, Tensor *x, Tensor *weight, Tensor *bias,
                Tensor *y)
{
    int64_t pixels = z->oh * z->ow;
    if (is_pointwise(z)) {
        MatmulSizes sizes = {.batch = z->n, .m = z->m, .n = pixels, .k = z->c};
        sizes.stride_b = z->c * pixels;
        sizes.stride_out = z->m * pixels;
        matmul_dispatch_biased(d, &sizes, weight, x, bias, true, y);
        return;
    }
    GemmGrid grid = gemm_grid(z->m, pixels, z->c * z->r * z->s, z->n);
    Tensor *parts = gemm_parts(d, &grid, y);
    Tensor *tensors[] = {x, weight, bias, parts};
    conv_choose(d, "conv2d", z, z->m, pixels, z->c * z->r * z->s, z->n,
                z->c * z->r * z->s % 4 == 0 && pixels % 4 == 0, tensors, 4, &grid);
    conv_dispatch(d, "conv2d", z, &grid, true, false, bias != NULL, tensors, 4, z->n * grid.splits);
    gemm_sum_parts(d, &grid, parts, bias, pixels, y);
}

void
conv2d_dx_dispatch(Dispatcher *d, const Conv2dSizes *z, Tensor *dy, Tensor *weight, Tensor *dx)
{
    if (is_pointwise(z)) {
        int64_t pixels = z->h * z->w;
        MatmulSizes sizes = {.batch = z->n, .m = z->c, .n = pixels, .k = z->m, .trans_a = true};
        sizes.stride_b = z->m * pixels;
        sizes.stride_out = z->c * pixels;
        matmul_dispatch(d, &sizes, weight, dy, NULL, dx);
        return;
    }
    int64_t phases = (int64_t)z->stride * z->stride;
    int64_t h = (z->h + z->stride - 1) / z->stride, w = (z->w + z->stride - 1) / z->stride;
    GemmGrid grid = gemm_grid(z->c, h * w, z->m * z->r * z->s / phases, z->n * phases);
    Tensor *parts = gemm_parts(d, &grid, dx);
    Tensor *tensors[] = {dy, weight, parts};
    conv_choose(d, "conv2d_dx", z, z->c, h * w, z->m * z->r * z->s / phases, z->n * phases, false,
                tensors, 3, &grid);
    conv_dispatch(d, "conv2d_dx", z, &grid, false, false, false, tensors, 3,
                  z->n * grid.splits * phases);
    gemm_sum_parts(d, &grid, parts, NULL, 1, dx);
}

void
conv2d_dw_dispatch(Dispatcher *d, const Conv2dSizes *z, Tensor *x, Tensor *dy, Tensor *dw)
{
    GemmGrid grid = gemm_grid(z->m, z->c * z->r * z->s, z->n * z->oh * z->ow, 1);
    Tensor *parts = gemm_parts(d, &grid, dw);
    Tensor *tensors[] = {x, dy, parts};
    conv_choose(d, "conv2d_dw", z, z->m, z->c * z->r * z->s, z->n * z->oh * z->ow, 1, false,
                tensors, 3, &grid);
    conv_dispatch(d, "conv2d_dw", z, &grid, true, true, false, tensors, 3, grid.splits);
    gemm_sum_parts(d, &grid, parts, NULL, 1, dw);
}

void
conv2d_db_dispatch(Dispatcher *d, const Conv2dSizes *z, Tensor *dy, Tensor *db)
{
    struct {
        uint32_t n, m, pixels;
    } push = {(uint32_t)z->n, (uint32_t)z->m, (uint32_t)(z->oh * z->ow)};
    dispatch(d, "conv2d_db", &push, sizeof push, (Tensor *[]){dy, db}, 2, push.m, 1, 1);
}
