#version 450
// SPDX-License-Identifier: Apache-2.0
// y = x + position, the same for every sample
#extension GL_GOOGLE_include_directive : require
#include "common.glsl"
layout(push_constant) uniform Push { uint n, plane; };
READS(0, x)
READS(1, position)
WRITES(2, y)
void main()
{
    uint i = flat_index();
    if (i < n)
        set_y(i, x_at(i) + position_at(i % plane));
}
