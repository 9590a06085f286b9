/* SPDX-License-Identifier: Apache-2.0 */
/* JSON to text. */
#include "app/project/json_write.h"

#include <math.h>
#include <stdbool.h>
#include <string.h>

void
json_write_string(GString *out, const char *text)
{
    g_autofree char *valid = g_utf8_validate(text, -1, NULL) ? NULL : g_utf8_make_valid(text, -1);

    g_string_append_c(out, '"');
    for (const char *at = valid ? valid : text; *at; at++) {
        const unsigned char c = (unsigned char)*at;

        if (c == '"' || c == '\\')
            g_string_append_printf(out, "\\%c", c);
        else if (c == '\n')
            g_string_append(out, "\\n");
        else if (c < 0x20 || c == 0x7f)
            g_string_append_printf(out, "\\u%04x", c);
        else
            g_string_append_c(out, (char)c);
    }
    g_string_append_c(out, '"');
}

static void
write_double(GString *out, double value)
{
    char text[G_ASCII_DTOSTR_BUF_SIZE];

    if (!isfinite(value)) {
        g_string_append(out, "null");
        return;
    }
    g_ascii_dtostr(text, sizeof text, value);
    g_string_append(out, text);
    if (!strpbrk(text, ".e"))
        g_string_append(out, ".0");
}

static void
write_value(GString *out, JsonNode *node)
{
    const GType type = json_node_get_value_type(node);

    if (type == G_TYPE_STRING)
        json_write_string(out, json_node_get_string(node));
    else if (type == G_TYPE_BOOLEAN)
        g_string_append(out, json_node_get_boolean(node) ? "true" : "false");
    else if (type == G_TYPE_INT64)
        g_string_append_printf(out, "%" G_GINT64_FORMAT, json_node_get_int(node));
    else
        write_double(out, json_node_get_double(node));
}

static void
write_array(GString *out, JsonArray *array)
{
    guint n = json_array_get_length(array);

    g_string_append_c(out, '[');
    for (guint i = 0; i < n; i++) {
        if (i)
            g_string_append(out, ", ");
        json_write_node(out, json_array_get_element(array, i));
    }
    g_string_append_c(out, ']');
}

void
json_write_object(GString *out, JsonObject *object)
{
    bool first = true;
    JsonObjectIter iter;
    const char *key;
    JsonNode *node;

    g_string_append_c(out, '{');
    json_object_iter_init_ordered(&iter, object);
    while (json_object_iter_next_ordered(&iter, &key, &node)) {
        if (!first)
            g_string_append(out, ", ");
        first = false;
        json_write_string(out, key);
        g_string_append(out, ": ");
        json_write_node(out, node);
    }
    g_string_append_c(out, '}');
}

void
json_write_node(GString *out, JsonNode *node)
{
    switch (json_node_get_node_type(node)) {
    case JSON_NODE_OBJECT:
        json_write_object(out, json_node_get_object(node));
        break;
    case JSON_NODE_ARRAY:
        write_array(out, json_node_get_array(node));
        break;
    case JSON_NODE_VALUE:
        write_value(out, node);
        break;
    case JSON_NODE_NULL:
        g_string_append(out, "null");
        break;
    }
}
