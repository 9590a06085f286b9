/* SPDX-License-Identifier: Apache-2.0 */
/* Bytes to floats and back; grey; edges. */
#include "app/jobs/picture.h"

#include "compute/canny.h"

#include <math.h>

Image *
image_from_floats(const float *values, int width, int height)
{
    Image *image = image_new(width, height, 3);
    size_t plane = (size_t)width * height;
    for (size_t i = 0; i < plane; i++) {
        for (int c = 0; c < 3; c++) {
            float v = (values[c * plane + i] + 1.0f) * 127.5f;
            image->pixels[i * 3 + c] = (uint8_t)(v > 0 ? (v < 255 ? lrintf(v) : 255) : 0);
        }
    }
    return image;
}

bool
floats_are_finite(const float *values, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        if (!isfinite(values[i]))
            return false;
    }
    return true;
}

void
image_to_floats(const Image *image, int first_row, int n_rows, float *out)
{
    size_t plane = (size_t)n_rows * image->width;
    const uint8_t *pixels = image->pixels + (size_t)first_row * image->width * 3;
    for (size_t i = 0; i < plane; i++) {
        for (int c = 0; c < 3; c++)
            out[c * plane + i] = (float)pixels[i * 3 + c] / 127.5f - 1.0f;
    }
}

Image *
image_to_grey(const Image *image)
{
    Image *grey = image_new(image->width, image->height, 1);
    size_t n = (size_t)image->width * image->height;
    for (size_t i = 0; i < n; i++) {
        const uint8_t *p = image->pixels + i * image->n_channels;
        grey->pixels[i] =
            image->n_channels == 1
                ? p[0]
                : (uint8_t)((4899u * p[0] + 9617u * p[1] + 1868u * p[2] + 8192u) >> 14);
    }
    return grey;
}

Image *
image_edges(Device *device, const Image *image, double low, double high, bool l2_gradient,
            GError **error)
{
    g_autoptr(Image) grey = image_to_grey(image);
    g_autoptr(Image) edges = image_new(image->width, image->height, 1);
    if (!canny(device, grey->pixels, grey->width, grey->height, 1, low, high, l2_gradient,
               edges->pixels, error))
        return NULL;
    return g_steal_pointer(&edges);
}
