#version 450
// SPDX-License-Identifier: Apache-2.0
// y = factor * sum of x + add: the second stage of a sum, one work group.
#extension GL_GOOGLE_include_directive : require
#include "storage.glsl"
layout(local_size_x = 256) in;
layout(push_constant) uniform Push { uint n, has_add; float factor; };
READS(0, x)
READS(1, add)
WRITES(2, y)
shared float part[256];
void main()
{
    uint lane = gl_LocalInvocationID.x;
    float sum = 0.0;
    for (uint i = lane; i < n; i += 256u)
        sum += x_at(i);
    part[lane] = sum;
    barrier();
    for (uint width = 128u; width > 0u; width /= 2u) {
        if (lane < width)
            part[lane] += part[lane + width];
        barrier();
    }
    if (lane == 0u)
        set_y(0, factor * part[0] + (has_add != 0u ? add_at(0) : 0.0));
}
