#version 450
// SPDX-License-Identifier: Apache-2.0
// y = exp(x - max) / sum over rows of n
#extension GL_GOOGLE_include_directive : require
#include "row.glsl"
layout(push_constant) uniform Push { uint rows, n; };
layout(binding = 0) readonly buffer X { float x[]; };
layout(binding = 1) writeonly buffer Y { float y[]; };
void main()
{
    uint row = row_index(), lane = gl_LocalInvocationID.x;
    if (row >= rows)
        return;
    float top = x[row * n];
    for (uint i = lane; i < n; i += 128u)
        top = max(top, x[row * n + i]);
    top = row_max(top);
    float sum = 0.0;
    for (uint i = lane; i < n; i += 128u)
        sum += exp(x[row * n + i] - top);
    float factor = 1.0 / row_sum(sum);
    for (uint i = lane; i < n; i += 128u)
        y[row * n + i] = exp(x[row * n + i] - top) * factor;
}
