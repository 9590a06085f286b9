/* SPDX-License-Identifier: Apache-2.0 */
/* Reading nPrint CSV: columns by name, in any order, with others between them. */
#include <gio/gio.h>
#include <glib/gi18n-lib.h>
#include <string.h>

#include "app/trace/csv_header.h"
#include "app/trace/excerpt.h"
#include "app/trace/flow.h"
#include "app/trace/lines.h"

static const int64_t ns_per_second = 1000000000;

typedef struct {
    LineReader lines;
    CsvHeader header;
    int8_t *cells;   /* of one row; -1 where the file has no column */
    int64_t time_ns; /* of the row before, where times are relative */
} CsvReader;

static void
csv_reader_clear(CsvReader *reader)
{
    line_reader_close(&reader->lines);
    csv_header_clear(&reader->header);
    g_free(reader->cells);
}

static bool
csv_read_header(CsvReader *reader, const Layout *asked, GError **error)
{
    CsvHeader *header = &reader->header;
    int status = line_reader_next(&reader->lines, error);
    if (status == 0)
        g_set_error(error, G_IO_ERROR, G_IO_ERROR_INVALID_DATA,
                    _("“%s” is empty: give an nPrint CSV with its header line."),
                    reader->lines.path);
    if (status != 1 ||
        !csv_header_parse(header, reader->lines.line, reader->lines.path, asked, error))
        return false;
    reader->cells = g_malloc(header->n_cells);
    memset(reader->cells, -1, header->n_cells);
    return true;
}

/* A whole number, with ".0" after it as some tools write. */
static bool
parse_number(const char *cell, gint64 *number)
{
    char *end;

    if (!g_ascii_isdigit(*cell) && (*cell != '-' || !g_ascii_isdigit(cell[1])))
        return false;
    *number = g_ascii_strtoll(cell, &end, 10);
    if (*end == '.')
        end += 1 + strspn(end + 1, "0");
    return *end == '\0';
}

static bool
parse_address(const char *cell, Address *address)
{
    return *cell == '\0' || strcmp(cell, "NULL") == 0 || address_from_string(cell, address);
}

/* source_destination_port_port_PROTOCOL */
static bool
parse_flow(TraceRow *row, const char *cell)
{
    g_auto(GStrv) parts = g_strsplit(cell, "_", 6);

    return g_strv_length(parts) == 5 && parse_address(parts[0], &row->src) &&
           parse_address(parts[1], &row->dst);
}

static bool
parse_column(TraceRow *row, CsvColumn column, const char *cell)
{
    gint64 number = 0;

    if (column == COLUMN_SRC_IP || column == COLUMN_DST_IP)
        return parse_address(cell, column == COLUMN_SRC_IP ? &row->src : &row->dst);
    if (column == COLUMN_FLOW)
        return parse_flow(row, cell);
    if (!parse_number(cell, &number))
        return false;
    if (column == COLUMN_RTS) /* a gap may be longer than an hour */
        return !__builtin_mul_overflow(number, (int64_t)1000, &row->time_ns);
    if (number < -(gint64)G_MAXUINT32 || number > G_MAXUINT32)
        return false;
    switch (column) {
    case COLUMN_TV_SEC:
        row->time_ns += number * ns_per_second;
        return true;
    case COLUMN_TV_USEC:
        row->time_ns += number * 1000;
        return true;
    case COLUMN_TV_NSEC:
        row->time_ns += number;
        return true;
    case COLUMN_LENGTH:
        row->length = (uint32_t)number;
        return number >= 0;
    default:
        row->direction = (uint8_t)number;
        return number == 0 || number == 1;
    }
}

/* 0 or 1; any other whole number is what some fill absence with. */
static bool
parse_trit(const char *cell, int8_t *trit)
{
    gint64 number;

    if (!parse_number(cell, &number) || (number == 0 && *cell == '-'))
        return false;
    *trit = number == 0 || number == 1 ? (int8_t)number : -1;
    return true;
}

static bool
fail_cell(const CsvReader *reader, int column, const char *cell, GError **error)
{
    g_autofree char *shown = excerpt(cell);

    g_set_error(error, G_IO_ERROR, G_IO_ERROR_INVALID_DATA, _("“%s” line %d has “%s” for %s: %s."),
                reader->lines.path, reader->lines.number, shown, reader->header.names[column],
                reader->header.meaning[column] >= 0
                    ? _("a bit is 0 or 1, or another whole number where it is absent")
                    : _("it must be an address or a number, or NULL"));
    return false;
}

/* Eight cells of eight columns one after another, with their commas: all bits or all -1, as headers
 * have them byte by byte. How many bytes of the line they are, 0 when they are not so. Looks at no
 * more than LINE_SLACK bytes. */
static int
take_eight(const char *at, int8_t *cells)
{
    static const char absent[] = "-1,-1,-1,-1,-1,-1,-1,-1,";
    uint64_t half[2];

    if (*at == '-') {
        if (memcmp(at, absent, sizeof absent - 1) != 0)
            return 0;
        memset(cells, -1, 8);
        return sizeof absent - 1;
    }
    memcpy(half, at, sizeof half);
    for (int i = 0; i < 2; i++) {
        uint64_t four = GUINT64_FROM_LE(half[i]);

        if ((four & 0xfffefffefffefffeu) != 0x2c302c302c302c30u)
            return 0;
        for (int k = 0; k < 4; k++)
            cells[4 * i + k] = four >> (16 * k) & 1;
    }
    return 16;
}

