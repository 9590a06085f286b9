#version 450
// SPDX-License-Identifier: Apache-2.0
// z = a[s] x + b[s] y for samples s of `count` values; without y, a[s] x
#extension GL_GOOGLE_include_directive : require
#include "common.glsl"
layout(push_constant) uniform Push { uint n, count, has_y; };
READS(0, x)
READS(1, y)
READS(2, a)
READS(3, b)
WRITES(4, z)
void main()
{
    uint i = flat_index();
    if (i >= n)
        return;
    float value = a_at(i / count) * x_at(i);
    if (has_y != 0u)
        value += b_at(i / count) * y_at(i);
    set_z(i, value);
}
