/* SPDX-License-Identifier: Apache-2.0 */
/* Traces by class; what their draws, put together, tell. */
#include "app/evaluate/fidelity/fidelity.h"

#include <math.h>
#include <string.h>

#include "app/evaluate/fidelity/contest.h"

struct Fidelity {
    const Layout *layout;
    GPtrArray *groups; /* Group, owned */
};

static void
group_free(void *data)
{
    Group *group = data;

    g_free(group->name);
    for (int side = 0; side < N_SIDES; side++)
        g_ptr_array_unref(group->counts[side]);
    g_free(group);
}

Fidelity *
fidelity_new(const Layout *layout)
{
    Fidelity *fidelity = g_new0(Fidelity, 1);

    fidelity->layout = layout;
    fidelity->groups = g_ptr_array_new_with_free_func(group_free);
    return fidelity;
}

void
fidelity_free(Fidelity *fidelity)
{
    if (!fidelity)
        return;
    g_ptr_array_unref(fidelity->groups);
    g_free(fidelity);
}

static Group *
find_group(Fidelity *fidelity, const char *name)
{
    Group *group;

    for (guint i = 0; i < fidelity->groups->len; i++) {
        group = fidelity->groups->pdata[i];
        if (g_str_equal(group->name, name))
            return group;
    }
    group = g_new0(Group, 1);
    group->name = g_strdup(name);
    for (int side = 0; side < N_SIDES; side++)
        group->counts[side] = g_ptr_array_new_with_free_func((GDestroyNotify)trace_counts_free);
    g_ptr_array_add(fidelity->groups, group);
    return group;
}

void
fidelity_add(Fidelity *fidelity, const char *class, Side side, TraceCounts *counts)
{
    Group *group = find_group(fidelity, class);

    g_return_if_fail(!fidelity->layout || counts->layout == fidelity->layout);
    if (counts->n_packets == 0) {
        group->n_empty[side]++;
        trace_counts_free(counts);
    } else {
        g_ptr_array_add(group->counts[side], counts);
    }
}

static int
compare_tallies(const void *a, const void *b)
{
    guint64 x = ((const Tally *)a)->bin, y = ((const Tally *)b)->bin;

    return (x > y) - (x < y);
}

GArray *
fidelity_tally(const Fidelity *fidelity, const char *class, Side side, Spread spread)
{
    g_autoptr(GArray) all = g_array_new(FALSE, FALSE, sizeof(Tally));
    GArray *sums = g_array_new(FALSE, FALSE, sizeof(Tally));

    for (guint i = 0; i < fidelity->groups->len; i++) {
        const Group *group = fidelity->groups->pdata[i];

        bool is_meant = !class || g_str_equal(group->name, class);

        for (guint k = 0; is_meant && k < group->counts[side]->len; k++) {
            const TraceCounts *counts = group->counts[side]->pdata[k];

            if (counts->tallies[spread]->len > 0)
                g_array_append_vals(all, counts->tallies[spread]->data,
                                    counts->tallies[spread]->len);
        }
    }
    g_array_sort(all, compare_tallies);
    for (guint i = 0; i < all->len; i++) {
        const Tally *tally = &g_array_index(all, Tally, i);
        Tally *last = sums->len > 0 ? &g_array_index(sums, Tally, sums->len - 1) : NULL;

        if (last && last->bin == tally->bin)
            last->n += tally->n;
        else
            g_array_append_val(sums, *tally);
    }
    return sums;
}

/* --- what is told --- */

static FidelityClass *
class_new(const char *name, int n_figures)
{
    FidelityClass *class = g_new0(FidelityClass, 1);

    class->name = g_strdup(name);
    class->figures = g_new0(BesideFloor, n_figures);
    return class;
}

static void
class_free(void *data)
{
    FidelityClass *class = data;

    g_free(class->name);
    g_free(class->figures);
    g_free(class);
}

static Estimate
over_draws(const double *figures, int n_figures, int figure)
{
    double values[N_DRAWS];

    for (int round = 0; round < N_DRAWS; round++)
        values[round] = figures[(gsize)round * (gsize)n_figures + (gsize)figure];
    return estimate_of(values, N_DRAWS);
}

static void
class_tell(FidelityClass *class, double *const figures[N_AGAINST], int n_figures)
{
    for (int i = 0; i < n_figures; i++) {
        class->figures[i].generated = over_draws(figures[AGAINST_GENERATED], n_figures, i);
        class->figures[i].floor = over_draws(figures[AGAINST_REAL], n_figures, i);
    }
}

static void
class_count(FidelityClass *class, const Contest *contest)
{
    for (int side = 0; side < N_SIDES; side++) {
        class->n[side] += (int)contest->traces[side]->len;
        class->n_empty[side] += contest->group->n_empty[side];
    }
    class->n_drawn += contest->n_drawn;
}

static int
compare_groups(const void *a, const void *b)
{
    return strcmp((*(Group *const *)a)->name, (*(Group *const *)b)->name);
}

static GPtrArray *
contests_new(const Fidelity *fidelity, const BinTable *table, guint64 seed)
{
    GPtrArray *contests = g_ptr_array_new_with_free_func(contest_free);
    g_autoptr(GPtrArray) groups = g_ptr_array_new();

    g_ptr_array_extend(groups, fidelity->groups, NULL, NULL);
    g_ptr_array_sort(groups, compare_groups);
    for (guint i = 0; i < groups->len; i++)
        g_ptr_array_add(contests, contest_new(table, groups->pdata[i], seed + i));
    return contests;
}

