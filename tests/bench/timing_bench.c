/* SPDX-License-Identifier: Apache-2.0 */
/* timing_bench CAPTIONS.csv DIR [DRAWS]: how near the times are that Torchlight gives to traces.
 * Captures of DIR are told apart by caption; every third of a class is held out, the timing model
 * learns from the rest. The held-out windows of 1024 packets lose their times and get new ones, so
 * many times: (a) from the gaps of one real capture of the class, (b) from the model; beside it
 * stand the times of that other real capture. Prints a line a class, mean and median. */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "app/dataset/captions.h"
#include "app/trace/capture.h"
#include "app/trace/flow.h"
#include "app/trace/random.h"
#include "app/trace/timing.h"
#include "app/trace/timing_model.h"

/* How a sample differs from the held-out window. */
typedef enum {
    W1_SECONDS, /* 1-Wasserstein distance of the gaps, ms */
    W1_LOG,     /* and of log10(gap + 1 us) */
    LAG_LOG,    /* lag-1 autocorrelation of log10(gap + 1 us), absolute difference */
    LAG_GAPS,   /* and of the gaps */
    BURSTS,     /* 1-Wasserstein of log2 of burst lengths (packets less than 1 ms apart) */
    DURATION,   /* |log2| of the ratio of the durations */
    TRIP,       /* |log2| of the ratio of the median handshake round trips; where both have one */
    N_METRICS
} Metric;
static const char *const metric_names[N_METRICS] = {"W1 ms",  "W1 log10", "r1 log", "r1 gaps",
                                                    "bursts", "duration", "trip"};

typedef enum { TEMPLATE, MODEL, REAL, MODEL_ALL, N_WAYS } Way;
static const char *const way_names[N_WAYS] = {"template", "model", "real", "model, no caption"};

typedef struct {
    double sum[N_METRICS];
    int n[N_METRICS];
} Score;

typedef struct {
    const char *caption;
    GPtrArray *fit, *held; /* char *path */
    Score scores[N_WAYS];
    double r1[N_WAYS + 1];     /* sums of signed lag-1 of log gaps; last: held-out */
    GArray *lasts[N_WAYS + 1]; /* log2 of durations */
    int n_windows;
} Class;

static int
compare_doubles(const void *a, const void *b)
{
    double x = *(const double *)a, y = *(const double *)b;

    return (x > y) - (x < y);
}

static GArray *
gaps_of(const Trace *trace)
{
    GArray *gaps = g_array_new(FALSE, FALSE, sizeof(double));

    for (int row = 1; row < trace->n_rows; row++) {
        double gap = MAX(0, trace->rows[row].time_ns - trace->rows[row - 1].time_ns) / 1e9;

        g_array_append_val(gaps, gap);
    }
    return gaps;
}

static GArray *
logs_of(const GArray *gaps)
{
    GArray *logs = g_array_new(FALSE, FALSE, sizeof(double));

    for (guint i = 0; i < gaps->len; i++) {
        double value = log10(g_array_index(gaps, double, i) + 1e-6);

        g_array_append_val(logs, value);
    }
    return logs;
}

static GArray *
bursts_of(const GArray *gaps)
{
    GArray *bursts = g_array_new(FALSE, FALSE, sizeof(double));
    int n = 1;

    for (guint i = 0; i <= gaps->len; i++) {
        if (i < gaps->len && g_array_index(gaps, double, i) < 1e-3) {
            n++;
        } else {
            double value = log2(n);

            g_array_append_val(bursts, value);
            n = 1;
        }
    }
    return bursts;
}

/* Integral of the difference of the quantile functions. */
static double
wasserstein(const GArray *a_, const GArray *b_)
{
    g_autoptr(GArray) a = g_array_copy((GArray *)a_);
    g_autoptr(GArray) b = g_array_copy((GArray *)b_);
    double sum = 0, at = 0;
    guint i = 0, k = 0;

    if (a->len == 0 || b->len == 0)
        return 0;
    g_array_sort(a, compare_doubles);
    g_array_sort(b, compare_doubles);
    while (i < a->len && k < b->len) {
        double end_a = (i + 1.0) / a->len, end_b = (k + 1.0) / b->len, end = MIN(end_a, end_b);

        sum += (end - at) * fabs(g_array_index(a, double, i) - g_array_index(b, double, k));
        at = end;
        i += end_a <= end;
        k += end_b <= end;
    }
    return sum;
}

