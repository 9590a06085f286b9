/* SPDX-License-Identifier: Apache-2.0 */
/* A capture as the rows of a Trace. */
#include <gio/gio.h>
#include <glib/gi18n-lib.h>
#include <string.h>

#include "app/trace/capture.h"
#include "app/trace/codec.h"
#include "app/trace/flow_track.h"
#include "app/trace/host_pairs.h"
#include "app/trace/link.h"

struct CaptureRows {
    CaptureReader *reader;
    Codec codec;
    Trace *trace;
    int room; /* rows that there is memory for */
    HostPairs *pairs;
    const FlowChoice *flow; /* borrowed from the options; NULL: all */
    FlowTracker *tracker;   /* with flow */
    CaptureCut cut;
};

static void
count_skipped(Trace *trace, const SkipReason *reason)
{
    char *text = skip_reason_to_string(reason);
    guint count = GPOINTER_TO_UINT(g_hash_table_lookup(trace->skipped, text));

    g_hash_table_insert(trace->skipped, text, GUINT_TO_POINTER(count + 1));
}

/* Whether the packet is of the flow that is asked for, and which way it goes there. */
static bool
is_of_flow(CaptureRows *rows, const CapturePacket *captured, const Packet *packet,
           uint8_t *direction)
{
    FlowKey key = rows->flow->key;
    FlowPlace place;

    flow_tracker_place(rows->tracker, packet, captured->time_ns, &place);
    *direction = place.side ^ flow_key_normalise(&key);
    return place.flow + 1 == rows->flow->number;
}

static bool
add_packet(CaptureRows *rows, const CapturePacket *captured, GError **error)
{
    Trace *trace = rows->trace;
    SkipReason reason;
    Packet packet;
    TraceRow *row;
    uint8_t direction = 0;

    if (!trace_grow(trace, &rows->room, error))
        return false;
    capture_cut_note(&rows->cut, captured);
    if (!packet_parse(&packet, captured->link_type, (Bytes){captured->data, captured->captured},
                      captured->length, &reason)) {
        count_skipped(trace, &reason);
        return true;
    }
    if (rows->flow && !is_of_flow(rows, captured, &packet, &direction))
        return true;
    if (!codec_encode(&rows->codec, &packet, trace_row(trace, trace->n_rows), &reason)) {
        count_skipped(trace, &reason);
        return true;
    }
    if (trace->extra_trits)
        codec_encode_extra(&trace->extra, &packet, trace_extra_row(trace, trace->n_rows));
    row = &trace->rows[trace->n_rows++];
    *row = (TraceRow){.time_ns = captured->time_ns, .frame = captured->frame};
    packet_fill_row(&packet, row);
    row->direction =
        rows->flow ? direction : host_pairs_direction(rows->pairs, &row->src, &row->dst);
    return true;
}

/* "EN10MB, RAW" */
static char *
link_type_names(const CaptureReader *reader)
{
    int n;
    const int *link_types = capture_link_types(reader, &n);
    g_autoptr(GPtrArray) names = g_ptr_array_new_with_free_func(g_free);

    for (int i = 0; i < n; i++)
        g_ptr_array_add(names, capture_link_type_name(link_types[i]));
    g_ptr_array_add(names, NULL);
    return g_strjoinv(", ", (char **)names->pdata);
}

/* One link type that is known is enough: packets of the others are counted. */
bool
capture_check_link_types(const CaptureReader *reader, GError **error)
{
    int n;
    const int *link_types = capture_link_types(reader, &n);
    g_autofree char *names = NULL;

    for (int i = 0; i < n; i++) {
        if (link_type_is_known(link_types[i]))
            return true;
    }
    if (n == 0)
        return true;
    names = link_type_names(reader);
    g_set_error(error, G_IO_ERROR, G_IO_ERROR_NOT_SUPPORTED,
                _("“%s” has link type %d (%s), which is not read: capture or convert it as one of "
                  "%s."),
                capture_name(reader), link_types[0], names, link_known_types());
    return false;
}

