/* SPDX-License-Identifier: Apache-2.0 */
/* How a product of (rows, k) by (k, cols) is spread over work groups: what the users of
 * shaders/gemm.glsl and gemm_vec.glsl share. How the sum over k is cut depends on sizes alone, and
 * every form adds in the same order: results do not depend on the form taken. */
#pragma once

#include "compute/op.h"

typedef struct {
    const char *form;   /* take the shader NAMEform: "", "_large", "_vec" */
    uint32_t threads_m; /* specialization constant THREADS_M */
    uint32_t gx, gy;    /* tiles along cols and rows */
    uint32_t splits;    /* parts of the sum over k */
} GemmGrid;

/* What is asked of the tuner. */
typedef struct {
    const char *name;       /* of the shader, with what else tells it apart: "matmul t01" */
    int64_t rows, cols, k;  /* of one product */
    int64_t n_items;        /* products of this size in one dispatch */
    bool can_vec;           /* there is a form _vec, and sizes allow it */
    Tensor *const *tensors; /* whose dtypes matter */
    int n_tensors;
} GemmQuestion;

/* The plain form. */
GemmGrid gemm_grid(int64_t rows, int64_t cols, int64_t k, int64_t n_items);
/* The form that is fastest on the device, where that is known (tune.h), with the plain one's
 * splits; grid: the plain form, whose splits are settled. */
void gemm_choose(Dispatcher *d, const GemmQuestion *question, GemmGrid *grid);

/* Where the parts of out go: out itself when there is one, else scratch. Lowers grid->splits where
 * the device cannot hold so many. */
Tensor *gemm_parts(Dispatcher *d, GemmGrid *grid, Tensor *out);
/* Adds the parts up into out, with bias (n_bias numbers, bias[i / inner % n_bias]) or NULL. Does
 * nothing when there is one part. */
void gemm_sum_parts(Dispatcher *d, const GemmGrid *grid, Tensor *parts, Tensor *bias, int64_t inner,
                    Tensor *out);
