// SPDX-License-Identifier: Apache-2.0
// Sizes and thresholds shared by the shaders of Canny (compute/ops/canny.h).
layout(push_constant) uniform Push { int width, height, n_channels, low, high, l2_gradient; };
