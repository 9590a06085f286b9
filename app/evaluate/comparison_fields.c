/* SPDX-License-Identifier: Apache-2.0 */
/* How the values of header fields are spread: Jensen-Shannon divergence. */
#include <glib/gi18n-lib.h>
#include <math.h>

#include "app/evaluate/comparison_private.h"

#define SOURCE "J. Lin, Divergence measures based on the Shannon entropy, 1991"

static const BesideFloor *
mean_distance(const FidelityClass *class)
{
    return fidelity_mean(class, MEAN_FIELDS, MEASURE_JENSEN_SHANNON);
}

static double
field_distance(const FidelityClass *class, FieldId field, bool floor)
{
    const BesideFloor *told = fidelity_spread(class, (Spread)field, MEASURE_JENSEN_SHANNON);

    return floor ? told->floor.value : told->generated.value;
}

static bool
any_has_field(const FidelityReport *report, FieldId field)
{
    for (guint i = 0; i < report->classes->len; i++) {
        if (!isnan(field_distance(report->classes->pdata[i], field, false)))
            return true;
    }
    return false;
}

/* A heat map of field by class. */
static Figure *
new_map(const Comparison *comparison, const FidelityReport *report, const char *id,
        const char *title, bool floor)
{
    Figure *figure = figure_new(id, FIGURE_HEAT_MAP, title);

    figure_axis_label(&figure->x, _("Class"), "");
    figure_axis_label(&figure->y, _("Field"), "");
    figure->y.min = 0;
    figure->y.max = 1;
    for (guint i = 0; i < comparison->classes->len; i++)
        figure_axis_add_name(&figure->x, comparison_class(comparison, i)->name);
    for (int field = 0; field < N_FIELDS; field++) {
        FigureSeries *series;

        if (!any_has_field(report, (FieldId)field))
            continue;
        series = figure_add_series(figure, field_table[field].name, "");
        figure_axis_add_name(&figure->y, field_table[field].name);
        for (guint i = 0; i < comparison->classes->len; i++) {
            const FidelityClass *class =
                fidelity_report_find(report, comparison_class(comparison, i)->name);

            figure_series_add(series, NAN,
                              class ? field_distance(class, (FieldId)field, floor) : (double)NAN,
                              NAN, NAN);
        }
    }
    return figure;
}

void
comparison_add_field_bars(const Comparison *comparison, const FidelityReport *report,
                          Figures *figures)
{
    Figure *bars = comparison_new_bars(comparison, report, "field-divergence",
                                       _("Header fields: distance"), _("bits"), mean_distance);

    figure_explain(bars,
                   _("Jensen–Shannon divergence of the values of a field, the mean over all "
                     "fields: 0 is the same, 1 nothing in common. A generator can come no nearer "
                     "than two halves of the real traces come to each other."),
                   SOURCE);
    g_ptr_array_add(figures->figures, bars);
}

void
comparison_add_field_maps(const Comparison *comparison, const FidelityReport *report,
                          Figures *figures)
{
    Figure *map = new_map(comparison, report, "field-divergence-map",
                          _("Header fields: generated against real"), false);
    Figure *floor =
        new_map(comparison, report, "field-floor-map", _("Header fields: real against real"), true);

    figure_explain(map,
                   _("Jensen–Shannon divergence of each field’s values, by their 6 highest "
                     "significant bits and whether the header is there; a field that a class never "
                     "has is blank."),
                   SOURCE);
    figure_explain(floor,
                   _("The same between two halves of the real traces: what differs by chance "
                     "alone."),
                   SOURCE);
    g_ptr_array_add(figures->figures, map);
    g_ptr_array_add(figures->figures, floor);
}
