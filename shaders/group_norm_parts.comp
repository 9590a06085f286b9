#version 450
// SPDX-License-Identifier: Apache-2.0
// Mean and sum of squared distances from it of part x of row y (a group of a sample)
#extension GL_GOOGLE_include_directive : require
#include "reduce.glsl"
#include "storage.glsl"
#include "group_norm.glsl"
READS(0, x)
layout(binding = 1) writeonly buffer Parts { vec2 part[]; };
void main()
{
    uint row_count = c / groups * pixels, first = gl_WorkGroupID.x * PART;
    uint count = min(PART, row_count - first), from = gl_WorkGroupID.y * row_count + first;
    float value[PART / 256u];
    float sum = 0.0;
    for (uint k = 0u; k < PART / 256u; k++) {
        uint i = k * 256u + gl_LocalInvocationID.x;
        value[k] = i < count ? x_at(from + i) : 0.0;
        sum += value[k];
    }
    float mean = reduce_sum(sum) / float(count), squares = 0.0;
    for (uint k = 0u; k < PART / 256u; k++) {
        uint i = k * 256u + gl_LocalInvocationID.x;
        float distance = i < count ? value[k] - mean : 0.0;
        squares += distance * distance;
    }
    float total = reduce_sum(squares);
    if (gl_LocalInvocationID.x == 0u)
        part[gl_WorkGroupID.y * parts + gl_WorkGroupID.x] = vec2(mean, total);
}
