#version 450
// SPDX-License-Identifier: Apache-2.0
// the gradients of mean, logvar and eps
#extension GL_GOOGLE_include_directive : require
#include "common.glsl"
#include "gaussian.glsl"
layout(binding = 0) readonly buffer Moments { float moments[]; };
layout(binding = 1) readonly buffer Eps { float eps[]; };
layout(binding = 2) readonly buffer DY { float dy[]; };
layout(binding = 3) writeonly buffer DMoments { float dmoments[]; };
layout(binding = 4) writeonly buffer DEps { float deps[]; };
void main()
{
    uint i = flat_index();
    if (i >= n)
        return;
    uint at = mean_index(i);
    float logvar = moments[at + half_count], std = exp(0.5 * clamped(logvar));
    dmoments[at] = dy[i];
    dmoments[at + half_count] = is_inside(logvar) ? 0.5 * std * eps[i] * dy[i] : 0.0;
    deps[i] = std * dy[i];
}
