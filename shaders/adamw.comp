#version 450
// SPDX-License-Identifier: Apache-2.0
// One AdamW step. hyper: lr, beta1, beta2, eps, weight_decay, 1 - beta1^t, 1 - beta2^t, max_norm.
#extension GL_GOOGLE_include_directive : require
#include "common.glsl"
#include "step.glsl"
layout(push_constant) uniform Push { uint n, has_sum; };
layout(binding = 0) buffer Param { float param[]; };
layout(binding = 1) readonly buffer Grad { float grad[]; };
layout(binding = 2) buffer M { float m[]; };
layout(binding = 3) buffer V { float v[]; };
layout(binding = 4) readonly buffer Hyper { float hyper[]; };
layout(binding = 5) readonly buffer Sum { float sum[]; };
void main()
{
    uint i = flat_index();
    if (i >= n || (has_sum != 0u && !step_is_finite(sum[0])))
        return;
    float lr = hyper[0], clip = has_sum != 0u ? step_clip(hyper[7], sum[0]) : 1.0;
    float g = grad[i] * clip;
    float next_m = hyper[1] * m[i] + step_rest(hyper[1]) * g;
    float next_v = hyper[2] * v[i] + step_rest(hyper[2]) * g * g;
    float denominator = sqrt(next_v) / sqrt(hyper[6]) + hyper[3];
    m[i] = next_m;
    v[i] = next_v;
    param[i] = param[i] * (1.0 - lr * hyper[4]) - lr / hyper[5] * next_m / denominator;
}
