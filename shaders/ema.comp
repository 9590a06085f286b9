#version 450
// SPDX-License-Identifier: Apache-2.0
// average += rate (param - average)
#extension GL_GOOGLE_include_directive : require
#include "common.glsl"
layout(push_constant) uniform Push { uint n; };
layout(binding = 0) buffer Average { float average[]; };
layout(binding = 1) readonly buffer Param { float param[]; };
layout(binding = 2) readonly buffer Rate { float rate[]; };
void main()
{
    uint i = flat_index();
    if (i < n)
        average[i] += rate[0] * (param[i] - average[i]);
}
