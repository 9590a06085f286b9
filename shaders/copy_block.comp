#version 450
// SPDX-License-Identifier: Apache-2.0
// to[r * to_stride + to_first + i] = from[r * from_stride + from_first + i], i < len
#extension GL_GOOGLE_include_directive : require
#include "common.glsl"
layout(push_constant) uniform Push { uint n, len, from_stride, from_first, to_stride, to_first; };
layout(binding = 0) readonly buffer From { float from[]; };
layout(binding = 1) writeonly buffer To { float to[]; };
void main()
{
    uint k = flat_index();
    if (k >= n)
        return;
    uint r = k / len, i = k % len;
    to[r * to_stride + to_first + i] = from[r * from_stride + from_first + i];
}
