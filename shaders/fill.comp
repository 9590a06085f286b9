#version 450
// SPDX-License-Identifier: Apache-2.0
// y = f
#extension GL_GOOGLE_include_directive : require
#include "common.glsl"
layout(push_constant) uniform Push { uint n; float f; };
WRITES(0, y)
void main()
{
    uint i = flat_index();
    if (i < n)
        set_y(i, f);
}
