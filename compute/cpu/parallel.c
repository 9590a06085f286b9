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
