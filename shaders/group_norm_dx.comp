#version 450
// SPDX-License-Identifier: Apache-2.0
// dx = rstd (w g - mean(w g) - xhat mean(w g xhat))
#extension GL_GOOGLE_include_directive : require
#include "common.glsl"
#include "group_norm.glsl"
READS(0, x)
READS(1, dy)
READS(2, w)
READS(3, b)
layout(binding = 4) readonly buffer Stats { vec2 stats[]; };
layout(binding = 5) readonly buffer Means { vec2 means[]; };
WRITES(6, dx)
void main()
{
    uint i = flat_index();
    if (i >= n)
        return;
    uint plane = i / pixels, channel = plane % c, row = group_of(plane);
    vec2 s = stats[row], mean = means[row];
    float xhat = (x_at(i) - s.x) * s.y;
    float g = slope(dy_at(i), xhat * w_at(channel) + b_at(channel));
    set_dx(i, s.y * (w_at(channel) * g - mean.x - xhat * mean.y));
}
