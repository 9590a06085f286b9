// SPDX-License-Identifier: Apache-2.0
// Nearest neighbour as PyTorch computes it: the scale is H / h in f32, made by the host.
layout(push_constant) uniform Push {
    uint n, h, w, oh, ow;
    float scale_h, scale_w;
};
uint source(uint i, float scale, uint size)
{
    precise float at = float(i) * scale;
    return min(uint(floor(at)), size - 1u);
}
// The first i whose source is s or more.
uint first_of(uint s, float scale, uint size, uint to)
{
    uint i = min(uint(float(s) / scale), to);
    while (i > 0u && source(i - 1u, scale, size) >= s)
        i--;
    while (i < to && source(i, scale, size) < s)
        i++;
    return s >= size ? to : i;
}
