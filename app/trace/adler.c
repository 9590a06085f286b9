/* SPDX-License-Identifier: Apache-2.0 */
/* Sixteen bytes at a time. */
#include "app/trace/adler.h"

#include <string.h>

enum { ADLER_MODULUS = 65521, ADLER_LANES = 16, ADLER_ROUNDS = 4096 };

/* Four numbers, each of four bytes of the stream: a vector of GCC and clang, on any processor. */
typedef uint32_t Words __attribute__((vector_size(16)));

/* Each lane sums every sixteenth byte by itself. 4096 rounds keep its sums below 2^32. */
static void
adler_add_rounds(Adler *adler, const uint8_t *bytes, size_t n_rounds)
{
    Words sums[4] = {{0}}, sums_before[4] = {{0}};
    uint64_t a = adler->a, b = adler->b + a * (n_rounds * ADLER_LANES);

    for (size_t round = 0; round < n_rounds; round++, bytes += ADLER_LANES) {
        Words words;

        memcpy(&words, bytes, sizeof words);
        for (int byte = 0; byte < 4; byte++) {
            sums_before[byte] += sums[byte];
            sums[byte] += words >> 8 * byte & 0xff;
        }
    }
    for (int lane = 0; lane < ADLER_LANES; lane++) {
        int byte = G_BYTE_ORDER == G_LITTLE_ENDIAN ? lane % 4 : 3 - lane % 4;

        a += sums[byte][lane / 4];
        b += (uint64_t)ADLER_LANES * sums_before[byte][lane / 4] +
             (uint64_t)(ADLER_LANES - lane) * sums[byte][lane / 4];
    }
    *adler = (Adler){(uint32_t)(a % ADLER_MODULUS), (uint32_t)(b % ADLER_MODULUS)};
}

void
adler_add(Adler *adler, const uint8_t *bytes, size_t n)
{
    while (n >= ADLER_LANES) {
        size_t n_rounds = MIN(n / ADLER_LANES, ADLER_ROUNDS);

        adler_add_rounds(adler, bytes, n_rounds);
        bytes += n_rounds * ADLER_LANES;
        n -= n_rounds * ADLER_LANES;
    }
    for (; n > 0; n--) {
        adler->a = (adler->a + *bytes++) % ADLER_MODULUS;
        adler->b = (adler->b + adler->a) % ADLER_MODULUS;
    }
}
