/* SPDX-License-Identifier: Apache-2.0 */
/* Payload bytes: zeros, or SplitMix64 (Steele, Lea and Flood, OOPSLA 2014) over a counter. */
#include "app/trace/payload.h"

#include <string.h>

static guint64
mix(guint64 z)
{
    z = (z ^ (z >> 30)) * G_GUINT64_CONSTANT(0xbf58476d1ce4e5b9);
    z = (z ^ (z >> 27)) * G_GUINT64_CONSTANT(0x94d049bb133111eb);
    return z ^ (z >> 31);
}

void
payload_fill(PayloadPolicy policy, guint64 seed, int row, uint8_t *bytes, size_t n)
{
    if (n == 0)
        return;
    if (policy != PAYLOAD_RANDOM) {
        memset(bytes, 0, n);
        return;
    }
    const guint64 golden = G_GUINT64_CONSTANT(0x9e3779b97f4a7c15);
    guint64 state = mix(mix(seed + golden) ^ (guint64)(guint32)row);
    for (size_t i = 0; i < n; i += 8) {
        state += golden;
        guint64 word = mix(state);
        for (size_t k = 0; k < 8 && i + k < n; k++)
            bytes[i + k] = (uint8_t)(word >> (8 * k)); /* little-endian on every machine */
    }
}
