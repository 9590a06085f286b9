/* SPDX-License-Identifier: Apache-2.0 */
/* Records of traces. */
#include "app/project/trace_record.h"

#include <string.h>

#include "app/project/project_private.h"
#include "app/trace/image.h"

enum { MAX_CAPTION_BYTES = 1 << 16 };

/* "IPv4 TCP UDP": of every header that a row has. */
static char *
protocols_of(const Trace *trace)
{
    static const struct {
        Header header;
        const char *name;
    } headers[] = {{HEADER_IPV4, "IPv4"},
                   {HEADER_IPV6, "IPv6"},
                   {HEADER_TCP, "TCP"},
                   {HEADER_UDP, "UDP"},
                   {HEADER_ICMP, "ICMP"}};
    GString *names = g_string_new(NULL);

    for (size_t i = 0; i < G_N_ELEMENTS(headers); i++) {
        bool found = false;

        for (int row = 0; row < trace->n_rows && !found; row++)
            found = trace_has_header(trace, row, headers[i].header);
        if (found)
            g_string_append_printf(names, "%s%s", names->len ? " " : "", headers[i].name);
    }
    return g_string_free(names, FALSE);
}

void
trace_record_describe(JsonObject *record, const Trace *trace)
{
    const char *source = g_hash_table_lookup(trace->provenance, "source");
    g_autofree char *protocols = protocols_of(trace);
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

static char *
read_caption(const char *dir, const char *file)
{
    g_autofree char *path = project_caption_path(dir, file);
    g_autofree char *text = NULL;
    gsize size;

    if (!path || !g_file_test(path, G_FILE_TEST_IS_REGULAR) ||
        !g_file_get_contents(path, &text, &size, NULL) || size > MAX_CAPTION_BYTES ||
        !g_utf8_validate(text, (gssize)size, NULL))
        return NULL;
    return g_strdup(g_strstrip(text));
}

JsonObject *
trace_record_of_file(const char *dir, const char *file)
{
    JsonObject *record = json_object_new();
    g_autofree char *path = g_build_filename(dir, file, NULL);
    g_autofree char *name = g_path_get_basename(file);
    g_autofree char *caption = read_caption(dir, file);
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
