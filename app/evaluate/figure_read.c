/* SPDX-License-Identifier: Apache-2.0 */
/* Figures from JSON that anybody may have written: every size, text and number is checked, and that
 * the parts of a figure fit each other, so that who draws need not. */
#include "app/evaluate/figure.h"

#include <gio/gio.h>
#include <glib/gi18n-lib.h>
#include <math.h>
#include <string.h>

#include "app/dataset/json_depth.h"
#include "app/evaluate/figure_private.h"

enum {
    MAX_FILE = 64 << 20, /* bytes */
    MAX_FIGURES = 1000,
    MAX_SERIES = 1000,   /* of a figure, and names of an axis */
    MAX_POINTS = 100000, /* of a series */
    MAX_TEXT = 4096,     /* bytes */
};

static const double MAX_NUMBER = 1e15;

/* Of what is being read, for messages. */
typedef struct {
    const char *path;
    guint figure; /* from 1 */
} Reading;

static bool
fail(const Reading *reading, GError **error, const char *what)
{
    g_set_error(error, G_IO_ERROR, G_IO_ERROR_INVALID_DATA,
                _("“%s”, figure %u: %s. Compute the figures again."), reading->path,
                reading->figure, what);
    return false;
}

/* The member as a text, "" when it is missing; NULL when it is none or too long. */
static const char *
get_text(JsonObject *object, const char *name)
{
    JsonNode *node = json_object_get_member(object, name);
    const char *text;

    if (!node)
        return "";
    if (!JSON_NODE_HOLDS_VALUE(node) || json_node_get_value_type(node) != G_TYPE_STRING)
        return NULL;
    text = json_node_get_string(node);
    return text && strlen(text) <= MAX_TEXT ? text : NULL;
}

static bool
read_text(const Reading *reading, JsonObject *object, const char *name, char **text, GError **error)
{
    const char *value = get_text(object, name);

    if (!value)
        return fail(reading, error, _("a text is none, or too long"));
    g_free(*text);
    *text = g_strdup(value);
    return true;
}

/* A number; NAN for null and for what is missing (node NULL). */
static bool
node_to_number(JsonNode *node, double *value)
{
    GType type;

    *value = NAN;
    if (!node || JSON_NODE_HOLDS_NULL(node))
        return true;
    if (!JSON_NODE_HOLDS_VALUE(node))
        return false;
    type = json_node_get_value_type(node);
    if (type != G_TYPE_INT64 && type != G_TYPE_DOUBLE)
        return false;
    *value = json_node_get_double(node);
    return isfinite(*value) && fabs(*value) <= MAX_NUMBER;
}

static bool
read_number(const Reading *reading, JsonObject *object, const char *name, double *value,
            GError **error)
{
    return node_to_number(json_object_get_member(object, name), value) ||
           fail(reading, error, _("a number is none, or out of range"));
}

/* The member as an array of at most max elements; *array is NULL when it is missing. */
static bool
read_array(const Reading *reading, JsonObject *object, const char *name, guint max,
           JsonArray **array, GError **error)
{
    JsonNode *node = json_object_get_member(object, name);

    *array = NULL;
    if (!node)
        return true;
    if (!JSON_NODE_HOLDS_ARRAY(node))
        return fail(reading, error, _("a list is none"));
    *array = json_node_get_array(node);
    return json_array_get_length(*array) <= max || fail(reading, error, _("a list is too long"));
}

static bool
read_numbers(const Reading *reading, JsonObject *object, const char *name, GArray *numbers,
             GError **error)
{
    JsonArray *array;

    if (!read_array(reading, object, name, MAX_POINTS, &array, error))
        return false;
    for (guint i = 0; array && i < json_array_get_length(array); i++) {
        double value;

        if (!node_to_number(json_array_get_element(array, i), &value))
            return fail(reading, error, _("a number is none, or out of range"));
        g_array_append_val(numbers, value);
    }
    return true;
}

static bool
read_names(const Reading *reading, JsonObject *object, FigureAxis *axis, GError **error)
{
    JsonArray *array;

    if (!read_array(reading, object, "names", MAX_SERIES, &array, error))
        return false;
    for (guint i = 0; array && i < json_array_get_length(array); i++) {
        JsonNode *node = json_array_get_element(array, i);
        const char *text = JSON_NODE_HOLDS_VALUE(node) ? json_node_get_string(node) : NULL;

        if (!text || strlen(text) > MAX_TEXT)
            return fail(reading, error, _("a text is none, or too long"));
        figure_axis_add_name(axis, text);
    }
    return true;
}

