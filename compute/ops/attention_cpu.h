/* SPDX-License-Identifier: Apache-2.0 */
/* Attention on the CPU, forward and backward, in tiles of queries x keys: Dao, FlashAttention-2
 * (arXiv:2307.08691). Never holds a T x S matrix. Results do not depend on the number of threads.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

typedef struct {
    int64_t b, t, s, c; /* q, o (B, T, C); k, v (B, S, C) */
    int heads;          /* head h owns columns h*C/heads .. */
    bool causal;        /* query t sees keys 0..t */
} AttentionSizes;

/* lse (B, heads, T): log of the sum of exp of a query's scores, for the backward pass. */
void attention_cpu_forward(const AttentionSizes *sizes, const float *q, const float *k,
                           const float *v, float *o, float *lse);

/* Any of dq, dk, dv may be NULL: not wanted. `upstream` (B, T, C) is the gradient of o. */
void attention_cpu_backward(const AttentionSizes *sizes, const float *q, const float *k,
                            const float *v, const float *o, const float *lse, const float *upstream,
                            float *dq, float *dk, float *dv);
