/* SPDX-License-Identifier: Apache-2.0 */
/* The vector code of attention for every instruction set, and the choice among them. */
#include "compute/ops/attention_kernel.h"

#include "compute/cpu/tile_kernel.h"

#if defined(__x86_64__)
#include <immintrin.h>
#endif

#pragma GCC push_options
#pragma GCC optimize("O3", "no-signed-zeros", "finite-math-only", "no-trapping-math")

#if defined(__x86_64__)
#pragma GCC push_options
#pragma GCC target("arch=x86-64-v4,prefer-vector-width=512")
#define LANES 16
#define NAME(stem) stem##_v4
#define LARGER(a, b) (Vector_v4) _mm512_max_ps((__m512)(a), (__m512)(b))
#include "compute/ops/attention_kernel.inc"
#pragma GCC pop_options

#pragma GCC push_options
#pragma GCC target("arch=x86-64-v3")
#define LANES 8
#define NAME(stem) stem##_v3
#define LARGER(a, b) (Vector_v3) _mm256_max_ps((__m256)(a), (__m256)(b))
#include "compute/ops/attention_kernel.inc"
#pragma GCC pop_options
#endif

#define LANES 4
#define NAME(stem) stem##_base
#define LARGER(a, b) larger_base(a, b)
typedef float Floats __attribute__((vector_size(LANES * 4)));
typedef int32_t Masks __attribute__((vector_size(LANES * 4)));

static inline Floats
larger_base(Floats a, Floats b)
{
    Masks mask = a > b;
    return (Floats)(((Masks)a & mask) | ((Masks)b & ~mask));
}

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
