/* SPDX-License-Identifier: Apache-2.0 */
/* Threads and BLAS of the CPU device. */
#include "compute/cpu/parallel.h"

void
cpu_parallel_init(void)
{
    /* The OpenMP flavour of OpenBLAS is single-threaded inside a parallel region by itself; the
     * pthread flavour would start its own pool from every one of our threads. */
    if (openblas_get_parallel() == OPENBLAS_THREAD)
        openblas_set_num_threads(1);
}

void
cpu_set_threads(int n)
{
    omp_set_num_threads(n);
    if (openblas_get_parallel() == OPENBLAS_OPENMP)
        openblas_set_num_threads(n);
}

static void
gemm_part(bool trans_a, bool trans_b, int64_t m, int64_t n, int64_t k, float alpha, const float *a,
          int64_t lda, const float *b, int64_t ldb, float beta, float *c, int64_t ldc)
{
    if (m <= 0 || n <= 0)
        return;
    cblas_sgemm(CblasRowMajor, trans_a ? CblasTrans : CblasNoTrans,
                trans_b ? CblasTrans : CblasNoTrans, (blasint)m, (blasint)n, (blasint)k, alpha, a,
                (blasint)lda, b, (blasint)ldb, beta, c, (blasint)ldc);
}

void
cpu_gemm(bool trans_a, bool trans_b, int64_t m, int64_t n, int64_t k, float alpha, const float *a,
         int64_t lda, const float *b, int64_t ldb, float beta, float *c, int64_t ldc)
{
    int n_threads = cpu_n_threads();
    if (n_threads == 1 || (double)m * (double)n * (double)k < 64.0 * 64 * 64) {
        gemm_part(trans_a, trans_b, m, n, k, alpha, a, lda, b, ldb, beta, c, ldc);
        return;
    }
    bool by_rows = m >= n;
#pragma omp parallel for schedule(static) num_threads(n_threads)
    for (int i = 0; i < n_threads; i++) {
        int64_t first, end;
        cpu_part(by_rows ? m : n, 16, i, n_threads, &first, &end);
        if (by_rows)
            gemm_part(trans_a, trans_b, end - first, n, k, alpha,
                      a + (trans_a ? first : first * lda), lda, b, ldb, beta, c + first * ldc, ldc);
        else
            gemm_part(trans_a, trans_b, m, end - first, k, alpha, a, lda,
                      b + (trans_b ? first * ldb : first), ldb, beta, c + first, ldc);
    }
}
