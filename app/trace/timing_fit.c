/* SPDX-License-Identifier: Apache-2.0 */
/* Traces to a timing model: a profile of each window, and a sample of rows to grow trees from. */
#include <gio/gio.h>
#include <glib/gi18n-lib.h>
#include <string.h>

#include "app/trace/random.h"
#include "app/trace/timing_private.h"

enum {
    N_BYTES = N_TIMING_FEATURES + 1, /* of a row: its features, and the rank of its gap */
    MAX_ROWS = 1 << 15,              /* kept of a class */
    MAX_ROWS_OF_ALL = 1 << 17,
    MAX_PROFILES = 24, /* kept of a class */
    MAX_SOURCES = 4096,
    MIN_GAPS = 5,  /* for quantiles of their own */
    MIN_LEAF = 24, /* rows */
    MAX_LEAVES = 256,
    MAX_LEAVES_OF_ALL = 512
};

/* A sample of all items that came by, each as likely as any other (Vitter 1985, algorithm R). */
typedef struct {
    GArray *items;
    guint max;
    guint64 n_seen;
} Reservoir;

typedef struct {
    char *caption;
    guint n_traces;
    guint64 n_packets;
    Reservoir rows, profiles;
} ClassFit;

struct TimingFit {
    Random random;
    GPtrArray *classes; /* ClassFit */
    ClassFit *all;
    GPtrArray *sources;
    int64_t first_start_ns, last_start_ns;
    bool is_fine; /* some time is no multiple of a microsecond */
};

static Reservoir
reservoir_new(guint item_size, guint max)
{
    return (Reservoir){g_array_new(FALSE, FALSE, item_size), max, 0};
}

static void
reservoir_add(Reservoir *reservoir, const void *item, Random *random)
{
    guint64 at = reservoir->n_seen++;
    guint size = g_array_get_element_size(reservoir->items);

    if (reservoir->items->len < reservoir->max) {
        g_array_append_vals(reservoir->items, item, 1);
        return;
    }
    at = random_next(random) % (at + 1);
    if (at < reservoir->max)
        memcpy(reservoir->items->data + at * size, item, size);
}

static ClassFit *
class_fit_new(const char *caption, guint max_rows)
{
    ClassFit *class = g_new0(ClassFit, 1);

    class->caption = g_strdup(caption);
    class->rows = reservoir_new(N_BYTES, max_rows);
    class->profiles = reservoir_new(sizeof(TimingProfile), MAX_PROFILES);
    return class;
}

static void
class_fit_free(void *data)
{
    ClassFit *class = data;

    g_array_unref(class->rows.items);
    g_array_unref(class->profiles.items);
    g_free(class->caption);
    g_free(class);
}

TimingFit *
timing_fit_new(guint64 seed)
{
    TimingFit *fit = g_new0(TimingFit, 1);

    fit->random = random_seeded(seed);
    fit->classes = g_ptr_array_new_with_free_func(class_fit_free);
    fit->all = class_fit_new("", MAX_ROWS_OF_ALL);
    fit->sources = g_ptr_array_new_with_free_func(g_free);
    fit->first_start_ns = G_MAXINT64;
    fit->last_start_ns = G_MININT64;
    return fit;
}

void
timing_fit_free(TimingFit *fit)
{
    if (!fit)
        return;
    g_ptr_array_unref(fit->classes);
    class_fit_free(fit->all);
    g_ptr_array_unref(fit->sources);
    g_free(fit);
}

static ClassFit *
find_class(TimingFit *fit, const char *caption)
{
    ClassFit *class;

    for (guint i = 0; i < fit->classes->len; i++) {
        class = fit->classes->pdata[i];
        if (g_str_equal(class->caption, caption))
            return class;
    }
    class = class_fit_new(caption, MAX_ROWS);
    g_ptr_array_add(fit->classes, class);
    return class;
}

/* --- one window --- */

typedef struct {
    const Trace *trace;
    int first, n_rows;
    const TimingRow *rows; /* n_rows */
    GArray *gaps[TIMING_SETS];
    TimingProfile profile;
} Window;

static int64_t
window_time(const Window *window, int row)
{
    int64_t since;

    if (__builtin_sub_overflow(window->trace->rows[window->first + row].time_ns,
                               window->trace->rows[window->first].time_ns, &since))
        return 0;
    return since;
}

