#version 450
// SPDX-License-Identifier: Apache-2.0
// y[k, i] = x[k, i] + t[k] for planes k of `pixels` values
#extension GL_GOOGLE_include_directive : require
#include "common.glsl"
layout(push_constant) uniform Push { uint n, pixels; };
layout(binding = 0) readonly buffer X { float x[]; };
layout(binding = 1) readonly buffer T { float t[]; };
layout(binding = 2) writeonly buffer Y { float y[]; };
void main()
{
    uint i = flat_index();
    if (i < n)
        y[i] = x[i] + t[i / pixels];
}
