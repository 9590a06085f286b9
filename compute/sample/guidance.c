/* SPDX-License-Identifier: Apache-2.0 */
#include "compute/sample/guidance.h"

#include <math.h>

static double
spread(const float *x, int64_t n)
{
    double mean = 0, square = 0;

    for (int64_t i = 0; i < n; i++)
        mean += x[i];
    mean /= (double)n;
    for (int64_t i = 0; i < n; i++)
        square += (x[i] - mean) * (x[i] - mean);
    return n > 1 ? sqrt(square / (double)(n - 1)) : 0;
}

void
guidance_apply(float *negative, const float *positive, int n_images, int64_t n, double scale,
               double rescale)
{
    for (int64_t j = 0; j < n_images * n; j++)
        negative[j] += (float)scale * (positive[j] - negative[j]);
    for (int k = 0; rescale > 0 && k < n_images; k++) {
        float *guided = negative + k * n;
        double own = spread(guided, n);
        float factor =
            (float)(own > 0 ? rescale * spread(positive + k * n, n) / own + 1 - rescale : 1);

        for (int64_t j = 0; j < n; j++)
            guided[j] *= factor;
    }
}
