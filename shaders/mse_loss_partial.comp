#version 450
// SPDX-License-Identifier: Apache-2.0
// parts[group] = the group's share of the sum of w (a - b)^2; per: elements a sample, 0: w = 1
#extension GL_GOOGLE_include_directive : require
#include "partial.glsl"
#include "storage.glsl"
READS(0, a)
READS(1, b)
READS(2, weight)
layout(binding = 3) writeonly buffer Parts { float parts[]; };
void main()
{
    float sum = 0.0;
    for (uint i = first_element(); i < n; i += element_step()) {
        float difference = a_at(i) - b_at(i);
        sum += (per > 0u ? weight_at(i / per) : 1.0) * difference * difference;
    }
    sum = group_sum(sum);
    if (gl_LocalInvocationID.x == 0u)
        parts[gl_WorkGroupID.x] = sum;
}
