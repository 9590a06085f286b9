/* SPDX-License-Identifier: Apache-2.0 */
/* The two ops of compute/canny.c, over i32 tensors. A map (H, W) says of every pixel what OpenCV's
 * does: CANNY_WEAK may become an edge, CANNY_NONE never, CANNY_EDGE is one. */
#pragma once

#include "compute/op.h"

enum { CANNY_WEAK = 0, CANNY_NONE = 1, CANNY_EDGE = 2 };

typedef struct {
    int32_t width, height, n_channels;
    int32_t low, high; /* of the magnitude; of its square for l2_gradient */
    int32_t l2_gradient;
} CannyOptions;

/* words: the image's bytes (height, width, n_channels), the last word filled up. */
Tensor *op_canny_classify(Graph *g, Tensor *words, const CannyOptions *options);
/* Edges take in the weak pixels beside them: on the CPU to the end, on Vulkan as far as one pass
 * gets. changed (1): 0 when nothing was left to do. */
Tensor *op_canny_spread(Graph *g, Tensor *map, Tensor **changed);

/* The CPU's kernels. peaks (height, width): the magnitudes of all that may become an edge under
 * some thresholds, else 0; the thresholds of options do not count. */
void canny_cpu_classify(const CannyOptions *options, const uint8_t *image, int32_t *map);
void canny_cpu_peaks(const CannyOptions *options, const uint8_t *image, int32_t *peaks);
void canny_cpu_spread(int64_t width, int64_t height, int32_t *map);
