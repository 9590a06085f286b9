/* SPDX-License-Identifier: Apache-2.0 */
/* Reading one kind of file and writing another. */
#include "app/jobs/convert_private.h"

#include <gio/gio.h>
#include <glib/gi18n-lib.h>
#include <string.h>

#include "app/jobs/paths.h"
#include "app/trace/address_map.h"
#include "app/trace/codec.h"
#include "app/trace/flow.h"

enum { ROWS_A_PART = 512, TRITS_A_PART = 8 << 20, MAX_REASONS = 5 };

bool
trace_format_of(const char *path, const char *name, TraceFormat *format, GError **error)
{
    static const char *const endings[] = {".png", ".csv", ".npy", ".npz"};
    g_autofree char *lower = g_ascii_strdown(path, -1);

    for (int i = 0; i < (int)G_N_ELEMENTS(endings); i++) {
        if (name ? g_str_equal(name, endings[i] + 1) : g_str_has_suffix(lower, endings[i])) {
            *format = (TraceFormat)i;
            return true;
        }
    }
    if (name || g_str_equal(path, "-")) {
        g_set_error(
            error, G_OPTION_ERROR, G_OPTION_ERROR_BAD_VALUE,
            name ? _("“%s” is no format: choose png, csv, npy or npz.")
                 : _("“%s” does not say what to write: choose a format, png, csv, npy or npz."),
            name ? name : path);
        return false;
    }
    g_set_error(error, G_OPTION_ERROR, G_OPTION_ERROR_BAD_VALUE,
                _("“%s” does not say what to write: let it end in .png, .csv, .npy or .npz."),
                path);
    return false;
}

void
encode_result_clear(EncodeResult *result)
{
    g_clear_pointer(&result->trace, trace_free);
    g_clear_pointer(&result->warning, g_free);
}

/* " (16 ARP, 3 LLDP)": what it holds in place of rows; empty when it holds nothing. */
static char *
reasons_of(const Trace *trace)
{
    g_autoptr(GList) reasons =
        g_list_sort(g_hash_table_get_keys(trace->skipped), (GCompareFunc)strcmp);
    GString *text = g_string_new(NULL);
    int n = 0;

    for (GList *at = reasons; at && n < MAX_REASONS; at = at->next, n++)
        g_string_append_printf(text, "%s%u %s", n ? ", " : " (",
                               GPOINTER_TO_UINT(g_hash_table_lookup(trace->skipped, at->data)),
                               (const char *)at->data);
    if (n)
        g_string_append(text, n < (int)g_list_length(reasons) ? ", …)" : ")");
    return g_string_free(text, FALSE);
}

static bool
set_no_packet_error(const EncodeParams *params, const Trace *trace, GError **error)
{
    const Layout *layout = trace->layout;
    g_autofree char *reasons = reasons_of(trace);

    if (params->filter)
        g_set_error(error, G_IO_ERROR, G_IO_ERROR_INVALID_DATA,
                    _("“%s” holds no packet with the headers of the layout “%s” that the filter "
                      "“%s” passes%s: give another filter, or a capture of such traffic."),
                    params->input, layout->name, params->filter, reasons);
    else
        g_set_error(error, G_IO_ERROR, G_IO_ERROR_INVALID_DATA,
                    _("“%s” holds no packet with the headers of the layout “%s”%s: give a capture "
                      "of IP traffic."),
                    params->input, layout->name, reasons);
    return false;
}

/* NULL in *map where hosts keep their addresses. What has addresses of its own to show is refused.
 */
static bool
open_map(const EncodeParams *params, AddressMap **map, GError **error)
{
    bool shows_macs = params->extra.ethernet || params->csv.index == CSV_INDEX_TX_MAC;

    *map = NULL;
    if (!params->map &&
        (params->addresses == ADDRESSES_AUTO || params->addresses == ADDRESSES_KEEP))
        return true;
    if (shows_macs || params->extra.payload_bytes > 0) {
        g_set_error_literal(error, G_OPTION_ERROR, G_OPTION_ERROR_BAD_VALUE,
                            _("Other addresses are of little use beside bits of the Ethernet "
                              "header or the payload, which may hold the old ones: leave out one "
                              "or the other."));
        return false;
    }
    *map = address_map_new(params->addresses, params->seed);
    if (!params->map || address_map_read(*map, params->map, error))
        return true;
    g_clear_pointer(map, address_map_free);
    return false;
}

