#version 450
// SPDX-License-Identifier: Apache-2.0
// dx = dy gelu'(x)
#extension GL_GOOGLE_include_directive : require
#include "common.glsl"
#include "math.glsl"
layout(push_constant) uniform Push { uint n; };
READS(0, x)
READS(1, dy)
WRITES(2, dx)
void main()
{
    uint i = flat_index();
    if (i < n)
        set_dx(i, dy_at(i) * gelu_slope(x_at(i)));
}
