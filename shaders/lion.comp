#version 450
// SPDX-License-Identifier: Apache-2.0
// One Lion step. hyper: lr, beta1, beta2, -, weight_decay, -, -, max_norm.
#extension GL_GOOGLE_include_directive : require
#include "common.glsl"
#include "step.glsl"
layout(push_constant) uniform Push { uint n, has_sum; };
layout(binding = 0) buffer Param { float param[]; };
layout(binding = 1) readonly buffer Grad { float grad[]; };
layout(binding = 2) buffer M { float m[]; };
layout(binding = 3) readonly buffer Hyper { float hyper[]; };
layout(binding = 4) readonly buffer Sum { float sum[]; };
void main()
{
    uint i = flat_index();
    if (i >= n || (has_sum != 0u && !step_is_finite(sum[0])))
        return;
    float lr = hyper[0];
    float g = grad[i] * (has_sum != 0u ? step_clip(hyper[7], sum[0]) : 1.0);
    float update = sign(hyper[1] * m[i] + step_rest(hyper[1]) * g);
    param[i] = param[i] * (1.0 - lr * hyper[4]) - lr * update;
    m[i] = hyper[2] * m[i] + step_rest(hyper[2]) * g;
}
