#version 450
// SPDX-License-Identifier: Apache-2.0
// y = x sigmoid(x)
#extension GL_GOOGLE_include_directive : require
#include "common.glsl"
layout(push_constant) uniform Push { uint n; float f; };
READS(0, x)
WRITES(1, y)
void main()
{
    uint i = flat_index();
    if (i < n)
        set_y(i, x_at(i) / (1.0 + exp(-x_at(i))));
}
