#version 450
// SPDX-License-Identifier: Apache-2.0
// The gradient of geglu: dx (rows, 2c) from x (rows, 2c) and dy (rows, c); n = rows c
#extension GL_GOOGLE_include_directive : require
#include "common.glsl"
#include "math.glsl"
layout(push_constant) uniform Push { uint n, c; };
READS(0, x)
READS(1, dy)
WRITES(2, dx)
void main()
{
    uint i = flat_index();
    if (i < n) {
        uint at = i / c * 2u * c + i % c;
        set_dx(at, dy_at(i) * gelu(x_at(at + c)));
        set_dx(at + c, dy_at(i) * x_at(at) * gelu_slope(x_at(at + c)));
    }
}
