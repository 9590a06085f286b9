#version 450
// SPDX-License-Identifier: Apache-2.0
// y[k] = sum over i of x[k, i]: one work group a plane, folded over y
#extension GL_GOOGLE_include_directive : require
#include "reduce.glsl"
#include "storage.glsl"
layout(push_constant) uniform Push { uint planes, pixels; };
READS(0, x)
WRITES(1, y)
void main()
{
    uint k = gl_WorkGroupID.y * 32768u + gl_WorkGroupID.x;
    if (k >= planes)
        return;
    float sum = 0.0, lost = 0.0; // compensated: Kahan
    for (uint i = gl_LocalInvocationID.x; i < pixels; i += 256u) {
        precise float value = x_at(k * pixels + i) - lost;
        precise float next = sum + value;
        lost = (next - sum) - value;
        sum = next;
    }
    float total = reduce_sum(sum);
    if (gl_LocalInvocationID.x == 0u)
        set_y(k, total);
}
