/* SPDX-License-Identifier: Apache-2.0 */
/* nPrint CSV. A header line alone is 13 KB, too much for chance to keep whole, so an input is the
 * text of the file with some bytes standing for long parts of it:
 *   01, 02      the column names of layout torchlight, nprint
 *   03, 04, 05  and a byte n: n + 1 cells -1, 0, 1, each with its comma
 *   06          and a byte: 1088 cells, drawn from that seed
 *   07          and a byte: the column names of nPrint's layout of these headers
 *   08          and a byte n: the names of the bits of n bytes of payload, n * 8 cells with commas
 * What is read and written again reads back equal, with nPrint's options too. */
#include <string.h>

#include "app/trace/interchange.h"
#include "app/trace/random.h"
#include "tests/fuzz/support.h"
#include "tests/trace/support.h"

enum { MAX_TEXT = 1 << 17, N_CELLS = 1088 };

static void
append_names(GString *text, const Layout *layout)
{
    for (int column = 0; column < layout->n_columns; column++) {
        g_autofree char *name = layout_column_name(layout, column);
        g_string_append_printf(text, "%s%s", column ? "," : "", name);
    }
}

static void
append_row(GString *text, uint8_t seed)
{
    static const char *const cells[] = {"-1", "0", "1"};
    Random random = random_seeded(seed);

    for (int i = 0; i < N_CELLS; i++)
        g_string_append_printf(text, "%s%s", i ? "," : "", cells[random_below(&random, 3)]);
}

static void
append_payload(GString *text, int n_bytes)
{
    for (int bit = 0; bit < n_bytes * 8; bit++)
        g_string_append_printf(text, "payload_bit_%d,", bit);
}

static GString *
expand(FuzzInput input)
{
    GString *text = g_string_new(NULL);

    while (input.size > 0 && text->len < MAX_TEXT) {
        uint8_t byte = fuzz_u8(&input);

        if (byte == 1 || byte == 2) {
            append_names(text, layout_nth(byte - 1));
        } else if (byte >= 3 && byte <= 5) {
            for (int n = fuzz_u8(&input); n >= 0; n--)
                g_string_append(text, byte == 3 ? "-1," : byte == 4 ? "0," : "1,");
        } else if (byte == 6) {
            append_row(text, fuzz_u8(&input));
        } else if (byte == 7) {
            const Layout *layout = layout_nprint(fuzz_u8(&input));
            append_names(text, layout ? layout : layout_default());
        } else if (byte == 8) {
            append_payload(text, fuzz_u8(&input));
        } else {
            g_string_append_c(text, (char)byte);
        }
    }
    return text;
}

static void
check_again(const Trace *trace)
{
    /* Layout nprint has its addresses in its bits, and holds nothing beside them. */
    bool has_sides = !trace->layout->transport_only;
    char *folder = scratch_new();
    g_autofree char *first = scratch_path(folder, "first.csv");
    g_autofree char *second = scratch_path(folder, "second.csv");
    g_autoptr(Trace) again = NULL;

    g_assert_true(trace_write_csv(trace, first, NULL));
    again = trace_read_csv(first, NULL, NULL);
    g_assert_nonnull(again);
    assert_same_trits("again", trace, again);
    if (has_sides)
        assert_same_sides("again", trace, again, trace->sides);
    g_assert_true(trace_write_csv(again, second, NULL));
    fuzz_check_same_files(first, second);
    scratch_free(folder);
}

/* What the options leave out is lost, bits never are. */
static void
check_options(const Trace *trace, unsigned choice)
{
    CsvOptions options = {.index = (CsvIndex)(choice % 6),
                          .relative_time = choice >> 3 & 1,
                          .absolute_time = choice >> 4 & 1,
                          .fill = choice & 32 ? -1 - (int)(choice & 127) : 2 + (int)(choice & 63)};
    char *folder = scratch_new();
    g_autofree char *path = scratch_path(folder, "options.csv");
    g_autoptr(Trace) again = NULL;

    g_assert_true(trace_write_csv_with(trace, path, &options, NULL));
    again = trace_read_csv(path, trace->layout, NULL);
    g_assert_nonnull(again);
    assert_same_trits("options", trace, again);
    scratch_free(folder);
}

static void
check_csv(const char *path, const Layout *layout, uint8_t choice)
{
    g_autoptr(GError) error = NULL;
    g_autoptr(Trace) trace = trace_read_csv(path, layout, &error);

    if (!fuzz_is_read(trace, error, path))
        return;
    for (size_t i = 0; i < (size_t)trace->n_rows * trace->layout->n_columns; i++)
        g_assert_true(trace->trits[i] >= -1 && trace->trits[i] <= 1);
    if (choice % 4)
        check_again(trace);
    else
        check_options(trace, choice / 4u);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    GString *text = expand((FuzzInput){data, size});
    FuzzFile file;

    fuzz_file_init(&file, text->str, text->len);
    check_csv(file.path, size % 8 < 6 ? NULL : layout_nth(size % 2), size ? data[size - 1] : 0);
    fuzz_file_clear(&file);
    g_string_free(text, TRUE);
    return 0;
}
