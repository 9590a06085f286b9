/* SPDX-License-Identifier: Apache-2.0 */
/* Sets from folders and from metadata, captions as classes, the split, and the check for leaks. */
#include <string.h>

#include "app/evaluate/evaluation_axis.h"
#include "app/evaluate/evaluation_split.h"
#include "app/evaluate/leaks.h"
#include "tests/evaluate/evaluation_support.h"

static void
put(const char *dir, const char *name, const char *text)
{
    g_autofree char *path = g_build_filename(dir, name, NULL);

    g_assert_true(g_file_set_contents(path, text, -1, NULL));
}

/* --- metadata --- */

static EvaluationSet *
read_metadata(const char *dir, const char *text, GError **error)
{
    put(dir, "metadata.jsonl", text);
    return evaluation_set_read(dir, false, error);
}

static void
test_metadata(void)
{
    char *dir = support_dir();
    g_autoptr(GError) error = NULL;
    g_autoptr(EvaluationSet) set = NULL;
    const EvaluationTrace *first, *second;

    put(dir, "on.txt", "x/t1.pcap\nt2.pcap\n\n");
    put(dir, "on.csv", "file_name,part\nt1.pcap,train\nt2.pcap,test\nt3.pcap,train\n");
    set = read_metadata(dir,
                        "{\"file_name\": \"captures/b.pcapng\", \"text\": \"web\", \"parents\": "
                        "[\"/x/p.pcap\"], \"trained_on\": \"on.txt\", \"kind\": \"diffusion\", "
                        "\"seed\": 3, \"drawn\": \"drawn/b.png\"}\n\n"
                        "{\"file_name\": \"captures/a.pcapng\", \"trained_on\": \"on.csv\", "
                        "\"parents\": null}\n",
                        &error);
    g_assert_no_error(error);
    g_assert_cmpuint(set->traces->len, ==, 2);
    g_assert_cmpstr(set->kind, ==, "mixed");
    first = evaluation_set_trace(set, 0);
    second = evaluation_set_trace(set, 1);
    g_assert_cmpstr(first->name, ==, "captures/a.pcapng"); /* by name */
    g_assert_false(first->parents.known);
    g_assert_cmpuint(first->trained_on.names->len, ==, 2); /* of the table only part train */
    g_assert_cmpstr(first->trained_on.names->pdata[1], ==, "t3.pcap");
    g_assert_true(second->parents.known);
    g_assert_cmpstr(second->parents.names->pdata[0], ==, "p.pcap");
    g_assert_cmpstr(second->trained_on.names->pdata[0], ==, "t1.pcap");
    g_assert_cmpint(second->seed, ==, 3);
    g_assert_true(g_str_has_suffix(second->drawn, "drawn/b.png"));
    support_remove(dir);
}

static void
test_bad_metadata(void)
{
    static const char *const bad[] = {
        "{\"file_name\": \"captures/a.pcap\"}\n{\"file_name\": \"../a.pcap\"}\n",
        "{\"file_name\": \"captures/a.pcap\"}\n{\"file_name\": \"captures/a.pcap\"}\n",
        "{\"file_name\": \"captures/a.pcap\"}\n[1]\n",
        "{\"file_name\": \"captures/a.pcap\"}\n{\"file_name\": 3}\n",
        "{\"file_name\": \"captures/a.pcap\"}\n{\"file_name\": \"b.pcap\", \"parents\": [3]}\n",
        "{\"file_name\": \"captures/a.pcap\"}\n{\"file_name\": \"b.pcap\", \"parents\": {}}\n",
        "{\"file_name\": \"captures/a.pcap\"}\n{\"file_name\": \"b.pcap\", \"drawn\": \"/a\"}\n"};
    char *dir = support_dir();

    for (guint i = 0; i < G_N_ELEMENTS(bad); i++) {
        g_autoptr(GError) error = NULL;

        g_assert_null(read_metadata(dir, bad[i], &error));
        g_assert_nonnull(strstr(error->message, "line 2"));
    }
    {
        g_autoptr(GError) error = NULL;

        g_assert_null(read_metadata(
            dir, "{\"file_name\": \"captures/a.pcap\", \"trained_on\": \"nowhere\"}\n", &error));
        g_assert_nonnull(strstr(error->message, "nowhere"));
    }
    support_remove(dir);
}

static void
test_folders(void)
{
    char *dir = support_dir();
    g_autoptr(GError) error = NULL;
    g_autoptr(EvaluationSet) set = NULL, nothing = NULL;

    nothing = evaluation_set_read(dir, true, &error);
    g_assert_null(nothing);
    g_assert_nonnull(strstr(error->message, dir));
    g_clear_error(&error);
    put(dir, "b.pcap", "x");
    put(dir, "a.pcapng", "x");
    put(dir, "captions.csv", "file,caption\nb.pcap,\"one, web\"\n");
    set = evaluation_set_read(dir, true, &error);
    g_assert_no_error(error);
    g_assert_cmpuint(set->traces->len, ==, 2);
    g_assert_cmpstr(evaluation_set_trace(set, 0)->caption, ==, "");
    g_assert_cmpstr(evaluation_set_trace(set, 1)->caption, ==, "one, web");
    g_assert_cmpuint(set->notes->len, ==, 1); /* one capture has no caption */
    support_remove(dir);
}

