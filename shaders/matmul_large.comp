#version 450
// SPDX-License-Identifier: Apache-2.0
// The matrix product in large tiles.
#extension GL_GOOGLE_include_directive : require
#define GEMM_LARGE
#include "matmul.glsl"
