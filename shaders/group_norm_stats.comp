#version 450
// SPDX-License-Identifier: Apache-2.0
// Joins the parts of a row: mean, and 1 / sqrt(variance + eps)
#extension GL_GOOGLE_include_directive : require
#include "reduce.glsl"
#include "group_norm.glsl"
layout(binding = 0) readonly buffer Parts { vec2 part[]; };
layout(binding = 1) writeonly buffer Stats { vec2 stats[]; };
void main()
{
    uint row = gl_WorkGroupID.x, row_count = c / groups * pixels;
    float all = float(row_count);
    // about the first part's mean, so that a large mean costs no digits
    float middle = part[row * parts].x, sum = 0.0;
    for (uint i = gl_LocalInvocationID.x; i < parts; i += 256u)
        sum += (part[row * parts + i].x - middle) * (float(min(PART, row_count - i * PART)) / all);
    float mean = middle + reduce_sum(sum), variance = 0.0;
    for (uint i = gl_LocalInvocationID.x; i < parts; i += 256u) {
        vec2 p = part[row * parts + i];
        float share = float(min(PART, row_count - i * PART)) / all;
        variance += p.y / all + (p.x - mean) * (p.x - mean) * share;
    }
    float total = reduce_sum(variance);
    if (gl_LocalInvocationID.x == 0u)
        stats[row] = vec2(mean, 1.0 / sqrt(total + eps));
}
