/* SPDX-License-Identifier: Apache-2.0 */
/* Repair: walks the intra-packet and the inter-packet dependency tree of rules until every packet
 * and flow of a trace is legal. Each rule states what must hold and why (RFC and section); nothing
 * is changed without a line in the report; a legal trace comes back untouched; repairing twice
 * changes nothing the second time. */
#pragma once

#include "app/trace/policy.h"
#include "app/trace/timing_model.h"
#include "app/trace/trace.h"

#include <gio/gio.h>

typedef enum { REPAIR_INTRA_PACKET, REPAIR_INTER_PACKET } RepairTree;

typedef struct RepairContext RepairContext; /* repair_context.h: what a rule may see and do */

/* A set of fields: bit FIELD_X stands for FIELD_X. */
typedef uint64_t FieldSet;
G_STATIC_ASSERT(N_FIELDS <= 64);

static inline bool
field_set_has(FieldSet set, FieldId field)
{
    return set >> field & 1;
}

typedef struct {
    const char *id; /* "ipv4-total-length" */
    RepairTree tree;
    const char *statement; /* what must hold, one sentence: English, marked with N_ */
    const char *source;    /* "RFC 791, section 3.1": English, marked with N_ */
    FieldSet reads;        /* what it looks at, as drawn or as earlier rules left it */
    FieldSet writes;
    const char *const *after; /* ids of the rules it depends on, NULL-terminated */
    void (*apply)(RepairContext *context);
} RepairRule;

/* Every rule in the order in which it runs (dependencies first); n receives the count. */
const RepairRule *const *repair_rules(int *n);
/* Index into repair_rules(); -1 and an error that names the nearest ids when there is none. */
int repair_rule_find(const char *id, GError **error);
/* Index of the rule that it hangs from in its tree: the last of those in the same tree that it
 * waits for; -1 for a root. */
int repair_rule_parent(int rule);

/* The two dependency trees as text, each rule under the one it waits for, with its statement,
 * source and the fields it reads and writes. The caller frees. */
char *repair_rules_explain(void);
/* "ipv4_tl, tcp_doff", or "every field"; the caller frees. */
char *field_set_to_string(FieldSet set);

/* One field of one packet, as drawn and as it came out. A field that several rules wrote is named
 * with the last of them; a field that came out as drawn has no line. */
typedef struct {
    int row; /* in the trace given to repair, before padding was dropped */
    FieldId field;
    uint64_t before; /* bits of the field, right-aligned, as drawn, absent bits 0 (fields over 64
                        bits: the first 64) */
    uint64_t after;
    uint32_t trits;  /* offset in RepairReport.trits: the field's trits before, then after */
    uint64_t rules;  /* bit i: rule i wrote the field at some time */
    uint16_t n_bits; /* bits that changed value or presence */
    int16_t rule;    /* index into repair_rules(): the last that wrote it */
} RepairChange;

/* What travels beside the rows and had to be made or corrected; these are no bits. */
typedef enum {
    REPAIR_SIDE_TIMES,
    REPAIR_SIDE_ADDRESSES,
    REPAIR_SIDE_DIRECTIONS,
    REPAIR_SIDE_LENGTHS,
    N_REPAIR_SIDES
} RepairSide;

typedef struct {
    GArray *changes; /* RepairChange, by row, then field */
    /* RepairChange, by row, then field, then rule: what was not done, from what came out to what
     * the rule would have made of it. By rules that are switched off (of several that would write
     * one field each has a line), and in packets that were to stay as drawn. */
    GArray *declined;
    GByteArray *trits; /* int8; see RepairChange.trits */
    int n_rows_in, n_rows_out;
    int n_padding;  /* rows that were absence throughout */
    int n_dropped;  /* rows with some bits, too few for a packet */
    int n_as_drawn; /* packets that are as they were drawn because that was asked for */
    int n_flows;
    guint64 n_bits; /* bits looked at (rows x columns) */
    guint64 n_bits_changed;
    int n_sides[N_REPAIR_SIDES]; /* rows whose time, addresses, ... were made or corrected */
    int *row_of;                 /* (n_rows_out) row of the input each output row came from */
    int *flow_of;                /* (n_rows_out) 0..n_flows-1: flow of each output row, -1 none */
} RepairReport;

void repair_report_free(RepairReport *report);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(RepairReport, repair_report_free)
/* JSON text of the report; the caller frees. */
char *repair_report_to_json(const RepairReport *report);
/* Two short tables: rule, packets, bits; and field, packets, bits. The caller frees. */
char *repair_report_to_table(const RepairReport *report);
/* Every change, a line each: packet, field, before, after, rule. The caller frees. */
char *repair_report_to_changes(const RepairReport *report);

typedef struct {
    const Trace *template_trace; /* real capture: times, directions, addresses; NULL for defaults */
    const TimingModel *timing;   /* times by a model, before the template's; NULL for none */
    guint64 seed;                /* of addresses, times and payload */
    /* What the transport checksums cover: write with the same, and the same seed. */
    PayloadPolicy payload;
    const PayloadTemplate *payload_template; /* for PAYLOAD_TEMPLATE */
    AddressPolicy addresses; /* of a trace that carries none and where there is no template */
    /* Ids of rules that are switched off, NULL-terminated; NULL for none. Such a rule still finds
     * out what later rules need to know, but changes nothing. */
    const char *const *without;
    /* Rows of the input (n_as_drawn, ascending) whose packets stay as they were drawn. Such a row
     * bears witness for the others like any other; what was done to its own bits is then taken
     * back, and nothing else is made to fit it. What travels beside the row stays as repaired; one
     * that is no packet is dropped all the same. */
    const int *as_drawn;
    int n_as_drawn;
    /* Lets a drawn TCP flow that does not look like one that opens start in its middle. Else every
     * drawn flow gets a handshake, except as said at repair_trace. */
    bool mid_stream;
    GCancellable *cancellable;                     /* may be NULL */
    void (*progress)(double fraction, void *data); /* may be NULL */
    void *progress_data;
} RepairOptions;

/* A new, legal trace, and what was done to make it so. NULL on cancellation or when nothing in the
 * trace can be a packet. report may be NULL. options may be NULL.
 *
 * What is kept: a packet is taken as observed, not drawn, when its IP header is sound (its checksum
 * fits it and its addresses, or is 0, as where a network card computes it, and its total length is
 * no other than the one known from beside the row) and its transport header breaks no rule. A flow
 * of observed packets alone is left as it is, wherever in its life it starts: the payload, which is
 * new, fits its checksums (payload.h). A flow that is mostly observed keeps its observed packets
 * and has the others fitted in. Any other flow was drawn: it follows the strict rules, and starts
 * with a handshake, unless its trace carries the addresses of a capture and no SYN was drawn there.
 */
Trace *repair_trace(const Trace *drawn, const RepairOptions *options, RepairReport **report,
                    GError **error);
