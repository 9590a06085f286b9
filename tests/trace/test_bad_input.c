/* SPDX-License-Identifier: Apache-2.0 */
/* Truncated, empty, hostile or foreign files, and outputs that cannot be written: always an error
 * that names the file, never a crash, never a file left half-written. */
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/resource.h>

#include "app/trace/atomic.h"
#include "app/trace/capture.h"
#include "app/trace/image.h"
#include "app/trace/interchange.h"
#include "app/trace/sides.h"
#include "tests/trace/support.h"

typedef struct {
    char *scratch;
    char *path;
} Fixture;

static void
set_up(Fixture *fixture, gconstpointer data)
{
    fixture->scratch = scratch_new();
    fixture->path = scratch_path(fixture->scratch, "input");
}

static void
tear_down(Fixture *fixture, gconstpointer data)
{
    g_free(fixture->path);
    scratch_free(fixture->scratch);
}

/* Reads in every layout; an error names the file. */
static void
try_to_read(const char *path)
{
    static const char *const layouts[] = {NULL, "torchlight", "nprint"};
    g_autofree char *base = g_path_get_basename(path);

    for (size_t i = 0; i < G_N_ELEMENTS(layouts); i++) {
        g_autoptr(GError) error = NULL;
        g_autofree char *warning = NULL;
        g_autoptr(Trace) trace = trace_read_any(path, layouts[i], &warning, &error);

        g_assert_true((trace != NULL) != (error != NULL));
        if (error)
            assert_error_says(error, base, NULL);
    }
}

static void
test_bad_folder(Fixture *fixture, gconstpointer data)
{
    g_autofree char *folder = shared_path_or_skip("traces/bad");
    g_autoptr(GPtrArray) files = NULL;

    if (!folder)
        return;
    files = list_files(folder, NULL);
    g_assert_cmpuint(files->len, >, 50);
    for (guint i = 0; i < files->len; i++)
        try_to_read(files->pdata[i]);
}

/* As trace_write_png, but only as high as the trace: quick to read. */
static void
write_low_png(const Trace *trace, const char *path)
{
    g_autoptr(Image) image = trace_draw(trace, 0, trace->n_rows, PALETTE_TORCHLIGHT);
    g_autoptr(GHashTable) text = g_hash_table_new(g_str_hash, g_str_equal);
    g_autofree char *sides = trace_sides_to_text(trace);

    g_hash_table_insert(text, "torchlight:layout", "torchlight");
    g_hash_table_insert(text, "torchlight:palette", "torchlight");
    g_hash_table_insert(text, "torchlight:rows", "12");
    g_hash_table_insert(text, "torchlight:sides", sides);
    g_assert_true(image_write_png(image, path, text, NULL));
}

/* Every kind of file, cut at many places and with bytes changed. */
static void
test_damaged(Fixture *fixture, gconstpointer data)
{
    static const char *const kinds[] = {"x.png", "x.csv", "x.npy", "x.pcap", "x.pcapng"};
    g_autoptr(Trace) trace = made_trace("torchlight", 12, 1);

    for (size_t kind = 0; kind < G_N_ELEMENTS(kinds); kind++) {
        g_autofree char *path = scratch_path(fixture->scratch, kinds[kind]);
        g_autofree char *whole = NULL;
        gsize size;

        switch (kind) {
        case 0:
            write_low_png(trace, path);
            break;
        case 1:
            g_assert_true(trace_write_csv(trace, path, NULL));
            break;
        case 2:
            g_assert_true(trace_write_npy(trace, path, NULL));
            break;
        default:
            g_assert_true(trace_write_capture(trace, path, NULL, NULL, NULL));
            break;
        }
        g_assert_true(g_file_get_contents(path, &whole, &size, NULL));
        for (int cut = 0; cut < 60; cut++) {
            gsize at = cut < 20 ? (gsize)cut : (gsize)g_test_rand_int_range(0, (gint32)size);
            put_file(path, whole, (gssize)at);
            try_to_read(path);
        }
        for (int change = 0; change < 60; change++) {
            g_autofree char *changed = g_memdup2(whole, size);
            for (int i = 0; i <= change % 8; i++) {
                gint32 reach = change & 1 ? (gint32)MIN(size, 200) : (gint32)size;
                changed[g_test_rand_int_range(0, reach)] = (char)g_test_rand_int();
            }
            put_file(path, changed, (gssize)size);
            try_to_read(path);
        }
    }
}

static void
expect_error(Fixture *fixture, const char *content, gssize size, const char *word)
{
    g_autoptr(GError) error = NULL;

    put_file(fixture->path, content, size);
    g_assert_null(trace_read_any(fixture->path, NULL, NULL, &error));
    assert_error_says(error, fixture->path, word, NULL);
}

