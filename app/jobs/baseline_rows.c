/* SPDX-License-Identifier: Apache-2.0 */
/* A class's rows, what follows what, and traces drawn from them. */
#include "app/jobs/baseline_rows.h"

#include <string.h>

#include "app/trace/random.h"
#include "app/trace/timing_rows.h"

enum { SMALL = 80, MIDDLE = 600 }; /* bytes */

void
baseline_rows_free(BaselineRows *rows)
{
    if (!rows)
        return;
    g_ptr_array_unref(rows->traces);
    g_array_unref(rows->rows);
    g_array_unref(rows->lengths);
    g_array_unref(rows->first);
    g_clear_pointer(&rows->followers, g_hash_table_unref);
    g_free(rows->types);
    g_free(rows->present);
    g_free(rows->ones);
    g_free(rows);
}

guint32
baseline_row_type(const Trace *trace, int row)
{
    static const FieldId flags[] = {FIELD_TCP_SYN, FIELD_TCP_FIN, FIELD_TCP_RST, FIELD_TCP_PSH};
    guint32 length = timing_row_length(trace, row), type = 0, value;

    for (int header = 0; header < N_HEADERS; header++)
        type = type << 1 | trace_has_header(trace, row, (Header)header);
    for (guint i = 0; i < G_N_ELEMENTS(flags); i++)
        type = type << 1 | (trace_get(trace, row, flags[i], &value) && value);
    type = type << 2 | ((length > SMALL) + (length > MIDDLE));
    return type << 1 | trace->rows[row].direction;
}

static void
add_follower(BaselineRows *rows, guint32 type, guint row)
{
    GArray *list = g_hash_table_lookup(rows->followers, GUINT_TO_POINTER(type));

    if (!list) {
        list = g_array_new(FALSE, FALSE, sizeof(guint));
        g_hash_table_insert(rows->followers, GUINT_TO_POINTER(type), list);
    }
    g_array_append_val(list, row);
}

static void
add_trace(BaselineRows *rows, Trace *trace)
{
    guint first = rows->rows->len;

    g_ptr_array_add(rows->traces, trace);
    g_array_append_val(rows->first, first);
    g_array_append_val(rows->lengths, trace->n_rows);
    rows->types = g_renew(guint32, rows->types, first + (guint)trace->n_rows);
    for (int row = 0; row < trace->n_rows; row++) {
        const int8_t *trits = trace_row(trace, row);
        guint at = first + (guint)row;

        g_array_append_val(rows->rows, trits);
        rows->types[at] = baseline_row_type(trace, row);
        if (row > 0)
            add_follower(rows, rows->types[at - 1], at);
    }
}

/* n of total as a part of 2^32, short of the whole by one at most. */
static guint32
part_of(guint n, guint total)
{
    return (guint32)MIN(((guint64)n << 32) / total, G_MAXUINT32);
}

static void
count_columns(BaselineRows *rows)
{
    int n_columns = layout_default()->n_columns;
    g_autofree guint *present = g_new0(guint, n_columns);
    g_autofree guint *ones = g_new0(guint, n_columns);

    for (guint i = 0; i < rows->rows->len; i++) {
        const int8_t *trits = g_array_index(rows->rows, const int8_t *, i);

        for (int x = 0; x < n_columns; x++) {
            present[x] += trits[x] >= 0;
            ones[x] += trits[x] == 1;
        }
    }
    rows->present = g_new(guint32, n_columns);
    rows->ones = g_new(guint32, n_columns);
    for (int x = 0; x < n_columns; x++) {
        rows->present[x] = part_of(present[x], rows->rows->len);
        rows->ones[x] = part_of(ones[x], rows->rows->len);
    }
}

