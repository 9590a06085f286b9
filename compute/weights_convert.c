// SPDX-License-Identifier: Apache-2.0
//
// Weights, the numbers: stored elements to float, and the half-precision formats (IEEE binary16
// and bfloat16), rounded to nearest even. Arrays of binary16 use the F16C instructions where the
// processor has them; both ways agree bit for bit on everything but the payload of NaNs.
#include "compute/weights.h"

#include <string.h>

#if defined(__x86_64__) && defined(__GNUC__)
#define HAVE_F16C 1
#include <immintrin.h>
#else
#define HAVE_F16C 0
#endif

static uint32_t
bits_from_float(float value)
{
    uint32_t bits;

    memcpy(&bits, &value, sizeof bits);
    return bits;
}

static float
float_from_bits(uint32_t bits)
{
    float value;

    memcpy(&value, &bits, sizeof value);
    return value;
}

/* value >> shift, rounded to nearest, ties to even; 1 <= shift <= 31. */
static uint32_t
shift_round_even(uint32_t value, int shift)
{
    uint32_t half = 1u << (shift - 1), rest = value & ((half << 1) - 1), result = value >> shift;

    return result + (rest > half || (rest == half && (result & 1)));
}

uint16_t
weights_f16_from_f32(float value)
{
    uint32_t bits = bits_from_float(value), magnitude = bits & 0x7fffffff;
    uint16_t sign = bits >> 16 & 0x8000;
    int exponent = (int)(magnitude >> 23) - 127 + 15; /* as binary16 stores it */

    if (magnitude > 0x7f800000)
        return sign | 0x7e00 | (magnitude >> 13 & 0x3ff); /* quiet NaN */
    if (exponent >= 31)
        return sign | 0x7c00;
    if (exponent <= 0) { /* subnormal: the leading one is made explicit */
        if (exponent < -10)
            return sign;
        return sign | shift_round_even((magnitude & 0x7fffff) | 0x800000, 14 - exponent);
    }
    /* A carry out of the mantissa rightly raises the exponent, up to infinity. */
    return sign | shift_round_even((uint32_t)exponent << 23 | (magnitude & 0x7fffff), 13);
}

float
weights_f32_from_f16(uint16_t bits)
{
    uint32_t sign = (uint32_t)(bits & 0x8000) << 16, mantissa = bits & 0x3ff;
    uint32_t exponent = bits >> 10 & 31;

    if (exponent == 31)
        return float_from_bits(sign | 0x7f800000 | mantissa << 13);
    if (exponent == 0) {
        float magnitude = (float)mantissa * 0x1p-24f; /* exact */
        return float_from_bits(sign | bits_from_float(magnitude));
    }
    return float_from_bits(sign | (exponent + 112) << 23 | mantissa << 13);
}

uint16_t
weights_bf16_from_f32(float value)
{
    uint32_t bits = bits_from_float(value);

    if ((bits & 0x7fffffff) > 0x7f800000)
        return bits >> 16 | 0x40;
    return shift_round_even(bits, 16);
}

float
weights_f32_from_bf16(uint16_t bits)
{
    return float_from_bits((uint32_t)bits << 16);
}

#if HAVE_F16C
__attribute__((target("avx,f16c"))) static size_t
f16_from_f32_f16c(const float *in, uint16_t *out, size_t n)
{
    size_t i = 0;

    for (; i + 8 <= n; i += 8) {
        __m128i half = _mm256_cvtps_ph(_mm256_loadu_ps(in + i), _MM_FROUND_TO_NEAREST_INT);
        _mm_storeu_si128((__m128i *)(void *)(out + i), half);
    }
    return i;
}

__attribute__((target("avx,f16c"))) static size_t
f32_from_f16_f16c(const uint16_t *in, float *out, size_t n)
{
    size_t i = 0;

    for (; i + 8 <= n; i += 8) {
        __m128i half = _mm_loadu_si128((const __m128i *)(const void *)(in + i));
        _mm256_storeu_ps(out + i, _mm256_cvtph_ps(half));
    }
    return i;
}

/* Every processor with AVX2 has F16C; clang cannot ask for the latter by name. */
static bool
machine_has_f16c(void)
{
    return __builtin_cpu_supports("avx2");
}
#endif

void
weights_f16_from_f32_n(const float *in, uint16_t *out, size_t n)
{
    size_t i = 0;

#if HAVE_F16C
    if (machine_has_f16c())
        i = f16_from_f32_f16c(in, out, n);
#endif
    for (; i < n; i++)
        out[i] = weights_f16_from_f32(in[i]);
}

void
weights_f32_from_f16_n(const uint16_t *in, float *out, size_t n)
{
    size_t i = 0;

#if HAVE_F16C
    if (machine_has_f16c())
        i = f32_from_f16_f16c(in, out, n);
#endif
    for (; i < n; i++)
        out[i] = weights_f32_from_f16(in[i]);
}