static void
test_foreign(Fixture *fixture, gconstpointer data)
{
    g_autofree char *absent = scratch_path(fixture->scratch, "absent.pcap");
    g_autoptr(GError) no_file = NULL, folder = NULL, layout = NULL;

    expect_error(fixture, "", 0, "empty");
    expect_error(fixture, "MZ\x90\0\3\0\0\0", 8, "none of the kinds");
    expect_error(fixture, "just words", -1, "none of the kinds");
    expect_error(fixture, "a,b,c\n1,2,3\n", -1, "no known layout");
    expect_error(fixture, "\xd4\xc3\xb2\xa1", 4, "capture");
    expect_error(fixture, "\x89PNG\r\n\x1a\n", 8, "PNG");
    g_assert_null(trace_read_any(absent, NULL, NULL, &no_file));
    assert_error_says(no_file, "absent.pcap", NULL);
    g_assert_null(trace_read_any(fixture->scratch, NULL, NULL, &folder));
    assert_error_says(folder, fixture->scratch, "irectory", NULL);
    g_assert_null(trace_read_any(absent, "squint", NULL, &layout));
    assert_error_says(layout, "squint", NULL);
}

/* A CSV with one thing wrong. */
static void
test_csv(Fixture *fixture, gconstpointer data)
{
    static const struct {
        const char *find, *replace, *word;
    } cases[] = {
        {"ipv4_ver_0", "ipv4_version", "lacks the column ipv4_ver_0 of layout torchlight"},
        {"ipv4_ver_1", "ipv4_ver_0", "ipv4_ver_0 twice"},
        {"\n192.0.2.1", "\nnowhere", "line 2 has “nowhere” for src_ip"},
        {",0,0,0,0,0,0,0,0,", ",0,0,0,0.5,0,0,0,0,", "“0.5”"},
        {",0,0,0,0,0,0,0,0,", ",0,0,0,-0,0,0,0,0,", "“-0”"},
        {",0,0,0,0,0,0,0,0,", ",0,0,0,,0,0,0,0,", "“”"},
        {",0,0,0,0,0,0,0,0,", ",0,0,0,0,0,0,0,", "fewer columns"},
        {",0,0,0,0,0,0,0,0,", ",0,0,0,0,0,0,0,0,0,", "more columns"},
    };
    g_autoptr(Trace) trace = made_trace("torchlight", 40, 2);
    g_autofree char *whole = NULL;
    g_autofree char *long_line = g_strnfill(17 << 20, '1');

    g_assert_true(trace_write_csv(trace, fixture->path, NULL));
    g_assert_true(g_file_get_contents(fixture->path, &whole, NULL, NULL));
    for (size_t i = 0; i < G_N_ELEMENTS(cases); i++) {
        const char *at = strstr(whole, cases[i].find);
        g_autofree char *wrong = NULL;

        g_assert_nonnull(at);
        wrong = g_strdup_printf("%.*s%s%s", (int)(at - whole), whole, cases[i].replace,
                                at + strlen(cases[i].find));
        expect_error(fixture, wrong, -1, cases[i].word);
    }
    long_line[10] = ',';
    expect_error(fixture, long_line, -1, "line longer");
}

/* Columns in another order, more of them, CRLF and floats are read. */
static void
test_csv_of_others(Fixture *fixture, gconstpointer data)
{
    const Layout *layout = layout_by_name("nprint", NULL);
    GString *text = g_string_new("extra,tv_usec,tv_sec");
    g_autoptr(Trace) trace = NULL;
    g_autoptr(GError) error = NULL;

    for (int column = layout->n_columns - 1; column >= 0; column--) {
        g_autofree char *name = layout_column_name(layout, column);
        g_string_append_printf(text, ",%s", name);
    }
    g_string_append(text, "\r\nhello,250000,3");
    for (int column = layout->n_columns - 1; column >= 0; column--)
        g_string_append(text, column % 3 == 0 ? ",1.0" : column % 3 == 1 ? ",0" : ",-1.0");
    g_string_append(text, "\r\n");
    put_file(fixture->path, text->str, -1);
    trace = trace_read_any(fixture->path, NULL, NULL, &error);
    g_assert_no_error(error);
    g_assert_true(trace->layout == layout);
    g_assert_cmpint(trace->n_rows, ==, 1);
    g_assert_cmpint(trace->sides, ==, TRACE_HAS_TIMES);
    g_assert_cmpint(trace->rows[0].time_ns, ==, 3250000000);
    for (int column = 0; column < layout->n_columns; column++)
        g_assert_cmpint(trace_row(trace, 0)[column], ==,
                        column % 3 == 0   ? 1
                        : column % 3 == 1 ? 0
                                          : -1);
    g_string_free(text, TRUE);
}

