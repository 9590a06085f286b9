#version 450
// SPDX-License-Identifier: Apache-2.0
// dx = rstd (g - mean(g) - xhat mean(g xhat)), g = dy w, over rows of c
#extension GL_GOOGLE_include_directive : require
#include "row.glsl"
#include "storage.glsl"
layout(push_constant) uniform Push { uint rows, c; float eps; };
READS(0, x)
READS(1, w)
layout(binding = 2) readonly buffer Stats { float stats[]; };
READS(3, dy)
WRITES(4, dx)
void main()
{
    uint row = row_index(), lane = gl_LocalInvocationID.x;
    if (row >= rows)
        return;
    float mean = stats[row * 2u], rstd = stats[row * 2u + 1u];
    float sum = 0.0, dot_x = 0.0;
    for (uint i = lane; i < c; i += 128u) {
        float g = dy_at(row * c + i) * w_at(i);
        sum += g;
        dot_x += g * (x_at(row * c + i) - mean) * rstd;
    }
    float mean_g = row_sum(sum) / float(c), mean_gx = row_sum(dot_x) / float(c);
    for (uint i = lane; i < c; i += 128u) {
        float xhat = (x_at(row * c + i) - mean) * rstd;
        set_dx(row * c + i, rstd * (dy_at(row * c + i) * w_at(i) - mean_g - xhat * mean_gx));
    }
}
