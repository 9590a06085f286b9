#version 450
// SPDX-License-Identifier: Apache-2.0
// dw and db from the sums (batch, c): over the samples
#extension GL_GOOGLE_include_directive : require
#include "common.glsl"
layout(push_constant) uniform Push { uint batch, c; };
layout(binding = 0) readonly buffer Sums { vec2 sums[]; };
layout(binding = 1) writeonly buffer DW { float dw[]; };
layout(binding = 2) writeonly buffer DB { float db[]; };
void main()
{
    uint channel = flat_index();
    if (channel >= c)
        return;
    vec2 sum = vec2(0.0);
    for (uint i = 0u; i < batch; i++)
        sum += sums[i * c + channel];
    dw[channel] = sum.y;
    db[channel] = sum.x;
}
