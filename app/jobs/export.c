/* SPDX-License-Identifier: Apache-2.0 */
/* Policies opened, addresses mapped, captures written with their provenance. */
#include "app/jobs/export.h"

#include <glib/gi18n-lib.h>
#include <string.h>

#include "app/jobs/export_text.h"
#include "app/trace/address_map.h"
#include "app/trace/atomic.h"
#include "app/trace/codec.h"
#include "app/trace/payload_stream.h"
#include "app/trace/payload_template.h"
#include "app/trace/provenance.h"

struct Export {
    const ExportParams *params;
    AddressMap *map;
    PayloadTemplate *payloads;
    WritePolicy policy; /* addresses never AUTO once the trace is known */
};

void
export_params_clear(ExportParams *params)
{
    g_clear_pointer(&params->map, g_free);
    g_clear_pointer(&params->provenance, g_free);
}

Export *
export_open(const ExportParams *params, guint64 seed, const char *template, char **warning,
            GError **error)
{
    g_autoptr(Export) export = g_new0(Export, 1);

    if (warning)
        *warning = NULL;
    export->params = params;
    export->map = address_map_new(params->addresses, seed);
    export->policy = (WritePolicy){.seed = seed,
                                   .addresses = params->addresses,
                                   .macs = params->macs,
                                   .payload = params->payload,
                                   .map = export->map};
    if (params->map && !address_map_read(export->map, params->map, error))
        return NULL;
    if (params->payload != PAYLOAD_TEMPLATE)
        return g_steal_pointer(&export);
    if (!template) {
        g_set_error_literal(error, G_OPTION_ERROR, G_OPTION_ERROR_BAD_VALUE,
                            _("There is no template to take the payload from: name a real capture "
                              "with --template."));
        return NULL;
    }
    export->payloads = payload_template_read(template, warning, error);
    if (!export->payloads)
        return NULL;
    export->policy.template = export->payloads;
    return g_steal_pointer(&export);
}

void
export_free(Export *export)
{
    if (!export)
        return;
    address_map_free(export->map);
    payload_template_free(export->payloads);
    g_free(export);
}

const WritePolicy *
export_policy(const Export *export)
{
    return &export->policy;
}

void
export_map_trace(Export *export, Trace *trace)
{
    AddressPolicy policy = export->params->addresses;
    bool is_known =
        (trace->sides & TRACE_HAS_ADDRESSES) || trace->layout->column_of[FIELD_IPV4_SRC] >= 0;

    if (policy == ADDRESSES_AUTO)
        policy = export->params->map ? ADDRESSES_PERMUTE
                 : is_known          ? ADDRESSES_KEEP
                                     : ADDRESSES_MIXED;
    export->policy.addresses = policy;
    if (export->params->map || policy != ADDRESSES_KEEP)
        trace_map_addresses(trace, export->map);
}

void
export_map_template(Export *export, Trace *template_trace)
{
    if (export->params->map || export->params->addresses != ADDRESSES_KEEP)
        trace_map_addresses(template_trace, export->map);
}

void
export_note_times(Trace *trace, const char *source)
{
    export_put(trace->provenance, "times", g_strdup(source));
}

static GHashTable *
make_provenance(const Export *export, const Trace *trace, const RepairReport *report)
{
    const ExportParams *params = export->params;
    GHashTable *table = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, g_free);
    GHashTableIter iter;
    gpointer key, value;

    g_hash_table_iter_init(&iter, trace->provenance);
    while (g_hash_table_iter_next(&iter, &key, &value))
        export_put(table, key, g_strdup(value));
    export_put(table, "writer", g_strdup("torchlight " TORCHLIGHT_VERSION));
    export_put(table, "writer_seed", g_strdup_printf("%" G_GUINT64_FORMAT, export->policy.seed));
    export_put(table, "layout", g_strdup(trace->layout->name));
    if (export->policy.addresses != ADDRESSES_KEEP || !g_hash_table_contains(table, "addresses"))
        export_put(table, "addresses", g_strdup(address_policy_name(export->policy.addresses)));
    if (params->map)
        export_put(table, "address_list", g_filename_display_basename(params->map));
    export_put(table, "macs", g_strdup(mac_policy_name(params->macs)));
    export_put(table, "payload", g_strdup(payload_policy_name(params->payload)));
    if (!(trace->sides & TRACE_HAS_TIMES))
        export_put(table, "times", g_strdup("1 ms apart"));
    if (report)
        export_put_report(table, report);
    return table;
}

bool
export_write(const Export *export, const Trace *trace, const RepairReport *report, const char *path,
             GCancellable *cancellable, int *n_dropped, GError **error)
{
    const ExportParams *params = export->params;
    g_autoptr(GHashTable) provenance = make_provenance(export, trace, report);
    g_autofree char *comment = export_text(provenance);
    g_autofree char *json = provenance_to_json(provenance, trace->skipped);
    g_autoptr(AtomicFile) beside = NULL;
    CaptureWriteOptions options = {.policy = export->policy,
                                   .link = params->link,
                                   .snaplen = params->snaplen,
                                   .comment = comment,
                                   .cancellable = cancellable};

    if (params->provenance) {
        beside = atomic_file_new(params->provenance, error);
        if (!beside)
            return false;
        fprintf(atomic_file_stream(beside), "%s\n", json);
    }
    char **notes = report && params->annotate ? export_notes(report) : NULL;
    options.notes = (const char *const *)notes;
    bool done = trace_write_capture(trace, path, &options, n_dropped, error);
    export_notes_free(notes, trace->n_rows);
    return done && (!beside || atomic_file_commit(beside, error));
}

void
export_measure(const Export *export, const Trace *trace, ExportMeasure *measure)
{
    const ExportParams *params = export->params;
    guint32 skipped = params->link == CAPTURE_RAW ? ETHERNET_SIZE : 0;
    g_autoptr(PayloadStreams) streams = payload_streams_new(trace);
    BuiltPacket built = {.bytes = g_byte_array_new()};
    WritePolicy policy = export->policy;
    Codec codec;

    *measure = (ExportMeasure){0};
    policy.streams = streams;
    codec_init(&codec, trace->layout);
    for (int row = 0; row < trace->n_rows; row++) {
        if (!packet_build(&codec, trace, row, &policy, &built)) {
            measure->n_dropped++;
            continue;
        }
        guint32 n = built.bytes->len - skipped;
        measure->n_packets++;
        measure->n_bytes += params->snaplen ? MIN(n, params->snaplen) : n;
        measure->n_wire_bytes += built.wire_length - skipped;
    }
    if (trace->n_rows > 0 && trace->sides & TRACE_HAS_TIMES)
        measure->duration_ns = trace->rows[trace->n_rows - 1].time_ns - trace->rows[0].time_ns;
    g_byte_array_unref(built.bytes);
}

char *
export_comment(const Export *export, const Trace *trace, const RepairReport *report)
{
    g_autoptr(GHashTable) provenance = make_provenance(export, trace, report);

    return export_text(provenance);
}
