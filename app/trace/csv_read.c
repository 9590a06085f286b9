/* SPDX-License-Identifier: Apache-2.0 */
/* Reading nPrint CSV: columns by name, in any order, with others between them. */
#include "app/trace/interchange.h"

#include <gio/gio.h>
#include <glib/gi18n-lib.h>
#include <string.h>

#include "app/trace/csv_index.h"
#include "app/trace/flow.h"
#include "app/trace/lines.h"

const CsvIndex csv_index_table[N_INDEXES] = {
    [INDEX_SRC_IP] = {"src_ip", TRACE_HAS_ADDRESSES},
    [INDEX_DST_IP] = {"dst_ip", TRACE_HAS_ADDRESSES},
    [INDEX_TV_SEC] = {"tv_sec", TRACE_HAS_TIMES},
    [INDEX_TV_NSEC] = {"tv_nsec", TRACE_HAS_TIMES},
    [INDEX_LENGTH] = {"length", TRACE_HAS_LENGTHS},
    [INDEX_DIRECTION] = {"direction", TRACE_HAS_DIRECTIONS},
    [INDEX_TV_USEC] = {"tv_usec", TRACE_HAS_TIMES},
};

static const int64_t ns_per_second = 1000000000;

/* What each column of the file is: a column of the layout, ~Index, or nothing. */
enum { COLUMN_IGNORED = G_MAXINT };

typedef struct {
    LineReader lines;
    char **names; /* of the columns of the file */
    int n_columns;
    int *meaning; /* (n_columns) */
    const Layout *layout;
} CsvReader;

static void
csv_reader_clear(CsvReader *reader)
{
    line_reader_close(&reader->lines);
    g_strfreev(reader->names);
    g_free(reader->meaning);
}

/* Where each name stands, numbered from 1; a name that stands twice is an error. */
static GHashTable *
name_table(const CsvReader *reader, GError **error)
{
    g_autoptr(GHashTable) table = g_hash_table_new(g_str_hash, g_str_equal);

    for (int i = 0; i < reader->n_columns; i++) {
        if (!g_hash_table_insert(table, reader->names[i], GINT_TO_POINTER(i + 1))) {
            g_set_error(error, G_IO_ERROR, G_IO_ERROR_INVALID_DATA,
                        _("“%s” has the column %.64s twice: it must stand once."),
                        reader->lines.path, reader->names[i]);
            return NULL;
        }
    }
    return g_steal_pointer(&table);
}

/* The first column of a layout that the file lacks, -1 when it has all. */
static int
first_missing(GHashTable *table, const Layout *layout)
{
    for (int column = 0; column < layout->n_columns; column++) {
        g_autofree char *name = layout_column_name(layout, column);
        if (!g_hash_table_contains(table, name))
            return column;
    }
    return -1;
}

static bool
csv_choose_layout(CsvReader *reader, GHashTable *table, const Layout *asked, GError **error)
{
    const Layout *layout = asked;
    g_autofree char *name = NULL;

    for (int i = 0; !asked && (layout = layout_nth(i)); i++) {
        if (first_missing(table, layout) < 0)
            break;
    }
    if (!layout) {
        g_set_error(error, G_IO_ERROR, G_IO_ERROR_INVALID_DATA,
                    _("“%s” has the columns of no known layout: give an nPrint CSV with its header "
                      "line."),
                    reader->lines.path);
        return false;
    }
    reader->layout = layout;
    if (!asked || first_missing(table, layout) < 0)
        return true;
    name = layout_column_name(layout, first_missing(table, layout));
    g_set_error(error, G_IO_ERROR, G_IO_ERROR_INVALID_DATA,
                _("“%s” lacks the column %s of layout %s: choose the layout it was written in."),
                reader->lines.path, name, layout->name);
    return false;
}

static bool
csv_read_header(CsvReader *reader, const Layout *asked, GError **error)
{
    g_autoptr(GHashTable) table = NULL;
    int status = line_reader_next(&reader->lines, error);
    gpointer at;

    if (status == 0)
        g_set_error(error, G_IO_ERROR, G_IO_ERROR_INVALID_DATA,
                    _("“%s” is empty: give an nPrint CSV with its header line."),
                    reader->lines.path);
    if (status != 1)
        return false;
    g_autofree char *header = g_utf8_make_valid(reader->lines.line, -1);
    reader->names = g_strsplit(header, ",", -1);
    reader->n_columns = (int)g_strv_length(reader->names);
    table = name_table(reader, error);
    if (!table || !csv_choose_layout(reader, table, asked, error))
        return false;
    reader->meaning = g_new(int, reader->n_columns);
    for (int i = 0; i < reader->n_columns; i++)
        reader->meaning[i] = COLUMN_IGNORED;
    for (int column = 0; column < reader->layout->n_columns; column++) {
        g_autofree char *name = layout_column_name(reader->layout, column);
        at = g_hash_table_lookup(table, name);
        reader->meaning[GPOINTER_TO_INT(at) - 1] = column;
    }
    for (int index = 0; index < N_INDEXES; index++) {
        at = g_hash_table_lookup(table, csv_index_table[index].name);
        if (at)
            reader->meaning[GPOINTER_TO_INT(at) - 1] = ~index;
    }
    return true;
}