static bool
csv_parse_row(const CsvReader *reader, TraceRow *row, GError **error)
{
    const CsvHeader *header = &reader->header;
    char *at = reader->lines.line;
    int n = 0;

    memset(row, 0, sizeof *row);
    for (; at && n < header->n_columns; n++) {
        int eight = header->run[n] >= 8 ? take_eight(at, reader->cells + header->meaning[n]) : 0;
        int meaning = header->meaning[n];
        bool minus = *at == '-';
        const char *cell;

        if (eight) { /* nearly all cells */
            at += eight;
            n += 7;
            continue;
        }
        if (meaning >= 0 && meaning != MEANING_NONE && at[minus] != '\0' && at[minus + 1] == ',' &&
            (at[minus] == '1' || (at[minus] == '0' && !minus))) {
            reader->cells[meaning] = minus ? -1 : (int8_t)(at[minus] - '0');
            at += minus + 2;
            continue;
        }
        cell = csv_take_field(&at);
        if (meaning != MEANING_NONE &&
            !(meaning >= 0 ? parse_trit(cell, &reader->cells[meaning])
                           : parse_column(row, (CsvColumn)~meaning, cell)))
            return fail_cell(reader, n, cell, error);
    }
    if (!at && n == header->n_columns)
        return true;
    g_set_error(error, G_IO_ERROR, G_IO_ERROR_INVALID_DATA,
                _("“%s” line %d has %s columns than the %d its header names: write it again."),
                reader->lines.path, reader->lines.number, at ? _("more") : _("fewer"),
                header->n_columns);
    return false;
}

/* Addresses from the bits that the layout leaves out, where no column says them. */
static void
add_addresses(const CsvReader *reader, TraceRow *row)
{
    for (size_t i = 0; i < G_N_ELEMENTS(csv_address_fields); i++) {
        int n_bits = field_table[csv_address_fields[i]].width;
        const int8_t *bits = reader->cells + reader->header.address_cells[i];
        Address *address = i % 2 == 0 ? &row->src : &row->dst;
        Address found = {.family = n_bits == 32 ? 4 : 6};
        int n = 0;

        if (reader->header.address_cells[i] == 0 || address->family != 0)
            continue;
        for (; n < n_bits && bits[n] >= 0; n++)
            found.bytes[n / 8] = (uint8_t)(found.bytes[n / 8] << 1 | bits[n]);
        if (n == n_bits)
            *address = found;
    }
}

/* From microseconds since the row before to a time; one that does not fit is kept at the end. */
static void
add_time(CsvReader *reader, TraceRow *row)
{
    if (!reader->header.relative)
        return;
    if (__builtin_add_overflow(reader->time_ns, row->time_ns, &row->time_ns))
        row->time_ns = reader->time_ns;
    reader->time_ns = row->time_ns;
}

/* The index column is always written: NULL in every row says that no address is known. */
static bool
has_addresses(const Trace *trace)
{
    for (int row = 0; row < trace->n_rows; row++) {
        if (trace->rows[row].src.family || trace->rows[row].dst.family)
            return true;
    }
    return false;
}

static Trace *
csv_read_rows(CsvReader *reader, GError **error)
{
    const CsvHeader *header = &reader->header;
    g_autoptr(Trace) trace = trace_new(header->layout, 0);
    int n_extra = trace_extra_width(&header->extra), n = header->layout->n_columns;
    int status, room = 0;

    if (n_extra)
        trace_keep_extra(trace, &header->extra);
    while ((status = line_reader_next(&reader->lines, error)) == 1) {
        if (reader->lines.size == 0)
            continue;
        if (!trace_grow(trace, &room, error) ||
            !csv_parse_row(reader, &trace->rows[trace->n_rows], error))
            return NULL;
        memcpy(trace_row(trace, trace->n_rows), reader->cells, n);
        if (n_extra)
            memcpy(trace_extra_row(trace, trace->n_rows), reader->cells + n, n_extra);
        add_addresses(reader, &trace->rows[trace->n_rows]);
        add_time(reader, &trace->rows[trace->n_rows]);
        trace->n_rows++;
    }
    if (status < 0)
        return NULL;
    trace->sides = header->sides;
    if (!has_addresses(trace))
        trace->sides &= ~TRACE_HAS_ADDRESSES;
    return g_steal_pointer(&trace);
}

Trace *
trace_read_csv(const char *path, const Layout *layout, GError **error)
{
    CsvReader reader = {.time_ns = 0};
    Trace *trace = NULL;

    if (line_reader_open(&reader.lines, path, error) && csv_read_header(&reader, layout, error))
        trace = csv_read_rows(&reader, error);
    csv_reader_clear(&reader);
    if (trace)
        g_hash_table_insert(trace->provenance, g_strdup("source"), g_path_get_basename(path));
    return trace;
}
