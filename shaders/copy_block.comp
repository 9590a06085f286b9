#version 450
// SPDX-License-Identifier: Apache-2.0
// to[r * to_stride + to_first + i] = from[r * from_stride + from_first + i], i < len
#extension GL_GOOGLE_include_directive : require
#include "common.glsl"
layout(push_constant) uniform Push { uint n, len, from_stride, from_first, to_stride, to_first; };
READS(0, from)
WRITES(1, to)
void main()
{
    uint k = flat_index();
    if (k >= n)
        return;
    uint r = k / len, i = k % len;
    set_to(r * to_stride + to_first + i, from_at(r * from_stride + from_first + i));
}
