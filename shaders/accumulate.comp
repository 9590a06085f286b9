#version 450
// SPDX-License-Identifier: Apache-2.0
// sum = factor[0] sum + factor[1] x; what was there before does not matter when factor[0] is 0
#extension GL_GOOGLE_include_directive : require
#include "common.glsl"
layout(push_constant) uniform Push { uint n; };
layout(binding = 0) buffer Sum { float sum[]; };
layout(binding = 1) readonly buffer X { float x[]; };
layout(binding = 2) readonly buffer Factor { float factor[]; };
void main()
{
    uint i = flat_index();
    if (i < n)
        sum[i] = (factor[0] == 0.0 ? 0.0 : factor[0] * sum[i]) + factor[1] * x[i];
}
