/* SPDX-License-Identifier: Apache-2.0 */
/* Repair: walks the intra-packet and the inter-packet dependency tree of rules until every packet
 * and flow of a trace is legal. Each rule states what must hold and why (RFC and section); nothing
 * is changed without a line in the report; a legal trace comes back untouched; repairing twice
 * changes nothing the second time. */
#pragma once

#include "app/trace/trace.h"

#include <gio/gio.h>

typedef enum { REPAIR_INTRA_PACKET, REPAIR_INTER_PACKET } RepairTree;

typedef struct RepairContext RepairContext; /* repair_context.h: what a rule may see and do */

typedef struct {
    const char *id;        /* "ipv4-total-length" */
    RepairTree tree;
    const char *statement; /* what must hold, one sentence */
    const char *source;    /* "RFC 791, section 3.1" */
    const char *const *after; /* ids of the rules it depends on, NULL-terminated */
    void (*apply)(RepairContext *context);
} RepairRule;

/* Every rule in the order in which it runs (dependencies first); n receives the count. */
const RepairRule *const *repair_rules(int *n);

typedef struct {
    int row;          /* in the trace given to repair, before padding was dropped */
    FieldId field;
    uint64_t before;  /* bits of the field, right-aligned, as drawn (fields over 64 bits: first 64) */
    uint64_t after;
    uint16_t n_bits;  /* bits that changed value or presence */
    int16_t rule;     /* index into repair_rules() */
} RepairChange;

typedef struct {
    GArray *changes;      /* RepairChange */
    int n_rows_in, n_rows_out, n_padding, n_dropped;
    guint64 n_bits;       /* bits looked at (rows x columns) */
    guint64 n_bits_changed;
    int *row_of;          /* (n_rows_out) row of the input each output row came from */
} RepairReport;

void repair_report_free(RepairReport *report);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(RepairReport, repair_report_free)
/* JSON text of the report; the caller frees. */
char *repair_report_to_json(const RepairReport *report);
/* A short table: rule, packets, bits. The caller frees. */
char *repair_report_to_table(const RepairReport *report);

typedef struct {
    const Trace *template_trace; /* real capture: times, directions, addresses; NULL for defaults */
    guint64 seed;
    GCancellable *cancellable;   /* may be NULL */
    void (*progress)(double fraction, void *data); /* may be NULL */
    void *progress_data;
} RepairOptions;

/* A new, legal trace, and what was done to make it so. NULL on cancellation or when nothing in the
 * trace can be a packet. report may be NULL. */
Trace *repair_trace(const Trace *drawn, const RepairOptions *options, RepairReport **report,
                    GError **error);
