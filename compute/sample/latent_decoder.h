/* SPDX-License-Identifier: Apache-2.0 */
/* LatentDecoder: latents to pictures with the VAE, recorded once for a size. */
#pragma once

#include "compute/sample/pipeline.h"

typedef struct LatentDecoder LatentDecoder;

/* height, width: of the latent. Borrows the pipeline. */
LatentDecoder *latent_decoder_new(const Pipeline *pipeline, int height, int width, GError **error);
void latent_decoder_free(LatentDecoder *decoder);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(LatentDecoder, latent_decoder_free)

int latent_decoder_height(const LatentDecoder *decoder);
int latent_decoder_width(const LatentDecoder *decoder);

/* latent (C, height, width), scaled as the UNet has it -> image (3, ...), about [-1, 1] */
bool latent_decoder_run(LatentDecoder *decoder, const float *latent, float *image,
                        GCancellable *cancellable, GError **error);
