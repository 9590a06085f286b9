#version 450
// SPDX-License-Identifier: Apache-2.0
// y = z or silu(z), z = (x - mean) rstd w + b
#extension GL_GOOGLE_include_directive : require
#include "common.glsl"
#include "group_norm.glsl"
READS(0, x)
READS(1, w)
READS(2, b)
layout(binding = 3) readonly buffer Stats { vec2 stats[]; };
WRITES(4, y)
void main()
{
    uint i = flat_index();
    if (i >= n)
        return;
    uint plane = i / pixels, channel = plane % c;
    vec2 s = stats[group_of(plane)];
    float z = (x_at(i) - s.x) * (s.y * w_at(channel)) + b_at(channel);
    set_y(i, silu == 0u ? z : z / (1.0 + exp(-z)));
}
