#version 450
// SPDX-License-Identifier: Apache-2.0
// z[s] = sum over i of x[s, i] y[s, i]: one work group a sample
#extension GL_GOOGLE_include_directive : require
#include "reduce.glsl"
layout(push_constant) uniform Push { uint count; };
layout(binding = 0) readonly buffer X { float x[]; };
layout(binding = 1) readonly buffer Y { float y[]; };
layout(binding = 2) writeonly buffer Z { float z[]; };
void main()
{
    uint first = gl_WorkGroupID.x * count;
    float sum = 0.0, lost = 0.0; // compensated: Kahan
    for (uint i = gl_LocalInvocationID.x; i < count; i += 256u) {
        precise float value = x[first + i] * y[first + i] - lost;
        precise float next = sum + value;
        lost = (next - sum) - value;
        sum = next;
    }
    float total = reduce_sum(sum);
    if (gl_LocalInvocationID.x == 0u)
        z[gl_WorkGroupID.x] = total;
}
