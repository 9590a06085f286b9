#version 450
// SPDX-License-Identifier: Apache-2.0
// dx = dy s (1 + x (1 - s)), s = sigmoid(x)
#extension GL_GOOGLE_include_directive : require
#include "common.glsl"
layout(push_constant) uniform Push { uint n; float f; };
layout(binding = 0) readonly buffer X { float x[]; };
layout(binding = 1) readonly buffer DY { float dy[]; };
layout(binding = 2) writeonly buffer DX { float dx[]; };
void main()
{
    uint i = flat_index();
    if (i < n) {
        float s = 1.0 / (1.0 + exp(-x[i]));
        dx[i] = dy[i] * s * (1.0 + x[i] * (1.0 - s));
    }
}
