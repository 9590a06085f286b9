// SPDX-License-Identifier: Apache-2.0
//
// Rng: seeded random numbers, the same as PyTorch's CPU generator gives for float32 tensors, so
// that a seed means the same noise here and there. MT19937, seeded with the low 32 bits.
//
// normal: as torch.randn. From 16 values on: 24-bit uniforms in blocks of 16, Box-Muller, and the
// last 16 drawn again if n is no multiple of 16. Below 16: pairs in double; the second of a pair
// is kept for the next small draw. Noise depends on the sizes asked for: draw a tensor at once.
#pragma once

#include <glib.h>
#include <stdbool.h>
#include <stdint.h>

/* A plain value: a copy is a saved state. Not for use from two threads at once. */
typedef struct {
    uint32_t state[624];
    int n_used; /* of the 624 words */
    bool has_spare;
    double spare; /* second normal of a small draw */
} Rng;

void rng_init(Rng *rng, uint64_t seed);
Rng *rng_new(uint64_t seed);
void rng_free(Rng *rng);

uint32_t rng_next(Rng *rng); /* 32 random bits */
/* n standard normal values; torch.randn(n). */
void rng_normal(Rng *rng, float *out, int64_t n);
/* torch.randn(n) of float16 or bfloat16, as float: from 16 values on uniforms of 11 or 8 bits, and
 * every operation rounded, so other numbers than those of float32. */
typedef enum { RNG_F16, RNG_BF16 } RngRounding;
void rng_normal_rounded(Rng *rng, RngRounding rounding, float *out, int64_t n);
/* n values in [0, 1) with 24 bits; torch.rand(n). */
void rng_uniform(Rng *rng, float *out, int64_t n);
/* One value in [0, 1) with 53 bits. */
double rng_double(Rng *rng);
/* One of 0 .. n-1; torch.randint(0, n). 0 < n. */
uint32_t rng_int(Rng *rng, uint32_t n);
/* Permutes 0 .. n-1 (Fisher-Yates, from the end). */
void rng_shuffle(Rng *rng, int *items, int n);

G_DEFINE_AUTOPTR_CLEANUP_FUNC(Rng, rng_free)
