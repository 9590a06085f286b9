// SPDX-License-Identifier: Apache-2.0
// The matrix product that matmul and the convolutions share: out (rows, cols) = A (rows, k) B (k,
// cols). 256 threads make one tile of the result, 4 x 4 numbers each (8 x 8 with GEMM_LARGE), from
// tiles of A and B in shared memory. gl_WorkGroupID.x counts tiles along cols, .y along rows.
// The including shader says where numbers come from and go to:
#extension GL_EXT_control_flow_attributes : require
layout(local_size_x = 256) in;
float load_a(uint row, uint k); // row < rows, k < k_end
float load_b(uint k, uint col); // col < cols, k < k_end
void store(uint row, uint col, float value);
void begin_step(uint k); // the k at which this thread loads along k in the step to come

#ifdef GEMM_LARGE
#define HALVES 2u
#else
#define HALVES 1u
#endif
// 4: tiles of 16 x 256, 8: 32 x 128, 16: 64 x 64, 32: 128 x 32, 64: 256 x 16; GEMM_LARGE: twice
// that each way.
layout(constant_id = 0) const uint THREADS_M = 16u;
const uint HALF_M = 4u * THREADS_M;
const uint HALF_N = 1024u / THREADS_M;
const uint TILE_M = HALVES * HALF_M;
const uint TILE_N = HALVES * HALF_N;
// Of a step along k: both tiles fit into 16 KiB.
const uint DEPTH = THREADS_M == 4u || THREADS_M == 64u ? 8u : 16u / HALVES;
// Which way neighbouring threads load: along k where k is contiguous in memory.
layout(constant_id = 1) const bool A_ALONG_K = true;
layout(constant_id = 2) const bool B_ALONG_K = false;

const uint PITCH_A = TILE_M + 4u; // against bank conflicts, still a multiple of 4
const uint PITCH_B = TILE_N + 4u;
shared float tile_a[DEPTH * PITCH_A];
shared float tile_b[DEPTH * PITCH_B];

uint first_row()
{
    return gl_WorkGroupID.y * TILE_M;
}

uint first_col()
{
    return gl_WorkGroupID.x * TILE_N;
}

// The column this thread loads of B when it does not load along k.
uint loader_col()
{
    return first_col() + gl_LocalInvocationID.x % TILE_N;
}

void load_tiles(uint rows, uint cols, uint k0, uint k_end)
{
    uint thread = gl_LocalInvocationID.x;
    begin_step(k0 + thread % DEPTH);
    for (uint i = thread; i < DEPTH * TILE_M; i += 256u) {
        uint k = A_ALONG_K ? i % DEPTH : i / TILE_M;
        uint row = A_ALONG_K ? i / DEPTH : i % TILE_M;
        float value = 0.0;
        if (first_row() + row < rows && k0 + k < k_end)
            value = load_a(first_row() + row, k0 + k);
        tile_a[k * PITCH_A + row] = value;
    }
    for (uint i = thread; i < DEPTH * TILE_N; i += 256u) {
        uint k = B_ALONG_K ? i % DEPTH : i / TILE_N;
        uint col = B_ALONG_K ? i / DEPTH : i % TILE_N;
        float value = 0.0;
        if (first_col() + col < cols && k0 + k < k_end)
            value = load_b(k0 + k, first_col() + col);
        tile_b[k * PITCH_B + col] = value;
    }
}

void store_row(uint row, uint col, uint rows, uint cols, vec4 sum)
{
    if (row >= rows)
        return;
    if (col < cols)
        store(row, col, sum.x);
    if (col + 1u < cols)
        store(row, col + 1u, sum.y);
    if (col + 2u < cols)
        store(row, col + 2u, sum.z);
    if (col + 3u < cols)
        store(row, col + 3u, sum.w);
}

// The part of the sum over k that split `split` of `splits` makes.
void gemm(uint rows, uint cols, uint k_all, uint split, uint splits)
{
    uint k_part = ((k_all + splits - 1u) / splits + 15u) / 16u * 16u; // of every DEPTH a multiple
    uint k_begin = split * k_part, k_end = min(k_begin + k_part, k_all);
    uint m = gl_LocalInvocationID.x / (HALF_N / 4u) * 4u;
    uint n = gl_LocalInvocationID.x % (HALF_N / 4u) * 4u;
    vec4 sum[4u * HALVES * HALVES];
    [[unroll]] for (uint i = 0u; i < 4u * HALVES * HALVES; i++)
        sum[i] = vec4(0.0);
    for (uint k0 = k_begin; k0 < k_end; k0 += DEPTH) {
        load_tiles(rows, cols, k0, k_end);
        barrier();
        for (uint k = 0u; k < DEPTH; k++) {
            vec4 b[HALVES];
            [[unroll]] for (uint h = 0u; h < HALVES; h++) {
                uint at = k * PITCH_B + n + h * HALF_N;
                b[h] = vec4(tile_b[at], tile_b[at + 1u], tile_b[at + 2u], tile_b[at + 3u]);
            }
            [[unroll]] for (uint i = 0u; i < 4u * HALVES; i++) {
                float a = tile_a[k * PITCH_A + m + i / 4u * HALF_M + i % 4u];
                [[unroll]] for (uint h = 0u; h < HALVES; h++)
                    sum[i * HALVES + h] += a * b[h];
            }
        }
        barrier();
    }
    [[unroll]] for (uint i = 0u; i < 4u * HALVES; i++) {
        uint row = first_row() + m + i / 4u * HALF_M + i % 4u;
        [[unroll]] for (uint h = 0u; h < HALVES; h++)
            store_row(row, first_col() + n + h * HALF_N, rows, cols, sum[i * HALVES + h]);
    }
}
