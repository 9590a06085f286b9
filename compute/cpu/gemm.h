/* SPDX-License-Identifier: Apache-2.0 */
/* Matrix product of the CPU device, on the inner loops of tile_kernel.h. Every element of C sums
 * over k in one order, whatever the number of threads. */
#pragma once

#include <stdbool.h>
#include <stdint.h>

/* c (m, n) = op(a) op(b) + bias + add, row-major. */
typedef struct {
    bool trans_a, trans_b; /* a is stored (k, m), b is stored (n, k) */
    int64_t m, n, k;
    const float *a;
    int64_t lda;
    const float *b;
    int64_t ldb;
    const float *bias; /* (n), added to every row, or NULL */
    const float *add;  /* (m, n) with rows of ldc, or NULL; may be c itself */
    float *c;
    int64_t ldc;
} CpuGemm;

/* Spread over the threads; single-threaded inside a parallel region. */
void cpu_gemm(const CpuGemm *gemm);
