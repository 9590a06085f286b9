#version 450
// SPDX-License-Identifier: Apache-2.0
// y = x sigmoid(1.702 x)
#extension GL_GOOGLE_include_directive : require
#include "common.glsl"
#include "math.glsl"
layout(push_constant) uniform Push { uint n; };
layout(binding = 0) readonly buffer X { float x[]; };
layout(binding = 1) writeonly buffer Y { float y[]; };
void main()
{
    uint i = flat_index();
    if (i < n)
        y[i] = x[i] * sigmoid(1.702 * x[i]);
}