static double
lag_1(const GArray *values)
{
    double mean = 0, variance = 0, covariance = 0;

    for (guint i = 0; i < values->len; i++)
        mean += g_array_index(values, double, i) / values->len;
    for (guint i = 0; i < values->len; i++) {
        double here = g_array_index(values, double, i) - mean;

        variance += here * here;
        if (i > 0)
            covariance += here * (g_array_index(values, double, i - 1) - mean);
    }
    return variance > 0 ? covariance / variance : 0;
}

/* The median time from SYN to SYN-ACK, s; 0 where there is none. A reader of its own, so that the
 * model does not judge itself. */
static double
trip_of(const Trace *trace)
{
    g_autoptr(GArray) trips = g_array_new(FALSE, FALSE, sizeof(double));

    for (int row = 0; row < trace->n_rows; row++) {
        uint32_t syn, ack, port, other, seq, acked;

        if (!trace_get(trace, row, FIELD_TCP_SYN, &syn) || !syn ||
            !trace_get(trace, row, FIELD_TCP_ACKF, &ack) || !ack ||
            !trace_get(trace, row, FIELD_TCP_DPRT, &port) ||
            !trace_get(trace, row, FIELD_TCP_ACKN, &acked))
            continue;
        for (int back = row - 1; back >= 0; back--) {
            if (trace_get(trace, back, FIELD_TCP_SYN, &syn) && syn &&
                trace_get(trace, back, FIELD_TCP_SPRT, &other) && other == port &&
                trace_get(trace, back, FIELD_TCP_SEQ, &seq) && seq + 1 == acked) {
                double trip = (trace->rows[row].time_ns - trace->rows[back].time_ns) / 1e9;

                g_array_append_val(trips, trip);
                break;
            }
        }
    }
    g_array_sort(trips, compare_doubles);
    return trips->len ? g_array_index(trips, double, trips->len / 2) : 0;
}

static void
note(Score *score, Metric metric, double value)
{
    score->sum[metric] += value;
    score->n[metric]++;
}

static double
compare(Score *score, const Trace *truth, const Trace *made)
{
    g_autoptr(GArray) a = gaps_of(truth);
    g_autoptr(GArray) b = gaps_of(made);
    g_autoptr(GArray) log_a = logs_of(a);
    g_autoptr(GArray) log_b = logs_of(b);
    g_autoptr(GArray) bursts_a = bursts_of(a);
    g_autoptr(GArray) bursts_b = bursts_of(b);
    double trip_a = trip_of(truth), trip_b = trip_of(made);
    double lasts_a = truth->rows[truth->n_rows - 1].time_ns - truth->rows[0].time_ns;
    double lasts_b = made->rows[made->n_rows - 1].time_ns - made->rows[0].time_ns;

    note(score, W1_SECONDS, 1e3 * wasserstein(a, b));
    note(score, W1_LOG, wasserstein(log_a, log_b));
    note(score, LAG_LOG, fabs(lag_1(log_a) - lag_1(log_b)));
    note(score, LAG_GAPS, fabs(lag_1(a) - lag_1(b)));
    note(score, BURSTS, wasserstein(bursts_a, bursts_b));
    note(score, DURATION, fabs(log2(lasts_a / lasts_b)));
    if (trip_a > 0 && trip_b > 0)
        note(score, TRIP, fabs(log2(trip_a / trip_b)));
    return lag_1(log_b);
}

static void
note_duration(Class *class, int way, const Trace *trace)
{
    double value = log2(MAX(trace->rows[trace->n_rows - 1].time_ns - trace->rows[0].time_ns, 1));

    g_array_append_val(class->lasts[way], value);
}

/* Standard deviation. */
static double
spread(const GArray *values)
{
    double mean = 0, variance = 0;

    for (guint i = 0; i < values->len; i++)
        mean += g_array_index(values, double, i) / values->len;
    for (guint i = 0; i < values->len; i++)
        variance += pow(g_array_index(values, double, i) - mean, 2) / MAX(values->len - 1, 1);
    return sqrt(variance);
}

