/* SPDX-License-Identifier: Apache-2.0 */
/* The table of captions, read line by line with every length bounded. */
#include "app/dataset/captions.h"

#include <gio/gio.h>
#include <glib/gi18n-lib.h>
#include <string.h>

#include "app/trace/lines.h"

enum { MAX_CAPTIONS = 1000000 };

void
captions_free(Captions *captions)
{
    if (!captions)
        return;
    g_clear_pointer(&captions->by_file, g_hash_table_unref);
    g_free(captions->path);
    g_free(captions);
}

/* One field from at on; *next is what follows its comma, NULL at the end of the line. */
static char *
split_field(const char *at, const char **next)
{
    GString *field = g_string_new(NULL);
    bool quoted = *at == '"';

    if (quoted) {
        for (at++; *at && (*at != '"' || at[1] == '"'); at++) {
            if (*at == '"')
                at++;
            g_string_append_c(field, *at);
        }
        if (*at != '"') {
            g_string_free(field, TRUE);
            return NULL;
        }
        at++;
    }
    for (; *at && *at != ','; at++)
        g_string_append_c(field, *at);
    *next = *at == ',' ? at + 1 : NULL;
    return g_string_free(field, FALSE);
}

GPtrArray *
captions_split_line(const char *line)
{
    g_autoptr(GPtrArray) fields = g_ptr_array_new_with_free_func(g_free);

    while (line) {
        char *field = split_field(line, &line);

        if (!field)
            return NULL;
        g_ptr_array_add(fields, field);
    }
    return g_steal_pointer(&fields);
}

static int
find_column(const GPtrArray *names, const char *name)
{
    for (guint i = 0; i < names->len; i++) {
        if (g_str_equal(g_strstrip(names->pdata[i]), name))
            return (int)i;
    }
    return -1;
}

static bool
fail(const LineReader *reader, GError **error, const char *what)
{
    g_set_error(error, G_IO_ERROR, G_IO_ERROR_INVALID_DATA,
                _("“%s”, line %d: %s; give a table with the columns “file” and “caption”."),
                reader->path, reader->number, what);
    return false;
}

static bool
add_line(Captions *captions, const LineReader *reader, int file_column, int caption_column,
         GError **error)
{
    g_autoptr(GPtrArray) fields = NULL;
    g_autofree char *name = NULL;
    char *caption;

    if (!g_utf8_validate(reader->line, -1, NULL))
        return fail(reader, error, _("it is not UTF-8"));
    fields = captions_split_line(reader->line);
    if (!fields)
        return fail(reader, error, _("a quote is not closed"));
    if ((int)fields->len <= MAX(file_column, caption_column))
        return fail(reader, error, _("a column is missing"));
    caption = g_strstrip(fields->pdata[caption_column]);
    name = g_path_get_basename(g_strstrip(fields->pdata[file_column]));
    if (!*caption || g_str_equal(name, "."))
        return fail(reader, error, _("the file or its caption is empty"));
    if (g_hash_table_contains(captions->by_file, name))
        return fail(reader, error, _("the file was named before"));
    if (g_hash_table_size(captions->by_file) >= MAX_CAPTIONS)
        return fail(reader, error, _("the table is too long"));
    g_hash_table_insert(captions->by_file, g_steal_pointer(&name), g_strdup(caption));
    return true;
}

static bool
read_lines(Captions *captions, LineReader *reader, GError **error)
{
    g_autoptr(GPtrArray) names = NULL;
    int file_column, caption_column;
    int status = line_reader_next(reader, error);
    char *line;

    if (status < 0)
        return false;
    line = reader->line;
    if (status == 0 || !line)
        return fail(reader, error, _("the file is empty"));
    if (g_str_has_prefix(line, "\xef\xbb\xbf"))
        line += 3;
    if (!g_utf8_validate(line, -1, NULL) || !(names = captions_split_line(line)))
        return fail(reader, error, _("it names no columns"));
    file_column = find_column(names, "file");
    caption_column = find_column(names, "caption");
    if (file_column < 0 || caption_column < 0)
        return fail(reader, error, _("it does not name both columns"));
    while ((status = line_reader_next(reader, error)) == 1) {
        g_strchomp(reader->line);
        if (*reader->line && !add_line(captions, reader, file_column, caption_column, error))
            return false;
    }
    return status == 0;
}

Captions *
captions_read(const char *path, GError **error)
{
    g_autoptr(Captions) captions = g_new0(Captions, 1);
    LineReader reader = {0};
    bool read;

    captions->path = g_strdup(path);
    captions->by_file = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, g_free);
    if (!line_reader_open(&reader, path, error))
        return NULL;
    read = read_lines(captions, &reader, error);
    line_reader_close(&reader);
    return read ? g_steal_pointer(&captions) : NULL;
}

const char *
captions_find(const Captions *captions, const char *capture, GError **error)
{
    g_autofree char *name = g_path_get_basename(capture);
    const char *caption = g_hash_table_lookup(captions->by_file, name);

    if (!caption)
        g_set_error(error, G_IO_ERROR, G_IO_ERROR_NOT_FOUND,
                    _("“%s” has no caption for “%s”: add a line for it, or leave the capture out."),
                    captions->path, name);
    return caption;
}
