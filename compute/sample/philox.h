/* SPDX-License-Identifier: Apache-2.0 */
/* Philox4x32-10 (Salmon et al. 2011) and torch.randn as PyTorch draws it on a CUDA device, so that
 * a seed means the same noise here and there. One call of randn gives each of T threads four values
 * at a time: thread i fills elements i, i + T, i + 2T, i + 3T, then i + 4T ... with sine and cosine
 * of Box-Muller over the first two and the last two words. T depends on the GPU, and where a latent
 * has more elements than T, so does the noise. Not compared with a GPU here: with the vectors that
 * A1111 documents and with the formula. */
#pragma once

#include <stdbool.h>
#include <stdint.h>

void philox4x32_10(const uint32_t counter[4], const uint32_t key[2], uint32_t out[4]);

/* A plain value: a copy is a saved state. */
typedef struct {
    uint64_t seed;
    uint64_t n_used;     /* groups of four words that each thread has taken */
    int64_t max_threads; /* of a call: 256 * SMs * (threads of an SM / 256); 0: as many as wanted */
} Philox;

void philox_init(Philox *philox, uint64_t seed, int64_t max_threads);
/* n standard normal values; torch.randn(n, device="cuda"). */
void philox_normal(Philox *philox, float *out, int64_t n);

/* max_threads of a GPU by name ("rtx3060"), 0 when it is not in the table. */
int64_t philox_gpu_threads(const char *name);
/* The n-th name of the table, NULL past the end. */
const char *philox_gpu_name(int n);