static bool
parse_index(TraceRow *row, Index index, const char *cell)
{
    gint64 number = 0;

    if (index == INDEX_SRC_IP || index == INDEX_DST_IP)
        return *cell == '\0' || strcmp(cell, "NULL") == 0 ||
               address_from_string(cell, index == INDEX_SRC_IP ? &row->src : &row->dst);
    if (!g_ascii_string_to_signed(cell, 10, -G_MAXINT32, G_MAXUINT32, &number, NULL))
        return false;
    switch (index) {
    case INDEX_TV_SEC:
        row->time_ns += number * ns_per_second;
        return true;
    case INDEX_TV_USEC:
        row->time_ns += number * 1000;
        return true;
    case INDEX_TV_NSEC:
        row->time_ns += number;
        return true;
    case INDEX_LENGTH:
        row->length = (uint32_t)number;
        return number >= 0;
    default:
        row->direction = (uint8_t)number;
        return number == 0 || number == 1;
    }
}

/* "0", "1" or "-1", with ".0" after it as some tools write. */
static bool
parse_trit(const char *cell, int8_t *trit)
{
    bool minus = *cell == '-';

    cell += minus;
    if ((*cell != '0' && *cell != '1') || (minus && *cell == '0'))
        return false;
    *trit = minus ? -1 : (int8_t)(*cell - '0');
    return cell[1] == '\0' || strcmp(cell + 1, ".0") == 0;
}

static bool
csv_parse_row(const CsvReader *reader, int8_t *trits, TraceRow *row, GError **error)
{
    char *cell = reader->lines.line;
    int n = 0;

    memset(row, 0, sizeof *row);
    while (cell && n < reader->n_columns) {
        int meaning = reader->meaning[n];
        bool minus = *cell == '-';
        char *comma;

        /* Nearly all cells. */
        if (meaning >= 0 && meaning != COLUMN_IGNORED && cell[minus] != '\0' &&
            cell[minus + 1] == ',' && (cell[minus] == '1' || (cell[minus] == '0' && !minus))) {
            trits[meaning] = minus ? -1 : (int8_t)(cell[minus] - '0');
            cell += minus + 2;
            n++;
            continue;
        }
        comma = strchr(cell, ',');
        if (comma)
            *comma = '\0';
        if (meaning == COLUMN_IGNORED ||
            (meaning >= 0 ? parse_trit(cell, &trits[meaning]) : parse_index(row, ~meaning, cell))) {
            cell = comma ? comma + 1 : NULL;
            n++;
            continue;
        }
        g_autofree char *printable = g_utf8_make_valid(cell, -1);
        g_set_error(error, G_IO_ERROR, G_IO_ERROR_INVALID_DATA,
                    _("“%s” line %d has “%.32s” for %s: %s."), reader->lines.path,
                    reader->lines.number, printable, reader->names[n],
                    meaning >= 0 ? _("a bit is 0, 1 or -1 (nPrint -F -1)")
                                 : _("it must be an address or a number, or NULL"));
        return false;
    }
    if (!cell && n == reader->n_columns)
        return true;
    g_set_error(error, G_IO_ERROR, G_IO_ERROR_INVALID_DATA,
                _("“%s” line %d has %s columns than the %d its header names: write it again."),
                reader->lines.path, reader->lines.number, cell ? _("more") : _("fewer"),
                reader->n_columns);
    return false;
}

static TraceSides
csv_sides(const CsvReader *reader)
{
    TraceSides sides = 0;

    for (int i = 0; i < reader->n_columns; i++) {
        int meaning = reader->meaning[i];
        if (meaning < 0)
            sides |= csv_index_table[~meaning].known;
    }
    return sides;
}

static Trace *
csv_read_rows(CsvReader *reader, GError **error)
{
    g_autoptr(Trace) trace = trace_new(reader->layout, 0);
    int status, room = 0;

    while ((status = line_reader_next(&reader->lines, error)) == 1) {
        if (reader->lines.size == 0)
            continue;
        if (!trace_grow(trace, &room, error) ||
            !csv_parse_row(reader, trace_row(trace, trace->n_rows), &trace->rows[trace->n_rows],
                           error))
            return NULL;
        trace->n_rows++;
    }
    if (status < 0)
        return NULL;
    trace->sides = csv_sides(reader);
    return g_steal_pointer(&trace);
}

Trace *
trace_read_csv(const char *path, const Layout *layout, GError **error)
{
    CsvReader reader = {.layout = NULL};
    Trace *trace = NULL;

    if (line_reader_open(&reader.lines, path, error) && csv_read_header(&reader, layout, error))
        trace = csv_read_rows(&reader, error);
    csv_reader_clear(&reader);
    if (trace)
        g_hash_table_insert(trace->provenance, g_strdup("source"), g_path_get_basename(path));
    return trace;
}
