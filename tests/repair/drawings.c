/* SPDX-License-Identifier: Apache-2.0 */
/* Seeded drawings. */
#include "tests/repair/drawings.h"

#include <string.h>

#include "app/trace/random.h"
#include "tests/trace/support.h"

static double
draw_share(Random *random)
{
    return (double)(random_next(random) >> 11) * 0x1p-53;
}

const char *
drawing_name(Drawing drawing)
{
    static const char *const names[N_DRAWINGS] = {"trits",     "bits",   "ones",  "zeros",
                                                  "half blue", "blocks", "padded"};
    return names[drawing];
}

/* A row of whole headers: fields are noise, or what the trace repeats in them. */
static void
draw_block_row(const Layout *layout, int8_t *trits, Random *random, const guint32 *constant)
{
    bool is_there[N_HEADERS];

    for (int header = 0; header < N_HEADERS; header++)
        is_there[header] = random_below(random, 3) == 0;
    for (int i = 0; i < layout->n_fields; i++) {
        const Field *field = &field_table[layout->fields[i].field];
        int width = field->width, first = layout->fields[i].first_column;
        bool is_constant = random_below(random, 8) != 0 && width <= 32;
        if (width > 32)
            width = 32 * (int)random_below(random, 11);
        if (!is_there[field->header])
            continue;
        for (int bit = 0; bit < width && bit < field->width; bit++)
            trits[first + bit] = is_constant ? constant[layout->fields[i].field] >> bit & 1
                                             : random_below(random, 2);
    }
}

static void
draw_blocks(Trace *trace, Random *random, int n_rows)
{
    guint32 constant[N_FIELDS];

    for (int field = 0; field < N_FIELDS; field++)
        constant[field] = (guint32)random_next(random);
    for (int row = 0; row < n_rows; row++)
        draw_block_row(trace->layout, trace_row(trace, row), random, constant);
}

static int8_t
draw_trit(Drawing drawing, Random *random)
{
    switch (drawing) {
    case DRAW_TRITS:
        return (int8_t)((int)random_below(random, 3) - 1);
    case DRAW_BITS:
        return (int8_t)random_below(random, 2);
    case DRAW_ONES:
        return 1;
    case DRAW_ZEROS:
        return 0;
    default:
        return (int8_t)(random_below(random, 2) ? -1 : (int)random_below(random, 2));
    }
}

Trace *
drawing_new(Drawing drawing, const Layout *layout, int n_rows, guint64 seed)
{
    Trace *trace = trace_new(layout, n_rows);
    size_t n_cells = (size_t)n_rows * layout->n_columns;
    Random random = random_seeded(seed * 1000003 + drawing);

    if (drawing == DRAW_BLOCKS || drawing == DRAW_PADDED) {
        int n_drawn = drawing == DRAW_PADDED ? n_rows / 2 : n_rows;
        draw_blocks(trace, &random, n_drawn);
        for (size_t i = (size_t)n_drawn * layout->n_columns; i < n_cells; i++)
            trace->trits[i] = (int8_t)(random_below(&random, 500) ? -1 : 1);
    } else {
        for (size_t i = 0; i < n_cells; i++)
            trace->trits[i] = draw_trit(drawing, &random);
    }
    if (seed & 1) {
        trace->confidence = g_new(float, n_cells);
        for (size_t i = 0; i < n_cells; i++)
            trace->confidence[i] = (float)draw_share(&random);
    }
    return trace;
}

Trace *
sample_new(const char *name, const Layout *layout, int max_rows)
{
    g_autofree char *below = g_build_filename("data", "samples", name, NULL);
    g_autofree char *path = source_path(below);
    g_autoptr(GError) error = NULL;

    if (!g_file_test(path, G_FILE_TEST_EXISTS)) {
        g_test_skip("data/samples is not there");
        return NULL;
    }
    Trace *trace = trace_read_capture(path, layout, max_rows, NULL, &error);
    g_assert_no_error(error);
    return trace;
}

Trace *
sample_as_picture(const Trace *sample, double share, guint64 seed)
{
    Trace *picture = trace_copy(sample);
    size_t n_cells = (size_t)picture->n_rows * picture->layout->n_columns;
    Random random = random_seeded(seed);

    for (size_t i = 0; i < n_cells; i++) {
        if (draw_share(&random) < share)
            picture->trits[i] = draw_trit(DRAW_TRITS, &random);
    }
    picture->sides = 0;
    memset(picture->rows, 0, (size_t)picture->n_rows * sizeof *picture->rows);
    return picture;
}

Trace *
sample_with_flips(const Trace *sample, double share, guint64 seed)
{
    Trace *damaged = trace_copy(sample);
    size_t n_cells = (size_t)damaged->n_rows * damaged->layout->n_columns;
    Random random = random_seeded(seed);

    for (size_t i = 0; i < n_cells; i++) {
        if (damaged->trits[i] >= 0 && draw_share(&random) < share)
            damaged->trits[i] = !damaged->trits[i];
    }
    return damaged;
}
