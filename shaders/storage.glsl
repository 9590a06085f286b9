// SPDX-License-Identifier: Apache-2.0
// Tensors as shaders see them: always float, whatever a binding stores. READS(0, x) declares the
// tensor of binding 0, read by x_at(i); WRITES(1, y) one written by set_y(i, value).
// Each shader is compiled twice. The plain form knows only f32. With STORES_HALF a specialization
// constant per binding, set by the dispatcher from the tensor's dtype (compute/tensor.h), says
// which of three views of the buffer is meant; it folds when the pipeline is made. f16 is rounded
// by the driver (to nearest even on all we know; beyond 65504 to infinity), bf16 to nearest even
// here. READS4(0, x) and WRITES4(1, y) are the same for tensors taken four numbers at a time: x_at4(i)
// and set_y4(i, value) are numbers 4 i to 4 i + 3. Bindings that are f32 in every case (sums, statistics, optimiser state) are plain buffers.
#ifndef STORAGE_GLSL
#define STORAGE_GLSL

#ifdef STORES_HALF
#extension GL_EXT_shader_16bit_storage : require
#define STORED_F16 2u // DTYPE_F16, DTYPE_BF16
#define STORED_BF16 3u
#define STORED_ID(b) (32 + b) // what dispatch.c sets: DISPATCH_FIRST_DTYPE

// The low 16 bits. Values of 16 bits are only loaded, stored and converted: more would ask for
// shaderInt16 or shaderFloat16.
uint bf16_of(float value)
{
    uint bits = floatBitsToUint(value);
    if ((bits & 0x7fffffffu) > 0x7f800000u) // a NaN stays one
        return bits >> 16 | 0x40u;
    return (bits + 0x7fffu + (bits >> 16 & 1u)) >> 16;
}

#define STORED_VIEWS(b, how, name)                                                                 \
    layout(constant_id = STORED_ID(b)) const uint stored_##name = 0u;                              \
    layout(binding = b) how buffer F32_##name { float f32_##name[]; };                             \
    layout(binding = b) how buffer F16_##name { float16_t f16_##name[]; };                         \
    layout(binding = b) how buffer Bf16_##name { uint16_t bf16_##name[]; };
#define STORED_VIEWS4(b, how, name)                                                                \
    layout(constant_id = STORED_ID(b)) const uint stored_##name = 0u;                              \
    layout(binding = b) how buffer F32_##name { vec4 f32_##name[]; };                              \
    layout(binding = b) how buffer F16_##name { f16vec4 f16_##name[]; };                           \
    layout(binding = b) how buffer Bf16_##name { u16vec4 bf16_##name[]; };
#define STORED_AT4(name)                                                                           \
    vec4 name##_at4(uint i)                                                                        \
    {                                                                                              \
        if (stored_##name == STORED_F16)                                                           \
            return vec4(f16_##name[i]);                                                            \
        if (stored_##name == STORED_BF16)                                                          \
            return uintBitsToFloat(uvec4(bf16_##name[i]) << 16);                                   \
        return f32_##name[i];                                                                      \
    }
#define STORED_SET4(name)                                                                          \
    void set_##name##4(uint i, vec4 value)                                                         \
    {                                                                                              \
        if (stored_##name == STORED_F16)                                                           \
            f16_##name[i] = f16vec4(value);                                                        \
        else if (stored_##name == STORED_BF16)                                                     \
            bf16_##name[i] = u16vec4(uvec4(bf16_of(value.x), bf16_of(value.y), bf16_of(value.z),   \
                                           bf16_of(value.w)));                                     \
        else                                                                                       \
            f32_##name[i] = value;                                                                 \
    }
#define STORED_AT(name)                                                                            \
    float name##_at(uint i)                                                                        \
    {                                                                                              \
        if (stored_##name == STORED_F16)                                                           \
            return float(f16_##name[i]);                                                           \
        if (stored_##name == STORED_BF16)                                                          \
            return uintBitsToFloat(uint(bf16_##name[i]) << 16);                                    \
        return f32_##name[i];                                                                      \
    }
#define STORED_SET(name)                                                                           \
    void set_##name(uint i, float value)                                                           \
    {                                                                                              \
        if (stored_##name == STORED_F16)                                                           \
            f16_##name[i] = float16_t(value);                                                      \
        else if (stored_##name == STORED_BF16)                                                     \
            bf16_##name[i] = uint16_t(bf16_of(value));                                                 \
        else                                                                                       \
            f32_##name[i] = value;                                                                 \
    }
#else
#define STORED_VIEWS4(b, how, name)                                                                \
    layout(binding = b) how buffer F32_##name { vec4 f32_##name[]; };
#define STORED_AT4(name)                                                                           \
    vec4 name##_at4(uint i)                                                                        \
    {                                                                                              \
        return f32_##name[i];                                                                      \
    }
#define STORED_SET4(name)                                                                          \
    void set_##name##4(uint i, vec4 value)                                                         \
    {                                                                                              \
        f32_##name[i] = value;                                                                     \
    }
#define STORED_VIEWS(b, how, name)                                                                 \
    layout(binding = b) how buffer F32_##name { float f32_##name[]; };
#define STORED_AT(name)                                                                            \
    float name##_at(uint i)                                                                        \
    {                                                                                              \
        return f32_##name[i];                                                                      \
    }
#define STORED_SET(name)                                                                           \
    void set_##name(uint i, float value)                                                           \
    {                                                                                              \
        f32_##name[i] = value;                                                                     \
    }
#endif

#define READS4(b, name) STORED_VIEWS4(b, readonly, name) STORED_AT4(name)
#define WRITES4(b, name) STORED_VIEWS4(b, writeonly, name) STORED_SET4(name)
#define READS(b, name) STORED_VIEWS(b, readonly, name) STORED_AT(name)
#define WRITES(b, name) STORED_VIEWS(b, writeonly, name) STORED_SET(name)

#endif
