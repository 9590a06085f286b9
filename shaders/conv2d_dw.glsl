// SPDX-License-Identifier: Apache-2.0
// dw (M, C*R*S) = dy (M, N*OH*OW) times the unfolded x (N*OH*OW, C*R*S). The sum over pixels is
// long and dw small: it is split, and sum_partials adds the parts in their order.
#include "gemm.glsl"
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
};
READS(0, x)
READS(1, dy)
WRITES(2, dw)

uint base_dw;
uint offset_dy, offset_x; // of the step's pixel (n, oh, ow) in dy at row 0 and in x at channel 0
int top, left;            // of its window in x

void begin_step(uint k)
{
    uint pixels = oh * ow, item = k / pixels, pixel = k % pixels;
    offset_dy = item * m * pixels + pixel;
    offset_x = item * c * h * w;
    top = int(pixel / ow * STRIDE) - pad_top;
    left = int(pixel % ow * STRIDE) - pad_left;
}

float load_a(uint row, uint k)
{
    return dy_at(offset_dy + row * (oh * ow));
}

float load_b(uint k, uint col)
{
    uint tap = col % (R * S);
    int ih = top + int(tap / S), iw = left + int(tap % S);
    if (ih < 0 || iw < 0 || ih >= int(h) || iw >= int(w))
        return 0.0;
    return x_at(offset_x + (col / (R * S) * h + uint(ih)) * w + uint(iw));
}

void store(uint row, uint col, float value)
{
    set_dw(base_dw + row * (c * R * S) + col, value);
}

void main()
{
    base_dw = gl_WorkGroupID.z * m * c * R * S;
    gemm(m, c * R * S, n * oh * ow, gl_WorkGroupID.z, splits);
}
