/* SPDX-License-Identifier: Apache-2.0 */
/* Forests in their folder. */
#include <errno.h>
#include <glib/gi18n-lib.h>
#include <glib/gstdio.h>
#include <json-glib/json-glib.h>
#include <math.h>
#include <string.h>

#include "app/dataset/json_depth.h"
#include "app/evaluate/forests_private.h"
#include "app/trace/atomic.h"

enum { MAX_INDEX = 1 << 20, MAX_AXES = 64, MAX_NAME = 64 };

/* --- writing --- */

static void
put_number(JsonBuilder *json, const char *name, double value)
{
    json_builder_set_member_name(json, name);
    if (isfinite(value))
        json_builder_add_double_value(json, value);
    else
        json_builder_add_null_value(json);
}

static void
put_int(JsonBuilder *json, const char *name, int value)
{
    json_builder_set_member_name(json, name);
    json_builder_add_int_value(json, value);
}

static void
put_text(JsonBuilder *json, const char *name, const char *text)
{
    json_builder_set_member_name(json, name);
    json_builder_add_string_value(json, text);
}

static char *
index_to_text(const Forests *forests)
{
    g_autoptr(JsonBuilder) json = json_builder_new();
    g_autoptr(JsonNode) root = NULL;

    json_builder_begin_object(json);
    put_text(json, "format", FORESTS_FORMAT);
    put_int(json, "version", FORESTS_VERSION);
    put_int(json, "packets", forests->n_packets);
    json_builder_set_member_name(json, "axes");
    json_builder_begin_array(json);
    for (guint i = 0; i < forests->axes->len; i++) {
        const AxisForest *forest = forests_axis(forests, i);

        json_builder_begin_object(json);
        put_text(json, "axis", forest->axis);
        put_int(json, "train", forest->n_train);
        put_int(json, "test", forest->n_test);
        put_number(json, "accuracy", forest->accuracy);
        put_number(json, "macro_f1", forest->macro_f1);
        json_builder_end_object(json);
    }
    json_builder_end_array(json);
    json_builder_end_object(json);
    root = json_builder_get_root(json);
    return json_to_string(root, TRUE);
}

static char *
forest_path(const char *dir, const char *axis)
{
    g_autofree char *name = g_strconcat(axis, ".forest", NULL);

    return g_build_filename(dir, name, NULL);
}

bool
forests_save(const Forests *forests, const char *dir, GError **error)
{
    g_autofree char *index = g_build_filename(dir, FORESTS_INDEX, NULL);
    g_autofree char *text = index_to_text(forests);

    if (g_mkdir_with_parents(dir, 0777) != 0) {
        g_set_error(error, G_IO_ERROR, g_io_error_from_errno(errno),
                    _("The folder “%s” cannot be made: %s."), dir, g_strerror(errno));
        return false;
    }
    for (guint i = 0; i < forests->axes->len; i++) {
        const AxisForest *forest = forests_axis(forests, i);
        g_autofree char *path = forest_path(dir, forest->axis);

        if (!classifier_save(forest->classifier, path, error))
            return false;
    }
    return atomic_file_write(index, text, strlen(text), error);
}

/* --- reading --- */

static bool
fail(const char *path, GError **error, const char *what)
{
    g_set_error(error, G_IO_ERROR, G_IO_ERROR_INVALID_DATA,
                _("“%s” is no index of forests: %s. Make them again with `torchlight classify "
                  "--learn-from`."),
                path, what);
    return false;
}

static double
get_number(JsonObject *object, const char *name)
{
    JsonNode *node = json_object_get_member(object, name);
    GType type = node && JSON_NODE_HOLDS_VALUE(node) ? json_node_get_value_type(node) : G_TYPE_NONE;

    return type == G_TYPE_INT64 || type == G_TYPE_DOUBLE ? json_node_get_double(node) : NAN;
}

/* -1 where it is none from least to most. */
static int
get_int(JsonObject *object, const char *name, int least, int most)
{
    double value = get_number(object, name);

    return value >= least && value <= most && value == floor(value) ? (int)value : -1;
}

