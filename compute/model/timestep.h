/* SPDX-License-Identifier: Apache-2.0 */
/* The time input of UNet and ControlNet: sinusoids of the timestep (Vaswani et al. 2017, arXiv
 * 1706.03762), computed on the host in double, because t times a frequency loses digits in float.
 */
#pragma once

#include <stdbool.h>

#include "compute/model/config.h"

/* Of n timesteps, which may be fractional. out (n, block_out_channels[0]) */
void timestep_embedding(const UNetConfig *config, const double *timesteps, int n, float *out);

/* width values of one timestep: width / 2 cosines and as many sines (sines first unless
 * cosine_first), frequencies 10000^(-i / (width / 2 - freq_shift)). */
void timestep_sinusoids(double timestep, int width, bool cosine_first, double freq_shift,
                        float *out);
