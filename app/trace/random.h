/* SPDX-License-Identifier: Apache-2.0 */
/* SplitMix64 (Steele, Lea, Flood 2014): a small seeded generator whose stream is the same on
 * every machine. Good for payload bytes and for drawing samples; not for secrets. */
#pragma once

#include <glib.h>

typedef struct {
    guint64 state;
} Random;

static inline Random
random_seeded(guint64 seed)
{
    return (Random){seed};
}

static inline guint64
random_next(Random *random)
{
    guint64 z = random->state += G_GUINT64_CONSTANT(0x9e3779b97f4a7c15);

    z = (z ^ z >> 30) * G_GUINT64_CONSTANT(0xbf58476d1ce4e5b9);
    z = (z ^ z >> 27) * G_GUINT64_CONSTANT(0x94d049bb133111eb);
    return z ^ z >> 31;
}

/* 0 .. n-1, n > 0, by the high word of a product: bias below n / 2^32. */
static inline guint32
random_below(Random *random, guint32 n)
{
    return (guint32)((random_next(random) >> 32) * n >> 32);
}

/* 0 .. 1, 1 excluded, in steps of 2^-53. */
static inline double
random_unit(Random *random)
{
    return (double)(random_next(random) >> 11) * 0x1p-53;
}
