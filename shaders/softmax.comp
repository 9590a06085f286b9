#version 450
// SPDX-License-Identifier: Apache-2.0
// y = exp(x - max) / sum over rows of n
#extension GL_GOOGLE_include_directive : require
#include "row.glsl"
#include "storage.glsl"
layout(push_constant) uniform Push { uint rows, n; };
READS(0, x)
WRITES(1, y)
void main()
{
    uint row = row_index(), lane = gl_LocalInvocationID.x;
    if (row >= rows)
        return;
    float top = x_at(row * n);
    for (uint i = lane; i < n; i += 128u)
        top = max(top, x_at(row * n + i));
    top = row_max(top);
    float sum = 0.0;
    for (uint i = lane; i < n; i += 128u)
        sum += exp(x_at(row * n + i) - top);
    float factor = 1.0 / row_sum(sum);
    for (uint i = lane; i < n; i += 128u)
        set_y(row * n + i, exp(x_at(row * n + i) - top) * factor);
}
