/* SPDX-License-Identifier: Apache-2.0 */
/* Settings as JSON, and from the files that hold them. */
#include "app/jobs/generate_settings.h"

#include <glib/gi18n-lib.h>
#include <math.h>
#include <string.h>

#include "app/dataset/json_depth.h"
#include "app/jobs/generate_control.h"
#include "app/jobs/setting_json.h"

#define CHUNK "torchlight:provenance:"

enum { MAX_FILE = 16 << 20, MAX_LORAS = 64 };

static void
put_loras(JsonObject *object, const GenerateParams *params, const char *base)
{
    JsonArray *list = json_array_new();

    for (guint i = 0; i < params->loras->len; i++) {
        const GenerateLora *lora = &g_array_index(params->loras, GenerateLora, i);
        g_autofree char *path = setting_path_to_json(lora->path, base);
        JsonObject *element = json_object_new();

        json_object_set_string_member(element, "path", path);
        json_object_set_double_member(element, "weight", lora->weight);
        if (!isnan(lora->text_weight))
            json_object_set_double_member(element, "text_weight", lora->text_weight);
        json_array_add_object_element(list, element);
    }
    json_object_set_array_member(object, "loras", list);
}

static void
put_controls(JsonObject *object, const GenerateParams *params, const char *base)
{
    JsonArray *list = json_array_new();

    for (guint i = 0; i < params->more_controls->len; i++)
        json_array_add_object_element(
            list, generate_control_to_json(params->more_controls->pdata[i], base));
    json_object_set_array_member(object, "more_controls", list);
}

JsonObject *
generate_params_to_json(const GenerateParams *params, const char *base)
{
    JsonObject *object = json_object_new();
    const GenerateSetting *s;

    for (int i = 0; (s = generate_setting(i)); i++) {
        g_autofree char *text = NULL;
        g_autofree char *path = NULL;

        if (s->offset == SETTING_NO_OFFSET)
            continue;
        text = generate_params_get_text(params, s->key);
        if (!*text)
            continue;
        switch (s->type) {
        case SETTING_PATH:
            path = setting_path_to_json(text, base);
            json_object_set_string_member(object, s->key, path);
            break;
        case SETTING_TEXT:
        case SETTING_SEED: /* as text: numbers of JSON end before 2^64 */
            json_object_set_string_member(object, s->key, text);
            break;
        case SETTING_YES_NO:
            json_object_set_boolean_member(object, s->key, g_str_equal(text, "yes"));
            break;
        case SETTING_WHOLE:
            json_object_set_int_member(object, s->key, g_ascii_strtoll(text, NULL, 10));
            break;
        case SETTING_NUMBER:
            json_object_set_double_member(object, s->key, g_ascii_strtod(text, NULL));
            break;
        }
    }
    if (params->loras->len > 0)
        put_loras(object, params, base);
    if (params->more_controls->len > 0)
        put_controls(object, params, base);
    return object;
}

static bool
read_lora(GenerateParams *params, JsonNode *node, const char *base, GError **error)
{
    JsonObject *lora = JSON_NODE_HOLDS_OBJECT(node) ? json_node_get_object(node) : NULL;
    JsonNode *path = lora ? json_object_get_member(lora, "path") : NULL;
    JsonNode *weight = lora ? json_object_get_member(lora, "weight") : NULL;
    JsonNode *of_text = lora ? json_object_get_member(lora, "text_weight") : NULL;
    g_autofree char *text = path ? setting_node_text(path) : NULL;
    g_autofree char *number = weight ? setting_node_text(weight) : NULL;
    g_autofree char *text_number = of_text ? setting_node_text(of_text) : NULL;
    g_autofree char *full = NULL;
    char *end = NULL, *text_end = NULL;
    double value = number ? g_ascii_strtod(number, &end) : 1;
    double text_value = text_number ? g_ascii_strtod(text_number, &text_end) : NAN;

    if (!text || !*text || (weight && (!number || *end)) ||
        (of_text && (!text_number || *text_end)) || params->loras->len >= MAX_LORAS)
        return setting_refuse_member("loras", error);
    full = setting_path_from_json(text, base);
    generate_params_add_lora(params, full, value);
    g_array_index(params->loras, GenerateLora, params->loras->len - 1).text_weight = text_value;
    return true;
}

static bool
read_loras(GenerateParams *params, JsonNode *node, const char *base, GError **error)
{
    JsonArray *list = JSON_NODE_HOLDS_ARRAY(node) ? json_node_get_array(node) : NULL;

    if (!list)
        return setting_refuse_member("loras", error);
    for (guint i = 0; i < json_array_get_length(list); i++) {
        if (!read_lora(params, json_array_get_element(list, i), base, error))
            return false;
    }
    return true;
}

static bool
read_controls(GenerateParams *params, JsonNode *node, const char *base, GError **error)
{
    JsonArray *list = JSON_NODE_HOLDS_ARRAY(node) ? json_node_get_array(node) : NULL;

    if (!list || json_array_get_length(list) > MAX_LORAS)
        return setting_refuse_member("more_controls", error);
    for (guint i = 0; i < json_array_get_length(list); i++) {
        GenerateControl *control =
            generate_control_from_json(json_array_get_element(list, i), base, error);

        if (!control)
            return false;
        g_ptr_array_add(params->more_controls, control);
    }
    return true;
}

static bool
read_member(GenerateParams *params, const GenerateSetting *s, JsonNode *node, const char *base,
            GError **error)
{
    g_autofree char *text = setting_node_text(node);
    g_autofree char *full = NULL;

    if (JSON_NODE_HOLDS_NULL(node))
        return true;
    if (!text)
        return setting_refuse_member(s->key, error);
    if (s->type == SETTING_PATH && *text)
        full = setting_path_from_json(text, base);
    return generate_params_set_text(params, s->key, full ? full : text, error);
}

