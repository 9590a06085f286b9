/* SPDX-License-Identifier: Apache-2.0 */
/* A capture as windows of rows, flow by flow: what becomes a picture each. The file is read twice
 * (by capture: once), and never stands in memory: a flow keeps the header bytes of the rows that a
 * window still wants, some 80 bytes a row, and only from its first packet to its last. What all
 * open flows keep is bounded. */
#pragma once

#include "app/trace/flow_table.h"

/* Bytes that rows which wait for their windows may take, where the options say nothing. */
enum { FLOW_WINDOWS_MAX_OPEN = 256 << 20 };

typedef struct {
    FlowBy by;
    bool biggest;    /* only the flow of most packets */
    int number;      /* only this flow (flow_table.h), from 1; 0: all */
    int window;      /* rows a window, 1 or more */
    int stride;      /* rows from the start of one to that of the next; 0: window */
    int min_packets; /* flows of fewer are left out, and windows of fewer that are not full */
    size_t max_open; /* bytes; 0: FLOW_WINDOWS_MAX_OPEN */
} FlowWindowOptions;

typedef struct FlowWindows FlowWindows;

/* Opens the capture and, unless by capture, finds its flows. read may be NULL. Standard input
 * cannot be read twice: an error, unless by capture. */
FlowWindows *flow_windows_open(const char *path, const Layout *layout,
                               const FlowWindowOptions *options, const CaptureReadOptions *read,
                               GError **error);
void flow_windows_free(FlowWindows *windows);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(FlowWindows, flow_windows_free)

/* What the last window is of. */
typedef struct {
    const Flow *flow;       /* NULL by capture; borrowed */
    uint32_t number;        /* of the window among those of its flow, from 1 */
    uint64_t first_row;     /* of its rows among all of the flow, from 0 */
    uint32_t directions[2]; /* rows each way */
} FlowWindow;

/* The next window, in order of their last packets; the caller frees. NULL at the end, and on error.
 * Windows start every `stride` rows, the last of a flow at the first start from which its end is
 * reached, so that it may be shorter. Directions are those of the flow (flow_table.h); by capture
 * those of the host pairs. The provenance says of which flow it is. */
Trace *flow_windows_next(FlowWindows *windows, FlowWindow *window, GError **error);

/* So far: */
uint64_t flow_windows_n_rows(const FlowWindows *windows); /* rows of the chosen flows */
/* Packets that make no row, by reason: char* -> GUINT_TO_POINTER(count). Borrowed. */
GHashTable *flow_windows_skipped(const FlowWindows *windows);
const char *flow_windows_warning(const FlowWindows *windows); /* damage, or NULL; borrowed */
/* How much of the file was read (the second time, where it is read twice), 0 to 1. */
double flow_windows_fraction(const FlowWindows *windows);
/* The flows; NULL by capture. */
const FlowTable *flow_windows_table(const FlowWindows *windows);