static Trace *
read_window(const char *path, int window)
{
    g_autoptr(GError) error = NULL;
    g_autoptr(Trace) trace = trace_read_capture(path, layout_default(), 0, NULL, &error);
    Trace *slice;

    if (!trace)
        g_error("%s", error->message);
    trace_set_directions(trace);
    if (window < 0)
        return g_steal_pointer(&trace);
    if (trace->n_rows <= window * TIMING_WINDOW + 64)
        return NULL;
    slice = trace_slice(trace, window * TIMING_WINDOW,
                        MIN(TIMING_WINDOW, trace->n_rows - window * TIMING_WINDOW));
    return slice;
}

static void
judge(Class *class, const TimingModel *model, const char *path, int window, guint64 seed)
{
    Random random = random_seeded(seed);
    const char *other = class->fit->pdata[random_below(&random, class->fit->len)];
    g_autoptr(Trace) truth = read_window(path, window);
    g_autoptr(Trace) made = NULL;
    g_autoptr(Trace) real = NULL;
    g_autoptr(GArray) gaps = NULL;
    g_autoptr(GArray) logs = NULL;

    if (!truth)
        return;
    real = read_window(other, window);
    if (!real)
        return;
    gaps = gaps_of(truth);
    logs = logs_of(gaps);
    class->n_windows++;
    class->r1[N_WAYS] += lag_1(logs);
    made = trace_copy(truth);
    for (int row = 0; row < made->n_rows; row++)
        made->rows[row].time_ns = 0;
    note_duration(class, REAL, real);
    note_duration(class, N_WAYS, truth);
    trace_sample_times(made, real, seed);
    note_duration(class, TEMPLATE, made);
    class->r1[TEMPLATE] += compare(&class->scores[TEMPLATE], truth, made);
    timing_model_sample(model, made, class->caption, seed);
    note_duration(class, MODEL, made);
    class->r1[MODEL] += compare(&class->scores[MODEL], truth, made);
    class->r1[REAL] += compare(&class->scores[REAL], truth, real);
    timing_model_sample(model, made, NULL, seed);
    note_duration(class, MODEL_ALL, made);
    class->r1[MODEL_ALL] += compare(&class->scores[MODEL_ALL], truth, made);
}

static Class *
class_of(GPtrArray *classes, const char *caption)
{
    Class *class;

    for (guint i = 0; i < classes->len; i++) {
        class = classes->pdata[i];
        if (g_str_equal(class->caption, caption))
            return class;
    }
    class = g_new0(Class, 1);
    class->caption = caption;
    class->fit = g_ptr_array_new();
    class->held = g_ptr_array_new();
    for (int way = 0; way <= N_WAYS; way++)
        class->lasts[way] = g_array_new(FALSE, FALSE, sizeof(double));
    g_ptr_array_add(classes, class);
    return class;
}

static int
compare_names(const void *a, const void *b)
{
    return strcmp(*(char *const *)a, *(char *const *)b);
}

static GPtrArray *
split(const Captions *captions, const char *folder)
{
    GPtrArray *classes = g_ptr_array_new();
    g_autoptr(GPtrArray) names = g_ptr_array_new();
    GHashTableIter iter;
    gpointer name;

    g_hash_table_iter_init(&iter, captions->by_file);
    while (g_hash_table_iter_next(&iter, &name, NULL))
        g_ptr_array_add(names, name);
    g_ptr_array_sort(names, compare_names);
    for (guint i = 0; i < names->len; i++) {
        Class *class = class_of(classes, g_hash_table_lookup(captions->by_file, names->pdata[i]));
        char *path = g_build_filename(folder, names->pdata[i], NULL);

        if (!g_file_test(path, G_FILE_TEST_EXISTS))
            continue;
        g_ptr_array_add((class->fit->len + class->held->len) % 3 == 2 ? class->held : class->fit,
                        path);
    }
    return classes;
}

static double
mean(const Score *score, Metric metric)
{
    return score->n[metric] ? score->sum[metric] / score->n[metric] : NAN;
}

