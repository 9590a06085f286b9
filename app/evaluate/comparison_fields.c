/* SPDX-License-Identifier: Apache-2.0 */
/* How the values of header fields are spread: Jensen-Shannon divergence. */
#include <glib/gi18n-lib.h>
#include <math.h>

#include "app/evaluate/comparison_private.h"
#include "app/evaluate/fidelity/divergence.h"

#define SOURCE "J. Lin, Divergence measures based on the Shannon entropy, 1991"

static double
field_distance(const Population *a, PartSet parts_a, const Population *b, PartSet parts_b,
               const void *data)
{
    const FieldId *field = data;
    guint64 values_a[POPULATION_BINS], values_b[POPULATION_BINS];

    population_values(a, parts_a, *field, values_a);
    population_values(b, parts_b, *field, values_b);
    return jensen_shannon(values_a, values_b, POPULATION_BINS);
}

/* Whether any packet of a population has the field. */
static bool
has_field(const Population *population, FieldId field)
{
    guint64 values[POPULATION_BINS];

    population_values(population, POPULATION_WHOLE, field, values);
    for (int bin = 0; bin < POPULATION_BINS - 1; bin++) {
        if (values[bin] > 0)
            return true;
    }
    return false;
}

static bool
class_has_field(const ComparedClass *class, FieldId field)
{
    return has_field(class->sides[SIDE_REAL], field) ||
           has_field(class->sides[SIDE_GENERATED], field);
}

static double
mean_distance(const Population *a, PartSet parts_a, const Population *b, PartSet parts_b,
              const void *data)
{
    double sum = 0;
    int n = 0;

    for (int i = 0; i < N_FIELDS; i++) {
        FieldId field = (FieldId)i;
        double value;

        if (!has_field(a, field) && !has_field(b, field))
            continue;
        value = field_distance(a, parts_a, b, parts_b, &field);
        if (!isnan(value)) {
            sum += value;
            n++;
        }
    }
    return n ? sum / n : NAN;
}

/* A heat map of field by class; of the floor where other is the real side. */
static Figure *
new_map(const Comparison *comparison, const char *id, const char *title, Side other)
{
    Figure *figure = figure_new(id, FIGURE_HEAT_MAP, title);

    figure_axis_label(&figure->x, _("Class"), "");
    figure_axis_label(&figure->y, _("Field"), "");
    figure->y.min = 0;
    figure->y.max = 1;
    for (guint i = 0; i < comparison->classes->len; i++)
        figure_axis_add_name(&figure->x, comparison_class(comparison, i)->name);
    for (int i = 0; i < N_FIELDS; i++) {
        FieldId field = (FieldId)i;
        FigureSeries *series = NULL;
        bool any = false;

        for (guint k = 0; k < comparison->classes->len; k++)
            any |= class_has_field(comparison_class(comparison, k), field);
        if (!any)
            continue;
        series = figure_add_series(figure, field_table[i].name, "");
        figure_axis_add_name(&figure->y, field_table[i].name);
        for (guint k = 0; k < comparison->classes->len; k++) {
            const ComparedClass *class = comparison_class(comparison, k);
            Distance d = {NAN, NAN, NAN};

            if (class_has_field(class, field))
                d = comparison_distance(class->sides[SIDE_REAL], class->sides[other],
                                        field_distance, &field);
            figure_series_add(series, NAN, d.mean, NAN, NAN);
        }
    }
    return figure;
}

void
comparison_add_field_bars(const Comparison *comparison, Figures *figures)
{
    Figure *bars = comparison_new_bars(comparison, "field-divergence", _("Header fields: distance"),
                                       _("bits"), mean_distance, NULL);

    figure_explain(bars,
                   _("Jensen–Shannon divergence of the values of a field, the mean over all "
                     "fields: 0 is the same, 1 nothing in common. A generator can come no nearer "
                     "than two halves of the real traces come to each other."),
                   SOURCE);
    g_ptr_array_add(figures->figures, bars);
}

void
comparison_add_field_maps(const Comparison *comparison, Figures *figures)
{
    Figure *map = new_map(comparison, "field-divergence-map",
                          _("Header fields: generated against real"), SIDE_GENERATED);
    Figure *floor =
        new_map(comparison, "field-floor-map", _("Header fields: real against real"), SIDE_REAL);

    figure_explain(map,
                   _("Jensen–Shannon divergence of each field’s values, by their 8 highest bits "
                     "and whether the header is there; a field that a class never has is blank."),
                   SOURCE);
    figure_explain(floor,
                   _("The same between two halves of the real traces: what differs by chance "
                     "alone."),
                   SOURCE);
    g_ptr_array_add(figures->figures, map);
    g_ptr_array_add(figures->figures, floor);
}
