/* SPDX-License-Identifier: Apache-2.0 */
/* From one picture or table to another, row by row: also rows that are no packets. */
#include <gio/gio.h>
#include <glib/gi18n-lib.h>

#include "app/jobs/convert_private.h"

static bool
check_asked(const EncodeParams *params, GError **error)
{
    if (!params->filter && !params->one_flow)
        return true;
    g_set_error(error, G_OPTION_ERROR, G_OPTION_ERROR_BAD_VALUE,
                _("“%s” is no capture: filters and flows choose among the packets of one."),
                params->input);
    return false;
}

/* Keeps the bits beside the layout's that were asked for. */
static bool
take_extra(const EncodeParams *params, Trace *trace, GError **error)
{
    const TraceExtra *asked = &params->extra, *there = &trace->extra;

    if (trace_extra_width(asked) == 0) {
        trace_keep_extra(trace, asked);
        return true;
    }
    if (asked->ethernet == there->ethernet && asked->payload_bytes == there->payload_bytes)
        return true;
    g_set_error(error, G_OPTION_ERROR, G_OPTION_ERROR_BAD_VALUE,
                _("“%s” holds %d bits of Ethernet and %d bytes of payload a row: ask for these, or "
                  "none."),
                params->input, there->ethernet ? ETHERNET_BITS : 0, there->payload_bytes);
    return false;
}

static TableWriter *
new_writer(const EncodeParams *params, TraceFormat format, GError **error)
{
    if (format == FORMAT_CSV)
        return table_writer_new_csv_with(params->output, &params->csv, error);
    return format == FORMAT_NPZ ? table_writer_new_npz(params->output, error)
                                : table_writer_new_npy(params->output, error);
}

static bool
write_trace(const EncodeParams *params, TraceFormat format, const Trace *trace, GError **error)
{
    g_autoptr(TableWriter) writer = NULL;

    if (format == FORMAT_PNG)
        return trace_write_png(trace, params->output, params->palette, error);
    writer = new_writer(params, format, error);
    if (!writer)
        return false;
    table_writer_expect(writer, trace->n_rows);
    table_writer_append(writer, trace);
    return table_writer_commit(writer, error);
}

bool
convert_encode_table(const EncodeParams *params, TraceFormat format, EncodeResult *result,
                     GError **error)
{
    int max_rows = format == FORMAT_PNG ? IMAGE_ROWS : G_MAXINT;
    g_autoptr(Trace) trace = NULL;

    if (!check_asked(params, error))
        return false;
    trace = trace_read_any(params->input, params->layout, &result->warning, error);
    if (!trace || !take_extra(params, trace, error))
        return false;
    if (params->max_packets > 0)
        max_rows = MIN(max_rows, params->max_packets);
    result->more = trace->n_rows > max_rows;
    result->trace = trace_slice(trace, 0, MIN(trace->n_rows, max_rows));
    result->n_rows = result->trace->n_rows;
    return write_trace(params, format, result->trace, error);
}
