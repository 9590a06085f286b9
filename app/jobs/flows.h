/* SPDX-License-Identifier: Apache-2.0 */
/* The flows of a capture as a list to show. Reads the file once and quickly, so no job. */
#pragma once

#include "app/trace/flow_table.h"

typedef enum { FLOWS_BY_PACKETS, FLOWS_BY_BYTES, FLOWS_BY_TIME } FlowsOrder;

/* "packets", "bytes" (the most first), "time" (the earliest first). */
bool flows_order_by_name(const char *name, FlowsOrder *order, GError **error);

typedef struct {
    const char *input; /* "-" is standard input */
    FlowBy by;
    const char *filter; /* as pcap-filter(7) has it, or NULL */
    FlowsOrder order;
    int min_packets; /* flows of fewer are left out */
    int max_flows;   /* of the list, 0: all */
} FlowsParams;

typedef struct {
    FlowTable *table;        /* owned */
    GPtrArray *flows;        /* const Flow *, of the table: what to show, in order; owned */
    uint32_t n_matching;     /* flows of min_packets or more, shown or not */
    uint64_t packets, bytes; /* of all flows of the table */
    int64_t first_ns, last_ns;
    char *warning; /* where the capture is damaged, or NULL; owned */
} FlowsResult;

void flows_result_clear(FlowsResult *result);
bool flows_list(const FlowsParams *params, FlowsResult *result, GError **error);

/* The list as CSV (RFC 4180, a header line first; docs/formats.md), one flow a line. */
void flows_append_csv_header(GString *out);
void flows_append_csv(GString *out, const Flow *flow);
