#version 450
// SPDX-License-Identifier: Apache-2.0
// dx[p, i, j] = sum of dy over the places that (i, j) went to
#extension GL_GOOGLE_include_directive : require
#include "common.glsl"
#include "upsample_nearest.glsl"
READS(0, dy)
WRITES(1, dx)
void main()
{
    uint k = flat_index();
    if (k >= n)
        return;
    uint j = k % w, i = k / w % h, plane = k / w / h;
    uint bottom = first_of(i + 1u, scale_h, h, oh), right = first_of(j + 1u, scale_w, w, ow);
    uint left = first_of(j, scale_w, w, ow);
    float sum = 0.0;
    for (uint r = first_of(i, scale_h, h, oh); r < bottom; r++)
        for (uint c = left; c < right; c++)
            sum += dy_at((plane * oh + r) * ow + c);
    set_dx(k, sum);
}
