#version 450
// SPDX-License-Identifier: Apache-2.0
// the gradients of mean and logvar
#extension GL_GOOGLE_include_directive : require
#include "common.glsl"
#include "gaussian.glsl"
layout(binding = 0) readonly buffer Moments { float moments[]; };
layout(binding = 1) readonly buffer DY { float dy[]; };
layout(binding = 2) writeonly buffer DMoments { float dmoments[]; };
void main()
{
    uint i = flat_index();
    if (i >= n)
        return;
    uint at = mean_index(i);
    float logvar = moments[at + half_count], scale = dy[0] / float(batch);
    dmoments[at] = scale * moments[at];
    dmoments[at + half_count] = is_inside(logvar) ? 0.5 * scale * (exp(logvar) - 1.0) : 0.0;
}