/* --- captions --- */

static void
test_words(void)
{
    char *dir = support_dir();
    g_autoptr(Vocabulary) vocabulary = support_vocabulary(dir);
    g_autoptr(GPtrArray) axes = evaluation_axes(vocabulary);
    bool contradicts;

    g_assert_cmpuint(axes->len, ==, 4);
    g_assert_cmpstr(axes->pdata[2], ==, EVALUATION_STREAMING);
    g_assert_cmpstr(
        evaluation_word(vocabulary, "pixelated network data: one, dash", "tunnel", NULL), ==,
        "one");
    g_assert_cmpstr(evaluation_word(vocabulary, "One,  Web", "app", NULL), ==, "web");
    g_assert_cmpstr(evaluation_word(vocabulary, "one, dash", "streaming", NULL), ==, "dash");
    g_assert_null(evaluation_word(vocabulary, "one, web", "streaming", NULL));
    g_assert_null(evaluation_word(vocabulary, "one, two", "tunnel", &contradicts));
    g_assert_true(contradicts);
    g_assert_cmpstr(evaluation_word(vocabulary, "one, one", "tunnel", &contradicts), ==, "one");
    g_assert_false(contradicts);
    support_remove(dir);
}

static EvaluationTrace *
add(EvaluationSet *set, const char *name, const char *caption, SplitPart part)
{
    EvaluationTrace *trace = evaluation_set_add(set, name, caption);

    trace->in_split = true;
    trace->part = part;
    return trace;
}

static void
test_tasks(void)
{
    char *dir = support_dir();
    g_autoptr(Vocabulary) vocabulary = support_vocabulary(dir);
    g_autoptr(EvaluationSet) real = evaluation_set_new("real", true);
    g_autoptr(EvaluationSet) drawn = evaluation_set_new("drawn", false);
    g_autoptr(EvaluationTask) tunnel = NULL, app = NULL, quality = NULL;
    g_autofree int *labels = NULL;

    add(real, "a.pcap", "one, web", SPLIT_INTO_TRAIN);
    add(real, "b.pcap", "one, web", SPLIT_INTO_TEST);
    add(real, "c.pcap", "two, dash", SPLIT_INTO_TRAIN);
    add(real, "d.pcap", "two, web", SPLIT_INTO_TEST);
    add(real, "e.pcap", "three, web", SPLIT_INTO_TEST); /* never trained with */
    add(real, "f.pcap", "one, two", SPLIT_INTO_TEST);   /* contradicts itself */
    add(real, "g.pcap", "nothing known", SPLIT_INTO_TRAIN);
    add(drawn, "x.pcap", "one, web", SPLIT_INTO_TRAIN);
    add(drawn, "y.pcap", "two, web", SPLIT_INTO_TRAIN);
    tunnel = evaluation_task_new(vocabulary, "tunnel", real, drawn);
    g_assert_null(tunnel->problem);
    g_assert_cmpuint(tunnel->classes->len, ==, 2);
    g_assert_cmpuint(tunnel->left_out->len, ==, 1);
    g_assert_cmpstr(tunnel->left_out->pdata[0], ==, "three");
    g_assert_cmpint(tunnel->n_train, ==, 2);
    g_assert_cmpint(tunnel->n_test, ==, 2);
    labels = evaluation_task_labels(tunnel, vocabulary, real);
    for (int i = 0; i < 7; i++)
        g_assert_cmpint(labels[i], ==, ((int[]){0, 0, 1, 1, -1, -1, -1})[i]);
    /* One class left, and an axis that no caption names: said, and nothing asked. */
    app = evaluation_task_new(vocabulary, "app", real, drawn);
    g_assert_nonnull(strstr(app->problem, "web"));
    quality = evaluation_task_new(vocabulary, "quality", real, drawn);
    g_assert_nonnull(quality->problem);
    evaluation_note_captions(real, vocabulary);
    g_assert_cmpuint(real->notes->len, ==, 2);
    g_assert_nonnull(strstr(real->notes->pdata[0], "f.pcap"));
    support_remove(dir);
}

/* --- split --- */

static void
test_split_file(void)
{
    char *dir = support_dir();
    g_autofree char *path = g_build_filename(dir, "split.csv", NULL);
    g_autoptr(EvaluationSet) real = evaluation_set_new("real", true);
    g_autoptr(GError) error = NULL;

    evaluation_set_add(real, "a.pcap", "");
    evaluation_set_add(real, "b.pcap", "one, web");
    evaluation_set_add(real, "c.pcap", "one, web");
    put(dir, "split.csv", "file_name,part,text\na.pcap,test,\"two, web\"\nb.pcap,train,two\n");
    g_assert_true(evaluation_split_read(real, path, &error));
    g_assert_no_error(error);
    g_assert_cmpint(evaluation_set_trace(real, 0)->part, ==, SPLIT_INTO_TEST);
    g_assert_cmpstr(evaluation_set_trace(real, 0)->caption, ==, "two, web"); /* it had none */
    g_assert_cmpstr(evaluation_set_trace(real, 1)->caption, ==, "one, web"); /* the set's counts */
    g_assert_false(evaluation_set_trace(real, 2)->in_split);
    g_assert_cmpuint(real->notes->len, ==, 2);
    put(dir, "split.csv", "file_name,part\na.pcap,test\na.png,train\n");
    g_assert_false(evaluation_split_read(real, path, &error));
    g_assert_nonnull(strstr(error->message, "two parts"));
    g_clear_error(&error);
    put(dir, "split.csv", "file_name,part\nother.pcap,test\n");
    g_assert_false(evaluation_split_read(real, path, &error));
    g_assert_nonnull(strstr(error->message, "none of the captures"));
    support_remove(dir);
}

