/* SPDX-License-Identifier: Apache-2.0 */
/* VaeRunner: the VAE's decoder or encoder, recorded once for a size: at once, or in tiles where the
 * memory of the device asks for it.
 *
 * A tile is a picture of its own to the VAE. What differs from the whole: the statistics of
 * GroupNorm and the attention of the middle block are of the tile, not of the picture, and near its
 * edge convolutions see zeros. The first shifts a tile's brightness and contrast a little; the last
 * fades out, because tiles overlap by a quarter and the overlap is blended (tiles.h). diffusers,
 * A1111 and ComfyUI tile alike. */
#pragma once

#include "compute/sample/pipeline.h"

typedef enum { VAE_DECODE, VAE_ENCODE } VaeDirection;

typedef enum {
    VAE_TILING_AUTO, /* when the whole does not fit into the device's memory */
    VAE_TILING_ON,
    VAE_TILING_OFF
} VaeTiling;

/* "auto", "on", "off"; NULL past the end. */
const char *vae_tiling_name(int i);
/* NULL: auto. */
bool vae_tiling_parse(const char *name, VaeTiling *tiling, GError **error);

/* Side of a tile in latent pixels, unless another is asked for. */
#define VAE_TILE 64

typedef struct VaeRunner VaeRunner;

/* height, width: of the latent; tile: 0 or the side of a tile in latent pixels. Borrows the
 * pipeline. Error: no memory for it; in AUTO also not for tiles. */
VaeRunner *vae_runner_new(const Pipeline *pipeline, VaeDirection direction, int height, int width,
                          VaeTiling tiling, int tile, GError **error);
void vae_runner_free(VaeRunner *runner);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(VaeRunner, vae_runner_free)

int vae_runner_height(const VaeRunner *runner);
int vae_runner_width(const VaeRunner *runner);
int vae_runner_n_tiles(const VaeRunner *runner); /* 1: the whole at once */

/* Whether 16 bits did not do: a run gave no finite numbers, as VAEs do whose values grow past
 * 65504, and was done again with f32, as all are from then on. */
bool vae_runner_was_exact(const VaeRunner *runner);

/* Decoding: latent (C, height, width), scaled as the UNet has it -> image (3, ...), about [-1, 1].
 * Encoding: image -> moments (2C, height, width), mean and logvar. */
bool vae_runner_run(VaeRunner *runner, const float *from, float *to, GCancellable *cancellable,
                    GError **error);

/* latent = scaling_factor * (mean + exp(logvar / 2) * eps), logvar clamped to -30 .. 20; n floats
 * of a latent. */
void vae_sample_moments(const float *moments, const float *eps, int64_t n, double scaling_factor,
                        float *latent);
