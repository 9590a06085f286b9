#version 450
// SPDX-License-Identifier: Apache-2.0
// The matrix product in small tiles.
#extension GL_GOOGLE_include_directive : require
#include "matmul.glsl"
