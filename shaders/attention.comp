#version 450
// SPDX-License-Identifier: Apache-2.0
// o = softmax(q k' scale) v by head, lse = log of the sum of exp; see attention.glsl.
#extension GL_GOOGLE_include_directive : require
#include "attention.glsl"
#include "storage.glsl"
READS(0, q)
READS(1, key)
READS(2, value)
WRITES(3, o)
layout(binding = 4) writeonly buffer Lse { float lse[]; };

const float NEVER = -1e30;
float top[4], total[4]; // running maximum; this thread's share of the running sum

uint n_x()
{
    return t;
}

uint n_y()
{
    return s;
}

float load_x(uint which, uint row, uint k)
{
    return q_at(place(t, row, k));
}

float load_y(uint which, uint col, uint k)
{
    return key_at(place(s, col, k));
}

float load_z(uint col, uint column)
{
    return value_at(place(s, col, column));
}

// Each row's reduction over the eight threads that share it.
void spread(float mine[4])
{
    barrier();
    for (uint i = 0u; i < 4u; i++)
        stage[tile_row(i) * 8u + lane_x()] = mine[i];
    barrier();
}

float row_top(uint i)
{
    float most = stage[tile_row(i) * 8u];
    for (uint lane = 1u; lane < 8u; lane++)
        most = max(most, stage[tile_row(i) * 8u + lane]);
    return most;
}

float row_total(uint i)
{
    float sum = 0.0;
    for (uint lane = 0u; lane < 8u; lane++)
        sum += stage[tile_row(i) * 8u + lane];
    return sum;
}

void tile(uint y0)
{
    float score[16], mine[4];
    product(0u, y0, score);
    for (uint i = 0u; i < 4u; i++) {
        mine[i] = NEVER;
        for (uint j = 0u; j < 4u; j++) {
            uint col = y0 + lane_x() + 8u * j;
            bool visible = col < s && (!CAUSAL || col <= first_row() + tile_row(i));
            score[i * 4u + j] = visible ? score[i * 4u + j] * scale : NEVER;
            mine[i] = max(mine[i], score[i * 4u + j]);
        }
    }
    spread(mine);
    for (uint i = 0u; i < 4u; i++) {
        float next = max(top[i], row_top(i)), shrink = exp(top[i] - next);
        top[i] = next;
        total[i] *= shrink;
        for (uint j = 0u; j < 4u; j++) {
            float p = exp(score[i * 4u + j] - next);
            total[i] += p;
            weight[tile_row(i) * WEIGHT_PITCH + lane_x() + 8u * j] = p;
        }
        for (uint n = 0u; n < CHUNK / 8u * CHUNKS; n++)
            sums[n * 4u + i] *= shrink;
    }
    accumulate(y0);
}

void main()
{
    clear_sums();
    for (uint i = 0u; i < 4u; i++) {
        top[i] = NEVER;
        total[i] = 0.0;
    }
    uint end = CAUSAL ? min(s, first_row() + ROWS) : s;
    for (uint y0 = 0u; y0 < end; y0 += COLS)
        tile(y0);
    spread(total);
    for (uint i = 0u; i < 4u; i++) {
        uint row = first_row() + tile_row(i);
        if (row >= t)
            continue;
        float sum = row_total(i);
        for (uint n = 0u; n < CHUNK / 8u * CHUNKS; n++) {
            uint column = slice_column() + n * 8u + lane_x();
            if (column < D)
                set_o(place(t, row, column), sums[n * 4u + i] / sum);
        }
        if (slice_column() == 0u && lane_x() == 0u)
            lse[query_place(row)] = top[i] + log(sum);
    }
}
