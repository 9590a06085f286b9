#version 450
// SPDX-License-Identifier: Apache-2.0
// Convolution's gradient of x in small tiles.
#extension GL_GOOGLE_include_directive : require
#include "conv2d_dx.glsl"