GenerateParams *
generate_params_from_json(JsonObject *object, const char *base, GError **error)
{
    g_autoptr(GenerateParams) params = generate_params_new();
    JsonNode *loras = json_object_get_member(object, "loras");
    JsonNode *controls = json_object_get_member(object, "more_controls");
    const GenerateSetting *s;

    for (int i = 0; (s = generate_setting(i)); i++) {
        JsonNode *node =
            s->offset == SETTING_NO_OFFSET ? NULL : json_object_get_member(object, s->key);

        if (node && !read_member(params, s, node, base, error))
            return NULL;
    }
    if ((loras && !read_loras(params, loras, base, error)) ||
        (controls && !read_controls(params, controls, base, error)))
        return NULL;
    return g_steal_pointer(&params);
}

/* --- files --- */

/* "voip.safetensors:0.8, office.safetensors:1" */
static void
take_lora_text(GenerateParams *params, const char *text, const char *dir)
{
    g_auto(GStrv) parts = g_strsplit(text, ", ", MAX_LORAS);

    for (int i = 0; parts[i]; i++)
        generate_params_add_lora_text(params, parts[i], dir);
}

/* Controls beside the first, a line each. */
static bool
take_control_text(GenerateParams *params, const char *text, const char *dir, GError **error)
{
    g_auto(GStrv) lines = g_strsplit(text, "\n", MAX_LORAS);

    for (int i = 0; lines[i]; i++) {
        g_autoptr(GenerateControl) control = generate_control_parse(lines[i], error);
        char *map;

        if (!control)
            return false;
        map = setting_path_from_json(control->map, dir);
        g_free(control->map);
        control->map = map;
        g_ptr_array_add(params->more_controls, g_steal_pointer(&control));
    }
    return true;
}

static bool
take_chunk(GenerateParams *params, const GenerateSetting *s, const char *text, const char *dir,
           GError **error)
{
    g_autofree char *full = NULL;

    if (g_str_equal(s->key, "model") && g_str_equal(text, GENERATE_BUNDLED))
        return true;
    if (g_str_equal(s->key, "sampler") && g_str_equal(text, GENERATE_MODELS_OWN))
        return true;
    if (s->type == SETTING_PATH)
        full = setting_path_from_json(text, dir);
    return generate_params_set_text(params, s->key, full ? full : text, error);
}

static GenerateParams *
read_picture(const char *path, GError **error)
{
    g_autoptr(GenerateParams) params = generate_params_new();
    g_autoptr(GHashTable) text = NULL;
    g_autoptr(Image) image = image_read_png(path, 3, &text, error);
    g_autofree char *dir = g_path_get_dirname(path);
    const GenerateSetting *s;
    const char *value;

    if (!image)
        return NULL;
    if (!g_hash_table_contains(text, CHUNK "prompt")) {
        g_set_error(error, G_IO_ERROR, G_IO_ERROR_INVALID_DATA,
                    _("“%s” does not say how it was generated: choose a picture that Torchlight "
                      "has drawn, or a file of settings."),
                    path);
        return NULL;
    }
    for (int i = 0; (s = generate_setting(i)); i++) {
        g_autofree char *key = g_strconcat(CHUNK, s->key, NULL);

        value = s->offset == SETTING_NO_OFFSET ? NULL : g_hash_table_lookup(text, key);
        if (value && !take_chunk(params, s, value, dir, error))
            return NULL;
    }
    if ((value = g_hash_table_lookup(text, CHUNK "lora")))
        take_lora_text(params, value, dir);
    if ((value = g_hash_table_lookup(text, CHUNK "more_controls")) &&
        !take_control_text(params, value, dir, error))
        return NULL;
    value = g_hash_table_lookup(text, "torchlight:layout");
    params->layout = g_strdup(value);
    params->width = image->width;
    params->height = image->height;
    return g_steal_pointer(&params);
}

static GenerateParams *
read_json(const char *path, GError **error)
{
    g_autoptr(JsonParser) parser = json_parser_new();
    g_autofree char *dir = g_path_get_dirname(path);
    g_autofree char *parent = g_path_get_dirname(dir);
    g_autofree char *text = NULL;
    const char *base = dir;
    JsonNode *node = NULL;
    gsize size;

    if (!g_file_get_contents(path, &text, &size, error))
        return NULL;
    if (size <= MAX_FILE && strlen(text) == size && json_is_shallow(text) &&
        json_parser_load_from_data(parser, text, -1, NULL))
        node = json_parser_get_root(parser);
    if (node && JSON_NODE_HOLDS_OBJECT(node) &&
        json_object_has_member(json_node_get_object(node), "parameters")) {
        node = json_object_get_member(json_node_get_object(node), "parameters");
        base = parent; /* see generate_note_params */
    }
    if (node && JSON_NODE_HOLDS_OBJECT(node))
        return generate_params_from_json(json_node_get_object(node), base, error);
    g_set_error(error, G_IO_ERROR, G_IO_ERROR_INVALID_DATA,
                _("“%s” holds no settings: give the run.json of a generation, or a JSON object of "
                  "settings."),
                path);
    return NULL;
}

GenerateParams *
generate_params_read(const char *path, GError **error)
{
    GenerateParams *params;
    GError *local = NULL;

    params = g_str_has_suffix(path, ".png") ? read_picture(path, &local) : read_json(path, &local);
    if (!params && local->domain == G_OPTION_ERROR)
        g_prefix_error(&local, "“%s”: ", path);
    if (local)
        g_propagate_error(error, local);
    return params;
}
