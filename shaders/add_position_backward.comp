#version 450
// SPDX-License-Identifier: Apache-2.0
// dposition = sum of dy over the batch, 0 past the positions in use; n: elements of dposition
#extension GL_GOOGLE_include_directive : require
#include "common.glsl"
layout(push_constant) uniform Push { uint n, plane, batch; };
READS(0, dy)
WRITES(1, dposition)
void main()
{
    uint i = flat_index();
    if (i >= n)
        return;
    float sum = 0.0;
    for (uint b = 0u; b < batch && i < plane; b++)
        sum += dy_at(b * plane + i);
    set_dposition(i, sum);
}
