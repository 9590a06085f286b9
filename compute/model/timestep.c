/* SPDX-License-Identifier: Apache-2.0 */
#include "compute/model/timestep.h"

#include <math.h>

void
timestep_sinusoids(double timestep, int width, bool cosine_first, double freq_shift, float *out)
{
    int half = width / 2;
    float *cosines = cosine_first ? out : out + half;
    float *sines = cosine_first ? out + half : out;

    for (int i = 0; i < half; i++) {
        double angle = timestep * exp(-log(10000) * i / (half - freq_shift));
        cosines[i] = (float)cos(angle);
        sines[i] = (float)sin(angle);
    }
    if (width % 2)
        out[width - 1] = 0;
}

void
timestep_embedding(const UNetConfig *config, const double *timesteps, int n, float *out)
{
    int width = config->block_out_channels[0];
    for (int i = 0; i < n; i++)
        timestep_sinusoids(timesteps[i], width, config->flip_sin_to_cos, config->freq_shift,
                           out + (size_t)i * width);
}
