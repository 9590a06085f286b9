#version 450
// SPDX-License-Identifier: Apache-2.0
// Convolution in small tiles.
#extension GL_GOOGLE_include_directive : require
#include "conv2d.glsl"