static void
test_npy(Fixture *fixture, gconstpointer data)
{
    static const struct {
        const char *header, *word;
    } cases[] = {
        {"{'descr': '<f4', 'fortran_order': False, 'shape': (1, 1088), }", "int8"},
        {"{'descr': '|i1', 'fortran_order': True, 'shape': (1, 1088), }", "Fortran"},
        {"{'descr': '|i1', 'fortran_order': False, 'shape': (1, 1089), }", "width"},
        {"{'descr': '|i1', 'fortran_order': False, 'shape': (1088,), }", "two dimensions"},
        {"{'descr': '|i1', 'fortran_order': False, 'shape': (2147483647, 1088), }", "size"},
        {"{'descr': '|i1', 'fortran_order': False, 'shape': (99999999999999999999, 1088)}", "two"},
        {"{'descr': '|i1', 'fortran_order': False, 'shape': (-1, 1088), }", "two dimensions"},
        {"{'descr': '|i1', 'fortran_order': False", "header"},
        {"{'descr'", "header"},
        {"", "header"},
    };

    for (size_t i = 0; i < G_N_ELEMENTS(cases); i++) {
        g_autoptr(GByteArray) file = g_byte_array_new();
        guint8 row[1088] = {0};
        guint8 length[2] = {(guint8)strlen(cases[i].header), 0};

        g_byte_array_append(file, (const guint8 *)"\x93NUMPY\1\0", 8);
        g_byte_array_append(file, length, 2);
        g_byte_array_append(file, (const guint8 *)cases[i].header, length[0]);
        g_byte_array_append(file, row, sizeof row);
        expect_error(fixture, (char *)file->data, file->len, cases[i].word);
    }
}

/* Old content stays, nothing else is left, and the message says where. */
static void
expect_unwritten(Fixture *fixture, const char *path,
                 bool (*write)(const Trace *, const char *, GError **))
{
    g_autoptr(Trace) trace = made_trace("torchlight", 900, 3);
    g_autofree char *base = g_path_get_basename(path);
    g_autofree char *content = NULL;
    g_autoptr(GError) error = NULL;
    int before = scratch_n_files(fixture->scratch);

    g_assert_false(write(trace, path, &error));
    assert_error_says(error, base, NULL);
    g_assert_cmpint(scratch_n_files(fixture->scratch), ==, before);
    if (g_file_get_contents(path, &content, NULL, NULL))
        g_assert_cmpstr(content, ==, "old");
}

static bool
write_png(const Trace *trace, const char *path, GError **error)
{
    return trace_write_png(trace, path, PALETTE_TORCHLIGHT, error);
}

static bool
write_capture(const Trace *trace, const char *path, GError **error)
{
    return trace_write_capture(trace, path, NULL, NULL, error);
}

static void
test_unwritable(Fixture *fixture, gconstpointer data)
{
    bool (*const writers[])(const Trace *, const char *, GError **) = {
        write_png, write_capture, trace_write_csv, trace_write_npy, trace_write_npz};
    g_autofree char *nowhere = g_build_filename(fixture->scratch, "absent", "out", NULL);
    g_autofree char *new_file = scratch_path(fixture->scratch, "new");
    struct rlimit limit, full = {4096, 4096};

    put_file(fixture->path, "old", -1);
    g_assert_cmpint(getrlimit(RLIMIT_FSIZE, &limit), ==, 0);
    for (size_t i = 0; i < G_N_ELEMENTS(writers); i++) {
        expect_unwritten(fixture, nowhere, writers[i]);
        expect_unwritten(fixture, fixture->scratch, writers[i]);
        /* A full disk, as a limit on the size of files. */
        signal(SIGXFSZ, SIG_IGN);
        full.rlim_max = limit.rlim_max;
        g_assert_cmpint(setrlimit(RLIMIT_FSIZE, &full), ==, 0);
        expect_unwritten(fixture, fixture->path, writers[i]);
        expect_unwritten(fixture, new_file, writers[i]);
        g_assert_cmpint(setrlimit(RLIMIT_FSIZE, &limit), ==, 0);
    }
}

static void
test_atomic(Fixture *fixture, gconstpointer data)
{
    g_autoptr(AtomicFile) file = atomic_file_new(fixture->path, NULL);
    g_autofree char *content = NULL;

    fputs("new", atomic_file_stream(file));
    g_assert_false(g_file_test(fixture->path, G_FILE_TEST_EXISTS));
    g_assert_true(atomic_file_commit(file, NULL));
    g_assert_true(g_file_get_contents(fixture->path, &content, NULL, NULL));
    g_assert_cmpstr(content, ==, "new");
    g_clear_pointer(&file, atomic_file_free);
    file = atomic_file_new(fixture->path, NULL);
    fputs("discarded", atomic_file_stream(file));
    g_clear_pointer(&file, atomic_file_free);
    g_clear_pointer(&content, g_free);
    g_assert_true(g_file_get_contents(fixture->path, &content, NULL, NULL));
    g_assert_cmpstr(content, ==, "new");
    g_assert_cmpint(scratch_n_files(fixture->scratch), ==, 1);
}

int
main(int argc, char **argv)
{
    static const struct {
        const char *name;
        void (*run)(Fixture *, gconstpointer);
    } tests[] = {
        {"/bad-input/folder", test_bad_folder},
        {"/bad-input/damaged", test_damaged},
        {"/bad-input/foreign", test_foreign},
        {"/bad-input/csv", test_csv},
        {"/bad-input/csv-of-others", test_csv_of_others},
        {"/bad-input/npy", test_npy},
        {"/bad-input/unwritable", test_unwritable},
        {"/bad-input/atomic", test_atomic},
    };

    g_test_init(&argc, &argv, NULL);
    for (size_t i = 0; i < G_N_ELEMENTS(tests); i++)
        g_test_add(tests[i].name, Fixture, NULL, set_up, tests[i].run, tear_down);
    return g_test_run();
}
