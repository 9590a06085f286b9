#version 450
// SPDX-License-Identifier: Apache-2.0
// Keeps what is larger than its neighbours along the gradient: 0 weak, 1 no edge, 2 edge
#extension GL_GOOGLE_include_directive : require
#include "common.glsl"
#include "canny.glsl"
layout(binding = 0) readonly buffer Magnitude { int magnitude[]; };
layout(binding = 1) readonly buffer Slope { uint slope[]; };
layout(binding = 2) writeonly buffer Map { int map[]; };
int magnitude_at(int row, int column)
{
    bool inside = row >= 0 && row < height && column >= 0 && column < width;
    return inside ? magnitude[row * width + column] : 0;
}
void main()
{
    uint i = flat_index();
    if (i >= uint(width * height))
        return;
    int row = int(i) / width, column = int(i) % width, m = magnitude[i];
    int xs = int(slope[i] << 16) >> 16, ys = int(slope[i]) >> 16;
    int x = abs(xs), y = abs(ys) << 15, tg22x = x * 13573, tg67x = tg22x + (x << 16);
    bool largest;
    if (y < tg22x) {
        largest = m > magnitude_at(row, column - 1) && m >= magnitude_at(row, column + 1);
    } else if (y > tg67x) {
        largest = m > magnitude_at(row - 1, column) && m >= magnitude_at(row + 1, column);
    } else {
        int s = (xs ^ ys) < 0 ? -1 : 1;
        largest = m > magnitude_at(row - 1, column - s) && m > magnitude_at(row + 1, column + s);
    }
    map[i] = m > low && largest ? (m > high ? 2 : 0) : 1;
}
