#version 450
// SPDX-License-Identifier: Apache-2.0
// Adds up the parts of a plane
#extension GL_GOOGLE_include_directive : require
#include "reduce.glsl"
#include "group_norm.glsl"
layout(binding = 0) readonly buffer Parts { vec2 part[]; };
layout(binding = 1) writeonly buffer Sums { vec2 sums[]; };
void main()
{
    vec2 sum = vec2(0.0);
    for (uint i = gl_LocalInvocationID.x; i < parts; i += 256u)
        sum += part[gl_WorkGroupID.x * parts + i];
    vec2 total = vec2(reduce_sum(sum.x), 0.0);
    total.y = reduce_sum(sum.y);
    if (gl_LocalInvocationID.x == 0u)
        sums[gl_WorkGroupID.x] = total;
}
