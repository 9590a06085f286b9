/* SPDX-License-Identifier: Apache-2.0 */
/* Sums over a whole tensor in two fixed stages: the same bits whatever the number of threads.
 * CPU: parts of REDUCE_PART elements, each summed by a leaf, the parts in order in double.
 * Vulkan: partial sums by up to 1024 work groups, then one group (shaders/reduce_sum.comp). */
#pragma once

#include "compute/op.h"

#define REDUCE_PART 16384

/* The sum of elements first .. first + n - 1 of whatever is summed. */
typedef double (*ReducePart)(const void *context, int64_t first, int64_t n);

double reduce_cpu(int64_t count, ReducePart part, const void *context);

/* Records shader `partial` over `tensors` plus a last binding for its partial sums, then
 * y[0] = factor * sum of them + (add ? add[0] : 0). The shader's push constants are n and per, its
 * first member the number of elements (shaders/partial.glsl). */
void reduce_dispatch(Dispatcher *d, const char *partial, int64_t count, int64_t per,
                     Tensor *const *tensors, int n_tensors, float factor, Tensor *add, Tensor *y);
