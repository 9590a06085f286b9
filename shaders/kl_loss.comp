#version 450
// SPDX-License-Identifier: Apache-2.0
// 0.5 sum(mean^2 + exp(logvar) - 1 - logvar) / batch: one work group, it is a latent
#extension GL_GOOGLE_include_directive : require
#include "reduce.glsl"
#include "gaussian.glsl"
layout(binding = 0) readonly buffer Moments { float moments[]; };
layout(binding = 1) writeonly buffer Loss { float loss[]; };
void main()
{
    float sum = 0.0, lost = 0.0; // compensated: Kahan
    for (uint i = gl_LocalInvocationID.x; i < n; i += 256u) {
        uint at = mean_index(i);
        float mean = moments[at], logvar = clamped(moments[at + half_count]);
        precise float value = mean * mean + (exp(logvar) - 1.0 - logvar) - lost;
        precise float next = sum + value;
        lost = (next - sum) - value;
        sum = next;
    }
    float total = reduce_sum(sum);
    if (gl_LocalInvocationID.x == 0u)
        loss[0] = 0.5 * total / float(batch);
}
