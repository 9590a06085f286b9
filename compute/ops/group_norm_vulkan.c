/* SPDX-License-Identifier: Apache-2.0 */
/* Group normalisation on Vulkan. A group may be millions of pixels: work groups each take a part of
 * PART values, and a second dispatch joins the parts of a row in a fixed order. */
#include "compute/ops/group_norm.h"
#include "compute/vulkan/dispatch.h"

#define PART 4096u /* values of a part, as in the shaders */

typedef struct {
    uint32_t n, c, pixels, groups; /* n: values in all, where a shader counts them */
    uint32_t parts;                /* of a row */
    uint32_t silu;
    float eps;
} Push;
G_STATIC_ASSERT(sizeof(Push) == 28);

static Push
push_of(const GroupNormSizes *z, int64_t row)
{
    return (Push){(uint32_t)(z->n * z->c * z->pixels),
                  (uint32_t)z->c,
                  (uint32_t)z->pixels,
                  (uint32_t)z->groups,
                  (uint32_t)((row + PART - 1) / PART),
                  z->silu ? 1 : 0,
                  z->eps};
}

void
group_norm_dispatch(Dispatcher *d, const GroupNormSizes *z, Tensor *const *in, Tensor *const *out)
{
    int64_t rows = z->n * z->groups;
    Push push = push_of(z, z->c / z->groups * z->pixels);
    Tensor *parts = dispatch_scratch(d, rows * push.parts * 2);
    dispatch(d, "group_norm_parts", &push, sizeof push, (Tensor *[]){in[0], parts}, 2, push.parts,
             (uint32_t)rows, 1);
    dispatch(d, "group_norm_stats", &push, sizeof push, (Tensor *[]){parts, out[1]}, 2,
             (uint32_t)rows, 1, 1);
    dispatch_1d(d, "group_norm", &push, sizeof push,
                (Tensor *[]){in[0], in[1], in[2], out[1], out[0]}, 5, push.n);
}

void
group_norm_sums_dispatch(Dispatcher *d, const GroupNormSizes *z, Tensor *const *in, Tensor *sums)
{
    int64_t rows = z->n * z->c;
    Push push = push_of(z, z->pixels);
    Tensor *parts = dispatch_scratch(d, rows * push.parts * 2);
    dispatch(d, "group_norm_sum_parts", &push, sizeof push,
             (Tensor *[]){in[0], in[1], in[2], in[3], in[4], parts}, 6, push.parts, (uint32_t)rows,
             1);
    dispatch(d, "group_norm_sums", &push, sizeof push, (Tensor *[]){parts, sums}, 2, (uint32_t)rows,
             1, 1);
}

void
group_norm_dx_dispatch(Dispatcher *d, const GroupNormSizes *z, Tensor *const *in, Tensor *dx)
{
    int64_t rows = z->n * z->groups;
    Push push = push_of(z, z->pixels);
    Tensor *means = dispatch_scratch(d, rows * 2);
    Push push_means = push;
    push_means.n = (uint32_t)rows;
    dispatch_1d(d, "group_norm_means", &push_means, sizeof push_means,
                (Tensor *[]){in[2], in[5], means}, 3, push_means.n);
    dispatch_1d(d, "group_norm_dx", &push, sizeof push,
                (Tensor *[]){in[0], in[1], in[2], in[3], in[4], means, dx}, 7, push.n);
}
