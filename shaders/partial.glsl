// SPDX-License-Identifier: Apache-2.0
// The first stage of a sum over n elements, as compute/ops/reduce.c launches it: the including
// shader sums elements first_element(), + element_step(), ... < n and ends with the group's sum.
layout(local_size_x = 256) in;
layout(push_constant) uniform Push { uint n, per, groups; };
shared float group_part[256];
uint first_element()
{
    return gl_WorkGroupID.x * 256u + gl_LocalInvocationID.x;
}
uint element_step()
{
    return groups * 256u;
}
// The group's sum, valid for work item 0.
float group_sum(float value)
{
    uint lane = gl_LocalInvocationID.x;
    group_part[lane] = value;
    barrier();
    for (uint width = 128u; width > 0u; width /= 2u) {
        if (lane < width)
            group_part[lane] += group_part[lane + width];
        barrier();
    }
    return group_part[0];
}
