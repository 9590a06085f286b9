#version 450
// SPDX-License-Identifier: Apache-2.0
// y[p, i, j] = x[p, source(i), source(j)]
#extension GL_GOOGLE_include_directive : require
#include "common.glsl"
#include "upsample_nearest.glsl"
READS(0, x)
WRITES(1, y)
void main()
{
    uint k = flat_index();
    if (k >= n)
        return;
    uint j = k % ow, i = k / ow % oh, plane = k / ow / oh;
    set_y(k, x_at((plane * h + source(i, scale_h, h)) * w + source(j, scale_w, w)));
}
