/* SPDX-License-Identifier: Apache-2.0 */
/* Windows of flows: the first pass finds the flows, the second gives each packet to the flow it is
 * of, which keeps the bytes of its headers until a window is full. */
#include "app/trace/flow_windows.h"

#include <gio/gio.h>
#include <glib/gi18n-lib.h>

#include "app/trace/codec.h"
#include "app/trace/host_pairs.h"
#include "app/trace/row_queue.h"

/* A flow from its first packet to its last. Rows are counted from its first on. */
typedef struct {
    RowQueue rows; /* the last of them, from the start of the next window on */
    uint64_t n_rows;
    uint64_t start;   /* of the next window */
    uint64_t reached; /* the end of the last window */
    uint64_t n_packets;
    uint32_t n_windows;
} Open;

struct FlowWindows {
    FlowWindowOptions options;
    int min_rows; /* of a window */
    char *path;
    CaptureReader *reader;
    const Layout *layout;
    Codec codec;
    int8_t *scratch;      /* a row of trits */
    FlowTable *table;     /* NULL by capture */
    FlowTracker *tracker; /* of the second pass */
    HostPairs *pairs;     /* directions by capture */
    GPtrArray *open;      /* Open or NULL, by flow; by capture the one */
    uint32_t n_swept;     /* of open, at the end */
    bool is_at_end;
    size_t n_open_bytes;
    CaptureCut cut;
    uint64_t n_rows;
    GHashTable *skipped;
    char *filter;
    char *warning;
};

static void
open_free(void *data)
{
    Open *open = data;

    if (!open)
        return;
    row_queue_clear(&open->rows);
    g_free(open);
}

void
flow_windows_free(FlowWindows *windows)
{
    if (!windows)
        return;
    g_free(windows->path);
    capture_close(windows->reader);
    g_free(windows->scratch);
    flow_table_free(windows->table);
    flow_tracker_free(windows->tracker);
    host_pairs_free(windows->pairs);
    g_clear_pointer(&windows->open, g_ptr_array_unref);
    g_clear_pointer(&windows->skipped, g_hash_table_unref);
    g_free(windows->filter);
    g_free(windows->warning);
    g_free(windows);
}

/* --- which flows --- */

static bool
choose(FlowWindows *windows, GError **error)
{
    FlowWindowOptions *options = &windows->options;
    uint32_t n = flow_table_n_flows(windows->table);

    if (options->number < 0 || (uint32_t)options->number > n) {
        g_set_error(
            error, G_IO_ERROR, G_IO_ERROR_NOT_FOUND,
            _("“%s” has no flow %d: by %s there are %u, and “torchlight flows” lists them."),
            windows->path, options->number, flow_by_to_name(options->by), n);
        return false;
    }
    if (options->biggest && n > 0)
        options->number = (int)flow_table_biggest(windows->table)->number;
    return true;
}

static bool
is_chosen(const FlowWindows *windows, uint32_t flow)
{
    const FlowWindowOptions *options = &windows->options;

    if (!windows->table)
        return true;
    if (options->number > 0)
        return flow + 1 == (uint32_t)options->number;
    return flow_n_packets(flow_table_flow(windows->table, flow + 1)) >=
           (uint64_t)MAX(options->min_packets, 1);
}

static bool
find_flows(FlowWindows *windows, const CaptureReadOptions *read, GError **error)
{
    if (g_str_equal(windows->path, "-")) {
        g_set_error_literal(error, G_OPTION_ERROR, G_OPTION_ERROR_BAD_VALUE,
                            _("Standard input cannot be read twice, as flows need it: write it to "
                              "a file first, or choose the whole capture."));
        return false;
    }
    windows->table =
        flow_table_read(windows->path, windows->options.by, read, &windows->warning, error);
    return windows->table && choose(windows, error);
}

FlowWindows *
flow_windows_open(const char *path, const Layout *layout, const FlowWindowOptions *options,
                  const CaptureReadOptions *read, GError **error)
{
    g_autoptr(FlowWindows) windows = g_new0(FlowWindows, 1);
    bool by_capture = options->by == FLOW_BY_CAPTURE;

    g_return_val_if_fail(options->window > 0 && options->stride >= 0, NULL);
    windows->options = *options;
    if (options->stride == 0)
        windows->options.stride = options->window;
    if (options->max_open == 0)
        windows->options.max_open = FLOW_WINDOWS_MAX_OPEN;
    windows->min_rows = CLAMP(options->min_packets, 1, options->window);
    windows->path = g_strdup(path);
    if (!by_capture && !find_flows(windows, read, error))
        return NULL;
    windows->reader = capture_open(path, read, error);
    if (!windows->reader || !capture_check_link_types(windows->reader, error))
        return NULL;
    windows->layout = layout;
    codec_init(&windows->codec, layout);
    windows->scratch = g_malloc(layout->n_columns);
    windows->tracker = flow_tracker_new(options->by);
    windows->pairs = host_pairs_new();
    windows->open = g_ptr_array_new_with_free_func(open_free);
    g_ptr_array_set_size(windows->open, by_capture ? 1 : (int)flow_table_n_flows(windows->table));
    windows->skipped = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);
    if (read && read->filter)
        windows->filter = g_utf8_make_valid(read->filter, -1);
    return g_steal_pointer(&windows);
}

