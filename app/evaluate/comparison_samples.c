/* SPDX-License-Identifier: Apache-2.0 */
/* How sizes of packets and the gaps between them are spread: violins, and Wasserstein distances. */
#include <glib/gi18n-lib.h>
#include <math.h>

#include "app/evaluate/comparison_private.h"

#define SOURCE                                                                                     \
    "A. Ramdas, N. García Trillos, M. Cuturi, On Wasserstein two-sample testing, 2017, "          \
    "arXiv 1509.02237"

enum { N_QUANTILES = 201 };

static const BesideFloor *
size_distance(const FidelityClass *class)
{
    return fidelity_shift(class, SHIFT_SIZE);
}

static const BesideFloor *
gap_distance(const FidelityClass *class)
{
    return fidelity_shift(class, SHIFT_GAP);
}

/* Evenly spaced quantiles: of n values the one at each of N_QUANTILES places. */
static void
add_violin(Figure *figure, const Comparison *comparison, const char *class, Side side,
           Spread spread)
{
    g_autoptr(GArray) tallies = fidelity_tally(comparison->fidelity, class, side, spread);
    FigureSeries *series =
        figure_add_series(figure, side == SIDE_REAL ? _("Real") : _("Generated"), class);
    guint64 n = 0, below = 0;
    guint at = 0;

    for (guint i = 0; i < tallies->len; i++)
        n += g_array_index(tallies, Tally, i).n;
    for (int i = 0; n > 0 && i < N_QUANTILES; i++) {
        guint64 place = (n - 1) * (guint64)i / (N_QUANTILES - 1);
        double value;

        while (below + g_array_index(tallies, Tally, at).n <= place)
            below += g_array_index(tallies, Tally, at++).n;
        value = spread_place(spread, g_array_index(tallies, Tally, at).bin);
        if (spread == SPREAD_GAP)
            value = pow(10, value + 3);
        figure_series_add(series, NAN, value, NAN, NAN);
    }
}

/* The violins, and what they say in numbers: the distances of the bars beside them. */
static Figure *
new_violins(const Comparison *comparison, const char *id, const char *title, Spread spread,
            const Figure *bars)
{
    Figure *figure = figure_new(id, FIGURE_VIOLIN, title);

    figure_axis_label(&figure->x, _("Class"), "");
    for (guint i = 0; i < comparison->classes->len; i++) {
        const ComparedClass *class = comparison_class(comparison, i);

        figure_axis_add_name(&figure->x, class->name);
        for (int side = 0; side < N_SIDES; side++) {
            const FigureSeries *series = figure_series(bars, (guint)side);
            g_autofree char *name = g_strdup_printf("%s, %s", class->name, series->name);

            add_violin(figure, comparison, class->name, (Side)side, spread);
            figure_add_number(figure, name, figure_at(series->y, i), figure_at(series->low, i),
                              figure_at(series->high, i));
        }
    }
    return figure;
}

static void
add_sizes(const Comparison *comparison, const FidelityReport *report, Figures *figures)
{
    Figure *bars = comparison_new_bars(comparison, report, "packet-size-distance",
                                       _("Packet sizes: distance"), _("bytes"), size_distance);
    Figure *violins = new_violins(comparison, "packet-sizes", _("Packet sizes"), SPREAD_SIZE, bars);

    figure_axis_label(&violins->y, _("Size of the IP packet"), _("bytes"));
    violins->y.min = 0;
    figure_explain(violins, _("How large packets are: the wider, the more packets of that size."),
                   SOURCE);
    figure_explain(bars,
                   _("Wasserstein-1 distance: by how many bytes, on average, sizes would have to "
                     "change for the two to be spread alike."),
                   SOURCE);
    g_ptr_array_add(figures->figures, violins);
    g_ptr_array_add(figures->figures, bars);
}

static void
add_gaps(const Comparison *comparison, const FidelityReport *report, Figures *figures)
{
    Figure *bars =
        comparison_new_bars(comparison, report, "packet-gap-distance",
                            _("Gaps between packets: distance"), _("powers of ten"), gap_distance);
    Figure *violins =
        new_violins(comparison, "packet-gaps", _("Gaps between packets"), SPREAD_GAP, bars);

    figure_axis_label(&violins->y, _("Time since the packet before"), _("ms"));
    violins->y.logarithmic = true;
    figure_explain(violins,
                   _("How long after the packet before a packet comes; what is drawn and not yet "
                     "repaired has no times."),
                   SOURCE);
    figure_explain(bars,
                   _("Wasserstein-1 distance of the logarithms: 1 means that gaps are ten times "
                     "too long or too short on average."),
                   SOURCE);
    g_ptr_array_add(figures->figures, violins);
    g_ptr_array_add(figures->figures, bars);
}

void
comparison_add_samples(const Comparison *comparison, const FidelityReport *report, Figures *figures)
{
    add_sizes(comparison, report, figures);
    add_gaps(comparison, report, figures);
}
