/* SPDX-License-Identifier: Apache-2.0 */
/* Populations by class, and distances over random halvings of them. */
#include "app/evaluate/comparison_private.h"

#include <glib/gi18n-lib.h>
#include <math.h>

#include "app/trace/random.h"

enum { N_HALVINGS = 12 };

static void
class_free(void *data)
{
    ComparedClass *class = data;

    g_free(class->name);
    for (int side = 0; side < N_SIDES; side++)
        population_free(class->sides[side]);
    g_free(class);
}

Comparison *
comparison_new(void)
{
    Comparison *comparison = g_new0(Comparison, 1);

    comparison->classes = g_ptr_array_new_with_free_func(class_free);
    return comparison;
}

void
comparison_free(Comparison *comparison)
{
    if (!comparison)
        return;
    g_ptr_array_unref(comparison->classes);
    g_free(comparison);
}

Population *
comparison_population(Comparison *comparison, const char *class, Side side)
{
    ComparedClass *made;

    for (guint i = 0; i < comparison->classes->len; i++) {
        if (g_str_equal(comparison_class(comparison, i)->name, class))
            return comparison_class(comparison, i)->sides[side];
    }
    made = g_new0(ComparedClass, 1);
    made->name = g_strdup(class);
    for (int k = 0; k < N_SIDES; k++)
        made->sides[k] = population_new();
    g_ptr_array_add(comparison->classes, made);
    return made->sides[side];
}

/* --- distances --- */

/* A random half of the parts that are there; one part alone stays whole. */
static PartSet
draw_half(PartSet parts, Random *random)
{
    int order[POPULATION_PARTS], n = 0;
    PartSet half = 0;

    for (int part = 0; part < POPULATION_PARTS; part++) {
        if (parts >> part & 1)
            order[n++] = part;
    }
    if (n < 2)
        return parts;
    for (int i = 0; i < n / 2; i++) {
        int k = i + (int)random_below(random, (guint32)(n - i));
        int chosen = order[k];

        order[k] = order[i];
        order[i] = chosen;
        half |= 1U << chosen;
    }
    return half;
}

Distance
comparison_distance(const Population *a, const Population *b, DistanceFunc distance,
                    const void *data)
{
    PartSet parts_a = population_parts(a), parts_b = population_parts(b);
    Distance result = {NAN, NAN, NAN};
    Random random = random_seeded(1);
    double sum = 0;
    int n = 0;

    for (int i = 0; i < N_HALVINGS; i++) {
        PartSet half = draw_half(parts_a, &random);
        PartSet other = a == b ? parts_a & ~half : draw_half(parts_b, &random);
        double value = half && other ? distance(a, half, b, other, data) : NAN;

        if (isnan(value))
            continue;
        result.low = n ? MIN(result.low, value) : value;
        result.high = n ? MAX(result.high, value) : value;
        sum += value;
        n++;
    }
    if (n > 0)
        result.mean = sum / n;
    return result;
}

Figure *
comparison_new_bars(const Comparison *comparison, const char *id, const char *title,
                    const char *unit, DistanceFunc distance, const void *data)
{
    Figure *figure = figure_new(id, FIGURE_BARS, title);
    FigureSeries *found = figure_add_series(figure, _("Generated against real"), "");
    FigureSeries *floor = figure_add_series(figure, _("Real against real"), "");

    figure_axis_label(&figure->x, _("Class"), "");
    figure_axis_label(&figure->y, _("Distance"), unit);
    figure->y.min = 0;
    for (guint i = 0; i < comparison->classes->len; i++) {
        const ComparedClass *class = comparison_class(comparison, i);
        const Population *real = class->sides[SIDE_REAL];
        Distance d = comparison_distance(real, class->sides[SIDE_GENERATED], distance, data);
        Distance f = comparison_distance(real, real, distance, data);

        figure_axis_add_name(&figure->x, class->name);
        figure_series_add(found, NAN, d.mean, d.low, d.high);
        figure_series_add(floor, NAN, f.mean, f.low, f.high);
    }
    return figure;
}

/* --- all of them --- */

static void
note_counts(const Comparison *comparison, JsonObject *parameters)
{
    JsonArray *classes = json_array_new();

    for (guint i = 0; i < comparison->classes->len; i++) {
        const ComparedClass *class = comparison_class(comparison, i);
        JsonObject *object = json_object_new();

        json_object_set_string_member(object, "class", class->name);
        json_object_set_int_member(object, "real_traces", class->sides[SIDE_REAL]->n_traces);
        json_object_set_int_member(object, "real_packets",
                                   (gint64) class->sides[SIDE_REAL]->n_packets);
        json_object_set_int_member(object, "generated_traces",
                                   class->sides[SIDE_GENERATED]->n_traces);
        json_object_set_int_member(object, "generated_packets",
                                   (gint64) class->sides[SIDE_GENERATED]->n_packets);
        json_array_add_object_element(classes, object);
    }
    json_object_set_array_member(parameters, "classes", classes);
    json_object_set_int_member(parameters, "halvings", N_HALVINGS);
}

Figures *
comparison_to_figures(const Comparison *comparison, const char *title)
{
    Figures *figures = figures_new(title);

    note_counts(comparison, figures->parameters);
    comparison_add_field_bars(comparison, figures);
    comparison_add_samples(comparison, figures);
    comparison_add_shares(comparison, figures);
    comparison_add_field_maps(comparison, figures);
    return figures;
}
