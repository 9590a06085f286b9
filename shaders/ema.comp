#version 450
// SPDX-License-Identifier: Apache-2.0
// average += rate (param - average), unless the step was none
#extension GL_GOOGLE_include_directive : require
#include "common.glsl"
#include "step.glsl"
layout(push_constant) uniform Push { uint n, has_sum; };
layout(binding = 0) buffer Average { float average[]; };
layout(binding = 1) readonly buffer Param { float param[]; };
layout(binding = 2) readonly buffer Rate { float rate[]; };
layout(binding = 3) readonly buffer Sum { float sum[]; };
void main()
{
    uint i = flat_index();
    if (i >= n || (has_sum != 0u && !step_is_finite(sum[0])))
        return;
    average[i] += rate[0] * (param[i] - average[i]);
}