static void
map_rows(AddressMap *map, Trace *trace)
{
    if (!map)
        return;
    trace_map_addresses(trace, map);
    g_hash_table_insert(trace->provenance, g_strdup("addresses"),
                        g_strdup(address_policy_name(address_map_policy(map))));
    g_hash_table_remove(trace->provenance, "flow"); /* names the old ones */
}

/* The first pass over the capture, where the rows of one flow are wanted. */
static bool
choose_flow(const EncodeParams *params, EncodeResult *result, FlowChoice *choice, GError **error)
{
    g_autoptr(FlowTable) table = NULL;
    uint32_t n_flows;

    if (g_str_equal(params->input, "-")) {
        g_set_error_literal(error, G_OPTION_ERROR, G_OPTION_ERROR_BAD_VALUE,
                            _("Standard input cannot be read twice, as finding a flow needs it: "
                              "write it to a file first."));
        return false;
    }
    table = flow_table_read(params->input, params->flows,
                            &(CaptureReadOptions){.filter = params->filter}, NULL, error);
    if (!table)
        return false;
    n_flows = flow_table_n_flows(table);
    if (n_flows == 0 || params->flow < 0 || (uint32_t)params->flow > n_flows) {
        g_set_error(error, G_IO_ERROR, G_IO_ERROR_NOT_FOUND,
                    _("“%s” has %u flows by %s, and no flow %d: “torchlight flows” lists them."),
                    params->input, n_flows, flow_by_to_name(params->flows), params->flow);
        return false;
    }
    result->one_flow = true;
    result->flow = *(params->flow ? flow_table_flow(table, (uint32_t)params->flow)
                                  : flow_table_biggest(table));
    for (uint32_t number = 1; number <= n_flows; number++)
        result->n_others += (gint64)flow_n_packets(flow_table_flow(table, number));
    result->n_others -= (gint64)flow_n_packets(&result->flow);
    *choice = (FlowChoice){params->flows, result->flow.number, result->flow.key};
    return true;
}

static CaptureRows *
open_rows(const EncodeParams *params, const Layout *layout, const CaptureReadOptions *options,
          const EncodeResult *result, GError **error)
{
    CaptureRows *rows = capture_rows_open(params->input, layout, options, error);

    if (rows && options->flow)
        flow_note_provenance(&result->flow, params->flows, capture_rows_trace(rows)->provenance);
    return rows;
}

/* A row more than wanted is read, to know whether the capture goes on. */
static bool
encode_picture(const EncodeParams *params, const Layout *layout, const FlowChoice *flow,
               EncodeResult *result, GError **error)
{
    int max_rows = params->max_packets > 0 ? MIN(params->max_packets, IMAGE_ROWS) : IMAGE_ROWS;
    const CaptureReadOptions options = {.filter = params->filter, .flow = flow};
    g_autoptr(CaptureRows) rows = open_rows(params, layout, &options, result, error);
    g_autoptr(AddressMap) map = NULL;
    const Trace *trace;

    if (!rows || !open_map(params, &map, error) ||
        !capture_rows_next(rows, max_rows + 1, &result->warning, error))
        return false;
    trace = capture_rows_trace(rows);
    if (trace->n_rows == 0)
        return set_no_packet_error(params, trace, error);
    result->more = trace->n_rows > max_rows;
    result->trace = trace_slice(trace, 0, MIN(trace->n_rows, max_rows));
    map_rows(map, result->trace);
    result->n_rows = result->trace->n_rows;
    result->n_filtered = capture_n_filtered(capture_rows_reader(rows));
    return trace_write_png(result->trace, params->output, params->palette, error);
}

/* As many as stand in little memory. */
static int
rows_a_part(const Trace *trace)
{
    int width = trace->layout->n_columns + trace_extra_width(&trace->extra);

    return CLAMP(TRITS_A_PART / width, 1, ROWS_A_PART);
}

static int
count_empty(const Trace *trace)
{
    int n = 0;

    for (int row = 0; row < trace->n_rows; row++)
        n += trace_row_is_empty(trace, row);
    return n;
}