/* The contests that the whole stands on: those with a floor, or all where none has one. */
static GPtrArray *
choose(const GPtrArray *contests)
{
    GPtrArray *chosen = g_ptr_array_new();
    bool any_floor = false;

    for (guint i = 0; i < contests->len; i++)
        any_floor |= contest_has_floor(contests->pdata[i]);
    for (guint i = 0; i < contests->len; i++) {
        Contest *contest = contests->pdata[i];

        if (any_floor ? contest_has_floor(contest) : contest->n_drawn > 0)
            g_ptr_array_add(chosen, contest);
    }
    return chosen;
}

/* The mean over classes of each figure of each draw. */
static void
average(const GPtrArray *chosen, int n_figures, double *const figures[N_AGAINST])
{
    for (int against = 0; against < N_AGAINST; against++) {
        for (int i = 0; i < N_DRAWS * n_figures; i++) {
            double sum = 0;
            int n = 0;

            for (guint k = 0; k < chosen->len; k++) {
                double value = ((const Contest *)chosen->pdata[k])->figures[against][i];

                if (isnan(value))
                    continue;
                sum += value;
                n++;
            }
            figures[against][i] = n > 0 ? sum / n : NAN;
        }
    }
}

/* The classes' draws of one round, put together, are a draw of the whole. */
static void
pool(const GPtrArray *chosen, const BinTable *table, double *const figures[N_AGAINST])
{
    Pile *whole = pile_new(table);
    Draw all = draw_new(table), draw = draw_new(table);

    for (guint i = 0; i < chosen->len; i++)
        pile_add_pile(whole, table, ((const Contest *)chosen->pdata[i])->whole);
    for (int round = 0; round < N_DRAWS; round++) {
        bool with_floor = chosen->len > 0 && contest_has_floor(chosen->pdata[0]);

        draw_clear(&all, table);
        for (guint i = 0; i < chosen->len; i++) {
            contest_draw(chosen->pdata[i], table, round, &draw);
            pile_add_pile(all.real, table, draw.real);
            pile_add_pile(all.generated, table, draw.generated);
            if (with_floor)
                pile_add_pile(all.other, table, draw.other);
        }
        draw_compare(&all, table, whole, with_floor, round, figures);
    }
    draw_free(&all);
    draw_free(&draw);
    pile_free(whole);
}

static GPtrArray *
all_counts(const Fidelity *fidelity)
{
    GPtrArray *all = g_ptr_array_new();

    for (guint i = 0; i < fidelity->groups->len; i++) {
        const Group *group = fidelity->groups->pdata[i];

        for (int side = 0; side < N_SIDES; side++)
            g_ptr_array_extend(all, group->counts[side], NULL, NULL);
    }
    return all;
}

/* Of the contests that the whole does not stand on. */
static void
draw_others(const GPtrArray *contests, const GPtrArray *chosen, const BinTable *table)
{
    Draw draw = draw_new(table);

    for (guint i = 0; i < contests->len; i++) {
        Contest *contest = contests->pdata[i];

        for (int round = 0; contest->n_drawn > 0 && round < N_DRAWS &&
                            !g_ptr_array_find((GPtrArray *)chosen, contest, NULL);
             round++)
            contest_draw(contest, table, round, &draw);
    }
    draw_free(&draw);
}

FidelityReport *
fidelity_compare(const Fidelity *fidelity, guint64 seed)
{
    FidelityReport *report = g_new0(FidelityReport, 1);
    g_autoptr(GPtrArray) counts = all_counts(fidelity);
    BinTable *table = bin_table_new(fidelity->layout, counts);
    g_autoptr(GPtrArray) contests = contests_new(fidelity, table, seed);
    g_autoptr(GPtrArray) chosen = choose(contests);
    int n_figures = figures_n(fidelity->layout);
    double *figures[N_AGAINST] = {contest_figures_new(table), contest_figures_new(table)};

    report->layout = fidelity->layout;
    report->classes = g_ptr_array_new_with_free_func(class_free);
    report->mean = class_new("", n_figures);
    report->pooled = class_new("", n_figures);
    report->n_in_mean = (int)chosen->len;
    pool(chosen, table, figures);
    class_tell(report->pooled, figures, n_figures);
    draw_others(contests, chosen, table);
    average(chosen, n_figures, figures);
    class_tell(report->mean, figures, n_figures);
    for (guint i = 0; i < contests->len; i++) {
        const Contest *contest = contests->pdata[i];
        FidelityClass *class = class_new(contest->group->name, n_figures);

        class->layout = report->layout;
        class_count(class, contest);
        class_count(report->mean, contest);
        class_count(report->pooled, contest);
        class_tell(class, contest->figures, n_figures);
        g_ptr_array_add(report->classes, class);
    }
    report->mean->layout = report->pooled->layout = report->layout;
    for (int against = 0; against < N_AGAINST; against++)
        g_free(figures[against]);
    bin_table_free(table);
    return report;
}

const FidelityClass *
fidelity_report_find(const FidelityReport *report, const char *name)
{
    for (guint i = 0; i < report->classes->len; i++) {
        const FidelityClass *class = report->classes->pdata[i];

        if (g_str_equal(class->name, name))
            return class;
    }
    return NULL;
}

void
fidelity_report_free(FidelityReport *report)
{
    if (!report)
        return;
    g_ptr_array_unref(report->classes);
    class_free(report->mean);
    class_free(report->pooled);
    g_free(report);
}
