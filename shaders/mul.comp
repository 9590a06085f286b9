#version 450
// SPDX-License-Identifier: Apache-2.0
// y = a * b
#extension GL_GOOGLE_include_directive : require
#include "common.glsl"
layout(push_constant) uniform Push { uint n; float f; };
READS(0, a)
READS(1, b)
WRITES(2, y)
void main()
{
    uint i = flat_index();
    if (i < n)
        set_y(i, a_at(i) * b_at(i));
}
