#version 450
// SPDX-License-Identifier: Apache-2.0
// y[n, j, i] = x[n, i, j], i < a, j < b: a 16 x 16 square a work group
#extension GL_GOOGLE_include_directive : require
#include "storage.glsl"
layout(local_size_x = 16, local_size_y = 16) in;
layout(push_constant) uniform Push { uint a, b; };
READS(0, x)
WRITES(1, y)
shared float square[16][17];
void main()
{
    uint u = gl_LocalInvocationID.x, v = gl_LocalInvocationID.y;
    uint first = gl_WorkGroupID.z * a * b;
    uint j = gl_WorkGroupID.x * 16u, i = gl_WorkGroupID.y * 16u;
    if (i + v < a && j + u < b)
        square[v][u] = x_at(first + (i + v) * b + j + u);
    barrier();
    if (i + u < a && j + v < b)
        set_y(first + (j + v) * a + i + u, square[u][v]);
}
