#version 450
// SPDX-License-Identifier: Apache-2.0
// y = a * b
#extension GL_GOOGLE_include_directive : require
#include "common.glsl"
layout(push_constant) uniform Push { uint n; float f; };
layout(binding = 0) readonly buffer A { float a[]; };
layout(binding = 1) readonly buffer B { float b[]; };
layout(binding = 2) writeonly buffer Y { float y[]; };
void main()
{
    uint i = flat_index();
    if (i < n)
        y[i] = a[i] * b[i];
}
