/* SPDX-License-Identifier: Apache-2.0 */
/* Quantiles of gaps and lags, and the features that come of them. */
#include <math.h>
#include <string.h>

#include "app/trace/timing_private.h"

/* Ranks of the quantiles: the long gaps are few and make most of the time, so that end is finest.
 */
static const double points[TIMING_POINTS] = {
    0,    0.01, 0.03, 0.06, 0.1,  0.15, 0.2,  0.25, 0.3,   0.35, 0.4,  0.45,  0.5,   0.55, 0.6,
    0.65, 0.7,  0.75, 0.8,  0.84, 0.88, 0.91, 0.94, 0.965, 0.98, 0.99, 0.995, 0.998, 1};

uint16_t
timing_level(int64_t ns)
{
    return (uint16_t)lround(MIN(TIMING_OCTAVE * log2(1 + (double)MAX(ns, 0)), TIMING_LEVEL_MAX));
}

int64_t
timing_level_ns(double level)
{
    return (int64_t)(exp2(MIN(level, TIMING_LEVEL_MAX) / TIMING_OCTAVE) - 1);
}

static int
compare_levels(const void *a, const void *b)
{
    return *(const uint16_t *)a - *(const uint16_t *)b;
}

static double
point_at(const TimingQuantiles *quantiles, guint i)
{
    if (quantiles->n == TIMING_POINTS)
        return points[i];
    return quantiles->n > 1 ? (double)i / (quantiles->n - 1) : 0.5;
}

void
timing_quantiles_fit(TimingQuantiles *quantiles, GArray *levels)
{
    g_array_sort(levels, compare_levels);
    quantiles->n = (uint8_t)MIN(levels->len, TIMING_POINTS);
    for (guint i = 0; i < quantiles->n; i++) {
        double at = point_at(quantiles, i) * (levels->len - 1);
        guint below = (guint)at;
        double low = g_array_index(levels, uint16_t, below);
        double high = g_array_index(levels, uint16_t, MIN(below + 1, levels->len - 1));

        quantiles->level[i] = (uint16_t)lround(low + (high - low) * (at - below));
    }
}

double
timing_quantiles_at(const TimingQuantiles *quantiles, double rank)
{
    guint i = 1;
    double low, high;

    if (quantiles->n == 0)
        return 0;
    if (quantiles->n == 1)
        return quantiles->level[0];
    while (i + 1 < quantiles->n && point_at(quantiles, i) < rank)
        i++;
    low = point_at(quantiles, i - 1);
    high = point_at(quantiles, i);
    return quantiles->level[i - 1] + (quantiles->level[i] - quantiles->level[i - 1]) *
                                         CLAMP((rank - low) / (high - low), 0, 1);
}

const TimingQuantiles *
timing_profile_gaps(const TimingProfile *profile, int group)
{
    const TimingQuantiles *way = &profile->gaps[TIMING_GROUPS + group / TIMING_SIZES];

    if (profile->gaps[group].n > 0)
        return &profile->gaps[group];
    return way->n > 0 ? way : &profile->gaps[TIMING_SETS - 1];
}

typedef struct {
    int first, n;
} Span;

static const Span spans[] = {
    {0, TIMING_GROUPS},
    {TIMING_GROUPS, TIMING_RUNS},
    {TIMING_GROUPS + TIMING_RUNS, TIMING_LENGTHS},
    {TIMING_GROUPS + TIMING_RUNS + TIMING_LENGTHS, TIMING_ACKS},
};

void
timing_mixture_fit(TimingMixture *mixture, const TimingRow *rows, int n_rows)
{
    guint counts[TIMING_SHARES] = {0};

    for (int row = 1; row < n_rows; row++) {
        const uint8_t *fixed = rows[row].fixed;

        counts[rows[row].group]++;
        if (rows[row].direction != rows[row - 1].direction)
            counts[spans[1].first + MIN(fixed[TIMING_RUN_BEFORE], TIMING_RUNS - 1)]++;
        counts[spans[2].first + MIN(fixed[TIMING_LENGTH], TIMING_LENGTHS - 1)]++;
        counts[spans[3].first + MIN(fixed[TIMING_ACKED], TIMING_ACKS - 1)]++;
    }
    for (guint i = 0; i < G_N_ELEMENTS(spans); i++) {
        guint total = 0;

        for (int k = 0; k < spans[i].n; k++)
            total += counts[spans[i].first + k];
        for (int k = 0; k < spans[i].n; k++)
            mixture->share[spans[i].first + k] =
                (uint8_t)(total ? (255 * counts[spans[i].first + k] + total / 2) / total : 0);
    }
}

