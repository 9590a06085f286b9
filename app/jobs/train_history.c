/* SPDX-License-Identifier: Apache-2.0 */
/* The file train_speed.json: an array of objects, the latest last. */
#include "app/jobs/train_history.h"

#include <glib/gstdio.h>
#include <json-glib/json-glib.h>
#include <math.h>
#include <string.h>

#include "app/dataset/json_depth.h"
#include "app/trace/atomic.h"

enum { MAX_ENTRIES = 100, MAX_SIZE = 1 << 20 };

static char *
history_path(void)
{
    return g_build_filename(g_get_user_cache_dir(), "torchlight", "train_speed.json", NULL);
}

static char *
model_name(const char *model)
{
    g_autofree char *base = g_path_get_basename(model);

    return g_filename_display_name(base);
}

static JsonArray *
read_history(void)
{
    g_autofree char *path = history_path();
    g_autofree char *text = NULL;
    g_autoptr(JsonParser) parser = json_parser_new();
    gsize size;
    JsonNode *root;

    if (g_file_get_contents(path, &text, &size, NULL) && size <= MAX_SIZE &&
        json_is_shallow(text) && json_parser_load_from_data(parser, text, -1, NULL) &&
        (root = json_parser_get_root(parser)) && JSON_NODE_HOLDS_ARRAY(root))
        return json_node_dup_array(root);
    return json_array_new();
}

/* The i-th entry; false when it is none. Its texts are borrowed from the array. */
static bool
read_entry(JsonArray *array, guint i, TrainSpeed *speed)
{
    JsonNode *node = json_array_get_element(array, i);
    JsonObject *object = JSON_NODE_HOLDS_OBJECT(node) ? json_node_get_object(node) : NULL;

    if (!object)
        return false;
    speed->device = json_object_get_string_member_with_default(object, "device", NULL);
    speed->model = json_object_get_string_member_with_default(object, "model", NULL);
    speed->work = json_object_get_double_member_with_default(object, "work", 0);
    speed->seconds = json_object_get_double_member_with_default(object, "seconds", 0);
    return speed->device && speed->model && speed->work > 0 && speed->seconds > 0;
}

static bool
is_same(const TrainSpeed *speed, const TrainSpeed *entry, const char *model)
{
    return g_str_equal(entry->device, speed->device) && g_str_equal(entry->model, model) &&
           fabs(entry->work / speed->work - 1) < 0.005;
}

void
train_history_add(const TrainSpeed *speed)
{
    g_autoptr(JsonArray) array = read_history();
    g_autofree char *path = history_path();
    g_autofree char *folder = g_path_get_dirname(path);
    g_autofree char *model = model_name(speed->model);
    g_autoptr(JsonNode) root = json_node_alloc();
    g_autofree char *text = NULL;
    JsonObject *object = json_object_new();
    TrainSpeed entry;

    for (guint i = json_array_get_length(array); i-- > 0;) {
        if (!read_entry(array, i, &entry) || is_same(speed, &entry, model))
            json_array_remove_element(array, i);
    }
    while (json_array_get_length(array) >= MAX_ENTRIES)
        json_array_remove_element(array, 0);
    json_object_set_string_member(object, "device", speed->device);
    json_object_set_string_member(object, "model", model);
    json_object_set_double_member(object, "work", speed->work);
    json_object_set_double_member(object, "seconds", speed->seconds);
    json_array_add_object_element(array, object);
    json_node_init_array(root, array);
    text = json_to_string(root, TRUE);
    if (g_mkdir_with_parents(folder, 0700) == 0)
        atomic_file_write(path, text, strlen(text), NULL);
}

TrainHistoryKind
train_history_find(TrainSpeed *speed)
{
    g_autoptr(JsonArray) array = read_history();
    g_autofree char *model = model_name(speed->model);
    double nearest = INFINITY;
    TrainSpeed entry;

    for (guint i = json_array_get_length(array); i-- > 0;) {
        double distance;

        if (!read_entry(array, i, &entry) || !g_str_equal(entry.device, speed->device))
            continue;
        if (is_same(speed, &entry, model)) {
            speed->seconds = entry.seconds;
            return TRAIN_HISTORY_SAME;
        }
        distance = fabs(log(entry.work / speed->work)) + (g_str_equal(entry.model, model) ? 0 : 3);
        if (distance < nearest) {
            nearest = distance;
            speed->seconds = entry.seconds * speed->work / entry.work;
        }
    }
    return isfinite(nearest) ? TRAIN_HISTORY_OTHER : TRAIN_HISTORY_NONE;
}