static const char *
get_text(JsonObject *object, const char *name)
{
    JsonNode *node = json_object_get_member(object, name);

    return node && JSON_NODE_HOLDS_VALUE(node) && json_node_get_value_type(node) == G_TYPE_STRING
               ? json_node_get_string(node)
               : NULL;
}

/* It becomes a file name. */
static bool
is_name(const char *text)
{
    return text && *text && strlen(text) <= MAX_NAME && *text != '.' && !strpbrk(text, "/\\");
}

static bool
load_axis(Forests *forests, const char *dir, const char *index, JsonNode *node, GError **error)
{
    JsonObject *object = JSON_NODE_HOLDS_OBJECT(node) ? json_node_get_object(node) : NULL;
    const char *axis = object ? get_text(object, "axis") : NULL;
    g_autofree char *path = is_name(axis) ? forest_path(dir, axis) : NULL;
    AxisForest *forest;

    if (!path)
        return fail(index, error, _("an axis has no name"));
    forest = g_new0(AxisForest, 1);
    g_ptr_array_add(forests->axes, forest);
    forest->axis = g_intern_string(axis);
    forest->n_train = MAX(0, get_int(object, "train", 0, G_MAXINT));
    forest->n_test = MAX(0, get_int(object, "test", 0, G_MAXINT));
    forest->accuracy = get_number(object, "accuracy");
    forest->macro_f1 = get_number(object, "macro_f1");
    forest->classifier = classifier_load(path, error);
    if (!forest->classifier)
        return false;
    if (classifier_kind(forest->classifier) != CLASSIFIER_FOREST)
        return fail(path, error, _("it holds another classifier"));
    for (int i = 0; i < classifier_n_classes(forest->classifier); i++) {
        if (!classifier_class_name(forest->classifier, i))
            return fail(path, error, _("a class has no name"));
    }
    return true;
}

static bool
load_index(Forests *forests, const char *dir, const char *path, JsonNode *root, GError **error)
{
    JsonObject *object = root && JSON_NODE_HOLDS_OBJECT(root) ? json_node_get_object(root) : NULL;
    JsonNode *node = object ? json_object_get_member(object, "axes") : NULL;
    JsonArray *axes = node && JSON_NODE_HOLDS_ARRAY(node) ? json_node_get_array(node) : NULL;

    if (!object || g_strcmp0(get_text(object, "format"), FORESTS_FORMAT) != 0)
        return fail(path, error, _("its format is another"));
    if (get_int(object, "version", FORESTS_VERSION, FORESTS_VERSION) < 0)
        return fail(path, error, _("its version is another"));
    forests->n_packets = get_int(object, "packets", 1, FEATURE_PACKETS);
    if (forests->n_packets < 0)
        return fail(path, error, _("the number of packets is missing or out of range"));
    if (!axes || json_array_get_length(axes) < 1 || json_array_get_length(axes) > MAX_AXES)
        return fail(path, error, _("it names no axes, or too many"));
    for (guint i = 0; i < json_array_get_length(axes); i++) {
        if (!load_axis(forests, dir, path, json_array_get_element(axes, i), error))
            return false;
    }
    return true;
}

Forests *
forests_load(const char *dir, GError **error)
{
    g_autofree char *path = g_build_filename(dir, FORESTS_INDEX, NULL);
    g_autofree char *text = NULL;
    g_autoptr(JsonParser) parser = json_parser_new();
    g_autoptr(Forests) forests = forests_new(0);
    gsize size;

    if (!g_file_get_contents(path, &text, &size, error))
        return NULL;
    if (size > MAX_INDEX || memchr(text, '\0', size) || !json_is_shallow(text) ||
        !json_escapes_are_whole(text) ||
        !json_parser_load_from_data(parser, text, (gssize)size, NULL)) {
        fail(path, error, _("it is no JSON"));
        return NULL;
    }
    return load_index(forests, dir, path, json_parser_get_root(parser), error)
               ? g_steal_pointer(&forests)
               : NULL;
}