/* What will be written, by reading it all; -1 and error. */
static gint64
count_rows(const EncodeParams *params, const Layout *layout, const CaptureReadOptions *options,
           GError **error)
{
    g_autoptr(CaptureRows) rows = NULL;
    gint64 n_rows = 0;
    int n = ROWS_A_PART;

    if (g_str_equal(params->input, "-")) {
        g_set_error_literal(error, G_OPTION_ERROR, G_OPTION_ERROR_BAD_VALUE,
                            _("An .npy begins with the number of its rows, which is not known when "
                              "both ends are pipes: choose the format csv, or read or write a "
                              "file."));
        return -1;
    }
    rows = capture_rows_open(params->input, layout, options, error);
    while (rows && n == ROWS_A_PART) {
        if (!capture_rows_next(rows, ROWS_A_PART, NULL, error))
            return -1;
        n = capture_rows_trace(rows)->n_rows;
        n_rows += n;
    }
    if (!rows)
        return -1;
    return params->max_packets > 0 ? MIN(n_rows, params->max_packets) : n_rows;
}

static bool
open_table(const EncodeParams *params, const Layout *layout, const CaptureReadOptions *options,
           TraceFormat format, TableWriter **writer, GError **error)
{
    gint64 n_rows;

    *writer = format == FORMAT_CSV ? table_writer_new_csv_with(params->output, &params->csv, error)
              : format == FORMAT_NPZ ? table_writer_new_npz(params->output, error)
                                     : table_writer_new_npy(params->output, error);
    if (!*writer || !table_writer_needs_count(*writer))
        return *writer != NULL;
    n_rows = count_rows(params, layout, options, error);
    table_writer_expect(*writer, n_rows);
    return n_rows >= 0;
}

/* Part by part, in the same memory, as a capture may be longer than that. */
static bool
write_rows(CaptureRows *rows, const EncodeParams *params, const CaptureReadOptions *options,
           TraceFormat format, TableWriter **writer, EncodeResult *result, GError **error)
{
    Trace *trace = capture_rows_trace(rows);
    g_autoptr(AddressMap) map = NULL;
    int max_rows = params->max_packets, n_wanted;

    if (!open_map(params, &map, error))
        return false;
    do {
        gint64 left = max_rows > 0 ? max_rows - result->n_rows : G_MAXINT64;

        n_wanted = (int)MIN(left, rows_a_part(trace));
        if (!capture_rows_next(rows, n_wanted, &result->warning, error))
            return false;
        map_rows(map, trace);
        result->n_rows += trace->n_rows;
        result->n_empty += count_empty(trace);
        if (result->n_rows == 0)
            return set_no_packet_error(params, trace, error);
        if (!*writer && !open_table(params, trace->layout, options, format, writer, error))
            return false;
    } while (table_writer_append(*writer, trace) && trace->n_rows == n_wanted &&
             result->n_rows != max_rows);
    return true;
}

static bool
encode_table(const EncodeParams *params, const Layout *layout, const FlowChoice *flow,
             TraceFormat format, EncodeResult *result, GError **error)
{
    bool csv = format == FORMAT_CSV;
    CaptureReadOptions options = {.filter = params->filter,
                                  .flow = flow,
                                  .extra = csv ? params->extra : (TraceExtra){.ethernet = false},
                                  .keep_empty = csv && layout->transport_only};
    g_autoptr(CaptureRows) rows = open_rows(params, layout, &options, result, error);
    g_autoptr(TableWriter) writer = NULL;

    if (!rows || !write_rows(rows, params, &options, format, &writer, result, error))
        return false;
    if (result->n_rows == params->max_packets) {
        if (!capture_rows_next(rows, 1, &result->warning, error))
            return false;
        result->more = capture_rows_trace(rows)->n_rows > 0;
    }
    result->trace = trace_slice(capture_rows_trace(rows), 0, 0);
    result->n_filtered = capture_n_filtered(capture_rows_reader(rows));
    return table_writer_commit(writer, error);
}

bool
convert_encode(const EncodeParams *params, EncodeResult *result, GError **error)
{
    const char *const inputs[] = {params->input, params->map ? params->map : "", NULL};
    const Layout *layout;
    TraceFormat format;
    FlowChoice choice, *flow = params->one_flow ? &choice : NULL;

    *result = (EncodeResult){0};
    if (!trace_format_of(params->output, params->format, &format, error) ||
        !paths_check_output(params->output, inputs, error))
        return false;
    layout = params->layout ? layout_by_name(params->layout, error) : layout_default();
    if (!layout)
        return false;
    if (trace_file_is_table(params->input)) {
        if (convert_encode_table(params, format, result, error))
            return true;
        encode_result_clear(result);
        return false;
    }
    if (params->one_flow && !choose_flow(params, result, &choice, error))
        return false;
    if (format == FORMAT_PNG ? encode_picture(params, layout, flow, result, error)
                             : encode_table(params, layout, flow, format, result, error))
        return true;
    encode_result_clear(result);
    return false;
}