BaselineRows *
baseline_rows_new(const SynthesisClass *class, GError **error)
{
    g_autoptr(BaselineRows) rows = g_new0(BaselineRows, 1);

    rows->class = class;
    rows->traces = g_ptr_array_new_with_free_func((GDestroyNotify)trace_free);
    rows->rows = g_array_new(FALSE, FALSE, sizeof(const int8_t *));
    rows->lengths = g_array_new(FALSE, FALSE, sizeof(int));
    rows->first = g_array_new(FALSE, FALSE, sizeof(guint));
    rows->followers = g_hash_table_new_full(NULL, NULL, NULL, (GDestroyNotify)g_array_unref);
    for (guint i = 0; i < class->captures->len; i++) {
        Trace *trace = synthesis_capture_rows(class->captures->pdata[i], 0, BASELINE_ROWS, error);

        if (!trace)
            return NULL;
        add_trace(rows, trace);
    }
    count_columns(rows);
    return g_steal_pointer(&rows);
}

/* --- traces --- */

/* Empty, as long as a capture of the class is. */
static Trace *
new_trace(const BaselineRows *rows, int n_rows, Random *random)
{
    int length = g_array_index(rows->lengths, int, random_below(random, rows->lengths->len));

    return trace_new(layout_default(), MIN(length, n_rows));
}

static void
set_row(Trace *trace, int row, const BaselineRows *rows, guint from)
{
    memcpy(trace_row(trace, row), g_array_index(rows->rows, const int8_t *, from),
           (size_t)trace->layout->n_columns);
}

Trace *
baseline_bootstrap(const BaselineRows *rows, int n_rows, guint64 seed)
{
    Random random = random_seeded(seed);
    Trace *trace = new_trace(rows, n_rows, &random);

    for (int row = 0; row < trace->n_rows; row++)
        set_row(trace, row, rows, random_below(&random, rows->rows->len));
    return trace;
}

Trace *
baseline_independent_bits(const BaselineRows *rows, int n_rows, guint64 seed)
{
    Random random = random_seeded(seed);
    Trace *trace = new_trace(rows, n_rows, &random);
    int n_columns = trace->layout->n_columns;

    for (int row = 0; row < trace->n_rows; row++) {
        int8_t *trits = trace_row(trace, row);

        for (int x = 0; x < n_columns; x++) {
            guint32 drawn = (guint32)(random_next(&random) >> 32);

            trits[x] = drawn < rows->ones[x] ? 1 : drawn < rows->present[x] ? 0 : -1;
        }
    }
    return trace;
}

Trace *
baseline_markov_rows(const BaselineRows *rows, int n_rows, guint64 seed)
{
    Random random = random_seeded(seed);
    Trace *trace = new_trace(rows, n_rows, &random);
    const GArray *next = rows->first;

    for (int row = 0; row < trace->n_rows; row++) {
        guint from = g_array_index(next, guint, random_below(&random, next->len));

        set_row(trace, row, rows, from);
        next = g_hash_table_lookup(rows->followers, GUINT_TO_POINTER(rows->types[from]));
        if (!next) /* a type that stands at the end of captures alone */
            next = rows->first;
    }
    return trace;
}

Trace *
baseline_control_map(const BaselineRows *rows, const Image *edges, int n_parent)
{
    Trace *trace = trace_new(layout_default(), MIN(edges->height, n_parent));
    int n_columns = trace->layout->n_columns;

    for (int row = 0; row < trace->n_rows; row++) {
        const uint8_t *pixels = edges->pixels + (gsize)row * n_columns;

        for (int x = 0; x < n_columns; x++) {
            if (rows->present[x] > G_MAXUINT32 / 2)
                trace_row(trace, row)[x] = pixels[x] != 0;
        }
    }
    return trace;
}

Image *
baseline_noise(int n_rows, guint64 seed)
{
    Image *image = image_new(layout_default()->n_columns, n_rows, 3);
    gsize n = (gsize)3 * image->width * image->height;
    Random random = random_seeded(seed);

    for (gsize i = 0; i < n; i += sizeof(guint64)) {
        guint64 drawn = random_next(&random);

        memcpy(image->pixels + i, &drawn, MIN(n - i, sizeof drawn));
    }
    return image;
}
