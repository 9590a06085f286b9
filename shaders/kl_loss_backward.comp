#version 450
// SPDX-License-Identifier: Apache-2.0
// the gradients of mean and logvar
#extension GL_GOOGLE_include_directive : require
#include "common.glsl"
#include "gaussian.glsl"
READS(0, moments)
READS(1, dy)
WRITES(2, dmoments)
void main()
{
    uint i = flat_index();
    if (i >= n)
        return;
    uint at = mean_index(i);
    float logvar = moments_at(at + half_count), scale = dy_at(0) / float(batch);
    set_dmoments(at, scale * moments_at(at));
    set_dmoments(at + half_count, is_inside(logvar) ? 0.5 * scale * (exp(logvar) - 1.0) : 0.0);
}
