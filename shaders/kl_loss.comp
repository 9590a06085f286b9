#version 450
// SPDX-License-Identifier: Apache-2.0
// 0.5 sum(mean^2 + exp(logvar) - 1 - logvar) / batch: one work group, it is a latent
#extension GL_GOOGLE_include_directive : require
#include "reduce.glsl"
#include "storage.glsl"
#include "gaussian.glsl"
READS(0, moments)
WRITES(1, loss)
void main()
{
    float sum = 0.0, lost = 0.0; // compensated: Kahan
    for (uint i = gl_LocalInvocationID.x; i < n; i += 256u) {
        uint at = mean_index(i);
        float mean = moments_at(at), logvar = clamped(moments_at(at + half_count));
        precise float value = mean * mean + (exp(logvar) - 1.0 - logvar) - lost;
        precise float next = sum + value;
        lost = (next - sum) - value;
        sum = next;
    }
    float total = reduce_sum(sum);
    if (gl_LocalInvocationID.x == 0u)
        set_loss(0, 0.5 * total / float(batch));
}
