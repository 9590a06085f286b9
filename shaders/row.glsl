// SPDX-License-Identifier: Apache-2.0
// One work group of 128 a row, as compute/ops/rows.h launches it, and sums over the group.
layout(local_size_x = 128) in;
shared float row_part[128];
uint row_index()
{
    return gl_WorkGroupID.y * 65535u + gl_WorkGroupID.x;
}
// The sum of everybody's value, for everybody.
float row_sum(float value)
{
    uint lane = gl_LocalInvocationID.x;
    barrier();
    row_part[lane] = value;
    barrier();
    for (uint width = 64u; width > 0u; width /= 2u) {
        if (lane < width)
            row_part[lane] += row_part[lane + width];
        barrier();
    }
    return row_part[0];
}
float row_max(float value)
{
    uint lane = gl_LocalInvocationID.x;
    barrier();
    row_part[lane] = value;
    barrier();
    for (uint width = 64u; width > 0u; width /= 2u) {
        if (lane < width)
            row_part[lane] = max(row_part[lane], row_part[lane + width]);
        barrier();
    }
    return row_part[0];
}
