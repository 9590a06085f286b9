#version 450
// SPDX-License-Identifier: Apache-2.0
// y = x + position, the same for every sample
#extension GL_GOOGLE_include_directive : require
#include "common.glsl"
layout(push_constant) uniform Push { uint n, plane; };
layout(binding = 0) readonly buffer X { float x[]; };
layout(binding = 1) readonly buffer Position { float position[]; };
layout(binding = 2) writeonly buffer Y { float y[]; };
void main()
{
    uint i = flat_index();
    if (i < n)
        y[i] = x[i] + position[i % plane];
}
