#version 450
// SPDX-License-Identifier: Apache-2.0
// y = factor * sum of x + add: the second stage of a sum, one work group.
layout(local_size_x = 256) in;
layout(push_constant) uniform Push { uint n, has_add; float factor; };
layout(binding = 0) readonly buffer X { float x[]; };
layout(binding = 1) readonly buffer Add { float add[]; };
layout(binding = 2) writeonly buffer Y { float y[]; };
shared float part[256];
void main()
{
    uint lane = gl_LocalInvocationID.x;
    float sum = 0.0;
    for (uint i = lane; i < n; i += 256u)
        sum += x[i];
    part[lane] = sum;
    barrier();
    for (uint width = 128u; width > 0u; width /= 2u) {
        if (lane < width)
            part[lane] += part[lane + width];
        barrier();
    }
    if (lane == 0u)
        y[0] = factor * part[0] + (has_add != 0u ? add[0] : 0.0);
}
