#version 450
// SPDX-License-Identifier: Apache-2.0
// dx = dy gelu'(x)
#extension GL_GOOGLE_include_directive : require
#include "common.glsl"
#include "math.glsl"
layout(push_constant) uniform Push { uint n; };
layout(binding = 0) readonly buffer X { float x[]; };
layout(binding = 1) readonly buffer Dy { float dy[]; };
layout(binding = 2) writeonly buffer Dx { float dx[]; };
void main()
{
    uint i = flat_index();
    if (i < n)
        dx[i] = dy[i] * gelu_slope(x[i]);
}
