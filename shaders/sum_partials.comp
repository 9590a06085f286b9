#version 450
// SPDX-License-Identifier: Apache-2.0
// y[i] = bias[i / inner % n_bias] + sum over s of part[s][i], in the order of s.
#extension GL_GOOGLE_include_directive : require
#include "common.glsl"
layout(push_constant) uniform Push { uint n, splits, inner, n_bias, has_bias; };
layout(binding = 0) readonly buffer Part { float part[]; };
READS(1, bias)
WRITES(2, y)
void main()
{
    uint i = flat_index();
    if (i >= n)
        return;
    float sum = 0.0;
    for (uint s = 0u; s < splits; s++)
        sum += part[s * n + i];
    if (has_bias != 0u)
        sum += bias_at(i / inner % n_bias);
    set_y(i, sum);
}
