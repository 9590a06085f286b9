#version 450
// SPDX-License-Identifier: Apache-2.0
// y (n_ids, c) = table[ids]
#extension GL_GOOGLE_include_directive : require
#include "common.glsl"
layout(push_constant) uniform Push { uint n_ids, rows, c; };
layout(binding = 0) readonly buffer Ids { int ids[]; };
READS(1, table)
WRITES(2, y)
void main()
{
    uint i = flat_index();
    if (i < n_ids * c)
        set_y(i, table_at(uint(clamp(ids[i / c], 0, int(rows) - 1)) * c + i % c));
}
