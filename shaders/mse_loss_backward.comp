#version 450
// SPDX-License-Identifier: Apache-2.0
// da = factor dy w (a - b); per: elements a sample, 0: w = 1
#extension GL_GOOGLE_include_directive : require
#include "common.glsl"
layout(push_constant) uniform Push { uint n, per; float factor; };
READS(0, a)
READS(1, b)
READS(2, dy)
READS(3, weight)
WRITES(4, da)
void main()
{
    uint i = flat_index();
    if (i < n)
        set_da(i, factor * dy_at(0) * (per > 0u ? weight_at(i / per) : 1.0) * (a_at(i) - b_at(i)));
}
