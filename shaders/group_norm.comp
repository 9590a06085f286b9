#version 450
// SPDX-License-Identifier: Apache-2.0
// y = z or silu(z), z = (x - mean) rstd w + b
#extension GL_GOOGLE_include_directive : require
#include "common.glsl"
#include "group_norm.glsl"
layout(binding = 0) readonly buffer X { float x[]; };
layout(binding = 1) readonly buffer W { float w[]; };
layout(binding = 2) readonly buffer B { float b[]; };
layout(binding = 3) readonly buffer Stats { vec2 stats[]; };
layout(binding = 4) writeonly buffer Y { float y[]; };
void main()
{
    uint i = flat_index();
    if (i >= n)
        return;
    uint plane = i / pixels, channel = plane % c;
    vec2 s = stats[group_of(plane)];
    float z = (x[i] - s.x) * (s.y * w[channel]) + b[channel];
    y[i] = silu == 0u ? z : z / (1.0 + exp(-z));
}