/* As everywhere here, a time that goes back counts as none passed. */
static uint16_t
level_between(const Window *window, int earlier, int later)
{
    return timing_level(window_time(window, later) - window_time(window, earlier));
}

static void
collect(Window *window)
{
    for (int i = 0; i < TIMING_SETS; i++)
        window->gaps[i] = g_array_new(FALSE, FALSE, sizeof(uint16_t));
    for (int row = 1; row < window->n_rows; row++) {
        const TimingRow *at = &window->rows[row];
        uint16_t level = level_between(window, row - 1, row);

        g_array_append_val(window->gaps[at->group], level);
        g_array_append_val(window->gaps[TIMING_GROUPS + at->group / TIMING_SIZES], level);
        g_array_append_val(window->gaps[TIMING_SETS - 1], level);
    }
}

static uint16_t
mean_burst(const Window *window)
{
    uint16_t apart = timing_level(G_GINT64_CONSTANT(1000000));
    guint n_bursts = 1;

    for (int row = 1; row < window->n_rows; row++)
        n_bursts += level_between(window, row - 1, row) >= apart;
    return (uint16_t)(16 * (guint)window->n_rows / n_bursts);
}

static void
make_profile(Window *window)
{
    TimingProfile *profile = &window->profile;

    timing_mixture_fit(&profile->mixture, window->rows, window->n_rows);
    profile->burst = mean_burst(window);
    for (int i = 0; i < TIMING_SETS; i++) {
        if (window->gaps[i]->len >= MIN_GAPS || i == TIMING_SETS - 1)
            timing_quantiles_fit(&profile->gaps[i], window->gaps[i]);
        else
            g_array_set_size(window->gaps[i], 0);
    }
}

