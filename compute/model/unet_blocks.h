/* SPDX-License-Identifier: Apache-2.0 */
/* The building blocks that UNet, ControlNet and VAE have in common: residual block, transformer
 * block over an image, resampling, and the encoder half that UNet and ControlNet share.
 * Each has a declare function, which names its weights, and a record function (layer.h).
 * Residual and transformer blocks as in Rombach et al. 2022 (arXiv 2112.10752), names and details
 * as in diffusers. */
#pragma once

#include "compute/model/config.h"
#include "compute/model/layer.h"

/* Of Transformer2D's GroupNorm and of everything in the VAE. */
#define TRANSFORMER_NORM_EPS 1e-6f

/* n_temb: width of the time embedding, 0 for none. */
void res_block_declare(const Scope *scope, int n_in, int n_out, int n_temb);
/* x (N, n_in, H, W), temb (N, n_temb): silu of the time embedding, or NULL -> (N, n_out, H, W) */
Tensor *res_block(const Scope *scope, Tensor *x, Tensor *temb, int n_groups, float eps);

/* depth transformer blocks of width n */
void transformer_declare(const Scope *scope, int n, int n_context, int depth, bool linear);
/* x (N, C, H, W), context (N, S, D) -> (N, C, H, W) */
Tensor *transformer(const Scope *scope, Tensor *x, Tensor *context, int n_heads, int n_groups,
                    int depth);

/* Halves the image: stride 2, padding on every side (UNet; an odd size rounds up). */
Tensor *downsample(const Scope *scope, Tensor *x, int padding);
/* Nearest neighbour to (h, w), then a convolution. */
Tensor *upsample(const Scope *scope, Tensor *x, int h, int w);
void resample_declare(const Scope *scope, int n); /* weights of either */

/* conv_in, time embedding, down blocks and mid block. */
void unet_encoder_declare(const Scope *root, const UNetConfig *config);
/* time (N, C0): sinusoids -> (N, 4 C0): silu of the time embedding */
Tensor *unet_time_embedding(const Scope *root, Tensor *time);
/* sample (N, C, H, W); hint (N, C0, H, W), added after conv_in, or NULL.
 * Appends the skip tensors to skips, finest first; returns the mid block's result. */
Tensor *unet_encoder(const Scope *root, const UNetConfig *config, Tensor *sample, Tensor *temb,
                     Tensor *context, Tensor *hint, GPtrArray *skips);
/* Channels of every skip tensor, in their order; int elements. Transfer full. */
GArray *unet_skip_widths(const UNetConfig *config);
