#version 450
// SPDX-License-Identifier: Apache-2.0
// y[n, j, i] = x[n, i, j], i < a, j < b: a 16 x 16 square a work group
layout(local_size_x = 16, local_size_y = 16) in;
layout(push_constant) uniform Push { uint a, b; };
layout(binding = 0) readonly buffer X { float x[]; };
layout(binding = 1) writeonly buffer Y { float y[]; };
shared float square[16][17];
void main()
{
    uint u = gl_LocalInvocationID.x, v = gl_LocalInvocationID.y;
    uint first = gl_WorkGroupID.z * a * b;
    uint j = gl_WorkGroupID.x * 16u, i = gl_WorkGroupID.y * 16u;
    if (i + v < a && j + u < b)
        square[v][u] = x[first + (i + v) * b + j + u];
    barrier();
    if (i + u < a && j + v < b)
        y[first + (j + v) * a + i + u] = square[u][v];
}
