#version 450
// SPDX-License-Identifier: Apache-2.0
// One of attention's gradients (FlashAttention-2): with p = exp(q k' scale - lse), u the gradient
// of o, ds = p (u v' - delta) scale:
//   dq = ds k    rows: queries, x = q, x2 = u, y = k, y2 = v, z = k
//   dk = ds' q   rows: keys,    x = k, x2 = v, y = q, y2 = u, z = q
//   dv = p' u    rows: keys,    x = k,         y = q,         z = u
#extension GL_GOOGLE_include_directive : require
#include "attention.glsl"
#include "storage.glsl"
layout(constant_id = 4) const bool ROWS_ARE_QUERIES = true;
layout(constant_id = 5) const bool WITH_DS = true; // else p
READS(0, x)
READS(1, x2)
READS(2, y)
READS(3, y2)
READS(4, z)
layout(binding = 5) readonly buffer Lse { float lse[]; };
layout(binding = 6) readonly buffer Delta { float delta[]; };
WRITES(7, dx)

uint n_x()
{
    return ROWS_ARE_QUERIES ? t : s;
}

uint n_y()
{
    return ROWS_ARE_QUERIES ? s : t;
}

float load_x(uint which, uint row, uint k)
{
    uint at = place(n_x(), row, k);
    return which == 0u ? x_at(at) : x2_at(at);
}

float load_y(uint which, uint col, uint k)
{
    uint at = place(n_y(), col, k);
    return which == 0u ? y_at(at) : y2_at(at);
}

float load_z(uint col, uint column)
{
    return z_at(place(n_y(), col, column));
}

float weight_of(uint row, uint col, float score, float dp)
{
    uint query = ROWS_ARE_QUERIES ? row : col, key = ROWS_ARE_QUERIES ? col : row;
    if (query >= t || key >= s || (CAUSAL && key > query))
        return 0.0;
    float p = exp(score * scale - lse[query_place(query)]);
    return WITH_DS ? p * (dp - delta[query_place(query)]) * scale : p;
}

void tile(uint y0)
{
    float score[16], dp[16];
    product(0u, y0, score);
    if (WITH_DS)
        product(1u, y0, dp);
    for (uint i = 0u; i < 4u; i++) {
        for (uint j = 0u; j < 4u; j++) {
            uint col = lane_x() + 8u * j;
            weight[tile_row(i) * WEIGHT_PITCH + col] =
                weight_of(first_row() + tile_row(i), y0 + col, score[i * 4u + j],
                          WITH_DS ? dp[i * 4u + j] : 0.0);
        }
    }
    accumulate(y0);
}

void main()
{
    clear_sums();
    uint begin = 0u, end = n_y();
    if (CAUSAL && ROWS_ARE_QUERIES)
        end = min(end, first_row() + ROWS);
    else if (CAUSAL)
        begin = first_row();
    for (uint y0 = begin; y0 < end; y0 += COLS)
        tile(y0);
    for (uint i = 0u; i < 4u; i++) {
        uint row = first_row() + tile_row(i);
        for (uint n = 0u; n < CHUNK / 8u * CHUNKS && row < n_x(); n++) {
            uint column = slice_column() + n * 8u + lane_x();
            if (column < D)
                set_dx(place(n_x(), row, column), sums[n * 4u + i]);
        }
    }
}
