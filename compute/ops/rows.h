/* SPDX-License-Identifier: Apache-2.0 */
/* For ops that work on rows of the last dimension: how many there are, and a Vulkan dispatch of
 * one work group a row. */
#pragma once

#include "compute/op.h"

static inline int64_t
row_width(const Tensor *x)
{
    return x->shape.dim[x->shape.n_dims - 1];
}

static inline int64_t
row_count(const Tensor *x)
{
    return tensor_count(x) / MAX(row_width(x), 1);
}

/* The shader finds its row as gl_WorkGroupID.y * 65535 + gl_WorkGroupID.x (row.glsl). */
static inline void
dispatch_rows(Dispatcher *d, const char *shader, const void *push, size_t push_size,
              Tensor *const *tensors, int n_tensors, int64_t n_rows)
{
    uint32_t gx = (uint32_t)MIN(n_rows, 65535);
    dispatch(d, shader, push, push_size, tensors, n_tensors, gx, (uint32_t)((n_rows + gx - 1) / gx),
             1);
}
