#version 450
// SPDX-License-Identifier: Apache-2.0
// dtable[id] = sum of dy where ids = id, made by the first place that holds the id.
#extension GL_GOOGLE_include_directive : require
#include "common.glsl"
layout(push_constant) uniform Push { uint n_ids, rows, c; };
layout(binding = 0) readonly buffer Ids { int ids[]; };
READS(1, dy)
WRITES(2, dtable)
int row_of(uint i)
{
    return clamp(ids[i], 0, int(rows) - 1);
}
void main()
{
    uint index = flat_index();
    if (index >= n_ids * c)
        return;
    uint first = index / c, column = index % c;
    int row = row_of(first);
    for (uint i = 0u; i < first; i++) {
        if (row_of(i) == row)
            return;
    }
    float sum = 0.0;
    for (uint i = first; i < n_ids; i++) {
        if (row_of(i) == row)
            sum += dy_at(i * c + column);
    }
    set_dtable(uint(row) * c + column, sum);
}
