#version 450
// SPDX-License-Identifier: Apache-2.0
// y = mean + exp(logvar / 2) eps
#extension GL_GOOGLE_include_directive : require
#include "common.glsl"
#include "gaussian.glsl"
READS(0, moments)
READS(1, eps)
WRITES(2, y)
void main()
{
    uint i = flat_index();
    if (i >= n)
        return;
    uint at = mean_index(i);
    set_y(i, moments_at(at) + exp(0.5 * clamped(moments_at(at + half_count))) * eps_at(i));
}
