/* SPDX-License-Identifier: Apache-2.0 */
/* Which headers packets have, how long one side sends in a row, and how much repair had to change.
 */
#include <glib/gi18n-lib.h>
#include <math.h>

#include "app/evaluate/comparison_private.h"

enum { SEED = 1 };

/* Of an element what is a part of what. */
typedef void (*Ratio)(const GArray *elements, guint i, int which, double *part, double *whole);

/* A ratio of sums over traces, in percent. */
static Estimate
percent(const GArray *elements, Ratio ratio, int which)
{
    g_autofree double *parts = g_new0(double, MAX(elements->len, 1));
    g_autofree double *wholes = g_new0(double, MAX(elements->len, 1));

    for (guint i = 0; i < elements->len; i++) {
        ratio(elements, i, which, &parts[i], &wholes[i]);
        parts[i] *= 100;
    }
    return estimate_ratio(parts, wholes, elements->len, SEED);
}

/* --- headers --- */

static void
share_of(const GArray *elements, guint i, int which, double *part, double *whole)
{
    const ShareCount *count = &g_array_index(elements, ShareCount, i);

    *part += count->n[which];
    *whole += count->n_packets;
}

/* The traces of all classes. */
static GArray *
all_shares(const Comparison *comparison, Side side)
{
    GArray *all = g_array_new(FALSE, FALSE, sizeof(ShareCount));

    for (guint i = 0; i < comparison->classes->len; i++) {
        const GArray *shares = comparison_class(comparison, i)->shares[side];

        if (shares->len > 0)
            g_array_append_vals(all, shares->data, shares->len);
    }
    return all;
}

static void
add_headers(const Comparison *comparison, Figures *figures)
{
    static const char *const names[N_SHARES] = {"IPv4", "IPv6", "TCP", "UDP", "ICMP", N_("Other")};
    Figure *figure = figure_new("headers", FIGURE_BARS, _("Headers of packets"));

    figure_axis_label(&figure->x, _("Header"), "");
    figure_axis_label(&figure->y, _("Share of packets"), "%");
    figure->y.min = 0;
    figure->y.max = 100;
    for (int share = 0; share < N_SHARES; share++)
        figure_axis_add_name(&figure->x, _(names[share]));
    for (int side = 0; side < N_SIDES; side++) {
        g_autoptr(GArray) shares = all_shares(comparison, (Side)side);
        FigureSeries *series =
            figure_add_series(figure, side == SIDE_REAL ? _("Real") : _("Generated"), "");

        for (int share = 0; share < N_SHARES; share++) {
            Estimate d = percent(shares, share_of, share);

            figure_series_add(series, NAN, d.value, d.low, d.high);
        }
    }
    figure_explain(figure, /* xgettext:no-c-format */
                   _("The share of packets, over all classes, that have each header; the line on a "
                     "bar is where 95 % of resamples of the traces lie."),
                   "B. Efron, Bootstrap methods: another look at the jackknife, 1979");
    g_ptr_array_add(figures->figures, figure);
}

/* --- bursts --- */

/* The lengths of the bursts of all classes. */
static GArray *
all_bursts(const Comparison *comparison, Side side)
{
    return fidelity_tally(comparison->fidelity, NULL, side, SPREAD_BURST);
}

static void
add_bursts(const Comparison *comparison, Figures *figures)
{
    Figure *figure = figure_new("bursts", FIGURE_CURVE, _("Packets in a row in one direction"));

    figure_axis_label(&figure->x, _("At least so many packets"), "");
    figure->x.logarithmic = true;
    figure_axis_label(&figure->y, _("Share of bursts"), "%");
    figure->y.min = 0;
    figure->y.max = 100;
    for (int side = 0; side < N_SIDES; side++) {
        g_autoptr(GArray) bursts = all_bursts(comparison, (Side)side);
        guint64 n = 0, n_packets = 0, longer;
        FigureSeries *series =
            figure_add_series(figure, side == SIDE_REAL ? _("Real") : _("Generated"), "");

        for (guint i = 0; i < bursts->len; i++) {
            const Tally *tally = &g_array_index(bursts, Tally, i);

            n += tally->n;
            n_packets += tally->n * tally->bin;
        }
        longer = n;
        figure_add_number(figure,
                          side == SIDE_REAL ? _("Real, mean number of packets")
                                            : _("Generated, mean number of packets"),
                          n > 0 ? (double)n_packets / (double)n : (double)NAN, NAN, NAN);
        for (guint i = 0; i < bursts->len; i++) {
            const Tally *tally = &g_array_index(bursts, Tally, i);

            figure_series_add(series, (double)tally->bin, 100.0 * (double)longer / (double)n, NAN,
                              NAN);
            longer -= tally->n;
        }
    }
    figure_explain(figure,
                   _("How many packets one side sends before the other answers, over all classes."),
                   "");
    g_ptr_array_add(figures->figures, figure);
}

/* --- repair --- */

static void
repair_of(const GArray *elements, guint i, int which, double *part, double *whole)
{
    const RepairCount *count = &g_array_index(elements, RepairCount, i);

    *part += (double)(which == REPAIR_INTRA_PACKET ? count->n_intra : count->n_inter);
    *whole += (double)count->n_bits;
}

static void
add_repair(const Comparison *comparison, Figures *figures)
{
    Figure *figure = figure_new("repair", FIGURE_BARS, _("Bits that repair changed"));
    FigureSeries *series[2];

    series[REPAIR_INTRA_PACKET] = figure_add_series(figure, _("Within packets"), "");
    series[REPAIR_INTER_PACKET] = figure_add_series(figure, _("Between packets"), "");
    figure_axis_label(&figure->x, _("Class"), "");
    figure_axis_label(&figure->y, _("Share of drawn bits"), "%");
    figure->y.min = 0;
    for (guint i = 0; i < comparison->classes->len; i++) {
        const ComparedClass *class = comparison_class(comparison, i);

        figure_axis_add_name(&figure->x, class->name);
        for (int tree = 0; tree < 2; tree++) {
            Estimate d = percent(class->repairs, repair_of, tree);

            figure_series_add(series[tree], NAN, d.value, d.low, d.high);
        }
    }
    figure_explain(figure,
                   _("How much of what was drawn had to change to be legal packets: by rules about "
                     "one packet, and by rules about packets of a flow."),
                   "");
    g_ptr_array_add(figures->figures, figure);
}

void
comparison_add_shares(const Comparison *comparison, Figures *figures)
{
    add_headers(comparison, figures);
    add_bursts(comparison, figures);
    add_repair(comparison, figures);
}
