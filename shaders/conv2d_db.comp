#version 450
// SPDX-License-Identifier: Apache-2.0
// db[m] = sum over n and pixels of dy (N, M, pixels): a work group a channel.
#extension GL_GOOGLE_include_directive : require
#include "storage.glsl"
layout(local_size_x = 256) in;
layout(push_constant) uniform Push { uint n, m, pixels; };
READS(0, dy)
WRITES(1, db)
shared float part[256];
void main()
{
    uint lane = gl_LocalInvocationID.x, channel = gl_WorkGroupID.x;
    float sum = 0.0;
    for (uint item = 0u; item < n; item++) {
        float item_sum = 0.0;
        for (uint i = lane; i < pixels; i += 256u)
            item_sum += dy_at((item * m + channel) * pixels + i);
        sum += item_sum;
    }
    part[lane] = sum;
    barrier();
    for (uint width = 128u; width > 0u; width /= 2u) {
        if (lane < width)
            part[lane] += part[lane + width];
        barrier();
    }
    if (lane == 0u)
        set_db(channel, part[0]);
}
