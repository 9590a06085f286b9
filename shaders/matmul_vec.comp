#version 450
// SPDX-License-Identifier: Apache-2.0
// The matrix product of matmul.glsl, four numbers at a time: every stride and every contiguous
// length is a multiple of 4.
#extension GL_GOOGLE_include_directive : require
#include "gemm_vec.glsl"
#include "storage.glsl"
layout(constant_id = 3) const bool TRANS_A = false;
layout(constant_id = 4) const bool TRANS_B = false;
layout(constant_id = 5) const bool BIAS_ALONG_ROWS = false;
layout(push_constant) uniform Push
{
    uint m, n, k;
    uint stride_a, stride_b, stride_out;
    uint batch, splits;
    uint has_bias;
};
READS4(0, a)
READS4(1, b)
READS(2, bias)
WRITES4(3, result)

uint base_a, base_b, base_out;

vec4 load_a4(uint row, uint at)
{
    return a_at4((base_a + (TRANS_A ? at * m + row : row * k + at)) / 4u);
}

vec4 load_b4(uint at, uint col)
{
    return b_at4((base_b + (TRANS_B ? col * k + at : at * n + col)) / 4u);
}

void store4(uint row, uint col, vec4 value)
{
    if (has_bias != 0u)
        value += BIAS_ALONG_ROWS
                     ? vec4(bias_at(row))
                     : vec4(bias_at(col), bias_at(col + 1u), bias_at(col + 2u), bias_at(col + 3u));
    set_result4((base_out + row * n + col) / 4u, value);
}

void main()
{
    uint item = gl_WorkGroupID.z / splits, split = gl_WorkGroupID.z % splits;
    base_a = item * stride_a;
    base_b = item * stride_b;
    base_out = split * batch * stride_out + item * stride_out;
    gemm(m, n, k, split, splits);
}
