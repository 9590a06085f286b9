/* SPDX-License-Identifier: Apache-2.0 */
/* Traces from an input: a few bytes a row, so that what one change of the input does to the trace
 * is a change of one row, one field or one choice. */
#include <string.h>

#include "app/trace/flow.h"
#include "app/trace/random.h"
#include "tests/fuzz/picture_input.h"

enum { MAX_EDITS = 16 };

static void
draw_noise(Trace *trace, int row, uint8_t kind, uint8_t seed)
{
    Random random = random_seeded(seed);
    int n = trace->layout->n_columns, n_absent = kind % 8 * 12; /* percent */

    for (int column = 0; column < n; column++)
        trace_row(trace, row)[column] =
            (int)random_below(&random, 100) < n_absent ? -1 : (int8_t)random_below(&random, 2);
}

static void
erase_header(Trace *trace, int row, Header header)
{
    int first, n;

    if (layout_header_span(trace->layout, header, &first, &n))
        memset(trace_row(trace, row) + first, -1, (size_t)n);
}

/* Both headers of a packet, every field but the options, with sound lengths. */
static void
draw_packet(Trace *trace, int row, FuzzInput *input)
{
    static const struct {
        Header header;
        uint8_t protocol, size;
    } transports[] = {
        {HEADER_TCP, 6, 20}, {HEADER_TCP, 6, 20}, {HEADER_UDP, 17, 8}, {HEADER_ICMP, 1, 8}};
    uint8_t kind = fuzz_u8(input);
    Header ip =
        kind & 4 && trace->layout->column_of[FIELD_IPV6_VER] >= 0 ? HEADER_IPV6 : HEADER_IPV4;
    Header transport = transports[kind % 4].header;
    uint32_t length = transports[kind % 4].size + (kind & 8 ? fuzz_u8(input) * 6u : 0u);

    for (int header = 0; header < N_HEADERS; header++)
        erase_header(trace, row, (Header)header);
    for (int field = 0; field < N_FIELDS; field++) {
        if ((field_table[field].header == ip || field_table[field].header == transport) &&
            field_table[field].width <= 32)
            trace_set(trace, row, (FieldId)field, kind & 16 ? (uint32_t)field * kind : 0);
    }
    trace_set(trace, row, ip == HEADER_IPV4 ? FIELD_IPV4_VER : FIELD_IPV6_VER,
              ip == HEADER_IPV4 ? 4 : 6);
    if (ip == HEADER_IPV4) {
        trace_set(trace, row, FIELD_IPV4_HL, 5);
        trace_set(trace, row, FIELD_IPV4_TL, 20 + length);
        trace_set(trace, row, FIELD_IPV4_TTL, 64);
        trace_set(trace, row, FIELD_IPV4_FOFF, 0);
        trace_set(trace, row, FIELD_IPV4_PROTO, transports[kind % 4].protocol);
    } else {
        trace_set(trace, row, FIELD_IPV6_LEN, length);
        trace_set(trace, row, FIELD_IPV6_NH, transports[kind % 4].protocol);
        trace_set(trace, row, FIELD_IPV6_HL, 64);
    }
    if (transport == HEADER_TCP) {
        trace_set(trace, row, FIELD_TCP_SPRT, kind & 32 ? 443 : 50000u + kind / 64);
        trace_set(trace, row, FIELD_TCP_DPRT, kind & 32 ? 50000u + kind / 64 : 443);
        trace_set(trace, row, FIELD_TCP_DOFF, 5);
        trace_set(trace, row, FIELD_TCP_ACKF, row > 0);
        trace_set(trace, row, FIELD_TCP_SYN, row < 2);
    } else if (transport == HEADER_UDP) {
        trace_set(trace, row, FIELD_UDP_SPORT, kind & 32 ? 53 : 50000u + kind / 64);
        trace_set(trace, row, FIELD_UDP_DPORT, kind & 32 ? 50000u + kind / 64 : 53);
        trace_set(trace, row, FIELD_UDP_LEN, length);
    }
}

