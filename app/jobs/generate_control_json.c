/* SPDX-License-Identifier: Apache-2.0 */
/* Controls of a generation in JSON. */
#include <stddef.h>
#include <string.h>

#include "app/jobs/generate_control.h"
#include "app/jobs/setting_json.h"

#define MEMBER(control, row, Type) ((Type *)(void *)((char *)(control) + (row)->offset))

/* The members of the object. */
static const struct Row {
    const char *key;
    enum { IS_PATH, IS_TEXT, IS_NUMBER } kind;
    size_t offset;
} rows[] = {
    {"map", IS_PATH, offsetof(GenerateControl, map)},
    {"net", IS_PATH, offsetof(GenerateControl, net)},
    {"weight", IS_NUMBER, offsetof(GenerateControl, weight)},
    {"start", IS_NUMBER, offsetof(GenerateControl, start)},
    {"end", IS_NUMBER, offsetof(GenerateControl, end)},
    {"mode", IS_TEXT, offsetof(GenerateControl, mode)},
    {"convention", IS_TEXT, offsetof(GenerateControl, convention)},
    {"layers", IS_TEXT, offsetof(GenerateControl, layers)},
};

JsonObject *
generate_control_to_json(const GenerateControl *control, const char *base)
{
    JsonObject *object = json_object_new();

    for (guint i = 0; i < G_N_ELEMENTS(rows); i++) {
        const struct Row *row = &rows[i];
        const char *text =
            row->kind == IS_NUMBER ? NULL : *MEMBER((GenerateControl *)control, row, char *);
        g_autofree char *path =
            row->kind == IS_PATH && text ? setting_path_to_json(text, base) : NULL;

        if (row->kind == IS_NUMBER)
            json_object_set_double_member(object, row->key,
                                          *MEMBER((GenerateControl *)control, row, double));
        else if (text)
            json_object_set_string_member(object, row->key, path ? path : text);
    }
    return object;
}

static bool
read_row(GenerateControl *control, const struct Row *row, JsonNode *node, const char *base,
         GError **error)
{
    g_autofree char *text = setting_node_text(node);
    char *end = NULL;

    if (!text || !*text)
        return setting_refuse_member(row->key, error);
    if (row->kind == IS_NUMBER) {
        *MEMBER(control, row, double) = g_ascii_strtod(text, &end);
        return !*end || setting_refuse_member(row->key, error);
    }
    *MEMBER(control, row, char *) =
        row->kind == IS_PATH ? setting_path_from_json(text, base) : g_steal_pointer(&text);
    return true;
}

GenerateControl *
generate_control_from_json(JsonNode *node, const char *base, GError **error)
{
    g_autoptr(GenerateControl) control = generate_control_new();
    JsonObject *object = JSON_NODE_HOLDS_OBJECT(node) ? json_node_get_object(node) : NULL;

    for (guint i = 0; object && i < G_N_ELEMENTS(rows); i++) {
        JsonNode *member = json_object_get_member(object, rows[i].key);

        if (member && !JSON_NODE_HOLDS_NULL(member) &&
            !read_row(control, &rows[i], member, base, error))
            return NULL;
    }
    if (!control->map) {
        setting_refuse_member("map", error);
        return NULL;
    }
    return generate_control_check(control, error) ? g_steal_pointer(&control) : NULL;
}
