#version 450
// SPDX-License-Identifier: Apache-2.0
// y (rows, c) = x[:, :c] gelu(x[:, c:]), x (rows, 2c); n = rows c
#extension GL_GOOGLE_include_directive : require
#include "common.glsl"
#include "math.glsl"
layout(push_constant) uniform Push { uint n, c; };
READS(0, x)
WRITES(1, y)
void main()
{
    uint i = flat_index();
    if (i < n) {
        uint at = i / c * 2u * c + i % c;
        set_y(i, x_at(at) * gelu(x_at(at + c)));
    }
}
