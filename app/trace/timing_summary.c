/* SPDX-License-Identifier: Apache-2.0 */
/* What a timing model knows, in few numbers. */
#include "app/trace/timing_private.h"

static int
compare_doubles(const void *a, const void *b)
{
    double x = *(const double *)a, y = *(const double *)b;

    return (x > y) - (x < y);
}

static double
median(GArray *values)
{
    g_array_sort(values, compare_doubles);
    return values->len > 0 ? g_array_index(values, double, values->len / 2) : -1;
}

/* The median, over the windows of a class that have these quantiles, of one of them; ms, or -1. */
static double
typical_ms(const TimingModel *model, guint class, bool is_lag, int set, double rank)
{
    g_autoptr(GArray) values = g_array_new(FALSE, FALSE, sizeof(double));

    for (guint i = 0; i < model->profiles->len; i++) {
        const TimingProfile *profile = &g_array_index(model->profiles, TimingProfile, i);
        const TimingQuantiles *quantiles = is_lag ? &profile->lags[set] : &profile->gaps[set];

        if (profile->class == class && quantiles->n > 0) {
            double ms = (double)timing_level_ns(timing_quantiles_at(quantiles, rank)) / 1e6;

            g_array_append_val(values, ms);
        }
    }
    return median(values);
}

/* Over the windows of a class, of the middle lags of the slower way of handshakes. */
static void
summarise_trips(const TimingModel *model, guint class, TimingSummary *summary)
{
    g_autoptr(GArray) trips = g_array_new(FALSE, FALSE, sizeof(double));

    summary->trip_ms[0] = summary->trip_ms[1] = summary->trip_ms[2] = -1;
    for (guint i = 0; i < model->profiles->len; i++) {
        const TimingProfile *profile = &g_array_index(model->profiles, TimingProfile, i);
        double trip = -1;

        for (int way = 0; way < 2; way++) {
            const TimingQuantiles *lags = &profile->lags[timing_lag_index(TIMING_HANDSHAKE, way)];

            if (lags->n > 0)
                trip = MAX(trip, (double)timing_level_ns(timing_quantiles_at(lags, 0.5)) / 1e6);
        }
        if (profile->class == class && trip >= 0)
            g_array_append_val(trips, trip);
    }
    summary->trip_ms[1] = median(trips);
    if (trips->len > 0) {
        summary->trip_ms[0] = g_array_index(trips, double, 0);
        summary->trip_ms[2] = g_array_index(trips, double, trips->len - 1);
    }
}

void
timing_model_summarise(const TimingModel *model, guint i, TimingSummary *summary)
{
    const TimingClass *class = model->classes->pdata[i];
    g_autoptr(GArray) bursts = g_array_new(FALSE, FALSE, sizeof(double));

    *summary = (TimingSummary){.caption = class->caption,
                               .n_traces = class->n_traces,
                               .n_packets = class->n_packets,
                               .n_contexts = (class->tree.n_nodes + 1) / 2};
    for (guint k = 0; k < model->profiles->len; k++) {
        const TimingProfile *profile = &g_array_index(model->profiles, TimingProfile, k);
        double burst = profile->burst / 16.0;

        if (profile->class != i)
            continue;
        summary->n_profiles++;
        g_array_append_val(bursts, burst);
    }
    summary->burst = median(bursts);
    for (int set = 0; set <= TIMING_WAYS; set++) {
        static const double ranks[] = {0.1, 0.5, 0.9};

        for (int k = 0; k < 3; k++)
            summary->gap_ms[set][k] = typical_ms(model, i, false, TIMING_GROUPS + set, ranks[k]);
    }
    summarise_trips(model, i, summary);
}
