/* SPDX-License-Identifier: Apache-2.0 */
/* Edges as OpenCV defines them: cv2.Canny(image, low, high, apertureSize=3, L2gradient=...), equal
 * to OpenCV 4 on every pixel, in integers, on either kind of device.
 * J. Canny, "A Computational Approach to Edge Detection", 1986. */
#pragma once

#include <stdint.h>

#include "compute/device.h"

/* image: (height, width, n_channels) bytes, n_channels 1 to 4; each pixel counts with its channel
 * of the largest gradient. edges: (height, width), 255 on an edge, else 0; the caller's.
 * low and high: thresholds of the gradient's magnitude, exchanged when low > high; a weak edge
 * (above low) stays where it touches a strong one (above high) through its 8 neighbours.
 * l2_gradient: sqrt(dx^2 + dy^2) rather than |dx| + |dy|.
 * Error: sizes below 1 or above 2^28 pixels, thresholds that are no numbers, the device's own. */
bool canny(Device *device, const uint8_t *image, int width, int height, int n_channels, double low,
           double high, bool l2_gradient, uint8_t *edges, GError **error);

/* The same in two parts, for thresholds that are tried one after the other: all that does not hang
 * on them once, on the CPU, and then for each pair only which edges stay. Equal to canny on every
 * pixel. A field never changes: any thread, several at once. */
typedef struct CannyField CannyField;
CannyField *canny_field_new(const uint8_t *image, int width, int height, int n_channels,
                            bool l2_gradient, GError **error);
void canny_field_free(CannyField *field); /* NULL is fine */
G_DEFINE_AUTOPTR_CLEANUP_FUNC(CannyField, canny_field_free)
bool canny_field_threshold(const CannyField *field, double low, double high, uint8_t *edges,
                           GError **error);
