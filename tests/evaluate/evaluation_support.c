/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/evaluate/evaluation_support.h"

#include <glib/gstdio.h>

#include "app/trace/interchange.h"

Vocabulary *
support_vocabulary(const char *dir)
{
    g_autofree char *path = g_build_filename(dir, "vocabulary.txt", NULL);
    static const char text[] = "tunnel\tone\ntunnel\ttwo\ntunnel\tthree\napp\tweb\napp\tdash\n"
                               "app\thls\nquality\t360\nquality\t720\n";
    Vocabulary *vocabulary;

    g_assert_true(g_file_set_contents(path, text, -1, NULL));
    vocabulary = vocabulary_read(path, NULL);
    g_assert_nonnull(vocabulary);
    return vocabulary;
}

EvaluationSet *
support_set(const char *dir, const char *name, bool is_real)
{
    EvaluationSet *set = evaluation_set_new(name, is_real);

    g_free(set->path);
    set->path = g_strdup(dir);
    return set;
}

static void
fill(Trace *trace, int class, guint64 seed)
{
    /* What differs is when it begins, of which features know nothing. */
    gint64 start = (gint64)seed * 1000000000;

    trace->sides = TRACE_HAS_TIMES | TRACE_HAS_DIRECTIONS | TRACE_HAS_LENGTHS;
    for (int i = 0; i < trace->n_rows; i++) {
        trace_set(trace, i, FIELD_IPV4_VER, 4);
        trace_set(trace, i, FIELD_IPV4_HL, 5);
        trace_set(trace, i, FIELD_IPV4_TOS, (uint32_t) class);
        trace_set(trace, i, FIELD_IPV4_TL, 28);
        trace_set(trace, i, FIELD_IPV4_ID, 1);
        trace_set(trace, i, FIELD_IPV4_TTL, 64);
        trace_set(trace, i, FIELD_IPV4_PROTO, 17);
        trace_set(trace, i, FIELD_IPV4_CKSUM, 2);
        trace_set(trace, i, FIELD_UDP_SPORT, 1000);
        trace_set(trace, i, FIELD_UDP_DPORT, 2000);
        trace_set(trace, i, FIELD_UDP_LEN, 8);
        trace_set(trace, i, FIELD_UDP_CKSUM, 0);
        trace->rows[i].time_ns = start + i * 1000000LL;
        trace->rows[i].length = 28;
    }
}

EvaluationTrace *
support_add(EvaluationSet *set, const char *name, const char *caption, int class, int n_packets,
            SplitPart part)
{
    g_autofree char *file = g_strconcat(name, ".npz", NULL);
    g_autoptr(Trace) made = trace_new(layout_default(), n_packets);
    EvaluationTrace *trace = evaluation_set_add(set, file, caption);
    g_autoptr(GError) error = NULL;

    fill(made, class, g_str_hash(name));
    g_assert_true(trace_write_npz(made, trace->path, &error));
    g_assert_no_error(error);
    trace->in_split = true;
    trace->part = part;
    return trace;
}

static void
add_many(EvaluationSet *set, const char *stem, int n, SplitPart part)
{
    for (int class = 0; class < 2; class ++) {
        for (int i = 0; i < n; i++) {
            g_autofree char *name = g_strdup_printf("%s-%d-%02d", stem, class, i);

            support_add(set, name, class ? "two, web" : "one, web", class * 8, 4, part);
        }
    }
}

EvaluationData *
support_data(const char *dir, int n_train, int n_test, int n_drawn)
{
    GPtrArray *sets = g_ptr_array_new_with_free_func((GDestroyNotify)evaluation_set_free);
    EvaluationSet *real = support_set(dir, "real", true);
    const EvaluationReading reading = {.n_packets = 8};
    g_autoptr(GError) error = NULL;
    EvaluationData *data;

    add_many(real, "train", n_train, SPLIT_INTO_TRAIN);
    add_many(real, "test", n_test, SPLIT_INTO_TEST);
    g_ptr_array_add(sets, real);
    if (n_drawn > 0) {
        EvaluationSet *drawn = support_set(dir, "drawn", false);

        add_many(drawn, "drawn", n_drawn, SPLIT_INTO_TRAIN);
        g_ptr_array_add(sets, drawn);
    }
    data = evaluation_data_read(sets, &reading, &error);
    g_assert_no_error(error);
    return data;
}

char *
support_dir(void)
{
    char *dir = g_dir_make_tmp("torchlight-evaluate-XXXXXX", NULL);

    g_assert_nonnull(dir);
    return dir;
}

void
support_remove(char *dir)
{
    g_autoptr(GDir) listing = g_dir_open(dir, 0, NULL);
    const char *name;

    while (listing && (name = g_dir_read_name(listing))) {
        g_autofree char *path = g_build_filename(dir, name, NULL);

        if (g_file_test(path, G_FILE_TEST_IS_DIR))
            support_remove(g_steal_pointer(&path));
        else
            g_unlink(path);
    }
    g_rmdir(dir);
    g_free(dir);
}
