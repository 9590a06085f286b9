#version 450
// SPDX-License-Identifier: Apache-2.0
// The matrix product by cooperative matrices of VK_NV_cooperative_matrix.
#extension GL_GOOGLE_include_directive : require
#include "matmul_coop.glsl"
