#version 450
// SPDX-License-Identifier: Apache-2.0
// y = f x
#extension GL_GOOGLE_include_directive : require
#include "common.glsl"
layout(push_constant) uniform Push { uint n; float f; };
layout(binding = 0) readonly buffer X { float x[]; };
layout(binding = 1) writeonly buffer Y { float y[]; };
void main()
{
    uint i = flat_index();
    if (i < n)
        y[i] = f * x[i];
}
