/* SPDX-License-Identifier: Apache-2.0 */
/* Times drawn from a timing model. */
#include <math.h>
#include <string.h>

#include "app/trace/random.h"
#include "app/trace/timing_private.h"

TimingClass *
timing_class_new(const char *caption)
{
    TimingClass *class = g_new0(TimingClass, 1);

    class->caption = g_strdup(caption);
    return class;
}

static void
class_free(void *data)
{
    TimingClass *class = data;

    timing_tree_clear(&class->tree);
    g_free(class->caption);
    g_free(class);
}

TimingModel *
timing_model_new(void)
{
    TimingModel *model = g_new0(TimingModel, 1);

    model->classes = g_ptr_array_new_with_free_func(class_free);
    model->all = timing_class_new("");
    model->profiles = g_array_new(FALSE, TRUE, sizeof(TimingProfile));
    model->sources = g_ptr_array_new_with_free_func(g_free);
    model->resolution_ns = 1;
    return model;
}

void
timing_model_free(TimingModel *model)
{
    if (!model)
        return;
    g_ptr_array_unref(model->classes);
    class_free(model->all);
    g_array_unref(model->profiles);
    g_ptr_array_unref(model->sources);
    g_free(model);
}

guint
timing_model_n_classes(const TimingModel *model)
{
    return model->classes->len;
}

const char *
timing_model_caption(const TimingModel *model, guint i)
{
    return ((const TimingClass *)model->classes->pdata[i])->caption;
}

guint
timing_model_n_sources(const TimingModel *model)
{
    return model->sources->len;
}

const char *
timing_model_source(const TimingModel *model, guint i)
{
    return model->sources->pdata[i];
}

/* --- which class --- */

const char *
timing_trace_caption(const Trace *trace)
{
    const char *caption = g_hash_table_lookup(trace->provenance, "caption");

    return caption ? caption : g_hash_table_lookup(trace->provenance, "prompt");
}

/* The phrases between commas, without what stands before a colon: "pixelated network data". */
static char **
caption_phrases(const char *caption)
{
    const char *colon = strchr(caption, ':');
    char **phrases = g_strsplit(colon ? colon + 1 : caption, ",", -1);

    for (int i = 0; phrases[i]; i++)
        g_strstrip(phrases[i]);
    return phrases;
}

/* How many of its phrases the other has, less a little for those that only the other has. */
static double
likeness(char **phrases, const char *other)
{
    g_auto(GStrv) others = caption_phrases(other);
    guint n_shared = 0;

    for (int i = 0; phrases[i]; i++)
        n_shared += *phrases[i] && g_strv_contains((const char *const *)others, phrases[i]);
    return n_shared == 0 ? 0 : n_shared - 0.01 * (g_strv_length(others) - n_shared);
}

/* -1: all */
static int
find_class(const TimingModel *model, const char *caption)
{
    g_auto(GStrv) phrases = caption ? caption_phrases(caption) : NULL;
    double best = 0;
    int found = -1;

    if (model->classes->len == 1)
        return 0;
    for (guint i = 0; phrases && i < model->classes->len; i++) {
        double like = likeness(phrases, timing_model_caption(model, i));

        if (like > best) {
            best = like;
            found = (int)i;
        }
    }
    return found;
}

/* --- which profile --- */

typedef struct {
    const TimingModel *model;
    int class; /* -1: all */
    const TimingTree *tree;
    TimingProfile profile; /* a real one, scaled */
    TimingRow *rows;
    int n_rows;
    Random random;
} Sampling;

static double
normal(Random *random)
{
    double radius = sqrt(-2 * log(1 - random_unit(random)));

    return radius * cos(2 * G_PI * random_unit(random));
}

/* Of a real window and the trace that wants times; a window of another caption stands further off.
 */
static double
unlikeness(const Sampling *sampling, const TimingMixture *mixture, const TimingProfile *profile)
{
    static const double OTHER_CLASS = 0.05;
    bool is_other = sampling->class >= 0 && profile->class != sampling->class;

    return timing_mixture_distance(mixture, &profile->mixture) + (is_other ? OTHER_CLASS : 0);
}

static void
choose_profile(Sampling *sampling)
{
    static const double NEARNESS = 0.01; /* at which distance a profile is chosen 1/e as often */
    const GArray *profiles = sampling->model->profiles;
    g_autofree double *weights = g_new0(double, profiles->len);
    double least = G_MAXDOUBLE, total = 0, at;
    TimingMixture mixture;
    guint chosen = 0;

    timing_mixture_fit(&mixture, sampling->rows, sampling->n_rows);
    for (guint i = 0; i < profiles->len; i++) {
        weights[i] = unlikeness(sampling, &mixture, &g_array_index(profiles, TimingProfile, i));
        least = MIN(least, weights[i]);
    }
    for (guint i = 0; i < profiles->len; i++)
        total += weights[i] = exp(-(weights[i] - least) / NEARNESS);
    at = random_unit(&sampling->random) * total;
    while (chosen + 1 < profiles->len && at >= weights[chosen])
        at -= weights[chosen++];
    sampling->profile = g_array_index(profiles, TimingProfile, chosen);
}

/* A trace that had no handshake tells of none: its round trips are then another's, of the class
 * where that can be. */
