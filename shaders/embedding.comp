#version 450
// SPDX-License-Identifier: Apache-2.0
// y (n_ids, c) = table[ids]
#extension GL_GOOGLE_include_directive : require
#include "common.glsl"
layout(push_constant) uniform Push { uint n_ids, rows, c; };
layout(binding = 0) readonly buffer Ids { int ids[]; };
layout(binding = 1) readonly buffer Table { float table[]; };
layout(binding = 2) writeonly buffer Y { float y[]; };
void main()
{
    uint i = flat_index();
    if (i < n_ids * c)
        y[i] = table[uint(clamp(ids[i / c], 0, int(rows) - 1)) * c + i % c];
}
