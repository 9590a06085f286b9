#version 450
// SPDX-License-Identifier: Apache-2.0
// Sums of g = dL/dz and g xhat over part x of plane y (a channel of a sample)
#extension GL_GOOGLE_include_directive : require
#include "reduce.glsl"
#include "storage.glsl"
#include "group_norm.glsl"
READS(0, x)
READS(1, dy)
READS(2, w)
READS(3, b)
layout(binding = 4) readonly buffer Stats { vec2 stats[]; };
layout(binding = 5) writeonly buffer Parts { vec2 part[]; };
void main()
{
    uint plane = gl_WorkGroupID.y, first = gl_WorkGroupID.x * PART;
    uint end = min(first + PART, pixels), channel = plane % c;
    vec2 s = stats[group_of(plane)];
    vec2 sum = vec2(0.0);
    for (uint i = first + gl_LocalInvocationID.x; i < end; i += 256u) {
        float xhat = (x_at(plane * pixels + i) - s.x) * s.y;
        float g = slope(dy_at(plane * pixels + i), xhat * w_at(channel) + b_at(channel));
        sum += vec2(g, g * xhat);
    }
    vec2 total = vec2(reduce_sum(sum.x), 0.0);
    total.y = reduce_sum(sum.y);
    if (gl_LocalInvocationID.x == 0u)
        part[plane * parts + gl_WorkGroupID.x] = total;
}
