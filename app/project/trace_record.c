/* SPDX-License-Identifier: Apache-2.0 */
/* Records of traces. */
#include "app/project/trace_record.h"

#include <string.h>

#include "app/dataset/dataset.h"
#include "app/trace/image.h"
#include "app/trace/packet_info.h"

enum { MAX_CAPTION_BYTES = 65000 }; /* a dataset reads 64 KiB */

void
trace_record_describe(JsonObject *record, const Trace *trace)
{
    const char *source = g_hash_table_lookup(trace->provenance, "source");
    g_autoptr(PacketInfoTable) packets = packet_info_table(trace);
    g_autofree char *protocols = packet_info_protocols(packets);
    gint64 bytes = 0, first = G_MAXINT64, last = G_MININT64;

    for (int row = 0; row < trace->n_rows; row++) {
        bytes += trace->rows[row].length;
        first = MIN(first, trace->rows[row].time_ns);
        last = MAX(last, trace->rows[row].time_ns);
    }
    json_object_set_int_member(record, "packets", trace->n_rows);
    if (*protocols)
        json_object_set_string_member(record, "protocols", protocols);
    if (trace->sides & TRACE_HAS_LENGTHS)
        json_object_set_int_member(record, "bytes", bytes);
    if ((trace->sides & TRACE_HAS_TIMES) && first <= last && (first >= 0 || last < 0))
        json_object_set_int_member(record, "duration_ns", last - first);
    if (source) {
        g_autofree char *name = g_filename_display_basename(source);

        json_object_set_string_member(record, "source", name);
    }
}

JsonObject *
trace_record_of_file(const char *dir, const char *file)
{
    JsonObject *record = json_object_new();
    g_autofree char *path = g_build_filename(dir, file, NULL);
    g_autofree char *name = g_path_get_basename(file);
    g_autofree char *caption = dataset_read_caption(path, NULL);
    g_autoptr(Trace) trace = trace_read_png(path, NULL, NULL, NULL);
    char *suffix = strrchr(name, '.');

    if (suffix)
        *suffix = '\0';
    json_object_set_string_member(record, "name", name);
    json_object_set_string_member(record, "file", file);
    json_object_set_string_member(record, "origin", "imported");
    if (caption && *caption)
        json_object_set_string_member(record, "caption", caption);
    if (trace)
        trace_record_describe(record, trace);
    return record;
}

char *
trace_record_caption_line(const char *caption)
{
    g_autofree char *line = g_strdup(caption);

    if (strlen(line) > MAX_CAPTION_BYTES)
        *g_utf8_find_prev_char(line, line + MAX_CAPTION_BYTES) = '\0';
    g_strstrip(g_strdelimit(line, "\r\n\t", ' '));
    return *line ? g_strconcat(line, "\n", NULL) : g_strdup("");
}
