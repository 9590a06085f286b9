/* SPDX-License-Identifier: Apache-2.0 */
/* Traces made by hand for the tests of fidelity. */
#pragma once

#include "app/trace/trace.h"

/* n packets of UDP over IPv4 with this TTL and size, every bit of both headers present; 10 ms
 * apart, two forth and one back. Random by nature are the identification and the ports, from seed;
 * checksums are 0. */
static inline Trace *
made_udp(int n, uint32_t ttl, uint32_t size, uint32_t seed)
{
    static const struct {
        FieldId field;
        uint32_t value;
    } fixed[] = {
        {FIELD_IPV4_VER, 4},   {FIELD_IPV4_HL, 5},    {FIELD_IPV4_TOS, 0},  {FIELD_IPV4_RBIT, 0},
        {FIELD_IPV4_DFBIT, 1}, {FIELD_IPV4_MFBIT, 0}, {FIELD_IPV4_FOFF, 0}, {FIELD_IPV4_PROTO, 17},
        {FIELD_IPV4_CKSUM, 0}, {FIELD_UDP_CKSUM, 0},
    };
    Trace *trace = trace_new(layout_default(), n);

    trace->sides = TRACE_HAS_TIMES | TRACE_HAS_DIRECTIONS;
    for (int row = 0; row < n; row++) {
        for (guint i = 0; i < G_N_ELEMENTS(fixed); i++)
            trace_set(trace, row, fixed[i].field, fixed[i].value);
        trace_set(trace, row, FIELD_IPV4_TTL, ttl);
        trace_set(trace, row, FIELD_IPV4_TL, size);
        trace_set(trace, row, FIELD_IPV4_ID, seed * 7919 + (uint32_t)row);
        trace_set(trace, row, FIELD_UDP_SPORT, 40000 + seed);
        trace_set(trace, row, FIELD_UDP_DPORT, 53);
        trace_set(trace, row, FIELD_UDP_LEN, size - 20);
        trace->rows[row].time_ns = (int64_t)row * 10000000;
        trace->rows[row].direction = row % 3 == 2;
    }
    return trace;
}
