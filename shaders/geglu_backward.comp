#version 450
// SPDX-License-Identifier: Apache-2.0
// The gradient of geglu: dx (rows, 2c) from x (rows, 2c) and dy (rows, c); n = rows c
#extension GL_GOOGLE_include_directive : require
#include "common.glsl"
#include "math.glsl"
layout(push_constant) uniform Push { uint n, c; };
layout(binding = 0) readonly buffer X { float x[]; };
layout(binding = 1) readonly buffer Dy { float dy[]; };
layout(binding = 2) writeonly buffer Dx { float dx[]; };
void main()
{
    uint i = flat_index();
    if (i < n) {
        uint at = i / c * 2u * c + i % c;
        dx[at] = dy[i] * gelu(x[at + c]);
        dx[at + c] = dy[i] * x[at] * gelu_slope(x[at + c]);
    }
}
