#version 450
// SPDX-License-Identifier: Apache-2.0
// The convolution of conv2d.glsl with weights and results four at a time: C * R * S and OH * OW are
// multiples of 4.
#extension GL_GOOGLE_include_directive : require
#define GEMM_B_SCALAR
#include "gemm_vec.glsl"
#include "storage.glsl"
layout(constant_id = 3) const uint R = 3u;
layout(constant_id = 4) const uint S = 3u;
layout(constant_id = 5) const uint STRIDE = 1u;
layout(push_constant) uniform Push
{
    uint n, c, h, w;
    uint m, oh, ow;
    int pad_top, pad_left;
    uint splits;
    uint has_bias;
};
READS(0, x)
READS4(1, weight)
READS(2, bias)
WRITES4(3, y)

uint base_x, base_y;
int top, left; // of the window of this thread's pixel, in x: a thread's loads share one column

vec4 load_a4(uint row, uint k)
{
    return weight_at4((row * (c * R * S) + k) / 4u);
}

float load_b(uint k, uint col)
{
    uint tap = k % (R * S);
    int ih = top + int(tap / S), iw = left + int(tap % S);
    if (ih < 0 || iw < 0 || ih >= int(h) || iw >= int(w))
        return 0.0;
    return x_at(base_x + (k / (R * S) * h + uint(ih)) * w + uint(iw));
}

void store4(uint row, uint col, vec4 value)
{
    if (has_bias != 0u)
        value += bias_at(row);
    set_y4((base_y + row * (oh * ow) + col) / 4u, value);
}

void main()
{
    uint item = gl_WorkGroupID.z / splits, split = gl_WorkGroupID.z % splits;
    uint pixel = first_col() + gl_LocalInvocationID.x % TILE_N;
    top = int(pixel / ow * STRIDE) - pad_top;
    left = int(pixel % ow * STRIDE) - pad_left;
    base_x = item * c * h * w;
    base_y = (split * n + item) * m * oh * ow;
    gemm(m, oh * ow, c * R * S, split, splits);
}
