// SPDX-License-Identifier: Apache-2.0
// Sizes shared by the shaders of group_norm (compute/ops/group_norm_vulkan.c).
#define PART 4096u
layout(push_constant) uniform Push {
    uint n, c, pixels, groups, parts, silu;
    float eps;
};
// Of the value's plane (sample and channel): its group among those of all samples.
uint group_of(uint plane)
{
    return plane / c * groups + plane % c / (c / groups);
}
// dL/dz of a value from dy, z = xhat w + b
float slope(float dy, float z)
{
    if (silu == 0u)
        return dy;
    float s = 1.0 / (1.0 + exp(-z));
    return dy * s * (1.0 + z * (1.0 - s));
}