static bool
read_axis(const Reading *reading, JsonObject *figure, const char *name, FigureAxis *axis,
          GError **error)
{
    JsonNode *node = json_object_get_member(figure, name);
    JsonNode *logarithmic;
    JsonObject *object;

    if (!node)
        return true;
    if (!JSON_NODE_HOLDS_OBJECT(node))
        return fail(reading, error, _("an axis is none"));
    object = json_node_get_object(node);
    logarithmic = json_object_get_member(object, "logarithmic");
    axis->logarithmic = logarithmic && JSON_NODE_HOLDS_VALUE(logarithmic) &&
                        json_node_get_value_type(logarithmic) == G_TYPE_BOOLEAN &&
                        json_node_get_boolean(logarithmic);
    if (!read_text(reading, object, "label", &axis->label, error) ||
        !read_text(reading, object, "unit", &axis->unit, error) ||
        !read_names(reading, object, axis, error) ||
        !read_number(reading, object, "min", &axis->min, error) ||
        !read_number(reading, object, "max", &axis->max, error))
        return false;
    return isnan(axis->min) || isnan(axis->max) || axis->min < axis->max ||
           fail(reading, error, _("an axis ends before it begins"));
}

static int
compare_numbers(const void *a, const void *b)
{
    double x = *(const double *)a, y = *(const double *)b;

    return (x > y) - (x < y);
}

/* Whether the numbers of a series are as many as its figure needs. */
static bool
series_fits(const Figure *figure, FigureSeries *series)
{
    guint n = series->y->len;
    bool has_band = series->low->len > 0 || series->high->len > 0;

    if (has_band && (series->low->len != n || series->high->len != n))
        return false;
    switch (figure->kind) {
    case FIGURE_CURVE:
        return series->x->len == n;
    case FIGURE_VIOLIN:
        for (guint i = 0; i < n; i++) {
            if (isnan(g_array_index(series->y, double, i)))
                return false;
        }
        if (n > 1)
            qsort(series->y->data, n, sizeof(double), compare_numbers);
        return true;
    default:
        return n == figure->x.names->len;
    }
}

static bool
read_series(const Reading *reading, JsonObject *object, Figure *figure, GError **error)
{
    JsonArray *array;

    if (!read_array(reading, object, "series", MAX_SERIES, &array, error))
        return false;
    for (guint i = 0; array && i < json_array_get_length(array); i++) {
        JsonNode *node = json_array_get_element(array, i);
        FigureSeries *series = figure_add_series(figure, "", "");
        JsonObject *from;

        if (!JSON_NODE_HOLDS_OBJECT(node))
            return fail(reading, error, _("a series is none"));
        from = json_node_get_object(node);
        if (!read_text(reading, from, "name", &series->name, error) ||
            !read_text(reading, from, "class", &series->class, error) ||
            !read_numbers(reading, from, "x", series->x, error) ||
            !read_numbers(reading, from, "y", series->y, error) ||
            !read_numbers(reading, from, "low", series->low, error) ||
            !read_numbers(reading, from, "high", series->high, error))
            return false;
        if (!series_fits(figure, series))
            return fail(reading, error, _("a series does not fit the axes"));
    }
    return figure->kind != FIGURE_HEAT_MAP || figure->series->len == figure->y.names->len ||
           fail(reading, error, _("a heat map needs a series for each row"));
}

static bool
read_figure_numbers(const Reading *reading, JsonObject *object, Figure *figure, GError **error)
{
    JsonArray *array;

    if (!read_array(reading, object, "numbers", MAX_SERIES, &array, error))
        return false;
    for (guint i = 0; array && i < json_array_get_length(array); i++) {
        JsonNode *node = json_array_get_element(array, i);
        double value, low, high;
        JsonObject *from;
        const char *name;

        if (!JSON_NODE_HOLDS_OBJECT(node))
            return fail(reading, error, _("a number is none, or out of range"));
        from = json_node_get_object(node);
        name = get_text(from, "name");
        if (!name)
            return fail(reading, error, _("a text is none, or too long"));
        if (!read_number(reading, from, "value", &value, error) ||
            !read_number(reading, from, "low", &low, error) ||
            !read_number(reading, from, "high", &high, error))
            return false;
        figure_add_number(figure, name, value, low, high);
    }
    return true;
}

static bool
read_kind(const char *name, FigureKind *kind)
{
    for (int i = 0; name && i < N_FIGURE_KINDS; i++) {
        if (g_str_equal(name, figure_kind_name((FigureKind)i))) {
            *kind = (FigureKind)i;
            return true;
        }
    }
    return false;
}

/* A violin's series belong to its groups by name. */
static bool
violins_have_groups(const Figure *figure)
{
    for (guint i = 0; figure->kind == FIGURE_VIOLIN && i < figure->series->len; i++) {
        if (!g_ptr_array_find_with_equal_func(figure->x.names, figure_series(figure, i)->class,
                                              g_str_equal, NULL))
            return false;
    }
    return true;
}

