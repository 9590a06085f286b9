/* SPDX-License-Identifier: Apache-2.0 */
/* Figures to JSON. */
#include "app/evaluate/figure.h"

#include <math.h>
#include <string.h>

#include "app/evaluate/figure_private.h"
#include "app/trace/atomic.h"

static void
add_text(JsonBuilder *json, const char *name, const char *text)
{
    if (!*text)
        return;
    json_builder_set_member_name(json, name);
    json_builder_add_string_value(json, text);
}

static void
add_value(JsonBuilder *json, double value)
{
    if (isnan(value))
        json_builder_add_null_value(json);
    else
        json_builder_add_double_value(json, value);
}

static void
add_number(JsonBuilder *json, const char *name, double value)
{
    if (isnan(value))
        return;
    json_builder_set_member_name(json, name);
    json_builder_add_double_value(json, value);
}

static void
add_numbers(JsonBuilder *json, const char *name, const GArray *numbers)
{
    if (numbers->len == 0)
        return;
    json_builder_set_member_name(json, name);
    json_builder_begin_array(json);
    for (guint i = 0; i < numbers->len; i++)
        add_value(json, g_array_index(numbers, double, i));
    json_builder_end_array(json);
}

static void
add_axis(JsonBuilder *json, const char *name, const FigureAxis *axis)
{
    json_builder_set_member_name(json, name);
    json_builder_begin_object(json);
    add_text(json, "label", axis->label);
    add_text(json, "unit", axis->unit);
    if (axis->names->len > 0) {
        json_builder_set_member_name(json, "names");
        json_builder_begin_array(json);
        for (guint i = 0; i < axis->names->len; i++)
            json_builder_add_string_value(json, axis->names->pdata[i]);
        json_builder_end_array(json);
    }
    if (axis->logarithmic) {
        json_builder_set_member_name(json, "logarithmic");
        json_builder_add_boolean_value(json, TRUE);
    }
    add_number(json, "min", axis->min);
    add_number(json, "max", axis->max);
    json_builder_end_object(json);
}

static void
add_series(JsonBuilder *json, const FigureSeries *series)
{
    json_builder_begin_object(json);
    add_text(json, "name", series->name);
    add_text(json, "class", series->class);
    add_numbers(json, "x", series->x);
    add_numbers(json, "y", series->y);
    add_numbers(json, "low", series->low);
    add_numbers(json, "high", series->high);
    json_builder_end_object(json);
}

static void
add_figure(JsonBuilder *json, const Figure *figure)
{
    json_builder_begin_object(json);
    add_text(json, "id", figure->id);
    add_text(json, "kind", figure_kind_name(figure->kind));
    add_text(json, "title", figure->title);
    add_text(json, "explanation", figure->explanation);
    add_text(json, "source", figure->source);
    add_axis(json, "x", &figure->x);
    add_axis(json, "y", &figure->y);
    json_builder_set_member_name(json, "series");
    json_builder_begin_array(json);
    for (guint i = 0; i < figure->series->len; i++)
        add_series(json, figure_series(figure, i));
    json_builder_end_array(json);
    json_builder_set_member_name(json, "numbers");
    json_builder_begin_array(json);
    for (guint i = 0; i < figure->numbers->len; i++) {
        const FigureNumber *number = figure->numbers->pdata[i];

        json_builder_begin_object(json);
        add_text(json, "name", number->name);
        json_builder_set_member_name(json, "value");
        add_value(json, number->value);
        add_number(json, "low", number->low);
        add_number(json, "high", number->high);
        json_builder_end_object(json);
    }
    json_builder_end_array(json);
    json_builder_end_object(json);
}

char *
figures_to_json(const Figures *figures)
{
    g_autoptr(JsonBuilder) json = json_builder_new();
    g_autoptr(JsonGenerator) generator = json_generator_new();
    g_autoptr(JsonNode) root = NULL;
    JsonNode *parameters = json_node_new(JSON_NODE_OBJECT);

    json_node_set_object(parameters, figures->parameters);
    json_builder_begin_object(json);
    add_text(json, "format", FIGURES_FORMAT);
    json_builder_set_member_name(json, "version");
    json_builder_add_int_value(json, FIGURES_VERSION);
    add_text(json, "title", figures->title);
    json_builder_set_member_name(json, "parameters");
    json_builder_add_value(json, parameters);
    json_builder_set_member_name(json, "figures");
    json_builder_begin_array(json);
    for (guint i = 0; i < figures->figures->len; i++)
        add_figure(json, figures->figures->pdata[i]);
    json_builder_end_array(json);
    json_builder_end_object(json);
    root = json_builder_get_root(json);
    json_generator_set_root(generator, root);
    return json_generator_to_data(generator, NULL);
}

bool
figures_write(const Figures *figures, const char *path, GError **error)
{
    g_autofree char *text = figures_to_json(figures);

    return atomic_file_write(path, text, strlen(text), error);
}
