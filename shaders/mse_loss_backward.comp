#version 450
// SPDX-License-Identifier: Apache-2.0
// da = factor dy w (a - b); per: elements a sample, 0: w = 1
#extension GL_GOOGLE_include_directive : require
#include "common.glsl"
layout(push_constant) uniform Push { uint n, per; float factor; };
layout(binding = 0) readonly buffer A { float a[]; };
layout(binding = 1) readonly buffer B { float b[]; };
layout(binding = 2) readonly buffer Dy { float dy[]; };
layout(binding = 3) readonly buffer Weight { float weight[]; };
layout(binding = 4) writeonly buffer Da { float da[]; };
void main()
{
    uint i = flat_index();
    if (i < n)
        da[i] = factor * dy[0] * (per > 0u ? weight[i / per] : 1.0) * (a[i] - b[i]);
}
