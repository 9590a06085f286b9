/* SPDX-License-Identifier: Apache-2.0 */
/* With a = 1/sqrt 2 and b = sqrt 2, so that a b = 1, a^2 = 1/2, b^2 = 2: Toom and Cook's
 * interpolation at 0, a, -a, b, -b and infinity. */
#include "compute/ops/conv2d_winograd_transform.h"

#include "compute/cpu/parallel.h"

#define A 0.70710678f
#define B 1.41421356f
#define N WINOGRAD_LANES

CPU_CLONES void
winograd_split(int64_t n, const float *restrict x, float *restrict d)
{
    for (int64_t i = 0; i < n; i++) {
        d[i] = x[4 * i];
        d[N + i] = x[4 * i + 1];
        d[2 * N + i] = x[4 * i + 2];
        d[3 * N + i] = x[4 * i + 3];
    }
    for (int64_t i = 0; i < n; i++) {
        d[4 * N + i] = x[4 * i + 4];
        d[5 * N + i] = x[4 * i + 5];
    }
}

/* Six values a step apart to six, for n tiles. */
static inline __attribute__((always_inline)) void
input_line(int64_t n, const float *restrict d, int64_t step, float *restrict t, int64_t t_step)
{
    for (int64_t i = 0; i < n; i++) {
        float d0 = d[i], d1 = d[step + i], d2 = d[2 * step + i], d3 = d[3 * step + i],
              d4 = d[4 * step + i], d5 = d[5 * step + i];
        float p = d4 - 2.0f * d2, q = A * d3 - B * d1;
        float r = d4 - 0.5f * d2, s = B * d3 - A * d1;
        t[i] = d0 - 2.5f * d2 + d4;
        t[t_step + i] = p + q;
        t[2 * t_step + i] = p - q;
        t[3 * t_step + i] = r + s;
        t[4 * t_step + i] = r - s;
        t[5 * t_step + i] = d1 - 2.5f * d3 + d5;
    }
}

CPU_CLONES void
winograd_input(int64_t n, const float *restrict d, float *restrict v, int64_t stride)
{
    float t[WINOGRAD_POINTS * N];
    for (int row = 0; row < 6; row++)
        input_line(n, d + row * 6 * N, N, t + row * 6 * N, N);
    for (int column = 0; column < 6; column++)
        input_line(n, t + column * N, 6 * N, v + column * stride, 6 * stride);
}

CPU_CLONES void
winograd_output(int64_t n, const float *restrict m, int64_t stride, float *restrict y)
{
    float t[4 * 6 * N];
    for (int column = 0; column < 6; column++) {
        const float *from = m + column * stride;
        float *to = t + column * N;
        for (int64_t i = 0; i < n; i++) {
            float m1 = from[6 * stride + i], m2 = from[12 * stride + i];
            float m3 = from[18 * stride + i], m4 = from[24 * stride + i];
            float p = m1 + m2, q = m1 - m2, r = m3 + m4, s = m3 - m4;
            to[i] = from[i] + p + r;
            to[6 * N + i] = A * q + B * s;
            to[12 * N + i] = 0.5f * p + 2.0f * r;
            to[18 * N + i] = 0.5f * A * q + 2.0f * B * s + from[30 * stride + i];
        }
    }
    for (int row = 0; row < 4; row++) {
        const float *from = t + row * 6 * N;
        float *to = y + row * 4 * N;
        for (int64_t i = 0; i < n; i++) {
            float m1 = from[N + i], m2 = from[2 * N + i];
            float m3 = from[3 * N + i], m4 = from[4 * N + i];
            float p = m1 + m2, q = m1 - m2, r = m3 + m4, s = m3 - m4;
            to[4 * i] = from[i] + p + r;
            to[4 * i + 1] = A * q + B * s;
            to[4 * i + 2] = 0.5f * p + 2.0f * r;
            to[4 * i + 3] = 0.5f * A * q + 2.0f * B * s + from[5 * N + i];
        }
    }
}

/* Three values a step apart to six, for n channels. */
static inline __attribute__((always_inline)) void
weights_line(int64_t n, const float *restrict w, int64_t step, float *restrict t, int64_t t_step)
{
    for (int64_t i = 0; i < n; i++) {
        float w0 = w[i], w1 = w[step + i], w2 = w[2 * step + i];
        float p = w0 + 0.5f * w2, q = A * w1, r = w0 + 2.0f * w2, s = B * w1;
        t[i] = w0;
        t[t_step + i] = (p + q) * (-2.0f / 3);
        t[2 * t_step + i] = (p - q) * (-2.0f / 3);
        t[3 * t_step + i] = (r + s) * (1.0f / 6);
        t[4 * t_step + i] = (r - s) * (1.0f / 6);
        t[5 * t_step + i] = w2;
    }
}

CPU_CLONES void
winograd_weights(int64_t n, const float *restrict w, int64_t channel_stride, const int *tap,
                 float *restrict u, int64_t stride)
{
    float taps[9 * N], t[18 * N];
    for (int64_t first = 0; first < n; first += N) {
        int64_t count = n - first < N ? n - first : N;
        for (int k = 0; k < 9; k++)
            for (int64_t i = 0; i < count; i++)
                taps[k * N + i] = w[(first + i) * channel_stride + tap[k]];
        for (int row = 0; row < 3; row++)
            weights_line(count, taps + row * 3 * N, N, t + row * 6 * N, N);
        for (int column = 0; column < 6; column++)
            weights_line(count, t + column * N, 6 * N, u + first + column * stride, 6 * stride);
    }
}
