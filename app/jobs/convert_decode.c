/* SPDX-License-Identifier: Apache-2.0 */
/* Rows written as the packets they are. */
#include "app/jobs/convert.h"

#include <gio/gio.h>
#include <glib/gi18n-lib.h>

#include "app/jobs/paths.h"
#include "app/trace/codec.h"
#include "app/trace/flow.h"
#include "app/trace/interchange.h"

void
decode_result_clear(DecodeResult *result)
{
    g_clear_pointer(&result->trace, trace_free);
    g_clear_pointer(&result->warning, g_free);
}

static bool
holds_packet(const Trace *trace, const WritePolicy *policy)
{
    BuiltPacket built = {.bytes = g_byte_array_new()};
    bool found = false;
    Codec codec;

    codec_init(&codec, trace->layout);
    for (int row = 0; row < trace->n_rows && !found; row++)
        found = packet_build(&codec, trace, row, policy, &built);
    g_byte_array_unref(built.bytes);
    return found;
}

/* Two hosts for a trace that knows none, where they are to have other addresses than the ones that
 * stand for hosts unknown (address_placeholder). */
static void
name_hosts(Trace *trace, AddressPolicy policy)
{
    if ((trace->sides & TRACE_HAS_ADDRESSES) || trace->layout->column_of[FIELD_IPV4_SRC] >= 0 ||
        policy == ADDRESSES_AUTO || policy == ADDRESSES_KEEP)
        return;
    if (!(trace->sides & TRACE_HAS_DIRECTIONS))
        trace_set_directions(trace);
    for (int row = 0; row < trace->n_rows; row++) {
        int family = trace_has_header(trace, row, HEADER_IPV4) ? 4 : 6;
        bool is_answer = trace->rows[row].direction != 0;
        trace->rows[row].src = address_placeholder(family, is_answer);
        trace->rows[row].dst = address_placeholder(family, !is_answer);
    }
    trace->sides |= TRACE_HAS_ADDRESSES;
}

static Trace *
read_rows(const DecodeParams *params, GError **error)
{
    g_autoptr(Trace) trace = trace_read_any(params->input, params->layout, NULL, error);

    if (!trace)
        return NULL;
    trace_drop_empty(trace);
    if (trace->n_rows == 0) {
        g_set_error(error, G_IO_ERROR, G_IO_ERROR_INVALID_DATA,
                    _("“%s” holds nothing but padding: give a picture or table of packets."),
                    params->input);
        return NULL;
    }
    return g_steal_pointer(&trace);
}

static bool
check_outputs(const DecodeParams *params, GError **error)
{
    const ExportParams *export = &params->export;
    const char *const inputs[] = {params->input, params->template ? params->template : "",
                                  export->map ? export->map : "", NULL};

    if (g_strcmp0(params->output, export->provenance) == 0) {
        g_set_error(error, G_OPTION_ERROR, G_OPTION_ERROR_BAD_VALUE,
                    _("“%s” cannot be both the capture and its provenance: give two names."),
                    params->output);
        return false;
    }
    return paths_check_output(params->output, inputs, error) &&
           (!export->provenance || paths_check_output(export->provenance, inputs, error));
}

bool
convert_decode(const DecodeParams *params, DecodeResult *result, GError **error)
{
    g_autoptr(Trace) trace = NULL;
    g_autoptr(Export) export = NULL;

    *result = (DecodeResult){0};
    if (!check_outputs(params, error) || !(trace = read_rows(params, error)))
        return false;
    export = export_open(&params->export, params->seed, params->template, &result->warning, error);
    if (!export)
        return false;
    name_hosts(trace, params->export.addresses);
    export_map_trace(export, trace);
    if (!holds_packet(trace, export_policy(export)))
        g_set_error(error, G_IO_ERROR, G_IO_ERROR_INVALID_DATA,
                    _("No row of “%s” is a whole packet as it stands: use “torchlight repair”."),
                    params->input);
    else if (export_write(export, trace, NULL, params->output, NULL, &result->n_dropped, error))
        result->trace = g_steal_pointer(&trace);
    if (!result->trace)
        decode_result_clear(result);
    return result->trace != NULL;
}
