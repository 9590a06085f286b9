// SPDX-License-Identifier: Apache-2.0
// What attention forward and backward share: a tile of 64 rows x 32 columns of scores, made by 128
// threads, 4 x 4 each, from tiles of two (n, D) matrices; then times a third matrix into each
// thread's sums: 4 rows x WIDTH / 8 columns. The head's output columns are cut into slices of
// WIDTH = CHUNK * CHUNKS; a work group makes one slice of one row tile.
layout(local_size_x = 128) in;
layout(constant_id = 0) const uint D = 8u;      // columns of a head
layout(constant_id = 1) const uint CHUNK = 8u;  // columns staged at a time, 8 .. 48
layout(constant_id = 2) const uint CHUNKS = 1u; // in a slice
layout(constant_id = 3) const bool CAUSAL = false;
layout(push_constant) uniform Push { uint t, s, c, heads, n_tiles; float scale; };

const uint ROWS = 64u, COLS = 32u, DEPTH = 16u;
const uint PITCH = 17u, WEIGHT_PITCH = 33u; // against bank conflicts
shared float stage[(64u + 32u) * 17u];
shared float weight[64u * 33u];
float sums[4u * (CHUNK / 8u) * CHUNKS];

// From the including shader. which: 0 for the scores, 1 for the gradient of the probabilities.
float load_x(uint which, uint row, uint k); // row < n_x()
float load_y(uint which, uint col, uint k); // col < n_y()
float load_z(uint col, uint column);        // col < n_y()
uint n_x();
uint n_y();

uint lane_x() // which columns of the tile are this thread's: lane_x() + 8 j
{
    return gl_LocalInvocationID.x % 8u;
}

uint tile_row(uint i) // which rows
{
    return gl_LocalInvocationID.x / 8u * 4u + i;
}

uint first_row()
{
    return gl_WorkGroupID.x % n_tiles * ROWS;
}

uint slice_column()
{
    return gl_WorkGroupID.x / n_tiles * CHUNK * CHUNKS;
}

// Element (row, k) of this work group's head in a (B, n, C) matrix.
uint place(uint n, uint row, uint k)
{
    return (gl_WorkGroupID.z * n + row) * c + gl_WorkGroupID.y * D + k;
}

// Element of a (B, heads, T) vector.
uint query_place(uint query)
{
    return (gl_WorkGroupID.z * heads + gl_WorkGroupID.y) * t + query;
}

void product(uint which, uint y0, out float score[16])
{
    for (uint i = 0u; i < 16u; i++)
        score[i] = 0.0;
    for (uint k0 = 0u; k0 < D; k0 += DEPTH) {
        barrier();
        for (uint i = gl_LocalInvocationID.x; i < ROWS * DEPTH; i += 128u) {
            uint row = first_row() + i / DEPTH, k = k0 + i % DEPTH;
            float value = 0.0;
            if (row < n_x() && k < D)
                value = load_x(which, row, k);
            stage[i / DEPTH * PITCH + i % DEPTH] = value;
        }
        for (uint i = gl_LocalInvocationID.x; i < COLS * DEPTH; i += 128u) {
            uint col = y0 + i / DEPTH, k = k0 + i % DEPTH;
            float value = 0.0;
            if (col < n_y() && k < D)
                value = load_y(which, col, k);
            stage[(ROWS + i / DEPTH) * PITCH + i % DEPTH] = value;
        }
        barrier();
        for (uint k = 0u; k < DEPTH; k++) {
            float x[4];
            for (uint i = 0u; i < 4u; i++)
                x[i] = stage[tile_row(i) * PITCH + k];
            for (uint j = 0u; j < 4u; j++) {
                float y = stage[(ROWS + lane_x() + 8u * j) * PITCH + k];
                for (uint i = 0u; i < 4u; i++)
                    score[i * 4u + j] += x[i] * y;
            }
        }
    }
}

// sums += weight (64, 32) z (32, slice)
void accumulate(uint y0)
{
    for (uint chunk = 0u; chunk < CHUNKS; chunk++) {
        barrier();
        for (uint i = gl_LocalInvocationID.x; i < COLS * CHUNK; i += 128u) {
            uint col = y0 + i / CHUNK, column = slice_column() + chunk * CHUNK + i % CHUNK;
            float value = 0.0;
            if (col < n_y() && column < D)
                value = load_z(col, column);
            stage[i] = value;
        }
        barrier();
        for (uint k = 0u; k < COLS; k++) {
            float w[4];
            for (uint i = 0u; i < 4u; i++)
                w[i] = weight[tile_row(i) * WEIGHT_PITCH + k];
            for (uint n = 0u; n < CHUNK / 8u; n++) {
                float z = stage[k * CHUNK + lane_x() + 8u * n];
                for (uint i = 0u; i < 4u; i++)
                    sums[(chunk * (CHUNK / 8u) + n) * 4u + i] += w[i] * z;
            }
        }
    }
}

void clear_sums()
{
    for (uint i = 0u; i < 4u * (CHUNK / 8u) * CHUNKS; i++)
        sums[i] = 0.0;
}