/* --- rows that wait --- */

static bool
keep(FlowWindows *windows, Open *open, const CapturePacket *captured, const Packet *packet,
     uint8_t direction, GError **error)
{
    size_t cost = row_queue_cost(packet);

    if (open->n_rows++ < open->start)
        return true; /* between two windows */
    if (cost > windows->options.max_open - MIN(windows->options.max_open, windows->n_open_bytes)) {
        g_autofree char *limit =
            g_format_size_full(windows->options.max_open, G_FORMAT_SIZE_IEC_UNITS);

        g_set_error(error, G_IO_ERROR, G_IO_ERROR_NO_SPACE,
                    _("“%s” has so many flows open at once that the packets which wait for their "
                      "windows pass %s: take fewer flows (the biggest, those of more packets, a "
                      "filter) or shorter windows."),
                    windows->path, limit);
        return false;
    }
    row_queue_append(&open->rows, captured, packet, direction);
    windows->n_open_bytes += cost;
    return true;
}

/* Forgets the rows before the next window. */
static void
forget(FlowWindows *windows, Open *open)
{
    uint64_t first = open->n_rows - open->rows.n_rows;

    windows->n_open_bytes -= row_queue_size(&open->rows);
    row_queue_drop(&open->rows, open->start > first ? open->start - first : 0);
    windows->n_open_bytes += row_queue_size(&open->rows);
}

/* --- windows --- */

static void note(const Trace *trace, const char *key, const char *format, ...) G_GNUC_PRINTF(3, 4);

static void
note(const Trace *trace, const char *key, const char *format, ...)
{
    va_list args;

    va_start(args, format);
    g_hash_table_insert(trace->provenance, g_strdup(key), g_strdup_vprintf(format, args));
    va_end(args);
}

static void
note_provenance(const FlowWindows *windows, const Trace *trace, const FlowWindow *about)
{
    const FlowWindowOptions *options = &windows->options;
    g_autofree char *name = g_path_get_basename(windows->path);

    note(trace, "source", "%s", name);
    if (windows->filter)
        note(trace, "filter", "%s", windows->filter);
    capture_note_provenance(windows->reader, &windows->cut, trace->provenance);
    note(trace, "flows", "%s", flow_by_to_name(options->by));
    note(trace, "first_packet", "%" G_GUINT64_FORMAT, (guint64)about->first_row);
    note(trace, "first_frame", "%u", trace->rows[0].frame);
    note(trace, "window", "%d", options->window);
    note(trace, "stride", "%d", options->stride);
    note(trace, "rows_forward", "%u", about->directions[0]);
    note(trace, "rows_back", "%u", about->directions[1]);
    if (about->flow)
        flow_note_provenance(about->flow, options->by, trace->provenance);
}

/* The rows from the next start on, as many as there are up to a window. */
static Trace *
cut(FlowWindows *windows, Open *open, uint32_t flow, FlowWindow *about)
{
    const FlowWindowOptions *options = &windows->options;
    int n = (int)MIN(open->n_rows - open->start, (uint64_t)options->window);
    Trace *trace = trace_new(windows->layout, n);

    *about = (FlowWindow){
        .flow = windows->table ? flow_table_flow(windows->table, flow + 1) : NULL,
        .number = ++open->n_windows,
        .first_row = open->start,
    };
    trace->sides = TRACE_HAS_TIMES | TRACE_HAS_ADDRESSES | TRACE_HAS_DIRECTIONS | TRACE_HAS_LENGTHS;
    row_queue_read(&open->rows, &windows->codec, trace);
    for (int row = 0; row < n; row++)
        about->directions[trace->rows[row].direction]++;
    note_provenance(windows, trace, about);
    open->reached = open->start + (uint64_t)n;
    open->start += (uint64_t)options->stride;
    forget(windows, open);
    return trace;
}

/* What a flow still has at its end. */
static Trace *
close_flow(FlowWindows *windows, uint32_t flow, FlowWindow *about)
{
    Open *open = windows->open->pdata[flow];
    Trace *trace = NULL;

    if (open->n_rows > open->reached && open->n_rows > open->start &&
        open->n_rows - open->start >= (uint64_t)windows->min_rows)
        trace = cut(windows, open, flow, about);
    windows->n_open_bytes -= row_queue_size(&open->rows);
    windows->open->pdata[flow] = NULL;
    open_free(open);
    return trace;
}

