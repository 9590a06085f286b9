#version 450
// SPDX-License-Identifier: Apache-2.0
// dw and db from the sums (batch, c): over the samples
#extension GL_GOOGLE_include_directive : require
#include "common.glsl"
layout(push_constant) uniform Push { uint batch, c; };
layout(binding = 0) readonly buffer Sums { vec2 sums[]; };
WRITES(1, dw)
WRITES(2, db)
void main()
{
    uint channel = flat_index();
    if (channel >= c)
        return;
    vec2 sum = vec2(0.0);
    for (uint i = 0u; i < batch; i++)
        sum += sums[i * c + channel];
    set_dw(channel, sum.y);
    set_db(channel, sum.x);
}
