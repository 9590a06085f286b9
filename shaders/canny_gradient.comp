#version 450
// SPDX-License-Identifier: Apache-2.0
// Sobel's gradient of each pixel, of the channel where it is largest: its magnitude, and both parts
// in one word (dx low, dy high)
#extension GL_GOOGLE_include_directive : require
#include "common.glsl"
#include "canny.glsl"
layout(binding = 0) readonly buffer Words { uint word[]; };
layout(binding = 1) writeonly buffer Magnitude { int magnitude[]; };
layout(binding = 2) writeonly buffer Slope { uint slope[]; };
int byte_at(int row, int column, int channel)
{
    row = clamp(row, 0, height - 1);
    column = clamp(column, 0, width - 1);
    uint i = uint((row * width + column) * n_channels + channel);
    return int((word[i / 4u] >> (i % 4u * 8u)) & 255u);
}
void main()
{
    uint i = flat_index();
    if (i >= uint(width * height))
        return;
    int row = int(i) / width, column = int(i) % width;
    int best = -1, best_dx = 0, best_dy = 0;
    for (int c = 0; c < n_channels; c++) {
        int a = byte_at(row - 1, column - 1, c), b = byte_at(row - 1, column + 1, c);
        int e = byte_at(row + 1, column - 1, c), f = byte_at(row + 1, column + 1, c);
        int dx = b + f - a - e + 2 * (byte_at(row, column + 1, c) - byte_at(row, column - 1, c));
        int dy = e + f - a - b + 2 * (byte_at(row + 1, column, c) - byte_at(row - 1, column, c));
        int m = l2_gradient != 0 ? dx * dx + dy * dy : abs(dx) + abs(dy);
        if (m > best) {
            best = m;
            best_dx = dx;
            best_dy = dy;
        }
    }
    magnitude[i] = best;
    slope[i] = (uint(best_dx) & 0xffffu) | (uint(best_dy) << 16);
}
