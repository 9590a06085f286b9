#version 450
// SPDX-License-Identifier: Apache-2.0
// y = mean + exp(logvar / 2) eps
#extension GL_GOOGLE_include_directive : require
#include "common.glsl"
#include "gaussian.glsl"
layout(binding = 0) readonly buffer Moments { float moments[]; };
layout(binding = 1) readonly buffer Eps { float eps[]; };
layout(binding = 2) writeonly buffer Y { float y[]; };
void main()
{
    uint i = flat_index();
    if (i >= n)
        return;
    uint at = mean_index(i);
    y[i] = moments[at] + exp(0.5 * clamped(moments[at + half_count])) * eps[i];
}
