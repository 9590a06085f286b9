#version 450
// SPDX-License-Identifier: Apache-2.0
// dx = dy s (1 + x (1 - s)), s = sigmoid(x)
#extension GL_GOOGLE_include_directive : require
#include "common.glsl"
layout(push_constant) uniform Push { uint n; float f; };
READS(0, x)
READS(1, dy)
WRITES(2, dx)
void main()
{
    uint i = flat_index();
    if (i < n) {
        float s = 1.0 / (1.0 + exp(-x_at(i)));
        set_dx(i, dy_at(i) * s * (1.0 + x_at(i) * (1.0 - s)));
    }
}
