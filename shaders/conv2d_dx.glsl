// SPDX-License-Identifier: Apache-2.0
// dx[n] (C, H*W) from dy[n] (M, OH*OW). The pixels of x fall into STRIDE x STRIDE phases; those of
// one phase meet the same taps of the kernel, so each phase is a matrix product with k over M and
// those taps: r = first_r + STRIDE j, and row h = phase_h + STRIDE i meets dy's row i + shift_h - j.
#include "gemm.glsl"
#include "storage.glsl"
layout(constant_id = 3) const uint R = 3u;
layout(constant_id = 4) const uint S = 3u;
layout(constant_id = 5) const uint STRIDE = 1u;
layout(push_constant) uniform Push
{
    uint n, c, h, w;
    uint m, oh, ow;
    uint pad_top, pad_left;
    uint splits;
};
READS(0, dy)
READS(1, weight)
WRITES(2, dx)

uint base_dy, base_dx;
uint phase_h, phase_w, phase_cols; // phase_cols: pixels of the phase along w
uint first_r, first_s, n_r, n_s;   // the taps of the phase
int pixel_h, pixel_w;              // of this thread's pixel, in dy, at tap 0

float load_a(uint row, uint k)
{
    uint taps = n_r * n_s, tap = k % taps;
    uint r = first_r + STRIDE * (tap / n_s), s = first_s + STRIDE * (tap % n_s);
    return weight_at(((k / taps * c + row) * R + r) * S + s);
}

float load_b(uint k, uint col)
{
    uint taps = n_r * n_s, tap = k % taps;
    int y = pixel_h - int(tap / n_s), x = pixel_w - int(tap % n_s);
    if (y < 0 || x < 0 || y >= int(oh) || x >= int(ow))
        return 0.0;
    return dy_at(base_dy + (k / taps * oh + uint(y)) * ow + uint(x));
}

void store(uint row, uint col, float value)
{
    uint y = phase_h + STRIDE * (col / phase_cols), x = phase_w + STRIDE * (col % phase_cols);
    set_dx(base_dx + (row * h + y) * w + x, value);
}

void begin_step(uint k) {}

uint taps_from(uint first, uint size)
{
    return STRIDE == 1u ? size : (first < size ? (size - first + STRIDE - 1u) / STRIDE : 0u);
}

void main()
{
    uint z = gl_WorkGroupID.z;
    uint phase = z % (STRIDE * STRIDE), split = z / (STRIDE * STRIDE) % splits;
    uint item = z / (STRIDE * STRIDE) / splits;
    phase_h = phase / STRIDE;
    phase_w = phase % STRIDE;
    first_r = (phase_h + pad_top) % STRIDE;
    first_s = (phase_w + pad_left) % STRIDE;
    n_r = taps_from(first_r, R);
    n_s = taps_from(first_s, S);
    uint rows = phase_h < h ? (h - phase_h + STRIDE - 1u) / STRIDE : 0u;
    phase_cols = phase_w < w ? (w - phase_w + STRIDE - 1u) / STRIDE : 0u;
    uint pixel = loader_col(), width = max(phase_cols, 1u);
    pixel_h = int(pixel / width + (phase_h + pad_top - first_r) / STRIDE);
    pixel_w = int(pixel % width + (phase_w + pad_left - first_s) / STRIDE);
    base_dy = item * m * oh * ow;
    base_dx = (split * n + item) * c * h * w;
    gemm(c, rows * phase_cols, m * n_r * n_s, split, splits);
}
