/* SPDX-License-Identifier: Apache-2.0 */
/* Files, folders and comparisons for the trace tests. */
#include "tests/trace/support.h"

#include <glib/gstdio.h>
#include <stdarg.h>
#include <string.h>
#include <unistd.h>

#include "app/trace/flow.h"

char *
source_path(const char *below)
{
    const char *root = g_getenv("TORCHLIGHT_SOURCE_ROOT");

    return g_build_filename(root ? root : ".", below, NULL);
}

char *
shared_path(const char *below)
{
    const char *shared = g_getenv("TORCHLIGHT_SHARED");
    g_autofree char *beside = source_path("../shared");
    g_autofree char *path = g_build_filename(shared && *shared ? shared : beside, below, NULL);

    return g_file_test(path, G_FILE_TEST_EXISTS) ? g_steal_pointer(&path) : NULL;
}

char *
shared_path_or_skip(const char *below)
{
    char *path = shared_path(below);

    if (!path) {
        g_autofree char *message = g_strdup_printf("%s is absent (TORCHLIGHT_SHARED)", below);
        g_test_skip(message);
    }
    return path;
}

bool
is_sanitized(void)
{
    return g_getenv("TORCHLIGHT_SANITIZED") != NULL;
}

static int
compare_names(gconstpointer a, gconstpointer b)
{
    return strcmp(*(char *const *)a, *(char *const *)b);
}

GPtrArray *
list_files(const char *folder, const char *suffix)
{
    GPtrArray *files = g_ptr_array_new_with_free_func(g_free);
    g_autoptr(GDir) dir = g_dir_open(folder, 0, NULL);
    const char *name;

    while (dir && (name = g_dir_read_name(dir))) {
        if (!suffix || g_str_has_suffix(name, suffix))
            g_ptr_array_add(files, g_build_filename(folder, name, NULL));
    }
    g_ptr_array_sort(files, compare_names);
    return files;
}

char *
scratch_new(void)
{
    g_autoptr(GError) error = NULL;
    char *folder = g_dir_make_tmp("torchlight-trace-XXXXXX", &error);

    g_assert_no_error(error);
    return folder;
}

void
scratch_free(char *folder)
{
    g_autoptr(GPtrArray) files = list_files(folder, NULL);

    for (guint i = 0; i < files->len; i++)
        g_unlink(files->pdata[i]);
    g_rmdir(folder);
    g_free(folder);
}

char *
scratch_path(const char *folder, const char *name)
{
    return g_build_filename(folder, name, NULL);
}

int
scratch_n_files(const char *folder)
{
    g_autoptr(GPtrArray) files = list_files(folder, NULL);

    return (int)files->len;
}

void
put_file(const char *path, const char *content, gssize size)
{
    g_assert_true(
        g_file_set_contents_full(path, content, size, G_FILE_SET_CONTENTS_NONE, 0644, NULL));
    /* A longer file that stood there keeps its end. */
    g_assert_cmpint(truncate(path, size < 0 ? (off_t)strlen(content) : (off_t)size), ==, 0);
}

void
assert_same_trits(const char *name, const Trace *a, const Trace *b)
{
    g_assert_true(a->layout == b->layout);
    if (a->n_rows != b->n_rows)
        g_error("%s: %d rows, then %d", name, a->n_rows, b->n_rows);
    for (int row = 0; row < a->n_rows; row++) {
        if (memcmp(trace_row(a, row), trace_row(b, row), a->layout->n_columns) == 0)
            continue;
        for (int column = 0; column < a->layout->n_columns; column++) {
            g_autofree char *field = NULL;
            if (trace_row(a, row)[column] == trace_row(b, row)[column])
                continue;
            field = layout_column_name(a->layout, column);
            g_error("%s: row %d (frame %u) %s is %d, then %d", name, row, a->rows[row].frame, field,
                    trace_row(a, row)[column], trace_row(b, row)[column]);
        }
    }
}

void
assert_same_sides(const char *name, const Trace *a, const Trace *b, TraceSides sides)
{
    g_assert_cmpint(a->sides & sides, ==, sides);
    g_assert_cmpint(b->sides & sides, ==, sides);
    for (int row = 0; row < a->n_rows; row++) {
        const TraceRow *x = &a->rows[row], *y = &b->rows[row];
        bool same = true;

        if (sides & TRACE_HAS_TIMES)
            same &= x->time_ns == y->time_ns;
        if (sides & TRACE_HAS_ADDRESSES)
            same &= (x->src.family == 0 || address_equal(&x->src, &y->src)) &&
                    (x->dst.family == 0 || address_equal(&x->dst, &y->dst));
        if (sides & TRACE_HAS_DIRECTIONS)
            same &= x->direction == y->direction;
        if (sides & TRACE_HAS_LENGTHS)
            same &= x->length == y->length;
        if (!same)
            g_error("%s: row %d (frame %u): what stands beside it differs", name, row, x->frame);
    }
}

void
assert_error_says(GError *error, ...)
{
    const char *word;
    va_list words;

    g_assert_nonnull(error);
    va_start(words, error);
    while ((word = va_arg(words, const char *))) {
        if (!strstr(error->message, word))
            g_error("“%s” does not say “%s”", error->message, word);
    }
    va_end(words);
}

static void
fill_random(Trace *trace, int row, Header header, GRand *random)
{
    for (int field = 0; field < N_FIELDS; field++) {
        if (field_table[field].header == header && field_table[field].width <= 32)
            trace_set(trace, row, (FieldId)field, g_rand_int(random));
    }
}

Trace *
made_trace(const char *layout_name, int n_rows, guint32 seed)
{
    GRand *random = g_rand_new_with_seed(seed);
    Trace *trace = trace_new(layout_by_name(layout_name, NULL), n_rows);

    for (int row = 0; row < n_rows; row++) {
        bool tcp = g_rand_boolean(random);

        fill_random(trace, row, HEADER_IPV4, random);
        fill_random(trace, row, tcp ? HEADER_TCP : HEADER_UDP, random);
        trace_set(trace, row, FIELD_IPV4_VER, 4);
        trace_set(trace, row, FIELD_IPV4_HL, 5);
        trace_set(trace, row, FIELD_IPV4_FOFF, 0);
        trace_set(trace, row, FIELD_IPV4_TL, (guint32)g_rand_int_range(random, 40, 200));
        trace_set(trace, row, FIELD_IPV4_PROTO, tcp ? 6 : 17);
        trace_set(trace, row, FIELD_TCP_DOFF, 5);
        if (!tcp) /* setting a field of a header makes it present: take it away again */
            for (int bit = 0; bit < 4; bit++)
                trace_row(trace, row)[trace->layout->column_of[FIELD_TCP_DOFF] + bit] = -1;
        trace->rows[row] = (TraceRow){.time_ns = 1700000000000000000 + row * 123457,
                                      .src = address_placeholder(4, row & 1),
                                      .dst = address_placeholder(4, !(row & 1)),
                                      .length = 40 + (guint32)row,
                                      .direction = row & 1};
    }
    trace->sides = TRACE_HAS_TIMES | TRACE_HAS_ADDRESSES | TRACE_HAS_DIRECTIONS | TRACE_HAS_LENGTHS;
    g_rand_free(random);
    return trace;
}
