/* SPDX-License-Identifier: Apache-2.0 */
/* A trace in three bits a trit, for comparing many with many: by trits that differ, by rows that
 * one has of the other. Padding at the end does not count. */
#pragma once

#include "app/trace/trace.h"

/* Which bits are looked at. Present or absent counts in both. */
typedef enum {
    SCOPE_ALL,
    SCOPE_STEADY, /* not the values that are random by nature (app/trace/field_random.h) */
    N_SCOPES
} BitScope;

/* "all", "steady". */
const char *bit_scope_name(BitScope scope);

typedef struct {
    const Layout *layout;
    int n_rows;      /* up to the last that is a packet */
    int n_words;     /* of a plane of a row */
    guint64 *planes; /* (n_rows, 3, n_words): present, steady bits that are 1, random ones */
    guint64 *row_hashes[N_SCOPES]; /* (n_hashes), rising: of the rows that are packets */
    int n_hashes;
    guint64 hash[N_SCOPES]; /* of the whole */
} PackedTrace;

/* Of the first max_packets rows (0: of all). */
PackedTrace *packed_trace_new(const Trace *trace, int max_packets);
void packed_trace_free(PackedTrace *trace);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(PackedTrace, packed_trace_free)

/* Hamming distance over trits, row by row, as a share of the trits of the longer one: 0 the same, 1
 * no trit alike; what one has rows more counts as absence in the other. NAN when both are empty. Of
 * traces under one layout. */
double packed_trace_distance(const PackedTrace *a, const PackedTrace *b, BitScope scope);

/* The share of a trace's packets whose row stands, at whatever place, in any of n other traces too:
 * 0 to 1; NAN when the trace has no packets. Rows are known by hashes of 64 bits. */
double packed_trace_copied(const PackedTrace *trace, const PackedTrace *const *from, int n,
                           BitScope scope);
