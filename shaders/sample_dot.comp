#version 450
// SPDX-License-Identifier: Apache-2.0
// z[s] = sum over i of x[s, i] y[s, i]: one work group a sample
#extension GL_GOOGLE_include_directive : require
#include "reduce.glsl"
#include "storage.glsl"
layout(push_constant) uniform Push { uint count; };
READS(0, x)
READS(1, y)
WRITES(2, z)
void main()
{
    uint first = gl_WorkGroupID.x * count;
    float sum = 0.0, lost = 0.0; // compensated: Kahan
    for (uint i = gl_LocalInvocationID.x; i < count; i += 256u) {
        precise float value = x_at(first + i) * y_at(first + i) - lost;
        precise float next = sum + value;
        lost = (next - sum) - value;
        sum = next;
    }
    float total = reduce_sum(sum);
    if (gl_LocalInvocationID.x == 0u)
        set_z(gl_WorkGroupID.x, total);
}