double
timing_mixture_distance(const TimingMixture *a, const TimingMixture *b)
{
    guint sum = 0;

    for (int i = 0; i < TIMING_SHARES; i++)
        sum += (guint)ABS(a->share[i] - b->share[i]);
    return sum / (2.0 * 255 * G_N_ELEMENTS(spans));
}

/* Half octaves from half a microsecond on. */
static uint8_t
coarse(double level)
{
    return (uint8_t)CLAMP((int)(2 * level / TIMING_OCTAVE) - 17, 0, TIMING_LEVELS - 1);
}

static uint8_t
rank_bin(double rank)
{
    return (uint8_t)CLAMP((int)(rank * TIMING_BINS), 0, TIMING_BINS - 1);
}

void
timing_past_init(TimingPast *past, const TimingProfile *profile, int n_rows)
{
    const TimingQuantiles *all = &profile->gaps[TIMING_SETS - 1];
    double middle = timing_quantiles_at(all, 0.5);
    double trip = 0;

    for (int way = 0; way < 2; way++)
        trip =
            MAX(trip,
                timing_quantiles_at(&profile->lags[timing_lag_index(TIMING_HANDSHAKE, way)], 0.5));
    *past = (TimingPast){.profile = profile, .times = g_new0(int64_t, MAX(n_rows, 1))};
    past->of_profile[0] = coarse(timing_quantiles_at(all, 0.1));
    past->of_profile[1] = coarse(middle);
    past->of_profile[2] = coarse(timing_quantiles_at(all, 0.9));
    past->of_profile[3] = coarse(trip);
    past->mean_8 = past->mean_32 = past->gaps[0] = past->gaps[1] = middle;
    past->ranks[0] = past->ranks[1] = past->ranks[2] = 0.5;
    past->last[0] = past->last[1] = -1;
}

void
timing_past_clear(TimingPast *past)
{
    g_clear_pointer(&past->times, g_free);
}

void
timing_past_start(TimingPast *past, const TimingRow *rows, int64_t time_ns)
{
    past->times[0] = time_ns;
    past->last[rows[0].direction] = time_ns;
}

static uint8_t
since(const TimingPast *past, int row, int64_t then_ns)
{
    return then_ns < 0 ? 0 : coarse(timing_level(past->times[row - 1] - then_ns));
}

void
timing_past_features(const TimingPast *past, const TimingRow *rows, int row, uint8_t *features)
{
    const TimingRow *at = &rows[row];

    memcpy(features, at->fixed, N_TIMING_FIXED);
    for (int i = 0; i < 3; i++)
        features[TIMING_RANK_1 + i] = rank_bin(past->ranks[i]);
    features[TIMING_GAP_1] = coarse(past->gaps[0]);
    features[TIMING_GAP_2] = coarse(past->gaps[1]);
    features[TIMING_MEAN_8] = coarse(past->mean_8);
    features[TIMING_MEAN_32] = coarse(past->mean_32);
    features[TIMING_SINCE_WAY] = since(past, row, past->last[at->direction]);
    features[TIMING_SINCE_OTHER] = since(past, row, past->last[!at->direction]);
    features[TIMING_SINCE_ASKED] =
        since(past, row, at->answered_row < 0 ? -1 : past->times[at->answered_row]);
    memcpy(features + TIMING_LOW, past->of_profile, sizeof past->of_profile);
}

void
timing_past_add(TimingPast *past, const TimingRow *rows, int row, int64_t time_ns, double rank)
{
    double level = timing_level(time_ns - past->times[row - 1]);

    past->times[row] = time_ns;
    past->last[rows[row].direction] = time_ns;
    past->ranks[2] = past->ranks[1];
    past->ranks[1] = past->ranks[0];
    past->ranks[0] = rank;
    past->gaps[1] = past->gaps[0];
    past->gaps[0] = level;
    past->mean_8 += (level - past->mean_8) / 8;
    past->mean_32 += (level - past->mean_32) / 32;
}