static void
borrow_lags(Sampling *sampling)
{
    const GArray *profiles = sampling->model->profiles;
    guint first = random_below(&sampling->random, profiles->len);

    for (guint k = 0; k < 2 * profiles->len; k++) {
        const TimingProfile *from =
            &g_array_index(profiles, TimingProfile, (first + k) % profiles->len);

        if (k < profiles->len && sampling->class >= 0 && from->class != sampling->class)
            continue;
        for (int i = 0; i < TIMING_LAGS; i++) {
            if (sampling->profile.lags[i].n == 0)
                sampling->profile.lags[i] = from->lags[i];
        }
    }
}

/* Rates and round trips are never quite the same twice; what two packets sent at once are apart is
 * a matter of the machine, and stays. */
static void
scale(TimingQuantiles *quantiles, double octaves)
{
    static const double ONCE = 16000, FULL = 128000; /* ns */
    double from = TIMING_OCTAVE * log2(ONCE), to = TIMING_OCTAVE * log2(FULL);

    for (guint i = 0; i < quantiles->n; i++) {
        double weight = CLAMP((quantiles->level[i] - from) / (to - from), 0, 1);
        double level = quantiles->level[i] + weight * octaves * TIMING_OCTAVE;

        quantiles->level[i] = (uint16_t)CLAMP(level, 0, TIMING_LEVEL_MAX);
    }
}

static void
vary_profile(Sampling *sampling)
{
    static const double SPREAD = 0.15; /* octaves, standard deviation */
    double octaves = SPREAD * CLAMP(normal(&sampling->random), -2, 2);
    double trip_octaves = SPREAD * CLAMP(normal(&sampling->random), -2, 2);

    for (int i = 0; i < TIMING_SETS; i++)
        scale(&sampling->profile.gaps[i], octaves);
    for (int i = 0; i < TIMING_LAGS; i++)
        scale(&sampling->profile.lags[i], trip_octaves);
}

/* --- times --- */

/* The time, ns, that must have passed since the packet that this one answers. */
static int64_t
draw_lag(Sampling *sampling, const TimingRow *at)
{
    const TimingQuantiles *lags =
        &sampling->profile.lags[timing_lag_index(at->answer, at->direction)];
    double rank = at->answer == TIMING_ACK_OF ? 0 : random_unit(&sampling->random);

    return lags->n == 0 ? 0 : timing_level_ns(timing_quantiles_at(lags, rank));
}

/* Times stay within what 64 bits hold, whatever a model file says. */
static int64_t
add(int64_t a, int64_t b)
{
    int64_t sum;

    return __builtin_add_overflow(a, b, &sum) ? G_MAXINT64 : sum;
}

/* An answer cannot come before its round trip is over, and a handshake's comes right then. */
static int64_t
respect_trip(Sampling *sampling, const TimingPast *past, int row, int64_t gap_ns)
{
    const TimingRow *at = &sampling->rows[row];
    int64_t wait_ns;

    if (at->answer == TIMING_NO_ANSWER)
        return gap_ns;
    wait_ns = add(past->times[at->answered_row], draw_lag(sampling, at)) - past->times[row - 1];
    if (at->answer != TIMING_ACK_OF && wait_ns > 0)
        return wait_ns;
    return MAX(gap_ns, wait_ns);
}

static void
draw_times(Sampling *sampling, TimingPast *past)
{
    const int64_t step = sampling->model->resolution_ns;
    uint8_t features[N_TIMING_FEATURES];

    timing_past_start(past, sampling->rows, 0);
    for (int row = 1; row < sampling->n_rows; row++) {
        const TimingQuantiles *gaps =
            timing_profile_gaps(&sampling->profile, sampling->rows[row].group);
        double rank;
        int64_t gap_ns;

        timing_past_features(past, sampling->rows, row, features);
        rank = timing_node_draw(timing_tree_leaf(sampling->tree, features), features[TIMING_GAP_1],
                                normal(&sampling->random));
        gap_ns = timing_level_ns(timing_quantiles_at(gaps, rank));
        gap_ns = respect_trip(sampling, past, row, gap_ns);
        gap_ns = add(gap_ns, step / 2) / step * step;
        timing_past_add(past, sampling->rows, row, add(past->times[row - 1], gap_ns), rank);
    }
}

static int64_t
draw_start(Sampling *sampling)
{
    const TimingModel *model = sampling->model;
    double span = (double)model->last_start_ns - (double)model->first_start_ns;
    int64_t step = model->resolution_ns;

    return model->first_start_ns + (int64_t)(random_unit(&sampling->random) * span) / step * step;
}

void
timing_model_sample(const TimingModel *model, Trace *trace, const char *caption, guint64 seed)
{
    int class = find_class(model, caption);
    Sampling sampling = {
        .model = model, .class = class, .n_rows = trace->n_rows, .random = random_seeded(seed)};
    TimingPast past;
    int64_t start_ns;

    trace->sides |= TRACE_HAS_TIMES;
    if (trace->n_rows == 0)
        return;
    sampling.tree =
        class < 0 ? &model->all->tree : &((const TimingClass *)model->classes->pdata[class])->tree;
    sampling.rows = timing_rows_new(trace);
    choose_profile(&sampling);
    borrow_lags(&sampling);
    vary_profile(&sampling);
    start_ns = draw_start(&sampling);
    timing_past_init(&past, &sampling.profile, trace->n_rows);
    draw_times(&sampling, &past);
    for (int row = 0; row < trace->n_rows; row++)
        trace->rows[row].time_ns = add(start_ns, past.times[row]);
    timing_past_clear(&past);
    g_free(sampling.rows);
}
