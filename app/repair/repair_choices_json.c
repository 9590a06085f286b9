/* SPDX-License-Identifier: Apache-2.0 */
/* The choices as JSON, which may come from a stranger's file. */
#include "app/repair/repair_choices.h"

#include <glib/gi18n-lib.h>
#include <string.h>

#include "app/trace/codec.h"
#include "app/trace/excerpt.h"

enum { MOST_BYTES = 16 << 20 };

static void
add_text(JsonObject *object, const char *key, const char *value)
{
    if (value)
        json_object_set_string_member(object, key, value);
}

static void
add_true(JsonObject *object, const char *key, bool value)
{
    if (value)
        json_object_set_boolean_member(object, key, TRUE);
}

static void
add_lists(JsonObject *object, const RepairChoices *choices)
{
    g_autofree const char **without = repair_choices_without(choices);

    if (without) {
        JsonArray *ids = json_array_new();
        for (int i = 0; without[i]; i++)
            json_array_add_string_element(ids, without[i]);
        json_object_set_array_member(object, "rules_off", ids);
    }
    if (choices->as_drawn->len > 0) {
        JsonArray *rows = json_array_new();
        for (guint i = 0; i < choices->as_drawn->len; i++)
            json_array_add_int_element(rows, g_array_index(choices->as_drawn, int, i));
        json_object_set_array_member(object, "as_drawn", rows);
    }
}

JsonNode *
repair_choices_to_json(const RepairChoices *choices)
{
    JsonObject *object = json_object_new();
    JsonNode *node = json_node_new(JSON_NODE_OBJECT);

    add_lists(object, choices);
    add_true(object, "mid_stream", choices->mid_stream);
    add_text(object, "timing", choices->timing);
    add_text(object, "template", choices->template);
    if (choices->addresses != ADDRESSES_AUTO)
        add_text(object, "addresses", address_policy_name(choices->addresses));
    add_text(object, "map", choices->map);
    if (choices->macs != MACS_DERIVED)
        add_text(object, "macs", mac_policy_name(choices->macs));
    if (choices->payload != PAYLOAD_ZEROS)
        add_text(object, "payload", payload_policy_name(choices->payload));
    if (choices->link != CAPTURE_ETHERNET)
        add_text(object, "link", capture_link_name(choices->link));
    if (choices->snaplen > 0)
        json_object_set_int_member(object, "snaplen", choices->snaplen);
    add_true(object, "annotate", choices->annotate);
    if (choices->has_seed)
        json_object_set_int_member(object, "seed", (gint64)choices->seed);
    json_node_take_object(node, object);
    return node;
}

/* What is being read: for messages. */
typedef struct {
    const char *name, *key;
    GError **error;
} Member;

static bool
fail(const Member *member, const char *wanted)
{
    g_autofree char *key = excerpt(member->key);

    g_set_error(member->error, G_IO_ERROR, G_IO_ERROR_INVALID_DATA,
                _("The choices in “%s” cannot be used: “%s” has to be %s."), member->name, key,
                wanted);
    return false;
}

static bool
read_text(const Member *member, JsonNode *node, char **value)
{
    if (json_node_get_value_type(node) != G_TYPE_STRING)
        return fail(member, _("a text"));
    g_free(*value);
    *value = json_node_dup_string(node);
    return true;
}

static bool
read_bool(const Member *member, JsonNode *node, bool *value)
{
    if (json_node_get_value_type(node) != G_TYPE_BOOLEAN)
        return fail(member, _("true or false"));
    *value = json_node_get_boolean(node);
    return true;
}

static bool
read_int(const Member *member, JsonNode *node, gint64 low, gint64 high, gint64 *value)
{
    if (json_node_get_value_type(node) == G_TYPE_INT64) {
        *value = json_node_get_int(node);
        if (*value >= low && *value <= high)
            return true;
    }
    g_autofree char *from = g_strdup_printf("%" G_GINT64_FORMAT, low);
    g_autofree char *to = g_strdup_printf("%" G_GINT64_FORMAT, high);
    g_autofree char *wanted = g_strdup_printf(_("a whole number from %s to %s"), from, to);
    return fail(member, wanted);
}

static bool
read_rules(const Member *member, JsonNode *node, RepairChoices *choices)
{
    if (!JSON_NODE_HOLDS_ARRAY(node))
        return fail(member, _("a list of rules"));
    JsonArray *array = json_node_get_array(node);
    for (guint i = 0; i < json_array_get_length(array); i++) {
        JsonNode *element = json_array_get_element(array, i);
        int rule;

        if (json_node_get_value_type(element) != G_TYPE_STRING)
            return fail(member, _("a list of rules"));
        rule = repair_rule_find(json_node_get_string(element), member->error);
        if (rule < 0)
            return false;
        repair_choices_set_rule(choices, rule, false);
    }
    return true;
}

static int
compare_ints(gconstpointer a, gconstpointer b)
{
    int one = *(const int *)a, two = *(const int *)b;

    return one < two ? -1 : one > two;
}

