/* SPDX-License-Identifier: Apache-2.0 */
/* The vector code of attention for every instruction set, and the choice among them. */
#include "compute/ops/attention_kernel.h"

#include "compute/cpu/tile_kernel.h"

/* clang knows no pragma for a target, and would refuse the instructions. */
#if defined(__x86_64__) && !defined(__clang__)
#include <immintrin.h>
#define LARGER_16(a, b) (Vector_v4) _mm512_max_ps((__m512)(a), (__m512)(b))
#define LARGER_8(a, b) (Vector_v3) _mm256_max_ps((__m256)(a), (__m256)(b))
#endif

#pragma GCC push_options
#pragma GCC optimize("O3", "no-signed-zeros", "finite-math-only", "no-trapping-math")

#if defined(__x86_64__)
#pragma GCC push_options
#pragma GCC target("arch=x86-64-v4,prefer-vector-width=512")
#define LANES 16
#define NAME(stem) stem##_v4
#ifdef LARGER_16
#define LARGER LARGER_16
#endif
#include "compute/ops/attention_kernel.inc"
#pragma GCC pop_options

#pragma GCC push_options
#pragma GCC target("arch=x86-64-v3")
#define LANES 8
#define NAME(stem) stem##_v3
#ifdef LARGER_8
#define LARGER LARGER_8
#endif
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
