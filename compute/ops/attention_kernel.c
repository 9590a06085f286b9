/* SPDX-License-Identifier: Apache-2.0 */
/* The vector code of attention for every instruction set, and the choice among them. */
#include "compute/ops/attention_kernel.h"

#include "compute/cpu/tile_kernel.h"

#pragma GCC push_options
#pragma GCC optimize("O3", "no-signed-zeros", "finite-math-only", "no-trapping-math")

#if defined(__x86_64__)
#pragma GCC push_options
#pragma GCC target("arch=x86-64-v4,prefer-vector-width=512")
#define LANES 16
#define NAME(stem) stem##_v4
#include "compute/ops/attention_kernel.inc"
#pragma GCC pop_options

#pragma GCC push_options
#pragma GCC target("arch=x86-64-v3")
#define LANES 8
#define NAME(stem) stem##_v3
#include "compute/ops/attention_kernel.inc"
#pragma GCC pop_options
#endif

#define LANES 4
#define NAME(stem) stem##_base
#include "compute/ops/attention_kernel.inc"

#pragma GCC pop_options

const AttentionKernels *
attention_kernels(void)
{
#if defined(__x86_64__)
    switch (tile_kernels()->lanes) {
    case 16:
        return &kernels_v4;
    case 8:
        return &kernels_v3;
    }
#endif
    return &kernels_base;
}
