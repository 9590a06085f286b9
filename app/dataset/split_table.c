/* SPDX-License-Identifier: Apache-2.0 */
/* The table of a split, line by line. */
#include "app/dataset/split_table.h"

#include <gio/gio.h>
#include <glib/gi18n-lib.h>

#include "app/dataset/captions.h"
#include "app/trace/excerpt.h"
#include "app/trace/lines.h"

enum { MAX_ROWS = 1000000 };

/* Which columns hold what; -1: none. */
typedef struct {
    int file, part, text;
} Columns;

static void
row_free(void *data)
{
    SplitRow *row = data;

    g_free(row->file);
    g_free(row->text);
    g_free(row);
}

void
split_table_free(SplitTable *table)
{
    if (!table)
        return;
    g_hash_table_unref(table->by_file);
    g_ptr_array_unref(table->rows);
    g_free(table->path);
    g_free(table);
}

static bool
refuse(const LineReader *reader, GError **error, const char *what)
{
    g_set_error(error, G_IO_ERROR, G_IO_ERROR_INVALID_DATA, _("“%s”, line %d: %s"), reader->path,
                reader->number, what);
    return false;
}

static int
find_column(const GPtrArray *fields, const char *name)
{
    for (guint i = 0; i < fields->len; i++) {
        if (g_ascii_strcasecmp(g_strstrip(fields->pdata[i]), name) == 0)
            return (int)i;
    }
    return -1;
}

/* The fields of the present line; NULL and an error where it has none. */
static GPtrArray *
split_line(const LineReader *reader, GError **error)
{
    GPtrArray *fields = g_utf8_validate(reader->line, (gssize)reader->size, NULL)
                            ? captions_split_line(reader->line)
                            : NULL;

    if (!fields)
        refuse(reader, error, _("this is no line of a CSV table in UTF-8: mend it."));
    return fields;
}

static bool
read_header(LineReader *reader, Columns *columns, GError **error)
{
    g_autoptr(GPtrArray) fields = NULL;
    int status = line_reader_next(reader, error);

    if (status == 1)
        fields = split_line(reader, error);
    else if (status == 0)
        refuse(reader, error, _("the file is empty: give a table file_name,part."));
    if (!fields)
        return false;
    *columns = (Columns){find_column(fields, "file_name"), find_column(fields, "part"),
                         find_column(fields, "text")};
    return (columns->file >= 0 && columns->part >= 0) ||
           refuse(reader, error, _("the first line has to name the columns file_name and part."));
}

static bool
read_part(const LineReader *reader, const char *name, SplitPart *part, GError **error)
{
    g_autofree char *shown = NULL, *what = NULL;

    for (int i = 0; i < N_SPLIT_PARTS; i++) {
        *part = (SplitPart)i;
        if (g_str_equal(name, split_part_name(*part)))
            return true;
    }
    shown = excerpt(name);
    what = g_strdup_printf(_("“%s” is no part: write train, validation or test."), shown);
    return refuse(reader, error, what);
}

static bool
add_row(SplitTable *table, const LineReader *reader, const Columns *columns, GError **error)
{
    g_autoptr(GPtrArray) fields = split_line(reader, error);
    g_autofree char *name = NULL, *what = NULL;
    SplitPart part;
    SplitRow *row;

    if (!fields)
        return false;
    if ((int)fields->len <= MAX(columns->file, columns->part))
        return refuse(reader, error, _("this line has fewer columns than the first: mend it."));
    name = g_path_get_basename(g_strstrip(fields->pdata[columns->file]));
    if (!read_part(reader, g_strstrip(fields->pdata[columns->part]), &part, error))
        return false;
    if (g_hash_table_contains(table->by_file, name) || table->rows->len >= MAX_ROWS) {
        g_autofree char *shown = excerpt(name);

        what = g_strdup_printf(_("“%s” stands here a second time: leave one line of it."), shown);
        return refuse(reader, error, what);
    }
    row = g_new0(SplitRow, 1);
    row->file = g_steal_pointer(&name);
    row->part = part;
    if (columns->text >= 0 && columns->text < (int)fields->len)
        row->text = g_strdup(g_strstrip(fields->pdata[columns->text]));
    g_ptr_array_add(table->rows, row);
    g_hash_table_insert(table->by_file, row->file, row);
    return true;
}

static bool
read_rows(SplitTable *table, LineReader *reader, GError **error)
{
    Columns columns;
    int status;

    if (!read_header(reader, &columns, error))
        return false;
    while ((status = line_reader_next(reader, error)) == 1) {
        if (reader->size > 0 && !add_row(table, reader, &columns, error))
            return false;
    }
    return status == 0;
}

SplitTable *
split_table_read(const char *path, GError **error)
{
    g_autoptr(SplitTable) table = NULL;
    LineReader reader = {0};
    bool done;

    if (!line_reader_open(&reader, path, error))
        return NULL;
    table = g_new0(SplitTable, 1);
    table->path = g_strdup(path);
    table->rows = g_ptr_array_new_with_free_func(row_free);
    table->by_file = g_hash_table_new(g_str_hash, g_str_equal);
    done = read_rows(table, &reader, error);
    line_reader_close(&reader);
    return done ? g_steal_pointer(&table) : NULL;
}

const SplitRow *
split_table_find(const SplitTable *table, const char *capture)
{
    g_autofree char *name = g_path_get_basename(capture);

    return g_hash_table_lookup(table->by_file, name);
}
