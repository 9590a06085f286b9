// SPDX-License-Identifier: Apache-2.0
// The matrix product of gemm.glsl in tiles of GEMM_LARGE's size, four numbers a load, a store and a
// word of shared memory; what the next step needs is loaded into registers before this step's sums.
// Each sum is that of gemm.glsl, in its order. The including shader gives, each 4 numbers along the
// way that is contiguous in memory, whose length is a multiple of 4:
#extension GL_EXT_control_flow_attributes : require
layout(local_size_x = 256) in;
vec4 load_a4(uint row, uint k); // (row, k .. k + 3) with A_ALONG_K, else (row .. row + 3, k)
#ifdef GEMM_B_SCALAR
float load_b(uint k, uint col);
#else
vec4 load_b4(uint k, uint col);
#endif
void store4(uint row, uint col, vec4 value); // cols is a multiple of 4

layout(constant_id = 0) const uint THREADS_M = 16u; // 8: tiles of 64 x 256, 16: 128 x 128, 32: 256 x 64
layout(constant_id = 1) const bool A_ALONG_K = true;
layout(constant_id = 2) const bool B_ALONG_K = false;
const uint HALF_M = 4u * THREADS_M;
const uint HALF_N = 1024u / THREADS_M;
const uint TILE_M = 2u * HALF_M;
const uint TILE_N = 2u * HALF_N;
const uint DEPTH = 8u;
const uint PITCH_A = TILE_M / 4u + 1u; // in words of four
const uint PITCH_B = TILE_N / 4u + 1u;
shared vec4 tile_a[DEPTH * PITCH_A];
shared vec4 tile_b[DEPTH * PITCH_B];
const uint LOADS_A = (TILE_M * DEPTH / 4u + 255u) / 256u; // of a thread, a step
const uint LOADS_B = (TILE_N * DEPTH / 4u + 255u) / 256u;
vec4 next_a[LOADS_A], next_b[LOADS_B];

uint first_row()
{
    return gl_WorkGroupID.y * TILE_M;
}

uint first_col()
{
    return gl_WorkGroupID.x * TILE_N;
}

// Which four numbers load i is: x along the tile's rows or columns, y along k.
uvec2 place(uint i, uint tile, bool along_k)
{
    return along_k ? uvec2(i / (DEPTH / 4u), i % (DEPTH / 4u) * 4u)
                   : uvec2(i % (tile / 4u) * 4u, i / (tile / 4u));
}

void fetch(uint rows, uint cols, uint k0, uint k_end)
{
    [[unroll]] for (uint j = 0u; j < LOADS_A; j++) {
        uvec2 at = place(gl_LocalInvocationID.x + 256u * j, TILE_M, A_ALONG_K);
        next_a[j] = vec4(0.0);
        if (at.x < TILE_M && at.y < DEPTH && first_row() + at.x < rows && k0 + at.y < k_end)
            next_a[j] = load_a4(first_row() + at.x, k0 + at.y);
    }
    [[unroll]] for (uint j = 0u; j < LOADS_B; j++) {
#ifdef GEMM_B_SCALAR
        // Neighbouring threads take neighbouring columns; k goes up with the four numbers.
        uint i = gl_LocalInvocationID.x + 256u * j, col = first_col() + i % TILE_N;
        uint k = k0 + i / TILE_N * 4u;
        [[unroll]] for (uint l = 0u; l < 4u; l++) {
            next_b[j][l] = 0.0;
            if (i / TILE_N < DEPTH / 4u && col < cols && k + l < k_end)
                next_b[j][l] = load_b(k + l, col);
        }
#else
        uvec2 at = place(gl_LocalInvocationID.x + 256u * j, TILE_N, B_ALONG_K);
        next_b[j] = vec4(0.0);
        if (at.x < TILE_N && at.y < DEPTH && first_col() + at.x < cols && k0 + at.y < k_end)
            next_b[j] = load_b4(k0 + at.y, first_col() + at.x);
#endif
    }
}

void put()
{
    [[unroll]] for (uint j = 0u; j < LOADS_A; j++) {
        uvec2 at = place(gl_LocalInvocationID.x + 256u * j, TILE_M, A_ALONG_K);
        if (at.x >= TILE_M || at.y >= DEPTH)
            continue;
        if (!A_ALONG_K)
            tile_a[at.y * PITCH_A + at.x / 4u] = next_a[j];
        else
            [[unroll]] for (uint l = 0u; l < 4u; l++)
                tile_a[(at.y + l) * PITCH_A + at.x / 4u][at.x % 4u] = next_a[j][l];
    }
    [[unroll]] for (uint j = 0u; j < LOADS_B; j++) {
#ifdef GEMM_B_SCALAR
        uint i = gl_LocalInvocationID.x + 256u * j;
        uvec2 at = uvec2(i % TILE_N, i / TILE_N * 4u);
        const bool along_k = true;
#else
        uvec2 at = place(gl_LocalInvocationID.x + 256u * j, TILE_N, B_ALONG_K);
        const bool along_k = B_ALONG_K;
#endif
        if (at.x >= TILE_N || at.y >= DEPTH)
            continue;
        if (!along_k)
            tile_b[at.y * PITCH_B + at.x / 4u] = next_b[j];
        else
            [[unroll]] for (uint l = 0u; l < 4u; l++)
                tile_b[(at.y + l) * PITCH_B + at.x / 4u][at.x % 4u] = next_b[j][l];
    }
}

// The part of the sum over k that split `split` of `splits` makes.
void gemm(uint rows, uint cols, uint k_all, uint split, uint splits)
{
    uint k_part = ((k_all + splits - 1u) / splits + 15u) / 16u * 16u; // as gemm.glsl cuts it
    uint k_begin = split * k_part, k_end = min(k_begin + k_part, k_all);
    uint m = gl_LocalInvocationID.x / (HALF_N / 4u), n = gl_LocalInvocationID.x % (HALF_N / 4u);
    vec4 sum[16];
    [[unroll]] for (uint i = 0u; i < 16u; i++)
        sum[i] = vec4(0.0);
    if (k_begin < k_end)
        fetch(rows, cols, k_begin, k_end);
    for (uint k0 = k_begin; k0 < k_end; k0 += DEPTH) {
        put();
        barrier();
        if (k0 + DEPTH < k_end)
            fetch(rows, cols, k0 + DEPTH, k_end);
        [[unroll]] for (uint k = 0u; k < DEPTH; k++) {
            vec4 b0 = tile_b[k * PITCH_B + n], b1 = tile_b[k * PITCH_B + n + HALF_N / 4u];
            [[unroll]] for (uint h = 0u; h < 2u; h++) {
                vec4 a = tile_a[k * PITCH_A + m + h * HALF_M / 4u];
                [[unroll]] for (uint i = 0u; i < 4u; i++) {
                    sum[h * 8u + i * 2u] += a[i] * b0;
                    sum[h * 8u + i * 2u + 1u] += a[i] * b1;
                }
            }
        }
        barrier();
    }
    [[unroll]] for (uint i = 0u; i < 16u; i++) {
        uint row = first_row() + m * 4u + i / 8u * HALF_M + i / 2u % 4u;
        uint col = first_col() + n * 4u + i % 2u * HALF_N;
        if (row < rows && col < cols)
            store4(row, col, sum[i]);
    }
}
