// SPDX-License-Identifier: Apache-2.0
// out[b] (m, n) = op(a[b]) (m, k) op(b[b]) (k, n) + bias; partial sums where splits > 1.
#include "gemm.glsl"
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
READS(0, a)
READS(1, b)
READS(2, bias)
WRITES(3, result)

uint base_a, base_b, base_out;

float load_a(uint row, uint at)
{
    return a_at(base_a + (TRANS_A ? at * m + row : row * k + at));
}

float load_b(uint at, uint col)
{
    return b_at(base_b + (TRANS_B ? col * k + at : at * n + col));
}

void store(uint row, uint col, float value)
{
    if (has_bias != 0u)
        value += bias_at(BIAS_ALONG_ROWS ? row : col);
    set_result(base_out + row * n + col, value);
}

void begin_step(uint at) {}

void main()
{
    uint item = gl_WorkGroupID.z / splits, split = gl_WorkGroupID.z % splits;
    base_a = item * stride_a;
    base_b = item * stride_b;
    base_out = split * batch * stride_out + item * stride_out;
    gemm(m, n, k, split, splits);
}