static void
test_split_made(void)
{
    g_autoptr(EvaluationSet) real = evaluation_set_new("real", true);
    g_autoptr(EvaluationSet) drawn = evaluation_set_new("drawn", false);
    g_autoptr(GPtrArray) sets = g_ptr_array_new();
    int counts[N_SPLIT_PARTS], n_test[2] = {0};
    LeakReport report;

    for (int i = 0; i < 40; i++) {
        g_autofree char *name = g_strdup_printf("c%02d.pcap", i);

        evaluation_set_add(real, name, i % 2 ? "one" : "two");
    }
    for (int i = 0; i < 20; i++) {
        g_autofree char *name = g_strdup_printf("c%02d.pcap", i);

        capture_list_add(&evaluation_set_add(drawn, name, "one")->parents, name);
    }
    g_ptr_array_add(sets, drawn);
    evaluation_split_make(real, sets, 0.25, 7);
    evaluation_split_count(real, counts);
    g_assert_cmpint(counts[SPLIT_INTO_TEST], ==, 10);
    g_assert_cmpint(counts[SPLIT_INTO_TRAIN], ==, 30);
    for (guint i = 0; i < 40; i++) {
        const EvaluationTrace *trace = evaluation_set_trace(real, i);

        if (i < 20)
            g_assert_cmpint(trace->part, ==, SPLIT_INTO_TRAIN);
        n_test[i % 2] += trace->part == SPLIT_INTO_TEST;
    }
    g_assert_cmpint(n_test[0], ==, 5);
    g_assert_cmpint(n_test[1], ==, 5);
    g_assert_true(leaks_check(drawn, real, &report, NULL));
}

/* --- leaks --- */

static void
test_leaks(void)
{
    g_autoptr(EvaluationSet) real = evaluation_set_new("real", true);
    g_autoptr(EvaluationSet) drawn = evaluation_set_new("mini", false);
    g_autoptr(GError) error = NULL;
    EvaluationTrace *good, *other;
    LeakReport report;

    add(real, "train.pcap", "one", SPLIT_INTO_TRAIN);
    add(real, "valid.pcap", "one", SPLIT_INTO_VALIDATION);
    add(real, "test.pcap", "one", SPLIT_INTO_TEST);
    good = evaluation_set_add(drawn, "captures/good.pcapng", "one");
    other = evaluation_set_add(drawn, "captures/other.pcapng", "one");
    capture_list_add(&good->parents, "train.pcap");
    capture_list_add(&good->parents, "elsewhere.pcap");
    capture_list_add(&good->trained_on, "valid.pcap");
    g_assert_true(leaks_check(drawn, real, &report, &error));
    g_assert_no_error(error);
    g_assert_cmpint(report.n_traces, ==, 2);
    g_assert_cmpint(report.n_parents_unknown, ==, 1);
    g_assert_cmpint(report.n_trained_on_unknown, ==, 1);
    g_assert_cmpint(report.n_validation, ==, 1);
    g_assert_cmpint(report.n_foreign, ==, 1);
    /* A map of the edges of a test capture, by another ending of its name. */
    capture_list_add(&other->parents, "maps/test.png");
    g_assert_false(leaks_check(drawn, real, &report, &error));
    g_assert_nonnull(strstr(error->message, "mini"));
    g_assert_nonnull(strstr(error->message, "captures/other.pcapng"));
    g_assert_nonnull(strstr(error->message, "test.png"));
    g_assert_nonnull(strstr(error->message, "1 of its 2"));
    g_clear_error(&error);
    g_ptr_array_set_size(other->parents.names, 0);
    capture_list_add(&other->trained_on, "test.pcap");
    g_assert_false(leaks_check(drawn, real, &report, &error));
    g_assert_nonnull(strstr(error->message, "trained on"));
}

int
main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/evaluation-set/metadata", test_metadata);
    g_test_add_func("/evaluation-set/bad-metadata", test_bad_metadata);
    g_test_add_func("/evaluation-set/folders", test_folders);
    g_test_add_func("/evaluation-set/words", test_words);
    g_test_add_func("/evaluation-set/tasks", test_tasks);
    g_test_add_func("/evaluation-set/split-file", test_split_file);
    g_test_add_func("/evaluation-set/split-made", test_split_made);
    g_test_add_func("/evaluation-set/leaks", test_leaks);
    return g_test_run();
}
