/* SPDX-License-Identifier: Apache-2.0 */
/* Documents: reading a file with its caption, and telling of it in words. */
#include "ui/document.h"

#include <gio/gio.h>
#include <glib/gi18n.h>
#include <string.h>

#include "app/trace/capture.h"
#include "app/trace/interchange.h"
#include "ui/captions/caption_file.h"

static bool
is_capture_name(const char *path)
{
    g_autofree char *lower = g_ascii_strdown(path, -1);

    return g_str_has_suffix(lower, ".pcap") || g_str_has_suffix(lower, ".pcapng") ||
           g_str_has_suffix(lower, ".cap");
}

/* Captures can be endless: of those no more is read than can be looked at. */
static Trace *
read_trace(const char *path, Document *document, GError **error)
{
    g_autoptr(Trace) trace = NULL;

    if (!is_capture_name(path))
        return trace_read_any(path, NULL, &document->warning, error);
    trace = trace_read_capture(path, layout_default(), DOCUMENT_MAX_ROWS + 1, &document->warning,
                               error);
    if (!trace || trace->n_rows <= DOCUMENT_MAX_ROWS)
        return g_steal_pointer(&trace);
    document->more = true;
    return trace_slice(trace, 0, DOCUMENT_MAX_ROWS);
}

static void
warn(Document *document, const char *text)
{
    char *both =
        document->warning ? g_strdup_printf("%s\n%s", document->warning, text) : g_strdup(text);

    g_free(document->warning);
    document->warning = both;
}

static void
read_caption(Document *document)
{
    g_autoptr(GError) error = NULL;

    document->can_caption = true;
    document->caption = caption_file_read(document->path, document->trace, &error);
    if (document->caption)
        return;
    document->can_caption = false;
    document->caption = g_strdup("");
    warn(document, error->message);
}

static void
count_packets(Document *document)
{
    for (int row = 0; row < document->trace->n_rows; row++)
        document->n_packets += !trace_row_is_empty(document->trace, row);
}

/* The home folder is "~", as in a shell. */
static char *
display_folder(const char *folder)
{
    g_autofree char *name = g_filename_display_name(folder);
    g_autofree char *home = g_filename_display_name(g_get_home_dir());
    size_t n = strlen(home);

    if (n > 1 && g_str_has_prefix(name, home) && (!name[n] || name[n] == G_DIR_SEPARATOR))
        return g_strconcat("~", name + n, NULL);
    return g_steal_pointer(&name);
}

Document *
document_read(const char *path, Palette palette, GError **error)
{
    g_autoptr(Document) document = g_atomic_rc_box_new0(Document);
    g_autofree char *folder = g_path_get_dirname(path);

    document->path = g_strdup(path);
    document->title = g_filename_display_basename(path);
    document->folder = display_folder(folder);
    document->trace = read_trace(path, document, error);
    if (!document->trace)
        return NULL;
    if (document->trace->n_rows == 0) {
        g_set_error(error, G_IO_ERROR, G_IO_ERROR_INVALID_DATA,
                    _("“%s” holds no packet that can be shown: open a capture of IP traffic."),
                    document->title);
        return NULL;
    }
    read_caption(document);
    count_packets(document);
    document->palette = palette;
    document->first_picture = trace_picture_new(document->trace, 0, palette);
    return g_steal_pointer(&document);
}

Document *
document_ref(Document *document)
{
    return g_atomic_rc_box_acquire(document);
}

static void
document_clear(gpointer data)
{
    Document *document = data;

    g_free(document->path);
    g_free(document->title);
    g_free(document->folder);
    g_free(document->caption);
    g_free(document->warning);
    g_clear_pointer(&document->trace, trace_free);
    trace_picture_unref(document->first_picture);
}

void
document_unref(Document *document)
{
    if (document)
        g_atomic_rc_box_release_full(document, document_clear);
}

char *
document_facts(const Document *document)
{
    GString *text = g_string_new(NULL);
    int n = document->n_packets, padding = document->trace->n_rows - n;
    GHashTableIter iter;
    gpointer reason, count;
    bool first = true;

    if (document->more)
        g_string_append_printf(text, _("first %'d packets"), n);
    else
        g_string_append_printf(text, ngettext("%'d packet", "%'d packets", n), n);
    if (padding > 0)
        g_string_append_printf(
            text, ngettext(" · %'d row of padding", " · %'d rows of padding", padding), padding);
    g_string_append_printf(text, _(" · layout %s"), document->trace->layout->name);
    g_hash_table_iter_init(&iter, document->trace->skipped);
    while (g_hash_table_iter_next(&iter, &reason, &count)) {
        g_string_append_printf(text, first ? _(" · left out: %u %s") : _(", %u %s"),
                               GPOINTER_TO_UINT(count), (const char *)reason);
        first = false;
    }
    return g_string_free(text, FALSE);
}

int
document_n_pictures(const Document *document)
{
    return MAX(1, (document->trace->n_rows + IMAGE_ROWS - 1) / IMAGE_ROWS);
}