static void
count_skipped(FlowWindows *windows, const SkipReason *reason)
{
    char *text = skip_reason_to_string(reason);
    guint count = GPOINTER_TO_UINT(g_hash_table_lookup(windows->skipped, text));

    g_hash_table_insert(windows->skipped, text, GUINT_TO_POINTER(count + 1));
}

/* By flow 0 is what the initiator sends, by capture what goes as the first row of its host pair. */
static uint8_t
direction_of(FlowWindows *windows, const FlowPlace *place, const Packet *packet)
{
    FlowKey key;

    if (!windows->table)
        return host_pairs_direction(windows->pairs, &packet->src, &packet->dst);
    key = flow_table_flow(windows->table, place->flow + 1)->key;
    return place->side ^ flow_key_normalise(&key);
}

static Open *
open_of(FlowWindows *windows, uint32_t flow)
{
    Open *open = windows->open->pdata[flow];

    if (!open) {
        open = windows->open->pdata[flow] = g_new0(Open, 1);
        row_queue_init(&open->rows);
    }
    return open;
}

static bool
is_complete(const FlowWindows *windows, const Open *open, uint32_t flow)
{
    return windows->table &&
           open->n_packets == flow_n_packets(flow_table_flow(windows->table, flow + 1));
}

/* A packet of a flow. *trace is the window that it fills or ends, if any. */
static bool
take(FlowWindows *windows, const CapturePacket *captured, const Packet *packet,
     const FlowPlace *place, Trace **trace, FlowWindow *about, GError **error)
{
    Open *open = open_of(windows, place->flow);
    SkipReason reason;

    open->n_packets++;
    if (!codec_encode(&windows->codec, packet, windows->scratch, &reason)) {
        count_skipped(windows, &reason);
    } else {
        windows->n_rows++;
        if (!keep(windows, open, captured, packet, direction_of(windows, place, packet), error))
            return false;
    }
    if (open->n_rows == open->start + (uint64_t)windows->options.window)
        *trace = cut(windows, open, place->flow, about);
    if (is_complete(windows, open, place->flow)) {
        Trace *rest = close_flow(windows, place->flow, about);

        *trace = rest ? rest : *trace; /* a window that is full leaves no rest */
    }
    return true;
}

/* A packet of the file. */
static bool
look_at(FlowWindows *windows, const CapturePacket *captured, Trace **trace, FlowWindow *about,
        GError **error)
{
    FlowPlace place = {.flow = 0};
    SkipReason reason;
    Packet packet;

    *trace = NULL;
    capture_cut_note(&windows->cut, captured);
    if (!packet_parse(&packet, captured->link_type, (Bytes){captured->data, captured->captured},
                      captured->length, &reason)) {
        count_skipped(windows, &reason);
        return true;
    }
    if (windows->table)
        flow_tracker_place(windows->tracker, &packet, captured->time_ns, &place);
    if (place.flow >= windows->open->len) {
        g_set_error(error, G_IO_ERROR, G_IO_ERROR_FAILED,
                    _("“%s” changed while it was read: try again when nobody writes to it."),
                    windows->path);
        return false;
    }
    return !is_chosen(windows, place.flow) ||
           take(windows, captured, &packet, &place, trace, about, error);
}

/* What is open when the capture ends: all of it by capture, else flows of a file that changed. */
static Trace *
sweep(FlowWindows *windows, FlowWindow *about)
{
    Trace *trace = NULL;

    while (!trace && windows->n_swept < windows->open->len) {
        uint32_t flow = windows->n_swept++;

        if (windows->open->pdata[flow])
            trace = close_flow(windows, flow, about);
    }
    return trace;
}

Trace *
flow_windows_next(FlowWindows *windows, FlowWindow *about, GError **error)
{
    g_autoptr(GError) damage = NULL;
    CapturePacket captured;
    Trace *trace = NULL;
    int status = 1;

    while (!windows->is_at_end) {
        status = capture_next(windows->reader, &captured, &damage);
        windows->is_at_end = status != 1;
        if (status == 1 && !look_at(windows, &captured, &trace, about, error))
            return NULL;
        if (trace)
            return trace;
    }
    if (status < 0 && capture_n_read(windows->reader) == 0) {
        g_propagate_error(error, g_steal_pointer(&damage));
        return NULL;
    }
    if (status < 0 && !windows->warning)
        windows->warning = g_strdup(damage->message);
    return sweep(windows, about);
}

uint64_t
flow_windows_n_rows(const FlowWindows *windows)
{
    return windows->n_rows;
}

GHashTable *
flow_windows_skipped(const FlowWindows *windows)
{
    return windows->skipped;
}

const char *
flow_windows_warning(const FlowWindows *windows)
{
    return windows->warning;
}

const FlowTable *
flow_windows_table(const FlowWindows *windows)
{
    return windows->table;
}

double
flow_windows_fraction(const FlowWindows *windows)
{
    return capture_fraction(windows->reader);
}
