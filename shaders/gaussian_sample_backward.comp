#version 450
// SPDX-License-Identifier: Apache-2.0
// the gradients of mean, logvar and eps
#extension GL_GOOGLE_include_directive : require
#include "common.glsl"
#include "gaussian.glsl"
READS(0, moments)
READS(1, eps)
READS(2, dy)
WRITES(3, dmoments)
WRITES(4, deps)
void main()
{
    uint i = flat_index();
    if (i >= n)
        return;
    uint at = mean_index(i);
    float logvar = moments_at(at + half_count), std = exp(0.5 * clamped(logvar));
    set_dmoments(at, dy_at(i));
    set_dmoments(at + half_count, is_inside(logvar) ? 0.5 * std * eps_at(i) * dy_at(i) : 0.0);
    set_deps(i, std * dy_at(i));
}
