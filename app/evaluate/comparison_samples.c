/* SPDX-License-Identifier: Apache-2.0 */
/* How sizes of packets and the gaps between them are spread: violins, and Wasserstein distances. */
#include <glib/gi18n-lib.h>
#include <math.h>

#include "app/evaluate/comparison_private.h"
#include "app/evaluate/fidelity/divergence.h"

#define SOURCE                                                                                     \
    "A. Ramdas, N. García Trillos, M. Cuturi, On Wasserstein two-sample testing, 2017, "          \
    "arXiv 1509.02237"

enum { N_QUANTILES = 201 };

static double
sample_distance(const Population *a, PartSet parts_a, const Population *b, PartSet parts_b,
                const void *data)
{
    const SampleKind *kind = data;
    g_autoptr(GArray) sample_a = population_sample(a, parts_a, *kind);
    g_autoptr(GArray) sample_b = population_sample(b, parts_b, *kind);

    return wasserstein_1((const float *)(void *)sample_a->data, sample_a->len,
                         (const float *)(void *)sample_b->data, sample_b->len);
}

static void
add_violin(Figure *figure, const ComparedClass *class, Side side, SampleKind kind)
{
    g_autoptr(GArray) sample = population_sample(class->sides[side], POPULATION_WHOLE, kind);
    FigureSeries *series =
        figure_add_series(figure, side == SIDE_REAL ? _("Real") : _("Generated"), class->name);

    for (int i = 0; sample->len > 0 && i < N_QUANTILES; i++) {
        double value = quantile((const float *)(void *)sample->data, sample->len,
                                (double)i / (N_QUANTILES - 1));

        if (kind == SAMPLE_GAPS)
            value = pow(10, value + 3);
        figure_series_add(series, NAN, value, NAN, NAN);
    }
}

/* The violins, and what they say in numbers: the distances of the bars beside them. */
static Figure *
new_violins(const Comparison *comparison, const char *id, const char *title, SampleKind kind,
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

            add_violin(figure, class, (Side)side, kind);
            figure_add_number(figure, name, figure_at(series->y, i), figure_at(series->low, i),
                              figure_at(series->high, i));
        }
    }
    return figure;
}

static void
add_sizes(const Comparison *comparison, Figures *figures)
{
    SampleKind kind = SAMPLE_SIZES;
    Figure *bars =
        comparison_new_bars(comparison, "packet-size-distance", _("Packet sizes: distance"),
                            _("bytes"), sample_distance, &kind);
    Figure *violins =
        new_violins(comparison, "packet-sizes", _("Packet sizes"), SAMPLE_SIZES, bars);

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
add_gaps(const Comparison *comparison, Figures *figures)
{
    SampleKind kind = SAMPLE_GAPS;
    Figure *bars =
        comparison_new_bars(comparison, "packet-gap-distance", _("Gaps between packets: distance"),
                            _("powers of ten"), sample_distance, &kind);
    Figure *violins =
        new_violins(comparison, "packet-gaps", _("Gaps between packets"), SAMPLE_GAPS, bars);

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
comparison_add_samples(const Comparison *comparison, Figures *figures)
{
    add_sizes(comparison, figures);
    add_gaps(comparison, figures);
}
