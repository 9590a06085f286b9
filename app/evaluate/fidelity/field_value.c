/* SPDX-License-Identifier: Apache-2.0 */
/* Field values binned. */
#include "app/evaluate/fidelity/field_value.h"

enum { FINE_BITS = 8, SIGNIFICANT_BITS = 6, OPTION_BYTES = 40 };

guint64
field_value_bin_of(guint32 value)
{
    int length = value > 0 ? 32 - __builtin_clz(value) : 0;
    int shift = length > SIGNIFICANT_BITS ? length - SIGNIFICANT_BITS : 0;

    /* Each shift starts a run of 32 bins behind the 64 exact ones. */
    return 1 + ((guint64)shift << (SIGNIFICANT_BITS - 1)) + (value >> shift);
}

/* The byte of eight trits; -1 where one is absent. */
static int
byte_of(const int8_t *trits)
{
    int value = 0;

    for (int bit = 0; bit < 8; bit++) {
        if (trits[bit] < 0)
            return -1;
        value = value << 1 | trits[bit];
    }
    return value;
}

/* FNV-1a (Fowler, Noll, Vo) over kinds and lengths: 64 bits, of which no two lists that occur are
 * the same. */
static guint64
list_bin(const int8_t *trits)
{
    guint64 hash = G_GUINT64_CONSTANT(0xcbf29ce484222325);

    if (byte_of(trits) < 0)
        return FIELD_VALUE_ABSENT;
    for (int at = 0; at < OPTION_BYTES;) {
        int kind = byte_of(trits + at * 8);
        bool is_single = kind == 0 || kind == 1; /* end, no operation: no length follows */
        int length = is_single || at + 1 >= OPTION_BYTES ? 1 : byte_of(trits + (at + 1) * 8);

        if (kind < 0 || length < 1 || at + length > OPTION_BYTES)
            break;
        hash = (hash ^ (guint64)(kind << 8 | length)) * G_GUINT64_CONSTANT(0x100000001b3);
        if (!is_single && length < 2)
            break;
        at += length;
    }
    return MAX(hash, 1);
}

guint64
field_value_bin(FieldId field, const int8_t *trits)
{
    int width = field_table[field].width;
    guint32 value = 0;

    if (field == FIELD_IPV4_OPT || field == FIELD_TCP_OPT)
        return list_bin(trits);
    /* Of an address of IPv6, which is wider, the first 32 bits: its network. */
    for (int bit = 0; bit < MIN(width, 32); bit++) {
        if (trits[bit] < 0)
            return FIELD_VALUE_ABSENT;
        value = value << 1 | (guint32)trits[bit];
    }
    return width <= FINE_BITS ? 1 + (guint64)value : field_value_bin_of(value);
}
