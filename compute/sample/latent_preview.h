/* SPDX-License-Identifier: Apache-2.0 */
/* LatentPreview: what a latent is going to look like, without the VAE: each latent pixel becomes a
 * block of scale x scale pixels by an affine map, fit by ridge regression to pairs of latents and
 * what the VAE made of them. Good enough to see what is coming, and some hundred times cheaper. */
#pragma once

#include <glib.h>
#include <stdbool.h>
#include <stdint.h>

typedef struct LatentPreview LatentPreview;

/* channels: of the latent; scale: pixels a latent pixel becomes, across and down. */
LatentPreview *latent_preview_new(int channels, int scale);
void latent_preview_free(LatentPreview *preview); /* NULL is fine */
G_DEFINE_AUTOPTR_CLEANUP_FUNC(LatentPreview, latent_preview_free)

int latent_preview_scale(const LatentPreview *preview);
/* Learns from rows first .. first + n - 1 of z (C, h, w) and image (3, h * factor, w * factor) in
 * [-1, 1]; factor is a multiple of scale. What was learnt before counts half of what it did. */
void latent_preview_learn(LatentPreview *preview, const float *z, const float *image, int h, int w,
                          int first, int n, int factor);
/* Takes up what was learnt. False, and as it was, when that does not determine a map. */
bool latent_preview_fit(LatentPreview *preview);
bool latent_preview_is_fit(const LatentPreview *preview);
/* z (C, h, w) -> rgb, h * scale rows of w * scale pixels of three bytes. */
void latent_preview_draw(const LatentPreview *preview, const float *z, int h, int w, uint8_t *rgb);
