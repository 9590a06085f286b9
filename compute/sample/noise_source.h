/* SPDX-License-Identifier: Apache-2.0 */
/* NoiseSource: where the noise of sampling is drawn from, for a few images at a time.
 *
 *   cpu          PyTorch's CPU generator in float32 (rng.h): diffusers on a CPU, ComfyUI
 *   cpu:f16      the same in float16, which gives other numbers; cpu:bf16 likewise
 *   cuda         PyTorch's CUDA generator on a GPU that has a thread for every value (philox.h)
 *   cuda:GPU     on a GPU of the table, "cuda:rtx3060"
 *   a1111        A1111's default source ("GPU" and "NV"): cuda, each image its own generator
 *
 * Image i has a generator of its own, seeded with seed + i (A1111; diffusers with a list of
 * generators), so that it is the same picture as when it is drawn alone; or all images of a batch
 * are drawn as one tensor from one generator (diffusers with one). Later draws, for samplers that
 * add noise, go on with the same generators. */
#pragma once

#include <glib.h>
#include <stdbool.h>
#include <stdint.h>

typedef struct NoiseSource NoiseSource;

/* name NULL: "cpu". together: one generator for all; "a1111" has no such way and is refused.
 * Errors: an unknown name, with those there are. */
NoiseSource *noise_source_new(const char *name, uint64_t seed, int n_images, bool together,
                              GError **error);
void noise_source_free(NoiseSource *source);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(NoiseSource, noise_source_free)

/* Standard normal values (n_images, n). */
void noise_source_draw(NoiseSource *source, float *out, int64_t n);
/* Starts anew with these seeds, (n_images), in place of seed + i; those of "together" take the
 * first. */
void noise_source_set_seeds(NoiseSource *source, const uint64_t *seeds);
/* Starts anew with seeds delta higher: A1111's "eta noise seed delta", after the first draw. */
void noise_source_reseed(NoiseSource *source, uint64_t delta);

/* The n-th name, those with a GPU last; NULL past the end. */
const char *noise_source_name(int n);