static guint
count_below(const GArray *sorted, guint level)
{
    guint low = 0, high = sorted->len;

    while (low < high) {
        guint middle = (low + high) / 2;

        if (g_array_index(sorted, uint16_t, middle) < level)
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

/* The rank of a gap among those of its group, spread at random over those that are equal. */
static double
rank_of(const Window *window, int row, uint16_t level, Random *random)
{
    int group = window->rows[row].group;
    const GArray *sorted = window->gaps[group];
    guint below, equal;

    if (sorted->len == 0)
        sorted = window->gaps[TIMING_GROUPS + group / TIMING_SIZES];
    if (sorted->len == 0)
        sorted = window->gaps[TIMING_SETS - 1];
    below = count_below(sorted, level);
    equal = count_below(sorted, level + 1u) - below;
    return (below + equal * random_unit(random)) / sorted->len;
}

static void
learn_rows(TimingFit *fit, ClassFit *class, const Window *window)
{
    TimingPast past;
    uint8_t bytes[N_BYTES];

    timing_past_init(&past, &window->profile, window->n_rows);
    timing_past_start(&past, window->rows, 0);
    for (int row = 1; row < window->n_rows; row++) {
        uint16_t level = level_between(window, row - 1, row);
        double rank = rank_of(window, row, level, &fit->random);

        timing_past_features(&past, window->rows, row, bytes);
        bytes[N_TIMING_FEATURES] = (uint8_t)MIN((int)(rank * TIMING_RANKS), TIMING_RANKS - 1);
        reservoir_add(&class->rows, bytes, &fit->random);
        reservoir_add(&fit->all->rows, bytes, &fit->random);
        timing_past_add(&past, window->rows, row,
                        past.times[row - 1] +
                            MAX(0, window_time(window, row) - window_time(window, row - 1)),
                        rank);
    }
    timing_past_clear(&past);
}

static void
learn_window(TimingFit *fit, ClassFit *class, const Trace *trace, int first, int n_rows,
             const TimingQuantiles *lags)
{
    g_autoptr(Trace) slice = trace_slice(trace, first, n_rows);
    g_autofree TimingRow *rows = timing_rows_new(slice);
    Window window = {.trace = trace, .first = first, .n_rows = n_rows, .rows = rows};

    memcpy(window.profile.lags, lags, sizeof window.profile.lags);
    collect(&window);
    make_profile(&window);
    learn_rows(fit, class, &window);
    reservoir_add(&class->profiles, &window.profile, &fit->random);
    for (int i = 0; i < TIMING_SETS; i++)
        g_array_unref(window.gaps[i]);
}

/* Round trips belong to a trace, not to a window: handshakes are few. */
static void
measure_lags(const Trace *trace, TimingQuantiles *lags)
{
    g_autofree TimingRow *rows = timing_rows_new(trace);
    Window window = {.trace = trace, .n_rows = trace->n_rows};
    GArray *levels[TIMING_LAGS];

    for (int i = 0; i < TIMING_LAGS; i++)
        levels[i] = g_array_new(FALSE, FALSE, sizeof(uint16_t));
    for (int row = 1; row < trace->n_rows; row++) {
        const TimingRow *at = &rows[row];

        if (at->answer != TIMING_NO_ANSWER) {
            uint16_t level = level_between(&window, at->answered_row, row);

            g_array_append_val(levels[timing_lag_index(at->answer, at->direction)], level);
        }
    }
    for (int i = 0; i < TIMING_LAGS; i++) {
        timing_quantiles_fit(&lags[i], levels[i]);
        g_array_unref(levels[i]);
    }
}

bool
timing_fit_add(TimingFit *fit, const Trace *trace, const char *caption, const char *source)
{
    TimingQuantiles lags[TIMING_LAGS] = {{0}};
    ClassFit *class;

    if (!(trace->sides & TRACE_HAS_TIMES) || !(trace->sides & TRACE_HAS_DIRECTIONS) ||
        trace->n_rows < TIMING_MIN_ROWS)
        return false;
    class = find_class(fit, caption ? caption : "");
    measure_lags(trace, lags);
    for (int first = 0; first + TIMING_MIN_ROWS <= trace->n_rows; first += TIMING_WINDOW)
        learn_window(fit, class, trace, first, MIN(TIMING_WINDOW, trace->n_rows - first), lags);
    class->n_traces++;
    class->n_packets += (guint64)trace->n_rows;
    fit->all->n_traces++;
    fit->all->n_packets += (guint64)trace->n_rows;
    fit->first_start_ns = MIN(fit->first_start_ns, trace->rows[0].time_ns);
    fit->last_start_ns = MAX(fit->last_start_ns, trace->rows[0].time_ns);
    for (int row = 0; row < trace->n_rows && !fit->is_fine; row++)
        fit->is_fine = trace->rows[row].time_ns % 1000 != 0;
    if (source && fit->sources->len < MAX_SOURCES)
        g_ptr_array_add(fit->sources, g_strdup(source));
    return true;
}

/* --- the model --- */

static void
grow(TimingClass *class, const ClassFit *from, guint max_leaves)
{
    class->n_traces = from->n_traces;
    class->n_packets = from->n_packets;
    timing_tree_fit(&class->tree, (const uint8_t *)from->rows.items->data, from->rows.items->len,
                    N_TIMING_FEATURES, TIMING_GAP_1, max_leaves, MIN_LEAF);
}

static int
compare_captions(const void *a, const void *b)
{
    return strcmp((*(ClassFit *const *)a)->caption, (*(ClassFit *const *)b)->caption);
}

TimingModel *
timing_fit_finish(TimingFit *fit, GError **error)
{
    TimingModel *model;

    if (fit->all->n_traces == 0) {
        g_set_error(
            error, G_IO_ERROR, G_IO_ERROR_INVALID_DATA,
            _("There is nothing to learn times from: give captures of at least %d packets."),
            TIMING_MIN_ROWS);
        return NULL;
    }
    model = timing_model_new();
    g_ptr_array_sort(fit->classes, compare_captions);
    for (guint i = 0; i < fit->classes->len; i++) {
        const ClassFit *from = fit->classes->pdata[i];
        TimingClass *class = timing_class_new(from->caption);

        grow(class, from, MAX_LEAVES);
        g_ptr_array_add(model->classes, class);
        for (guint k = 0; k < from->profiles.items->len; k++) {
            TimingProfile profile = g_array_index(from->profiles.items, TimingProfile, k);

            profile.class = (uint16_t)i;
            g_array_append_val(model->profiles, profile);
        }
    }
    grow(model->all, fit->all, MAX_LEAVES_OF_ALL);
    for (guint i = 0; i < fit->sources->len; i++)
        g_ptr_array_add(model->sources, g_strdup(fit->sources->pdata[i]));
    model->first_start_ns = fit->first_start_ns;
    model->last_start_ns = fit->last_start_ns;
    model->resolution_ns = fit->is_fine ? 1 : 1000;
    return model;
}
