#version 450
// SPDX-License-Identifier: Apache-2.0
// Convolution's gradient of the weight in large tiles.
#extension GL_GOOGLE_include_directive : require
#define GEMM_LARGE
#include "conv2d_dw.glsl"
