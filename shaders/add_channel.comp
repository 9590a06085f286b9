#version 450
// SPDX-License-Identifier: Apache-2.0
// y[k, i] = x[k, i] + t[k] for planes k of `pixels` values
#extension GL_GOOGLE_include_directive : require
#include "common.glsl"
layout(push_constant) uniform Push { uint n, pixels; };
READS(0, x)
READS(1, t)
WRITES(2, y)
void main()
{
    uint i = flat_index();
    if (i < n)
        set_y(i, x_at(i) + t_at(i / pixels));
}
