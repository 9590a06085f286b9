#version 450
// SPDX-License-Identifier: Apache-2.0
// z = a[s] x + b[s] y for samples s of `count` values; without y, a[s] x
#extension GL_GOOGLE_include_directive : require
#include "common.glsl"
layout(push_constant) uniform Push { uint n, count, has_y; };
layout(binding = 0) readonly buffer X { float x[]; };
layout(binding = 1) readonly buffer Y { float y[]; };
layout(binding = 2) readonly buffer A { float a[]; };
layout(binding = 3) readonly buffer B { float b[]; };
layout(binding = 4) writeonly buffer Z { float z[]; };
void main()
{
    uint i = flat_index();
    if (i >= n)
        return;
    float value = a[i / count] * x[i];
    if (has_y != 0u)
        value += b[i / count] * y[i];
    z[i] = value;
}
