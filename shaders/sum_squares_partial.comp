#version 450
// SPDX-License-Identifier: Apache-2.0
// parts[group] = the group's share of the sum of x^2
#extension GL_GOOGLE_include_directive : require
#include "partial.glsl"
#include "storage.glsl"
READS(0, x)
layout(binding = 1) writeonly buffer Parts { float parts[]; };
void main()
{
    float sum = 0.0;
    for (uint i = first_element(); i < n; i += element_step())
        sum += x_at(i) * x_at(i);
    sum = group_sum(sum);
    if (gl_LocalInvocationID.x == 0u)
        parts[gl_WorkGroupID.x] = sum;
}