/* Copies element by element, so that the data need no alignment. */
#define READ_AS(type, expression)                                                                  \
    for (int64_t i = 0; i < n; i++) {                                                              \
        type value;                                                                                \
        memcpy(&value, bytes + i * sizeof value, sizeof value);                                    \
        out[i] = (expression);                                                                     \
    }

static void
read_f16(const uint8_t *bytes, int64_t n, float *out)
{
    uint16_t piece[512];

    for (int64_t i = 0; i < n; i += G_N_ELEMENTS(piece)) {
        size_t length = MIN(n - i, (int64_t)G_N_ELEMENTS(piece));
        memcpy(piece, bytes + 2 * i, 2 * length);
        weights_f32_from_f16_n(piece, out + i, length);
    }
}

void
weights_read_f32_range(const WeightsEntry *entry, int64_t first, int64_t n, float *out)
{
    const uint8_t *bytes = entry->data;

    g_return_if_fail(first >= 0 && n >= 0 && n <= entry->n_elements - first);
    if (n == 0)
        return;
    bytes += first * weights_dtype_size(entry->dtype);
    switch (entry->dtype) {
    case WEIGHTS_F32:
        memcpy(out, bytes, n * sizeof *out);
        break;
    case WEIGHTS_F16:
        read_f16(bytes, n, out);
        break;
    case WEIGHTS_BF16:
        READ_AS(uint16_t, weights_f32_from_bf16(value));
        break;
    case WEIGHTS_F64:
        READ_AS(double, (float)value);
        break;
    case WEIGHTS_I64:
        READ_AS(int64_t, (float)value);
        break;
    case WEIGHTS_I32:
        READ_AS(int32_t, (float)value);
        break;
    case WEIGHTS_I16:
        READ_AS(int16_t, value);
        break;
    case WEIGHTS_I8:
        READ_AS(int8_t, value);
        break;
    case WEIGHTS_U8:
        READ_AS(uint8_t, value);
        break;
    case WEIGHTS_BOOL:
        READ_AS(uint8_t, value != 0);
        break;
    default:
        g_assert_not_reached();
    }
}

void
weights_read_f32(const WeightsEntry *entry, float *out)
{
    weights_read_f32_range(entry, 0, entry->n_elements, out);
}

bool
weights_entry_part(const WeightsEntry *entry, int part, int n_parts, WeightsEntry *out)
{
    *out = *entry;
    if (n_parts == 1)
        return true;
    if (entry->n_dims < 1 || entry->dim[0] % n_parts != 0)
        return false;
    out->dim[0] /= n_parts;
    out->n_elements /= n_parts;
    out->size /= n_parts;
    out->data = (const uint8_t *)entry->data + part * out->size;
    return true;
}

/* --- NaN and infinity: an exponent of ones, whatever the format --- */

enum { BLOCK = 4096 };

int64_t
weights_first_nonfinite(const float *values, int64_t n)
{
    for (int64_t start = 0; start < n; start += BLOCK) {
        int64_t end = MIN(n, start + BLOCK);
        uint32_t bad = 0;

        for (int64_t i = start; i < end; i++)
            bad |= (bits_from_float(values[i]) & 0x7f800000) == 0x7f800000;
        for (int64_t i = start; bad && i < end; i++)
            if ((bits_from_float(values[i]) & 0x7f800000) == 0x7f800000)
                return i;
    }
    return -1;
}

/* The same over 16-bit values as they lie in the file. */
static int64_t
first_nonfinite_16(const uint8_t *bytes, int64_t n, uint16_t exponent)
{
    for (int64_t start = 0; start < n; start += BLOCK) {
        int64_t end = MIN(n, start + BLOCK);
        uint16_t bad = 0, value;

        for (int64_t i = start; i < end; i++) {
            memcpy(&value, bytes + 2 * i, sizeof value);
            bad |= (value & exponent) == exponent;
        }
        for (int64_t i = start; bad && i < end; i++) {
            memcpy(&value, bytes + 2 * i, sizeof value);
            if ((value & exponent) == exponent)
                return i;
        }
    }
    return -1;
}

bool
weights_entry_nonfinite(const WeightsEntry *entry, int64_t *index)
{
    float piece[BLOCK];

    *index = -1;
    if (entry->dtype == WEIGHTS_F16 || entry->dtype == WEIGHTS_BF16) {
        *index = first_nonfinite_16(entry->data, entry->n_elements,
                                    entry->dtype == WEIGHTS_F16 ? 0x7c00 : 0x7f80);
        return *index >= 0;
    }
    if (entry->dtype != WEIGHTS_F32 && entry->dtype != WEIGHTS_F64)
        return false;
    for (int64_t start = 0; start < entry->n_elements; start += BLOCK) {
        int64_t n = MIN(entry->n_elements - start, BLOCK);

        weights_read_f32_range(entry, start, n, piece);
        int64_t at = weights_first_nonfinite(piece, n);
        if (at >= 0) {
            *index = start + at;
            return true;
        }
    }
    return false;
}
