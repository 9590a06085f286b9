/* SPDX-License-Identifier: Apache-2.0 */
/* Side columns to text and back. */
#include "app/trace/sides.h"

#include <gio/gio.h>
#include <glib/gi18n-lib.h>
#include <string.h>

#include "app/trace/flow.h"

typedef enum { TIME, SRC, DST, FRAME, LENGTH, DIRECTION, N_SIDES } Side;

static const struct {
    const char *name;
    TraceSides known; /* 0: always written */
} sides[N_SIDES] = {
    {"time_ns", TRACE_HAS_TIMES},  {"src", TRACE_HAS_ADDRESSES},
    {"dst", TRACE_HAS_ADDRESSES},  {"frame", 0},
    {"length", TRACE_HAS_LENGTHS}, {"direction", TRACE_HAS_DIRECTIONS},
};

static bool
side_is_known(const Trace *trace, int side)
{
    return sides[side].known == 0 || (trace->sides & sides[side].known);
}

static void
append_side(GString *text, const TraceRow *row, int side)
{
    g_autofree char *address = NULL;

    switch (side) {
    case TIME:
        g_string_append_printf(text, "%" G_GINT64_FORMAT, (gint64)row->time_ns);
        break;
    case SRC:
    case DST:
        address = address_to_string(side == SRC ? &row->src : &row->dst);
        g_string_append(text, address);
        break;
    case FRAME:
        g_string_append_printf(text, "%u", row->frame);
        break;
    case LENGTH:
        g_string_append_printf(text, "%u", row->length);
        break;
    default:
        g_string_append_printf(text, "%u", row->direction);
        break;
    }
}

char *
trace_sides_to_text(const Trace *trace)
{
    GString *text = g_string_new(NULL);

    for (int row = -1; row < trace->n_rows; row++) {
        for (int side = 0, n = 0; side < N_SIDES; side++) {
            if (!side_is_known(trace, side))
                continue;
            if (n++)
                g_string_append_c(text, ',');
            if (row < 0)
                g_string_append(text, sides[side].name);
            else
                append_side(text, &trace->rows[row], side);
        }
        g_string_append_c(text, '\n');
    }
    return g_string_free(text, FALSE);
}

static bool
parse_side(TraceRow *row, int side, const char *cell)
{
    gint64 number = 0;
    guint64 small = 0;

    switch (side) {
    case TIME:
        if (!g_ascii_string_to_signed(cell, 10, G_MININT64, G_MAXINT64, &number, NULL))
            return false;
        row->time_ns = number;
        return true;
    case SRC:
        return *cell == '\0' || address_from_string(cell, &row->src);
    case DST:
        return *cell == '\0' || address_from_string(cell, &row->dst);
    default:
        if (!g_ascii_string_to_unsigned(cell, 10, 0, side == DIRECTION ? 1 : G_MAXUINT32, &small,
                                        NULL))
            return false;
    }
    if (side == FRAME)
        row->frame = (uint32_t)small;
    else if (side == LENGTH)
        row->length = (uint32_t)small;
    else
        row->direction = (uint8_t)small;
    return true;
}

/* Which side each cell of a line is; their number, 0 when a name is not known. */
static int
parse_names(const char *line, int side_of[N_SIDES], TraceSides *known)
{
    g_auto(GStrv) names = g_strsplit(line, ",", N_SIDES + 1);
    int n = 0;

    *known = 0;
    for (; names[n]; n++) {
        int side = 0;

        while (side < N_SIDES && strcmp(names[n], sides[side].name) != 0)
            side++;
        if (side == N_SIDES || n == N_SIDES)
            return 0;
        side_of[n] = side;
        *known |= sides[side].known;
    }
    return n;
}

static bool
parse_row(TraceRow *row, const char *line, const int side_of[N_SIDES], int n_sides)
{
    g_auto(GStrv) cells = g_strsplit(line, ",", N_SIDES + 1);

    if (g_strv_length(cells) != (guint)n_sides)
        return false;
    for (int i = 0; i < n_sides; i++) {
        if (!parse_side(row, side_of[i], cells[i]))
            return false;
    }
    return true;
}

bool
trace_sides_from_text(Trace *trace, const char *text, GError **error)
{
    g_auto(GStrv) lines = g_strsplit(text, "\n", trace->n_rows + 2);
    g_autofree TraceRow *rows = g_new0(TraceRow, MAX(trace->n_rows, 1));
    int side_of[N_SIDES], n_sides = 0, row = -1;
    TraceSides known = 0;

    /* Header, n_rows lines, and what follows the last newline: nothing. */
    if (g_strv_length(lines) == (guint)trace->n_rows + 2 && *lines[trace->n_rows + 1] == '\0')
        n_sides = parse_names(lines[0], side_of, &known);
    if (n_sides > 0) {
        row = 0;
        while (row < trace->n_rows && parse_row(&rows[row], lines[row + 1], side_of, n_sides))
            row++;
    }
    if (row < trace->n_rows) {
        g_set_error(
            error, G_IO_ERROR, G_IO_ERROR_INVALID_DATA,
            _("the side columns do not fit the %d rows (first fault: line %d): write the picture "
              "again, or take its text chunk torchlight:sides out."),
            trace->n_rows, row + 2);
        return false;
    }
    memcpy(trace->rows, rows, trace->n_rows * sizeof *rows);
    trace->sides = known;
    return true;
}
