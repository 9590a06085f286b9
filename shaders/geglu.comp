#version 450
// SPDX-License-Identifier: Apache-2.0
// y (rows, c) = x[:, :c] gelu(x[:, c:]), x (rows, 2c); n = rows c
#extension GL_GOOGLE_include_directive : require
#include "common.glsl"
#include "math.glsl"
layout(push_constant) uniform Push { uint n, c; };
layout(binding = 0) readonly buffer X { float x[]; };
layout(binding = 1) writeonly buffer Y { float y[]; };
void main()
{
    uint i = flat_index();
    if (i < n) {
        uint at = i / c * 2u * c + i % c;
        y[i] = x[at] * gelu(x[at + c]);
    }
}
