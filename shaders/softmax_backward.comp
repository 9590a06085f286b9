#version 450
// SPDX-License-Identifier: Apache-2.0
// dx = y (dy - sum(y dy)) over rows of n
#extension GL_GOOGLE_include_directive : require
#include "row.glsl"
#include "storage.glsl"
layout(push_constant) uniform Push { uint rows, n; };
READS(0, y)
READS(1, dy)
WRITES(2, dx)
void main()
{
    uint row = row_index(), lane = gl_LocalInvocationID.x;
    if (row >= rows)
        return;
    float sum = 0.0;
    for (uint i = lane; i < n; i += 128u)
        sum += y_at(row * n + i) * dy_at(row * n + i);
    sum = row_sum(sum);
    for (uint i = lane; i < n; i += 128u)
        set_dx(row * n + i, y_at(row * n + i) * (dy_at(row * n + i) - sum));
}