CaptureRows *
capture_rows_open(const char *path, const Layout *layout, const CaptureReadOptions *options,
                  GError **error)
{
    g_autoptr(CaptureRows) rows = NULL;
    g_autoptr(CaptureReader) reader = capture_open(path, options, error);

    if (!reader || !capture_check_link_types(reader, error))
        return NULL;
    rows = g_new0(CaptureRows, 1);
    rows->trace = trace_new(layout, 0);
    rows->trace->sides =
        TRACE_HAS_TIMES | TRACE_HAS_ADDRESSES | TRACE_HAS_DIRECTIONS | TRACE_HAS_LENGTHS;
    g_hash_table_insert(rows->trace->provenance, g_strdup("source"), g_path_get_basename(path));
    if (options && options->filter)
        g_hash_table_insert(rows->trace->provenance, g_strdup("filter"),
                            g_utf8_make_valid(options->filter, -1));
    rows->pairs = host_pairs_new();
    rows->flow = options ? options->flow : NULL;
    if (rows->flow)
        rows->tracker = flow_tracker_new(rows->flow->by);
    rows->reader = g_steal_pointer(&reader);
    codec_init(&rows->codec, layout);
    rows->codec.keep_empty = options && options->keep_empty;
    if (options && trace_extra_width(&options->extra) > 0)
        trace_keep_extra(rows->trace, &options->extra);
    return g_steal_pointer(&rows);
}

void
capture_rows_free(CaptureRows *rows)
{
    if (!rows)
        return;
    capture_close(rows->reader);
    trace_free(rows->trace);
    host_pairs_free(rows->pairs);
    flow_tracker_free(rows->tracker);
    g_free(rows);
}

Trace *
capture_rows_trace(const CaptureRows *rows)
{
    return rows->trace;
}

CaptureReader *
capture_rows_reader(const CaptureRows *rows)
{
    return rows->reader;
}

void
capture_note_provenance(const CaptureReader *reader, const CaptureCut *cut, GHashTable *provenance)
{
    g_hash_table_insert(provenance, g_strdup("link_type"), link_type_names(reader));
    g_hash_table_insert(provenance, g_strdup("packets_read"),
                        g_strdup_printf("%u", capture_n_read(reader)));
    if (cut->n_packets > 0) {
        g_hash_table_insert(provenance, g_strdup("packets_cut"),
                            g_strdup_printf("%u", cut->n_packets));
        g_hash_table_insert(provenance, g_strdup("snaplen"), g_strdup_printf("%u", cut->snaplen));
    }
    if (g_hash_table_contains(provenance, "filter"))
        g_hash_table_insert(provenance, g_strdup("packets_filtered"),
                            g_strdup_printf("%u", capture_n_filtered(reader)));
}

bool
capture_rows_next(CaptureRows *rows, int max_rows, char **warning, GError **error)
{
    g_autoptr(GError) damage = NULL;
    CapturePacket packet;
    int status = 1;

    if (warning)
        *warning = NULL;
    rows->trace->n_rows = 0;
    while ((max_rows <= 0 || rows->trace->n_rows < max_rows) &&
           (status = capture_next(rows->reader, &packet, &damage)) == 1) {
        if (!add_packet(rows, &packet, error))
            return false;
    }
    if (status < 0 && capture_n_read(rows->reader) == 0) {
        g_propagate_error(error, g_steal_pointer(&damage));
        return false;
    }
    if (status < 0 && warning)
        *warning = g_strdup(damage->message);
    capture_note_provenance(rows->reader, &rows->cut, rows->trace->provenance);
    return true;
}

Trace *
trace_read_capture(const char *path, const Layout *layout, int max_rows, char **warning,
                   GError **error)
{
    return trace_read_capture_with(path, layout, NULL, max_rows, warning, error);
}

Trace *
trace_read_capture_with(const char *path, const Layout *layout, const CaptureReadOptions *options,
                        int max_rows, char **warning, GError **error)
{
    g_autoptr(CaptureRows) rows = NULL;

    if (warning)
        *warning = NULL;
    rows = capture_rows_open(path, layout, options, error);
    if (!rows || !capture_rows_next(rows, max_rows, warning, error))
        return NULL;
    return g_steal_pointer(&rows->trace);
}
