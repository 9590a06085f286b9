/* SPDX-License-Identifier: Apache-2.0 */
/* The forward process on one picture (Ho et al. 2020, arXiv 2006.11239, equation 4): what is left
 * of it at step t, x_t = sqrt(a) x_0 + sqrt(1 - a) noise with a = alpha-bar(t), on the pixels and
 * on the latent of a model's VAE. */
#pragma once

#include <gio/gio.h>

#include "app/trace/image.h"

typedef struct ForwardNoise ForwardNoise;

/* Opens the model (NULL: the bundled one) and encodes the picture, whose sides are multiples of 8:
 * some seconds, for a worker thread. device NULL: the default. The same seed is the same noise. */
ForwardNoise *forward_noise_new(const Image *picture, const char *model, const char *device,
                                guint64 seed, GCancellable *cancellable, GError **error);
void forward_noise_free(ForwardNoise *noise);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(ForwardNoise, forward_noise_free)

/* t goes from 0, the picture itself, to this. */
int forward_noise_n_steps(const ForwardNoise *noise);
/* alpha-bar at t: 1 at 0. */
double forward_noise_signal(const ForwardNoise *noise, int t);
/* On the pixels: a few milliseconds, any thread, several at a time. Free with image_free. */
Image *forward_noise_pixels(const ForwardNoise *noise, int t);
/* On the latent, decoded: a good part of a second, one at a time on a worker thread. NULL on error.
 */
Image *forward_noise_decode(ForwardNoise *noise, int t, GCancellable *cancellable, GError **error);
