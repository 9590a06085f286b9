/* SPDX-License-Identifier: Apache-2.0 */
/* Pictures between the two sides that never meet elsewhere: app/trace's RGB bytes and compute's
 * floats; and the control map, Canny's edges of a picture. */
#pragma once

#include "app/trace/image.h"
#include "compute/device.h"

/* (3, h, w) in about [-1, 1] -> RGB picture, clamped. */
Image *image_from_floats(const float *values, int width, int height);
bool floats_are_finite(const float *values, size_t n);
/* Rows first_row .. first_row + n_rows - 1 of an RGB picture -> (3, n_rows, width) in [-1, 1]. */
void image_to_floats(const Image *image, int first_row, int n_rows, float *out);
/* One channel: OpenCV's RGB to grey, (4899 R + 9617 G + 1868 B + 8192) >> 14. */
Image *image_to_grey(const Image *image);

/* The edges (0 or 255, one channel) of the picture's grey: cv2.Canny of cv2.cvtColor's grey. */
Image *image_edges(Device *device, const Image *image, double low, double high, bool l2_gradient,
                   GError **error);
