/* SPDX-License-Identifier: Apache-2.0 */
/* The inner loops of convolution for every instruction set, and the choice among them. */
#include "compute/cpu/tile_kernel.h"

#include <stdbool.h>

#pragma GCC push_options
#pragma GCC optimize("O3")

/* Else GCC reads a vector that is used three times three times from memory. */
#if defined(__x86_64__) && !defined(__clang__)
#define IN_REGISTER(vector) __asm__("" : "+v"(vector))
#else
#define IN_REGISTER(vector) (void)(vector)
#endif

#if defined(__x86_64__)
#pragma GCC push_options
#pragma GCC target("arch=x86-64-v4,prefer-vector-width=512")
#define LANES 16
#define ROWS 8
#define NAME(stem) stem##_v4
#define NAME_STRING "avx512"
#include "compute/cpu/tile_kernel.inc"
#pragma GCC pop_options

#pragma GCC push_options
#pragma GCC target("arch=x86-64-v3")
#define LANES 8
#define ROWS 4
#define NAME(stem) stem##_v3
#define NAME_STRING "avx2"
#include "compute/cpu/tile_kernel.inc"
#pragma GCC pop_options
#endif

#define LANES 4
#define ROWS 4
#define NAME(stem) stem##_base
#define NAME_STRING "base"
#include "compute/cpu/tile_kernel.inc"

#pragma GCC pop_options

const TileKernels *
tile_kernels(void)
{
#if defined(__x86_64__)
    if (__builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512bw") &&
        __builtin_cpu_supports("avx512vl") && __builtin_cpu_supports("avx512dq") &&
        __builtin_cpu_supports("avx512cd") && __builtin_cpu_supports("bmi2"))
        return &kernels_v4;
    if (__builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma") &&
        __builtin_cpu_supports("bmi2"))
        return &kernels_v3;
#endif
    return &kernels_base;
}
