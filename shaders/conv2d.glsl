// SPDX-License-Identifier: Apache-2.0
// y[n] (M, OH*OW) = weight (M, C*R*S) times the unfolded x[n] (C*R*S, OH*OW), which exists only
// tile by tile.
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
    uint has_bias;
};
READS(0, x)
READS(1, weight)
READS(2, bias)
WRITES(3, y)

uint base_x, base_y;
int top, left; // of the window of this thread's pixel, in x

float load_a(uint row, uint k)
{
    return weight_at(row * (c * R * S) + k);
}

float load_b(uint k, uint col)
{
    uint tap = k % (R * S);
    int ih = top + int(tap / S), iw = left + int(tap % S);
    if (ih < 0 || iw < 0 || ih >= int(h) || iw >= int(w))
        return 0.0;
    return x_at(base_x + (k / (R * S) * h + uint(ih)) * w + uint(iw));
}

void store(uint row, uint col, float value)
{
    if (has_bias != 0u)
        value += bias_at(row);
    set_y(base_y + row * (oh * ow) + col, value);
}

void begin_step(uint k) {}

void main()
{
    uint item = gl_WorkGroupID.z / splits, split = gl_WorkGroupID.z % splits;
    uint pixel = loader_col();
    top = int(pixel / ow * STRIDE) - pad_top;
    left = int(pixel % ow * STRIDE) - pad_left;
    base_x = item * c * h * w;
    base_y = (split * n + item) * m * oh * ow;
    gemm(m, oh * ow, c * R * S, split, splits);
}
