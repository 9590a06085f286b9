#version 450
// SPDX-License-Identifier: Apache-2.0
// y[p, i, j] = x[p, source(i), source(j)]
#extension GL_GOOGLE_include_directive : require
#include "common.glsl"
#include "upsample_nearest.glsl"
layout(binding = 0) readonly buffer X { float x[]; };
layout(binding = 1) writeonly buffer Y { float y[]; };
void main()
{
    uint k = flat_index();
    if (k >= n)
        return;
    uint j = k % ow, i = k / ow % oh, plane = k / ow / oh;
    y[k] = x[(plane * h + source(i, scale_h, h)) * w + source(j, scale_w, w)];
}
