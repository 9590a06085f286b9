/* SPDX-License-Identifier: Apache-2.0 */
/* Reading one kind of file and writing another. */
#include "app/jobs/convert.h"

#include <gio/gio.h>
#include <glib/gi18n-lib.h>

#include "app/jobs/paths.h"
#include "app/trace/codec.h"
#include "app/trace/interchange.h"

bool
trace_format_of(const char *path, TraceFormat *format, GError **error)
{
    static const char *const endings[] = {".png", ".csv", ".npy"};
    g_autofree char *lower = g_ascii_strdown(path, -1);

    for (int i = 0; i < (int)G_N_ELEMENTS(endings); i++) {
        if (g_str_has_suffix(lower, endings[i])) {
            *format = (TraceFormat)i;
            return true;
        }
    }
    g_set_error(error, G_OPTION_ERROR, G_OPTION_ERROR_BAD_VALUE,
                _("“%s” does not say what to write: let it end in .png, .csv or .npy."), path);
    return false;
}

bool
payload_policy_by_name(const char *name, PayloadPolicy *policy, GError **error)
{
    if (!name || g_str_equal(name, "zeros")) {
        *policy = PAYLOAD_ZEROS;
        return true;
    }
    if (g_str_equal(name, "random")) {
        *policy = PAYLOAD_RANDOM;
        return true;
    }
    g_set_error(error, G_OPTION_ERROR, G_OPTION_ERROR_BAD_VALUE,
                _("“%s” is no payload: choose zeros or random."), name);
    return false;
}

void
encode_result_clear(EncodeResult *result)
{
    g_clear_pointer(&result->trace, trace_free);
    g_clear_pointer(&result->warning, g_free);
}

static bool
write_trace(const Trace *trace, const char *path, TraceFormat format, Palette palette,
            GError **error)
{
    switch (format) {
    case FORMAT_PNG:
        return trace_write_png(trace, path, palette, error);
    case FORMAT_CSV:
        return trace_write_csv(trace, path, error);
    default:
        return trace_write_npy(trace, path, error);
    }
}

/* A row more than wanted is read, to know whether the capture goes on. */
static bool
read_rows(const EncodeParams *params, int max_rows, EncodeResult *result, GError **error)
{
    const Layout *layout =
        params->layout ? layout_by_name(params->layout, error) : layout_default();
    g_autoptr(Trace) trace = NULL;

    if (!layout)
        return false;
    trace = trace_read_capture(params->input, layout, max_rows ? max_rows + 1 : 0, &result->warning,
                               error);
    if (!trace)
        return false;
    result->more = max_rows && trace->n_rows > max_rows;
    result->trace = result->more ? trace_slice(trace, 0, max_rows) : g_steal_pointer(&trace);
    return true;
}

bool
convert_encode(const EncodeParams *params, EncodeResult *result, GError **error)
{
    const char *const inputs[] = {params->input, NULL};
    int max_rows = params->max_packets;
    TraceFormat format;

    *result = (EncodeResult){0};
    if (!trace_format_of(params->output, &format, error) ||
        !paths_check_output(params->output, inputs, error))
        return false;
    if (format == FORMAT_PNG)
        max_rows = max_rows > 0 ? MIN(max_rows, IMAGE_ROWS) : IMAGE_ROWS;
    if (!read_rows(params, max_rows, result, error))
        return false;
    if (result->trace->n_rows == 0) {
        g_set_error(error, G_IO_ERROR, G_IO_ERROR_INVALID_DATA,
                    _("“%s” holds no packet with the headers of the layout “%s”: give a capture "
                      "of IP traffic."),
                    params->input, result->trace->layout->name);
        encode_result_clear(result);
        return false;
    }
    if (write_trace(result->trace, params->output, format, params->palette, error))
        return true;
    encode_result_clear(result);
    return false;
}

void
decode_result_clear(DecodeResult *result)
{
    g_clear_pointer(&result->trace, trace_free);
}

/* Pcapng has room for it, pcap has not. */
static char *
comment_of(const Trace *trace)
{
    const char *source = g_hash_table_lookup(trace->provenance, "source");

    return g_strdup_printf("torchlight %s, layout %s%s%s", TORCHLIGHT_VERSION, trace->layout->name,
                           source ? ", from " : "", source ? source : "");
}

static bool
holds_packet(const Trace *trace, const DecodeParams *params)
{
    BuiltPacket built = {.bytes = g_byte_array_new()};
    bool found = false;
    Codec codec;

    codec_init(&codec, trace->layout);
    for (int row = 0; row < trace->n_rows && !found; row++)
        found = packet_build(&codec, trace, row, params->payload, params->seed, &built);
    g_byte_array_unref(built.bytes);
    return found;
}

bool
convert_decode(const DecodeParams *params, DecodeResult *result, GError **error)
{
    const char *const inputs[] = {params->input, NULL};
    g_autoptr(Trace) trace = NULL;
    g_autofree char *comment = NULL;

    *result = (DecodeResult){0};
    if (!paths_check_output(params->output, inputs, error))
        return false;
    trace = trace_read_any(params->input, params->layout, NULL, error);
    if (!trace)
        return false;
    trace_drop_empty(trace);
    if (trace->n_rows == 0) {
        g_set_error(error, G_IO_ERROR, G_IO_ERROR_INVALID_DATA,
                    _("“%s” holds nothing but padding: give a picture or table of packets."),
                    params->input);
        return false;
    }
    if (!holds_packet(trace, params)) {
        g_set_error(error, G_IO_ERROR, G_IO_ERROR_INVALID_DATA,
                    _("No row of “%s” is a whole packet as it stands: use “torchlight repair”."),
                    params->input);
        return false;
    }
    comment = comment_of(trace);
    if (!trace_write_capture(trace, params->output,
                             &(CaptureWriteOptions){.payload = params->payload,
                                                    .seed = params->seed,
                                                    .comment = comment},
                             &result->n_dropped, error))
        return false;
    result->trace = g_steal_pointer(&trace);
    return true;
}
