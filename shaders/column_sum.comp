#version 450
// SPDX-License-Identifier: Apache-2.0
// y[j] = sum over rows of x (rows, n): 16 columns a work group, 16 rows side by side.
#extension GL_GOOGLE_include_directive : require
#include "storage.glsl"
layout(local_size_x = 16, local_size_y = 16) in;
layout(push_constant) uniform Push { uint rows, n; };
READS(0, x)
WRITES(1, y)
shared float part[16][16];
void main()
{
    uint lane = gl_LocalInvocationID.y, column = gl_LocalInvocationID.x;
    uint j = gl_WorkGroupID.x * 16u + column;
    float sum = 0.0, lost = 0.0; // compensated: Kahan
    if (j < n) {
        for (uint i = lane; i < rows; i += 16u) {
            precise float value = x_at(i * n + j) - lost;
            precise float next = sum + value;
            lost = (next - sum) - value;
            sum = next;
        }
    }
    part[lane][column] = sum;
    barrier();
    for (uint half_rows = 8u; half_rows > 0u; half_rows /= 2u) {
        if (lane < half_rows)
            part[lane][column] += part[lane + half_rows][column];
        barrier();
    }
    if (lane == 0u && j < n)
        set_y(j, part[0][column]);
}
