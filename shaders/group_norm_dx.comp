#version 450
// SPDX-License-Identifier: Apache-2.0
// dx = rstd (w g - mean(w g) - xhat mean(w g xhat))
#extension GL_GOOGLE_include_directive : require
#include "common.glsl"
#include "group_norm.glsl"
layout(binding = 0) readonly buffer X { float x[]; };
layout(binding = 1) readonly buffer DY { float dy[]; };
layout(binding = 2) readonly buffer W { float w[]; };
layout(binding = 3) readonly buffer B { float b[]; };
layout(binding = 4) readonly buffer Stats { vec2 stats[]; };
layout(binding = 5) readonly buffer Means { vec2 means[]; };
layout(binding = 6) writeonly buffer DX { float dx[]; };
void main()
{
    uint i = flat_index();
    if (i >= n)
        return;
    uint plane = i / pixels, channel = plane % c, row = group_of(plane);
    vec2 s = stats[row], mean = means[row];
    float xhat = (x[i] - s.x) * s.y;
    float g = slope(dy[i], xhat * w[channel] + b[channel]);
    dx[i] = s.y * (w[channel] * g - mean.x - xhat * mean.y);
}
