#version 450
// SPDX-License-Identifier: Apache-2.0
// The matrix product by cooperative matrices of VK_KHR_cooperative_matrix.
#extension GL_GOOGLE_include_directive : require
#define COOP_KHR
#include "matmul_coop.glsl"
