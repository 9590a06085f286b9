/* SPDX-License-Identifier: Apache-2.0 */
/* Bits that are random by nature, by field and inside of TCP options. */
#include "app/trace/field_random.h"

#include <string.h>

enum { OPTION_END = 0, OPTION_NOP = 1, OPTION_SACK = 5, OPTION_TIMESTAMPS = 8, OPTION_BYTES = 40 };

RandomBits
field_random(FieldId field)
{
    switch (field) {
    case FIELD_IPV4_CKSUM:
    case FIELD_TCP_CKSUM:
    case FIELD_UDP_CKSUM:
    case FIELD_ICMP_CKSUM:
        return RANDOM_CHECKSUM;
    case FIELD_IPV4_ID:
    case FIELD_IPV6_FL:
    case FIELD_ICMP_ROH:
        return RANDOM_IDENTIFICATION;
    case FIELD_TCP_SEQ:
    case FIELD_TCP_ACKN:
        return RANDOM_SEQUENCE;
    case FIELD_TCP_SPRT:
    case FIELD_TCP_DPRT:
    case FIELD_UDP_SPORT:
    case FIELD_UDP_DPORT:
        return RANDOM_PORT;
    default:
        return 0;
    }
}

void
layout_mark_random(const Layout *layout, RandomBits ways, uint8_t *is_random)
{
    memset(is_random, 0, (size_t)layout->n_columns);
    for (int i = 0; i < layout->n_fields; i++) {
        const LayoutField *at = &layout->fields[i];

        if (field_random(at->field) & ways)
            memset(is_random + at->first_column, 1, field_table[at->field].width);
    }
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

void
trace_mark_random(const Trace *trace, int row, RandomBits ways, uint8_t *is_random)
{
    int first = trace->layout->column_of[FIELD_TCP_OPT];
    const int8_t *options = trace_row(trace, row) + first;

    layout_mark_random(trace->layout, ways, is_random);
    if (first < 0 || !(ways & (RANDOM_SEQUENCE | RANDOM_TIMESTAMP)))
        return;
    for (int at = 0; at + 1 < OPTION_BYTES;) {
        int kind = byte_of(options + at * 8), length = byte_of(options + (at + 1) * 8);

        if (kind == OPTION_NOP) {
            at++;
            continue;
        }
        if (kind <= OPTION_END || length < 2 || at + length > OPTION_BYTES)
            return;
        if ((kind == OPTION_TIMESTAMPS && ways & RANDOM_TIMESTAMP) ||
            (kind == OPTION_SACK && ways & RANDOM_SEQUENCE))
            memset(is_random + first + (at + 2) * 8, 1, (size_t)(length - 2) * 8);
        at += length;
    }
}
