/* SPDX-License-Identifier: Apache-2.0 */
/* How the CPU device uses its cores: OpenMP loops in op kernels. */
#pragma once

#include <omp.h>
#include <stdbool.h>
#include <stdint.h>

/* On leaf loops (never on a function with an OpenMP pragma): one version per x86-64 level, chosen
 * when the program starts. Sanitizers and other machines get the plain one. */
#if defined(__x86_64__) && defined(__GNUC__) && !defined(__clang__) &&                             \
    !defined(__SANITIZE_ADDRESS__)
#define CPU_CLONES                                                                                 \
    __attribute__((target_clones("arch=x86-64-v4", "arch=x86-64-v3", "default"),                   \
                   optimize("O3", "no-math-errno", "no-trapping-math")))
#else
#define CPU_CLONES
#endif

static inline int
cpu_n_threads(void)
{
    return omp_in_parallel() ? 1 : omp_get_max_threads();
}

/* The i-th of n nearly equal parts of count, in steps of align: [*first, *end). */
static inline void
cpu_part(int64_t count, int64_t align, int i, int n, int64_t *first, int64_t *end)
{
    int64_t blocks = (count + align - 1) / align;
    *first = blocks * i / n * align;
    *end = blocks * (i + 1) / n * align;
    if (*end > count)
        *end = count;
    if (*first > count)
        *first = count;
}
