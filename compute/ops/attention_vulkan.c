/* SPDX-License-Identifier: Apache-2.0 */
/* Cuts a head's columns for the shaders (shaders/attention.glsl) and records their dispatches: one
 * forward; backward the row sums delta, then one each for dq, dk and dv, which recompute the
 * scores rather than share them through atomics. */
#include "compute/ops/attention_vulkan.h"

#include <math.h>

#include "compute/vulkan/dispatch.h"

#define ROW_TILE 64
#define MAX_CHUNK 48  /* columns staged at a time: 32 x 48 numbers fit the shared memory */
#define MAX_SLICE 160 /* columns a work group sums: 80 registers a thread */

typedef struct {
    uint32_t t, s, c, heads, n_tiles;
    float scale;
} Push;
G_STATIC_ASSERT(sizeof(Push) == 24);

typedef struct {
    uint32_t chunk, chunks, slices;
} Cut;

static int64_t
divide_up(int64_t a, int64_t b)
{
    return (a + b - 1) / b;
}

static Cut
cut_columns(int64_t d)
{
    int64_t slices = divide_up(d, MAX_SLICE), slice = divide_up(d, slices);
    int64_t chunks = divide_up(slice, MAX_CHUNK);
    int64_t chunk = divide_up(divide_up(slice, chunks), 8) * 8;
    return (Cut){(uint32_t)chunk, (uint32_t)chunks, (uint32_t)divide_up(d, chunk * chunks)};
}

/* products: matrix products over the whole (T, S) plane, for the estimate of work. */
static void
dispatch_tiles(Dispatcher *d, const char *shader, const AttentionSizes *z, bool rows_are_queries,
               bool with_ds, int products, Tensor *const *tensors, int n_tensors)
{
    int64_t width = z->c / z->heads, n_rows = rows_are_queries ? z->t : z->s;
    Cut cut = cut_columns(width);
    Push push = {(uint32_t)z->t,
                 (uint32_t)z->s,
                 (uint32_t)z->c,
                 (uint32_t)z->heads,
                 (uint32_t)divide_up(n_rows, ROW_TILE),
                 (float)(1 / sqrt((double)width))};
    uint32_t constants[] = {(uint32_t)width, cut.chunk,        cut.chunks,
                            z->causal,       rows_are_queries, with_ds};
    bool backward = n_tensors > 5;
    dispatch_flop(d, 2.0 * products * (double)z->b * (double)z->t * (double)z->s * (double)z->c);
    dispatch_variant(d, shader, constants, backward ? 6 : 4, &push, sizeof push, tensors, n_tensors,
                     push.n_tiles * cut.slices, push.heads, (uint32_t)z->b);
}

void
attention_vulkan_forward(Dispatcher *d, const AttentionSizes *sizes, Tensor *const *in,
                         Tensor *const *out)
{
    Tensor *tensors[] = {in[0], in[1], in[2], out[0], out[1]};
    dispatch_tiles(d, "attention", sizes, true, false, 2, tensors, 5);
}

void
attention_vulkan_backward(Dispatcher *d, const AttentionSizes *z, Tensor *const *in,
                          Tensor *const *out)
{
    Tensor *q = in[0], *k = in[1], *v = in[2], *o = in[3], *lse = in[4], *upstream = in[5];
    struct {
        uint32_t n, t, heads, d;
    } push = {(uint32_t)(z->b * z->heads * z->t), (uint32_t)z->t, (uint32_t)z->heads,
              (uint32_t)(z->c / z->heads)};
    G_STATIC_ASSERT(sizeof push == 16);
    Tensor *delta = dispatch_scratch(d, push.n);
    dispatch_1d(d, "attention_delta", &push, sizeof push, (Tensor *[]){o, upstream, delta}, 3,
                push.n);
    if (out[0])
        dispatch_tiles(d, "attention_backward", z, true, true, 3,
                       (Tensor *[]){q, upstream, k, v, k, lse, delta, out[0]}, 8);
    if (out[1])
        dispatch_tiles(d, "attention_backward", z, false, true, 3,
                       (Tensor *[]){k, v, q, upstream, q, lse, delta, out[1]}, 8);
    if (out[2])
        dispatch_tiles(d, "attention_backward", z, false, false, 2,
                       (Tensor *[]){k, v, q, upstream, upstream, lse, delta, out[2]}, 8);
}