/* One field: a value, one trit, absence, or some bytes of options. */
static void
edit_field(Trace *trace, int row, FuzzInput *input)
{
    FieldId field = (FieldId)(fuzz_u8(input) % N_FIELDS);
    uint8_t kind = fuzz_u8(input);
    int width = field_table[field].width, column = trace->layout->column_of[field];
    int8_t *trits = trace_row(trace, row) + MAX(column, 0);

    if (column < 0)
        return;
    if (kind % 4 == 0 && width <= 32) {
        trace_set(trace, row, field, width > 16 ? fuzz_u32(input) : fuzz_u8(input) * (kind | 1u));
    } else if (kind % 4 == 1) {
        trits[fuzz_u8(input) % width] = (int8_t)(kind / 4 % 3 - 1);
    } else if (kind % 4 == 2) {
        memset(trits, -1, (size_t)width);
    } else if (width >= 8) {
        int first = kind / 4 * 8 % width, n_bytes = fuzz_u8(input) % 16;
        for (int bit = first; bit < MIN(first + n_bytes * 8, width); bit += 8) {
            uint8_t byte = fuzz_u8(input);
            for (int i = 0; i < 8 && bit + i < width; i++)
                trits[bit + i] = byte >> (7 - i) & 1;
        }
    }
}

static void
make_row(Trace *trace, int row, FuzzInput *input)
{
    uint8_t kind = fuzz_u8(input);

    if (kind % 4 == 0) {
        draw_noise(trace, row, kind / 4, fuzz_u8(input));
    } else if (kind % 4 == 1 && row > 0) {
        int from = row - 1 - fuzz_u8(input) % row;
        memcpy(trace_row(trace, row), trace_row(trace, from), (size_t)trace->layout->n_columns);
    } else {
        draw_packet(trace, row, input);
    }
    for (int n = kind / 16 % MAX_EDITS; n > 0; n--)
        edit_field(trace, row, input);
}

static Address
take_address(FuzzInput *input)
{
    uint8_t choice = fuzz_u8(input);
    Address address = address_placeholder(choice & 1 ? 6 : 4, choice >> 1 & 1);

    if (choice % 16 == 15)
        return (Address){0};
    if (choice % 16 == 14)
        address.bytes[3] = choice;
    return address;
}

static void
make_side(TraceRow *side, const TraceRow *before, FuzzInput *input)
{
    uint8_t choice = fuzz_u8(input);

    side->time_ns = before ? before->time_ns : (int64_t)fuzz_u32(input) * 1000000000;
    side->time_ns += choice & 1 ? (int32_t)fuzz_u32(input) : 1000000;
    side->src = take_address(input);
    side->dst = take_address(input);
    side->length = choice & 2 ? fuzz_u32(input) >> (choice / 16) : 40u + choice;
    side->direction = choice >> 2 & 1;
}

static void
make_confidence(Trace *trace, uint8_t choice, uint8_t seed)
{
    size_t n = (size_t)trace->n_rows * trace->layout->n_columns;
    Random random = random_seeded(seed);

    if (choice % 4 == 0)
        return;
    trace->confidence = g_new(float, n + 1);
    for (size_t i = 0; i < n; i++)
        trace->confidence[i] = choice % 4 == 1   ? (float)seed / 255
                               : choice % 4 == 2 ? (float)(random_next(&random) >> 40) * 0x1p-24f
                                                 : (float)random_below(&random, 2);
}

Trace *
picture_make_trace(FuzzInput *input)
{
    uint8_t choice = fuzz_u8(input), confidence = fuzz_u8(input), seed = fuzz_u8(input);
    Trace *trace = trace_new(layout_nth(choice & 1), PICTURE_MAX_ROWS);

    trace->sides = choice & 2 ? choice >> 2 & 15 : 0;
    trace->n_rows = 0;
    for (int row = 0; row < PICTURE_MAX_ROWS && input->size > 0; row++) {
        trace->n_rows++;
        make_row(trace, row, input);
        if (trace->sides)
            make_side(&trace->rows[row], row ? &trace->rows[row - 1] : NULL, input);
    }
    make_confidence(trace, confidence, seed);
    return trace;
}