static Figure *
read_figure(const Reading *reading, JsonNode *node, GError **error)
{
    JsonObject *object = JSON_NODE_HOLDS_OBJECT(node) ? json_node_get_object(node) : NULL;
    g_autoptr(Figure) figure = NULL;
    FigureKind kind;

    if (!object || !read_kind(get_text(object, "kind"), &kind)) {
        fail(reading, error, _("it is of no kind that is known here"));
        return NULL;
    }
    figure = figure_new("", kind, "");
    if (!read_text(reading, object, "id", &figure->id, error) ||
        !read_text(reading, object, "title", &figure->title, error) ||
        !read_text(reading, object, "explanation", &figure->explanation, error) ||
        !read_text(reading, object, "source", &figure->source, error) ||
        !read_axis(reading, object, "x", &figure->x, error) ||
        !read_axis(reading, object, "y", &figure->y, error) ||
        !read_series(reading, object, figure, error) ||
        !read_figure_numbers(reading, object, figure, error))
        return NULL;
    if (!violins_have_groups(figure)) {
        fail(reading, error, _("a series does not fit the axes"));
        return NULL;
    }
    g_strcanon(figure->id, G_CSET_A_2_Z G_CSET_a_2_z G_CSET_DIGITS "-_", '_');
    if (strlen(figure->id) > 64)
        figure->id[64] = '\0';
    return g_steal_pointer(&figure);
}

static bool
read_all(Figures *figures, JsonObject *root, const char *path, GError **error)
{
    Reading reading = {path, 0};
    JsonNode *parameters = json_object_get_member(root, "parameters");
    JsonArray *array;

    if (parameters && JSON_NODE_HOLDS_OBJECT(parameters)) {
        json_object_unref(figures->parameters);
        figures->parameters = json_object_ref(json_node_get_object(parameters));
    }
    if (!read_text(&reading, root, "title", &figures->title, error) ||
        !read_array(&reading, root, "figures", MAX_FIGURES, &array, error))
        return false;
    for (guint i = 0; array && i < json_array_get_length(array); i++) {
        Figure *figure;

        reading.figure = i + 1;
        figure = read_figure(&reading, json_array_get_element(array, i), error);
        if (!figure)
            return false;
        g_ptr_array_add(figures->figures, figure);
    }
    return true;
}

/* Whether the version is one that is known; NULL or what to say. */
static const char *
check_head(JsonNode *root)
{
    JsonObject *object = root && JSON_NODE_HOLDS_OBJECT(root) ? json_node_get_object(root) : NULL;
    JsonNode *version = object ? json_object_get_member(object, "version") : NULL;

    if (!object || g_strcmp0(get_text(object, "format"), FIGURES_FORMAT) != 0)
        return _("it holds no figures of an evaluation");
    if (!version || !JSON_NODE_HOLDS_VALUE(version) ||
        json_node_get_value_type(version) != G_TYPE_INT64 ||
        json_node_get_int(version) != FIGURES_VERSION)
        return _("another version of Torchlight wrote it");
    return NULL;
}

Figures *
figures_from_json(const char *text, gsize size, const char *path, GError **error)
{
    g_autoptr(JsonParser) parser = json_parser_new_immutable();
    g_autoptr(Figures) figures = figures_new("");
    const char *problem = NULL;

    if (size > MAX_FILE)
        problem = _("it is too large");
    else if (!g_utf8_validate(text, (gssize)size, NULL) || memchr(text, '\0', size))
        problem = _("it is no text in UTF-8");
    else if (!json_is_shallow(text) ||
             !json_parser_load_from_data(parser, text, (gssize)size, NULL))
        problem = _("it is no JSON");
    else
        problem = check_head(json_parser_get_root(parser));
    if (problem) {
        g_set_error(error, G_IO_ERROR, G_IO_ERROR_INVALID_DATA,
                    _("“%s” cannot be read: %s. Choose a file that `torchlight evaluate` wrote."),
                    path, problem);
        return NULL;
    }
    return read_all(figures, json_node_get_object(json_parser_get_root(parser)), path, error)
               ? g_steal_pointer(&figures)
               : NULL;
}

Figures *
figures_read(const char *path, GError **error)
{
    g_autoptr(GFile) file = g_file_new_for_path(path);
    g_autoptr(GFileInfo) info =
        g_file_query_info(file, G_FILE_ATTRIBUTE_STANDARD_SIZE "," G_FILE_ATTRIBUTE_STANDARD_TYPE,
                          G_FILE_QUERY_INFO_NONE, NULL, error);
    g_autofree char *name = g_filename_display_basename(path);
    g_autofree char *text = NULL;
    gsize size;

    if (!info)
        return NULL;
    if (g_file_info_get_file_type(info) != G_FILE_TYPE_REGULAR ||
        g_file_info_get_size(info) > MAX_FILE) {
        g_set_error(error, G_IO_ERROR, G_IO_ERROR_INVALID_DATA,
                    _("“%s” is no file of figures: choose one that `torchlight evaluate` wrote."),
                    name);
        return NULL;
    }
    if (!g_file_get_contents(path, &text, &size, error))
        return NULL;
    return figures_from_json(text, size, name, error);
}