static bool
read_rows(const Member *member, JsonNode *node, GArray *rows)
{
    if (!JSON_NODE_HOLDS_ARRAY(node))
        return fail(member, _("a list of rows"));
    JsonArray *array = json_node_get_array(node);
    guint n = 0;

    for (guint i = 0; i < json_array_get_length(array); i++) {
        gint64 value;
        int row;

        if (!read_int(member, json_array_get_element(array, i), 0, G_MAXINT - 1, &value))
            return false;
        row = (int)value;
        g_array_append_val(rows, row);
    }
    g_array_sort(rows, compare_ints);
    for (guint i = 0; i < rows->len; i++) {
        int row = g_array_index(rows, int, i);
        if (n == 0 || g_array_index(rows, int, n - 1) != row)
            g_array_index(rows, int, n++) = row;
    }
    g_array_set_size(rows, n);
    return true;
}

/* Members whose value is one of a few names. */
static bool
read_name(const Member *member, JsonNode *node, RepairChoices *choices)
{
    g_autofree char *name = NULL;

    if (!read_text(member, node, &name))
        return false;
    if (g_str_equal(member->key, "addresses"))
        return g_str_equal(name, "auto") ||
               address_policy_by_name(name, &choices->addresses, member->error);
    if (g_str_equal(member->key, "macs"))
        return mac_policy_by_name(name, &choices->macs, member->error);
    if (g_str_equal(member->key, "payload"))
        return payload_policy_by_name(name, &choices->payload, member->error);
    return capture_link_by_name(name, &choices->link, member->error);
}

static bool
read_number(const Member *member, JsonNode *node, RepairChoices *choices)
{
    gint64 value;

    if (g_str_equal(member->key, "seed")) {
        if (!read_int(member, node, G_MININT64, G_MAXINT64, &value))
            return false;
        choices->has_seed = true;
        choices->seed = (guint64)value;
        return true;
    }
    if (!read_int(member, node, 0, PACKET_MAX_CAPTURED, &value))
        return false;
    choices->snaplen = (guint32)value;
    return true;
}

static bool
read_member(const Member *member, JsonNode *node, RepairChoices *choices)
{
    const char *key = member->key;

    if (g_str_equal(key, "rules_off"))
        return read_rules(member, node, choices);
    if (g_str_equal(key, "as_drawn"))
        return read_rows(member, node, choices->as_drawn);
    if (g_str_equal(key, "mid_stream"))
        return read_bool(member, node, &choices->mid_stream);
    if (g_str_equal(key, "annotate"))
        return read_bool(member, node, &choices->annotate);
    if (g_str_equal(key, "timing"))
        return read_text(member, node, &choices->timing);
    if (g_str_equal(key, "template"))
        return read_text(member, node, &choices->template);
    if (g_str_equal(key, "map"))
        return read_text(member, node, &choices->map);
    if (g_str_equal(key, "seed") || g_str_equal(key, "snaplen"))
        return read_number(member, node, choices);
    if (g_str_equal(key, "addresses") || g_str_equal(key, "macs") || g_str_equal(key, "payload") ||
        g_str_equal(key, "link"))
        return read_name(member, node, choices);
    g_autofree char *shown = excerpt(key);
    g_set_error(member->error, G_IO_ERROR, G_IO_ERROR_INVALID_DATA,
                _("“%s” in the choices of “%s” is no choice of a repair: remove it, or look for a "
                  "slip of the pen."),
                shown, member->name);
    return false;
}

RepairChoices *
repair_choices_from_json(JsonNode *node, const char *name, GError **error)
{
    g_autoptr(RepairChoices) choices = repair_choices_new();
    Member member = {.name = name, .error = error};
    JsonObjectIter iter;
    JsonNode *value;

    if (!node || !JSON_NODE_HOLDS_OBJECT(node)) {
        g_set_error(error, G_IO_ERROR, G_IO_ERROR_INVALID_DATA,
                    _("“%s” holds no choices of a repair: give a JSON object, such as "
                      "{\"rules_off\": [\"tcp-window\"]}."),
                    name);
        return NULL;
    }
    json_object_iter_init(&iter, json_node_get_object(node));
    while (json_object_iter_next(&iter, &member.key, &value)) {
        if (!read_member(&member, value, choices))
            return NULL;
    }
    return g_steal_pointer(&choices);
}

RepairChoices *
repair_choices_read(const char *path, GError **error)
{
    g_autofree char *text = NULL, *name = g_filename_display_basename(path);
    g_autofree char *dir = g_path_get_dirname(path);
    g_autoptr(JsonParser) parser = json_parser_new();
    g_autoptr(GError) local = NULL;
    RepairChoices *choices;
    gsize n;

    if (!g_file_get_contents(path, &text, &n, &local) || n > MOST_BYTES ||
        !json_parser_load_from_data(parser, text, (gssize)n, &local)) {
        g_set_error(error, G_IO_ERROR, G_IO_ERROR_INVALID_DATA,
                    _("The choices in “%s” cannot be read: %s."), name,
                    local ? local->message : _("the file is too long"));
        return NULL;
    }
    choices = repair_choices_from_json(json_parser_get_root(parser), name, error);
    if (choices)
        repair_choices_resolve(choices, dir);
    return choices;
}
