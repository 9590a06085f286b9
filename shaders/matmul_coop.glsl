// SPDX-License-Identifier: Apache-2.0
// The matrix product of matmul.glsl by cooperative matrices: A and B stored as f16, sums in f32. A
// work group is four subgroups, each of which makes 32 x 32 numbers of a tile of 64 x 64; m and n are
// multiples of 64, k of 16. The sums go through shared memory to their bias and their store.
// COOP_KHR: by GL_KHR_cooperative_matrix, else by GL_NV_cooperative_matrix.
#ifdef COOP_KHR
#extension GL_KHR_cooperative_matrix : require
#else
#extension GL_NV_cooperative_matrix : require
#endif
#extension GL_KHR_memory_scope_semantics : require
#extension GL_KHR_shader_subgroup_basic : require
#extension GL_EXT_shader_16bit_storage : require
#extension GL_EXT_shader_explicit_arithmetic_types_float16 : require
#extension GL_EXT_control_flow_attributes : require
#include "storage.glsl"
layout(local_size_x_id = 6) in; // four subgroups
layout(constant_id = 0) const bool TRANS_A = false;
layout(constant_id = 1) const bool TRANS_B = false;
layout(constant_id = 2) const bool BIAS_ALONG_ROWS = false;
layout(constant_id = 3) const uint M = 16u; // of one cooperative matrix
layout(constant_id = 4) const uint N = 16u;
layout(constant_id = 5) const uint K = 16u;
layout(push_constant) uniform Push
{
    uint m, n, k;
    uint stride_a, stride_b, stride_out;
    uint batch, splits;
    uint has_bias;
};
layout(constant_id = 32) const uint stored_a = 0u; // both must be f16
layout(constant_id = 33) const uint stored_b = 0u;
layout(binding = 0) readonly buffer A { float16_t a[]; };
layout(binding = 1) readonly buffer B { float16_t b[]; };
READS(2, bias)
WRITES4(3, result)

const uint ROWS = 32u / M, COLS = 32u / N; // matrices of a subgroup
shared float tile[64u * 64u];

#ifdef COOP_KHR
#define MATRIX_A coopmat<float16_t, gl_ScopeSubgroup, M, K, gl_MatrixUseA>
#define MATRIX_B coopmat<float16_t, gl_ScopeSubgroup, K, N, gl_MatrixUseB>
#define MATRIX_C coopmat<float, gl_ScopeSubgroup, M, N, gl_MatrixUseAccumulator>
#define LOAD(matrix, from, at, stride, columns)                                                    \
    if (columns)                                                                                   \
        coopMatLoad(matrix, from, at, stride, gl_CooperativeMatrixLayoutColumnMajor);              \
    else                                                                                           \
        coopMatLoad(matrix, from, at, stride, gl_CooperativeMatrixLayoutRowMajor)
#define STORE(matrix, at) coopMatStore(matrix, tile, at, 64u, gl_CooperativeMatrixLayoutRowMajor)
#define MULTIPLY_ADD coopMatMulAdd
#else
#define MATRIX_A fcoopmatNV<16, gl_ScopeSubgroup, M, K>
#define MATRIX_B fcoopmatNV<16, gl_ScopeSubgroup, K, N>
#define MATRIX_C fcoopmatNV<32, gl_ScopeSubgroup, M, N>
#define LOAD(matrix, from, at, stride, columns)                                                    \
    if (columns)                                                                                   \
        coopMatLoadNV(matrix, from, at, stride, true);                                             \
    else                                                                                           \
        coopMatLoadNV(matrix, from, at, stride, false)
#define STORE(matrix, at) coopMatStoreNV(matrix, tile, at, 64u, false)
#define MULTIPLY_ADD coopMatMulAddNV
#endif

void main()
{
    if (stored_a != 2u || stored_b != 2u) // DTYPE_F16
        return;
    uint item = gl_WorkGroupID.z / splits, split = gl_WorkGroupID.z % splits;
    uint base_a = item * stride_a, base_b = item * stride_b;
    uint base_out = split * batch * stride_out + item * stride_out;
    uint k_part = ((k + splits - 1u) / splits + 15u) / 16u * 16u; // as gemm.glsl cuts it
    uint k_begin = split * k_part, k_end = min(k_begin + k_part, k);
    uint row0 = gl_WorkGroupID.y * 64u, col0 = gl_WorkGroupID.x * 64u;
    uint my_row = gl_SubgroupID / 2u * 32u, my_col = gl_SubgroupID % 2u * 32u;
    MATRIX_C sum[ROWS * COLS];
    for (uint i = 0u; i < ROWS * COLS; i++)
        sum[i] = MATRIX_C(0.0);
    for (uint at = k_begin; at < k_end; at += K) {
        MATRIX_A left[ROWS];
        MATRIX_B right;
        for (uint i = 0u; i < ROWS; i++) {
            uint row = row0 + my_row + i * M;
            LOAD(left[i], a, base_a + (TRANS_A ? at * m + row : row * k + at), TRANS_A ? m : k,
                 TRANS_A);
        }
        for (uint j = 0u; j < COLS; j++) {
            uint col = col0 + my_col + j * N;
            LOAD(right, b, base_b + (TRANS_B ? col * k + at : at * n + col), TRANS_B ? k : n,
                 TRANS_B);
            for (uint i = 0u; i < ROWS; i++)
                sum[i * COLS + j] = MULTIPLY_ADD(left[i], right, sum[i * COLS + j]);
        }
    }
    for (uint i = 0u; i < ROWS; i++) {
        for (uint j = 0u; j < COLS; j++)
            STORE(sum[i * COLS + j], (my_row + i * M) * 64u + my_col + j * N);
    }
    barrier();
    for (uint i = gl_LocalInvocationIndex; i < 64u * 16u; i += gl_WorkGroupSize.x) {
        uint row = i / 16u, col = i % 16u * 4u, at = row * 64u + col;
        vec4 value = vec4(tile[at], tile[at + 1u], tile[at + 2u], tile[at + 3u]);
        if (has_bias != 0u)
            [[unroll]] for (uint l = 0u; l < 4u; l++)
                value[l] += bias_at(BIAS_ALONG_ROWS ? row0 + row : col0 + col + l);
        set_result4((base_out + (row0 + row) * n + col0 + col) / 4u, value);
    }
}
