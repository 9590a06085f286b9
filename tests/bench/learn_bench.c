/* SPDX-License-Identifier: Apache-2.0 */
/* Times and accuracies of the classifiers on labelled captures, for tests/bench/learn.py, which
 * compares them with scikit-learn and XGBoost on the very same features.
 *
 *   learn_bench KIND CLASSIFIER SEED N_SEEDS TEST LIST [EXPORT]
 *     KIND trits|order-free; CLASSIFIER decision-tree|random-forest|linear-svm; LIST a file with a
 *     line a capture: PART TAB CLASS TAB PATH, where PART other than TEST is trained on; EXPORT:
 * the matrix as int8 or float32, a row a capture in the order of LIST, for the other libraries
 *   prints a line of JSON a seed: accuracy, macro F1, seconds of fit and of predicting, peak
 * memory. A CLASSIFIER of another name only exports. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <time.h>

#include "app/evaluate/learn/classifier.h"
#include "app/evaluate/learn/score.h"
#include "app/trace/capture.h"

typedef struct {
    FeatureMatrix *matrix;
    GArray *train, *train_classes, *test, *test_classes;
    int n_classes;
} Bench;

static void
read_capture(Bench *bench, char **columns, const char *test_part)
{
    g_autoptr(GError) error = NULL;
    g_autofree char *warning = NULL;
    g_autoptr(Trace) trace = trace_read_capture(columns[2], feature_matrix_layout(bench->matrix),
                                                FEATURE_PACKETS, &warning, &error);
    int class = atoi(columns[1]), sample = -1;
    bool test = strcmp(columns[0], test_part) == 0;

    if (trace)
        sample = feature_matrix_add_trace(bench->matrix, trace, &error);
    if (sample < 0)
        g_error("%s: %s", columns[2], error->message);
    g_array_append_val(test ? bench->test : bench->train, sample);
    g_array_append_val(test ? bench->test_classes : bench->train_classes, class);
    bench->n_classes = MAX(bench->n_classes, class + 1);
}

static void
export_matrix(const FeatureMatrix *matrix, const char *path)
{
    FILE *file = fopen(path, "wb");
    int n_features = feature_matrix_n_features(matrix);
    bool trits = feature_matrix_kind(matrix) == FEATURES_TRITS;

    if (!file)
        g_error("%s cannot be written", path);
    for (int sample = 0; sample < feature_matrix_n_samples(matrix); sample++) {
        for (int i = 0; i < n_features; i++) {
            float value = feature_matrix_value(matrix, sample, i);
            signed char trit = (signed char)value;

            if (trits)
                fputc(trit, file);
            else
                fwrite(&value, sizeof value, 1, file);
        }
    }
    fclose(file);
}

static double
cpu_seconds(void)
{
    return (double)clock() / CLOCKS_PER_SEC; /* of all threads */
}

static void
measure(const Bench *bench, ClassifierKind kind, guint64 seed)
{
    const LearnSet set = {bench->matrix, (const int *)bench->train->data,
                          (const int *)bench->train_classes->data, (int)bench->train->len,
                          bench->n_classes};
    const ClassifierOptions options = {.seed = seed};
    int n = (int)bench->test->len;
    g_autofree int *predicted = g_new(int, n);
    g_autofree guint64 *confusion = NULL;
    gint64 start = g_get_monotonic_time(), fitted, done;
    double cpu = cpu_seconds();
    struct rusage usage;
    g_autoptr(GError) error = NULL;
    g_autoptr(Classifier) classifier = classifier_fit(kind, &set, &options, NULL, &error);

    fitted = g_get_monotonic_time();
    cpu = cpu_seconds() - cpu;
    if (!classifier || !classifier_predict(classifier, bench->matrix, (int *)bench->test->data, n,
                                           NULL, predicted, NULL, &error))
        g_error("%s", error->message);
    done = g_get_monotonic_time();
    getrusage(RUSAGE_SELF, &usage);
    confusion =
        score_confusion((const int *)bench->test_classes->data, predicted, n, bench->n_classes);
    printf("{\"seed\": %d, \"accuracy\": %.4f, \"macro_f1\": %.4f, \"fit_s\": %.3f, "
           "\"cpu_s\": %.3f, \"predict_s\": %.3f, \"peak_mb\": %.0f}\n",
           (int)seed, score_accuracy(confusion, bench->n_classes),
           score_macro_f1(confusion, bench->n_classes), (fitted - start) / 1e6, cpu,
           (done - fitted) / 1e6, usage.ru_maxrss / 1024.0);
    fflush(stdout);
}

int
main(int argc, char **argv)
{
    Bench bench = {0};
    g_autofree char *text = NULL;
    g_auto(GStrv) lines = NULL;
    int kind = 0;

    if (argc < 7 || !g_file_get_contents(argv[6], &text, NULL, NULL)) {
        fprintf(stderr, "usage: learn_bench KIND CLASSIFIER SEED N_SEEDS TEST LIST [EXPORT]\n");
        return 2;
    }
    while (kind < N_CLASSIFIER_KINDS && strcmp(argv[2], classifier_kind_name(kind)) != 0)
        kind++;
    bench.matrix =
        feature_matrix_new(strcmp(argv[1], "trits") == 0 ? FEATURES_TRITS : FEATURES_ORDER_FREE,
                           layout_default(), FEATURE_PACKETS);
    bench.train = g_array_new(FALSE, FALSE, sizeof(int));
    bench.train_classes = g_array_new(FALSE, FALSE, sizeof(int));
    bench.test = g_array_new(FALSE, FALSE, sizeof(int));
    bench.test_classes = g_array_new(FALSE, FALSE, sizeof(int));
    lines = g_strsplit(text, "\n", -1);
    for (int i = 0; lines[i]; i++) {
        g_auto(GStrv) columns = g_strsplit(lines[i], "\t", 3);

        if (g_strv_length(columns) == 3)
            read_capture(&bench, columns, argv[5]);
    }
    if (argc > 7)
        export_matrix(bench.matrix, argv[7]);
    for (int i = 0; kind < N_CLASSIFIER_KINDS && i < atoi(argv[4]); i++)
        measure(&bench, kind, strtoull(argv[3], NULL, 10) + i);
    feature_matrix_free(bench.matrix);
    g_array_unref(bench.train);
    g_array_unref(bench.train_classes);
    g_array_unref(bench.test);
    g_array_unref(bench.test_classes);
    return 0;
}
