#version 450
// SPDX-License-Identifier: Apache-2.0
// parts[group] = the group's share of the sum of w (a - b)^2; per: elements a sample, 0: w = 1
#extension GL_GOOGLE_include_directive : require
#include "partial.glsl"
layout(binding = 0) readonly buffer A { float a[]; };
layout(binding = 1) readonly buffer B { float b[]; };
layout(binding = 2) readonly buffer Weight { float weight[]; };
layout(binding = 3) writeonly buffer Parts { float parts[]; };
void main()
{
    float sum = 0.0;
    for (uint i = first_element(); i < n; i += element_step()) {
        float difference = a[i] - b[i];
        sum += (per > 0u ? weight[i / per] : 1.0) * difference * difference;
    }
    sum = group_sum(sum);
    if (gl_LocalInvocationID.x == 0u)
        parts[gl_WorkGroupID.x] = sum;
}
