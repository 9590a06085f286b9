/* SPDX-License-Identifier: Apache-2.0 */
#include "compute/ops/reduce.h"

#include "compute/cpu/parallel.h"
#include "compute/vulkan/dispatch.h"

#define MAX_GROUPS 1024
#define GROUP 256  /* work items, as in partial.glsl */
#define PER_ITEM 8 /* elements a work item sums before another group is worth it */
#define MAX_TENSORS 4

double
reduce_cpu(int64_t count, ReducePart part, const void *context)
{
    int64_t n_parts = (count + REDUCE_PART - 1) / REDUCE_PART;
    g_autofree double *sums = g_new(double, MAX(n_parts, 1));
#pragma omp parallel for schedule(static) if (n_parts > 1)
    for (int64_t i = 0; i < n_parts; i++) {
        int64_t first = i * REDUCE_PART;
        sums[i] = part(context, first, MIN(REDUCE_PART, count - first));
    }
    double total = 0;
    for (int64_t i = 0; i < n_parts; i++)
        total += sums[i];
    return total;
}

void
reduce_dispatch(Dispatcher *d, const char *partial, int64_t count, int64_t per,
                Tensor *const *tensors, int n_tensors, float factor, Tensor *add, Tensor *y)
{
    g_return_if_fail(n_tensors < MAX_TENSORS);
    int64_t groups = (count + GROUP * PER_ITEM - 1) / (GROUP * PER_ITEM);
    groups = CLAMP(groups, 1, MAX_GROUPS);
    Tensor *parts = dispatch_scratch(d, groups);
    Tensor *all[MAX_TENSORS] = {NULL};
    for (int i = 0; i < n_tensors; i++)
        all[i] = tensors[i];
    all[n_tensors] = parts;
    struct {
        uint32_t n, per, groups;
    } push = {(uint32_t)count, (uint32_t)per, (uint32_t)groups};
    G_STATIC_ASSERT(sizeof push == 12);
    dispatch(d, partial, &push, sizeof push, all, n_tensors + 1, push.groups, 1, 1);
    struct {
        uint32_t n, has_add;
        float factor;
    } sum = {push.groups, add != NULL, factor};
    G_STATIC_ASSERT(sizeof sum == 12);
    dispatch(d, "reduce_sum", &sum, sizeof sum, (Tensor *[]){parts, add, y}, 3, 1, 1, 1);
}