static void
print_summary(const GPtrArray *classes)
{
    printf("\nmean over classes (median)\n%-18s", "");
    for (int metric = 0; metric < N_METRICS; metric++)
        printf(" %16s", metric_names[metric]);
    for (int way = 0; way < N_WAYS; way++) {
        printf("\n%-18s", way_names[way]);
        for (int metric = 0; metric < N_METRICS; metric++) {
            g_autoptr(GArray) values = g_array_new(FALSE, FALSE, sizeof(double));
            double sum = 0;

            for (guint i = 0; i < classes->len; i++) {
                double value = mean(&((Class *)classes->pdata[i])->scores[way], metric);

                if (!isnan(value))
                    g_array_append_val(values, value);
            }
            g_array_sort(values, compare_doubles);
            for (guint i = 0; i < values->len; i++)
                sum += g_array_index(values, double, i);
            printf(" %7.3f (%6.3f)", sum / MAX(values->len, 1),
                   values->len ? g_array_index(values, double, values->len / 2) : NAN);
        }
    }
    printf("\n\nmean over classes   r1 of log gaps   standard deviation of log2 duration in a "
           "class\n");
    for (int way = 0; way <= N_WAYS; way++) {
        double sum = 0, wide = 0;

        for (guint i = 0; i < classes->len; i++) {
            const Class *class = classes->pdata[i];

            sum += class->r1[way] / class->n_windows / classes->len;
            wide += spread(class->lasts[way]) / classes->len;
        }
        printf("%-18s %15.3f  %15.3f\n", way < N_WAYS ? way_names[way] : "held-out", sum, wide);
    }
}

static void
print_classes(const GPtrArray *classes)
{
    static const Metric shown[] = {W1_SECONDS, W1_LOG, LAG_LOG, BURSTS};

    for (guint i = 0; i < classes->len; i++) {
        const Class *class = classes->pdata[i];

        printf("%-52s %3d", class->caption, class->n_windows);
        for (guint k = 0; k < G_N_ELEMENTS(shown); k++)
            printf("  | %7.3f %7.3f %7.3f", mean(&class->scores[TEMPLATE], shown[k]),
                   mean(&class->scores[MODEL], shown[k]), mean(&class->scores[REAL], shown[k]));
        printf("  | r1 %6.2f %6.2f %6.2f true %6.2f\n", class->r1[TEMPLATE] / class->n_windows,
               class->r1[MODEL] / class->n_windows, class->r1[REAL] / class->n_windows,
               class->r1[N_WAYS] / class->n_windows);
    }
}

int
main(int argc, char **argv)
{
    guint64 n_draws = argc > 3 ? g_ascii_strtoull(argv[3], NULL, 10) : 3;
    g_autoptr(GError) error = NULL;
    g_autoptr(Captions) captions = argc > 2 ? captions_read(argv[1], &error) : NULL;
    g_autoptr(TimingFit) fit = timing_fit_new(0);
    g_autoptr(TimingModel) model = NULL;
    GPtrArray *classes;

    if (!captions) {
        fprintf(stderr, "%s\n", error ? error->message : "timing_bench CAPTIONS.csv DIR [DRAWS]");
        return 1;
    }
    classes = split(captions, argv[2]);
    for (guint i = 0; i < classes->len; i++) {
        const Class *class = classes->pdata[i];

        for (guint k = 0; k < class->fit->len; k++) {
            g_autoptr(Trace) trace = read_window(class->fit->pdata[k], -1);

            timing_fit_add(fit, trace, class->caption, class->fit->pdata[k]);
        }
    }
    model = timing_fit_finish(fit, &error);
    if (!model)
        g_error("%s", error->message);
    printf("%s: template, model, real against held-out: W1 ms | W1 log10 | r1 log | bursts\n",
           argv[2]);
    for (guint i = 0; i < classes->len; i++) {
        Class *class = classes->pdata[i];

        for (guint k = 0; k < class->held->len; k++) {
            for (guint64 draw = 0; draw < 2 * n_draws; draw++)
                judge(class, model, class->held->pdata[k], draw % 2,
                      draw * 1000003 + i * 1009 + k * 31);
        }
    }
    print_classes(classes);
    print_summary(classes);
    return 0;
}
