#version 450
// SPDX-License-Identifier: Apache-2.0
// dx = y (dy - sum(y dy)) over rows of n
#extension GL_GOOGLE_include_directive : require
#include "row.glsl"
layout(push_constant) uniform Push { uint rows, n; };
layout(binding = 0) readonly buffer Y { float y[]; };
layout(binding = 1) readonly buffer Dy { float dy[]; };
layout(binding = 2) writeonly buffer Dx { float dx[]; };
void main()
{
    uint row = row_index(), lane = gl_LocalInvocationID.x;
    if (row >= rows)
        return;
    float sum = 0.0;
    for (uint i = lane; i < n; i += 128u)
        sum += y[row * n + i] * dy[row * n + i];
    sum = row_sum(sum);
    for (uint i = lane; i < n; i += 128u)
        dx[row * n + i] = y[row * n + i] * (dy[row * n + i] - sum);
}
