#version 450
// SPDX-License-Identifier: Apache-2.0
// One AdamW step with moments of 8 bits, a work group for each block of 256 elements. hyper as
// adamw.comp. The codes are those of compute/ops/adamw8.c: m signed, v unsigned.
#extension GL_GOOGLE_include_directive : require
#include "step.glsl"
layout(local_size_x = 256) in;
layout(push_constant) uniform Push { uint n, has_sum; };
layout(binding = 0) buffer Param { float param[]; };
layout(binding = 1) readonly buffer Grad { float grad[]; };
layout(binding = 2) buffer M { uint m[]; };
layout(binding = 3) buffer V { uint v[]; };
layout(binding = 4) buffer MaxM { float max_m[]; };
layout(binding = 5) buffer MaxV { float max_v[]; };
layout(binding = 6) readonly buffer Hyper { float hyper[]; };
layout(binding = 7) readonly buffer Sum { float sum[]; };
shared float code_value[2][256];
shared float largest[2][256];
shared uint codes[2][256];

const float power[7] = float[7](1e-6, 1e-5, 1e-4, 1e-3, 1e-2, 1e-1, 1.0);

// The value between the steps of a decade that holds 2^bits of them.
float decade_value(uint decade, uint bits, uint step)
{
    return power[decade] * (0.1 + 0.9 * (float(step) + 0.5) / float(1u << bits));
}
float unsigned_value(uint code)
{
    if (code == 0u || code == 255u)
        return code == 0u ? 0.0 : 1.0;
    uint decade = uint(findMSB(code + 1u)) - 1u;
    return decade_value(decade, decade + 1u, code + 1u - (2u << decade));
}
float signed_value(uint code)
{
    if (code == 127u || code == 255u)
        return code == 127u ? 0.0 : 1.0;
    uint rank = code > 127u ? code - 127u : 127u - code;
    uint decade = uint(findMSB(rank));
    float value = decade_value(decade, decade, rank - (1u << decade));
    return code > 127u ? value : -value;
}
// The nearest code: the last whose value is at most x, or the next one.
uint nearest(uint which, float x)
{
    uint low = 0u;
    for (uint width = 128u; width > 0u; width >>= 1)
        low += low + width < 256u && code_value[which][low + width] <= x ? width : 0u;
    if (low < 255u && code_value[which][low + 1u] - x < x - code_value[which][low])
        low++;
    return low;
}
void main()
{
    uint lane = gl_LocalInvocationID.x;
    uint block = gl_WorkGroupID.y * 65535u + gl_WorkGroupID.x, i = block * 256u + lane;
    if (block * 256u >= n || (has_sum != 0u && !step_is_finite(sum[0])))
        return; // the whole group
    code_value[0][lane] = signed_value(lane);
    code_value[1][lane] = unsigned_value(lane);
    barrier();
    float next_m = 0.0, next_v = 0.0;
    if (i < n) {
        uint shift = 8u * (i & 3u);
        float g = grad[i] * (has_sum != 0u ? step_clip(hyper[7], sum[0]) : 1.0);
        float old_m = code_value[0][m[i >> 2] >> shift & 255u] * max_m[block];
        float old_v = code_value[1][v[i >> 2] >> shift & 255u] * max_v[block];
        next_m = hyper[1] * old_m + step_rest(hyper[1]) * g;
        next_v = hyper[2] * old_v + step_rest(hyper[2]) * g * g;
        float root = sqrt(hyper[6]), lr = hyper[0];
        float p = param[i] - lr * root / hyper[5] * (next_m / (sqrt(next_v) + root * hyper[3]));
        param[i] = p * (1.0 - lr * hyper[4]);
    }
    largest[0][lane] = abs(next_m);
    largest[1][lane] = next_v;
    for (uint half_size = 128u; half_size > 0u; half_size >>= 1) {
        barrier();
        if (lane < half_size) {
            largest[0][lane] = max(largest[0][lane], largest[0][lane + half_size]);
            largest[1][lane] = max(largest[1][lane], largest[1][lane + half_size]);
        }
    }
    barrier();
    float top_m = largest[0][0], top_v = largest[1][0];
    uint code = top_m > 0.0 ? nearest(0u, next_m / top_m) : 127u;
    if (next_m < 0.0 && code == 127u)
        code = 126u; // as bitsandbytes: what is negative does not become 0
    codes[0][lane] = code;
    codes[1][lane] = top_v > 0.0 ? nearest(1u, next_v / top_v) : 0u;
    barrier();
    if (lane == 0u) {
        max_m[block] = top_m;
        max_v[block] = top_v;
    }
    if ((lane & 3u) == 0u && i < n) {
        m[i >> 2] = codes[0][lane] | codes[0][lane + 1u] << 8 | codes[0][lane + 2u] << 16 |
                    codes[0][lane + 3u] << 24;
        v[i >> 2] = codes[1][lane] | codes[1][lane + 1u] << 8 | codes[1][lane + 2u] << 16 |
                    codes[1][lane + 3u] << 24;
    }
}
