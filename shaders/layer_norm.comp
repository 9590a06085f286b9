#version 450
// SPDX-License-Identifier: Apache-2.0
// y = (x - mean) rstd w + b over rows of c; stats (rows, 2) = mean, rstd
#extension GL_GOOGLE_include_directive : require
#include "row.glsl"
#include "storage.glsl"
layout(push_constant) uniform Push { uint rows, c; float eps; };
READS(0, x)
READS(1, w)
READS(2, b)
WRITES(3, y)
layout(binding = 4) writeonly buffer Stats { float stats[]; };
void main()
{
    uint row = row_index(), lane = gl_LocalInvocationID.x;
    if (row >= rows)
        return;
    float sum = 0.0;
    for (uint i = lane; i < c; i += 128u)
        sum += x_at(row * c + i);
    float mean = row_sum(sum) / float(c);
    sum = 0.0;
    for (uint i = lane; i < c; i += 128u) {
        float centred = x_at(row * c + i) - mean;
        sum += centred * centred;
    }
    float rstd = 1.0 / sqrt(row_sum(sum) / float(c) + eps);
    for (uint i = lane; i < c; i += 128u)
        set_y(row * c + i, (x_at(row * c + i) - mean) * rstd * w_at(i) + b_at(i));
    if (lane == 0u) {
        stats[row * 2u] = mean;
        stats[row * 2u + 1u] = rstd;
    }
}
