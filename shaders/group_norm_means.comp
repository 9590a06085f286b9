#version 450
// SPDX-License-Identifier: Apache-2.0
// Of each of n groups the means of w g and of w g xhat
#extension GL_GOOGLE_include_directive : require
#include "common.glsl"
#include "group_norm.glsl"
READS(0, w)
layout(binding = 1) readonly buffer Sums { vec2 sums[]; };
layout(binding = 2) writeonly buffer Means { vec2 means[]; };
void main()
{
    uint row = flat_index();
    if (row >= n)
        return;
    uint per_group = c / groups, first = row % groups * per_group;
    vec2 sum = vec2(0.0);
    for (uint channel = first; channel < first + per_group; channel++)
        sum += w_at(channel) * sums[row / groups * c + channel];
    means[row] = sum / float(per_group * pixels);
}
