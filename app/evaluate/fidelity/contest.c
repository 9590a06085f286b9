/* SPDX-License-Identifier: Apache-2.0 */
/* Draws of a class' traces. */
#include "app/evaluate/fidelity/contest.h"

#include <math.h>

void
contest_free(void *data)
{
    Contest *contest = data;

    for (int side = 0; side < N_SIDES; side++)
        g_ptr_array_unref(contest->traces[side]);
    for (int against = 0; against < N_AGAINST; against++)
        g_free(contest->figures[against]);
    pile_free(contest->whole);
    g_free(contest);
}

double *
contest_figures_new(const BinTable *table)
{
    gsize n = (gsize)N_DRAWS * (gsize)figures_n(table->layout);
    double *figures = g_new(double, n);

    for (gsize i = 0; i < n; i++)
        figures[i] = NAN;
    return figures;
}

Contest *
contest_new(const BinTable *table, const Group *group, guint64 seed)
{
    Contest *contest = g_new0(Contest, 1);
    int n_real = (int)group->counts[SIDE_REAL]->len;
    int n_generated = (int)group->counts[SIDE_GENERATED]->len;

    contest->group = group;
    contest->random = random_seeded(seed);
    contest->whole = pile_new(table);
    contest->n_drawn = n_real > 0 ? MIN(MAX(n_real / 2, 1), n_generated) : 0;
    for (int side = 0; side < N_SIDES; side++) {
        contest->traces[side] = g_ptr_array_new_with_free_func(binned_trace_free);
        for (guint i = 0; i < group->counts[side]->len; i++) {
            BinnedTrace *trace = binned_trace_new(table, group->counts[side]->pdata[i]);

            g_ptr_array_add(contest->traces[side], trace);
            pile_add(contest->whole, table, trace);
        }
    }
    for (int against = 0; against < N_AGAINST; against++)
        contest->figures[against] = contest_figures_new(table);
    return contest;
}

bool
contest_has_floor(const Contest *contest)
{
    return contest->n_drawn > 0 && contest->traces[SIDE_REAL]->len >= 2;
}

Draw
draw_new(const BinTable *table)
{
    return (Draw){pile_new(table), pile_new(table), pile_new(table)};
}

void
draw_free(Draw *draw)
{
    pile_free(draw->real);
    pile_free(draw->other);
    pile_free(draw->generated);
}

void
draw_clear(Draw *draw, const BinTable *table)
{
    pile_clear(draw->real, table);
    pile_clear(draw->other, table);
    pile_clear(draw->generated, table);
}

/* Puts n traces, of those from first on, in random order before the others, and adds them up. */
static void
draw_traces(Contest *contest, const BinTable *table, Side side, int first, int n, Pile *pile)
{
    GPtrArray *traces = contest->traces[side];

    for (int i = first; i < first + n; i++) {
        int k = i + (int)random_below(&contest->random, traces->len - (guint)i);
        gpointer chosen = traces->pdata[k];

        traces->pdata[k] = traces->pdata[i];
        traces->pdata[i] = chosen;
        pile_add(pile, table, chosen);
    }
}

void
draw_compare(const Draw *draw, const BinTable *table, const Pile *whole, bool with_floor, int round,
             double *const figures[N_AGAINST])
{
    gsize row = (gsize)round * (gsize)figures_n(table->layout);

    piles_compare(table, whole, draw->real, draw->generated, figures[AGAINST_GENERATED] + row);
    if (with_floor)
        piles_compare(table, whole, draw->real, draw->other, figures[AGAINST_REAL] + row);
}

void
contest_draw(Contest *contest, const BinTable *table, int round, Draw *draw)
{
    int n = contest->n_drawn;

    draw_clear(draw, table);
    draw_traces(contest, table, SIDE_REAL, 0, n, draw->real);
    draw_traces(contest, table, SIDE_GENERATED, 0, n, draw->generated);
    if (contest_has_floor(contest))
        draw_traces(contest, table, SIDE_REAL, n, n, draw->other);
    draw_compare(draw, table, contest->whole, contest_has_floor(contest), round, contest->figures);
}
