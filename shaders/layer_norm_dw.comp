#version 450
// SPDX-License-Identifier: Apache-2.0
// dw[j] = sum of dy xhat, db[j] = sum of dy over rows: 16 columns a work group, 16 rows abreast.
#extension GL_GOOGLE_include_directive : require
#include "storage.glsl"
layout(local_size_x = 16, local_size_y = 16) in;
layout(push_constant) uniform Push { uint rows, c; float eps; };
READS(0, x)
layout(binding = 1) readonly buffer Stats { float stats[]; };
READS(2, dy)
WRITES(3, dw)
WRITES(4, db)
shared float part_w[16][16], part_b[16][16];
void main()
{
    uint lane = gl_LocalInvocationID.y, column = gl_LocalInvocationID.x;
    uint j = gl_WorkGroupID.x * 16u + column;
    float sum_w = 0.0, sum_b = 0.0;
    if (j < c) {
        for (uint i = lane; i < rows; i += 16u) {
            float g = dy_at(i * c + j);
            sum_w += g * (x_at(i * c + j) - stats[i * 2u]) * stats[i * 2u + 1u];
            sum_b += g;
        }
    }
    part_w[lane][column] = sum_w;
    part_b[lane][column] = sum_b;
    barrier();
    for (uint width = 8u; width > 0u; width /= 2u) {
        if (lane < width) {
            part_w[lane][column] += part_w[lane + width][column];
            part_b[lane][column] += part_b[lane + width][column];
        }
        barrier();
    }
    if (lane == 0u && j < c) {
        set_dw(j, part_w[0][column]);
        set_db(j, part_b[0][column]);
    }
}
