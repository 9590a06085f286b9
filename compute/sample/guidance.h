/* SPDX-License-Identifier: Apache-2.0 */
/* Classifier-free guidance (Ho and Salimans 2022, arXiv 2207.12598) and the rescale of Lin et al.
 * 2023 (arXiv 2305.08891, section 3.4). */
#pragma once

#include <stdint.h>

/* For each of n_images predictions of n values:
 *   guided = negative + scale * (positive - negative)
 *   out    = rescale * guided * std(positive) / std(guided) + (1 - rescale) * guided
 * std: over the n values, unbiased, as diffusers' rescale_noise_cfg. The result goes to negative's
 * place. rescale 0: none. */
void guidance_apply(float *negative, const float *positive, int n_images, int64_t n, double scale,
                    double rescale);
