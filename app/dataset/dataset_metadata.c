/* SPDX-License-Identifier: Apache-2.0 */
/* Reading metadata.jsonl. It may come from anybody: names, sizes and texts are checked. */
#include <gio/gio.h>
#include <glib/gi18n-lib.h>
#include <json-glib/json-glib.h>
#include <string.h>

#include "app/dataset/dataset_private.h"
#include "app/dataset/json_depth.h"
#include "app/trace/lines.h"

enum { MAX_ITEMS = 1000000, MAX_DEPTH = 8 };

static bool
fail_line(const LineReader *reader, GError **error, const char *what)
{
    g_set_error(error, G_IO_ERROR, G_IO_ERROR_INVALID_DATA,
                _("“%s”, line %d: %s; mend the line or make the dataset again."), reader->path,
                reader->number, what);
    return false;
}

static const char *
member_string(JsonObject *object, const char *name)
{
    JsonNode *node = json_object_get_member(object, name);

    return node && JSON_NODE_HOLDS_VALUE(node) && json_node_get_value_type(node) == G_TYPE_STRING
               ? json_node_get_string(node)
               : NULL;
}

static int
member_int(JsonObject *object, const char *name)
{
    JsonNode *node = json_object_get_member(object, name);
    gint64 value =
        node && JSON_NODE_HOLDS_VALUE(node) && json_node_get_value_type(node) == G_TYPE_INT64
            ? json_node_get_int(node)
            : 0;

    return (int)CLAMP(value, 0, G_MAXINT);
}

/* As the folders of others call it. */
static const char *
caption_member(JsonObject *object)
{
    static const char *const names[] = {"text", "caption", "prompt"};
    const char *text = NULL;

    for (size_t i = 0; i < G_N_ELEMENTS(names) && !text; i++)
        text = member_string(object, names[i]);
    return text;
}

/* "a.png", "train/a.png": no way out, nothing hidden. */
static bool
name_stays_inside(const char *name)
{
    g_auto(GStrv) parts = g_strsplit(name, "/", MAX_DEPTH + 1);

    for (int i = 0; parts[i]; i++) {
        if (*parts[i] == '\0' || *parts[i] == '.' || i == MAX_DEPTH)
            return false;
    }
    return true;
}

/* What else the line says, to be kept when captions change. */
static JsonObject *
read_more(JsonObject *object)
{
    static const char *const known[] = {"file_name",    "text",    "caption", "prompt", "source",
                                        "first_packet", "packets", "repeats", NULL};
    g_autoptr(JsonObject) more = json_object_new();
    JsonObjectIter iter;
    const char *name;
    JsonNode *node;

    json_object_iter_init_ordered(&iter, object);
    while (json_object_iter_next_ordered(&iter, &name, &node)) {
        if (!g_strv_contains(known, name))
            json_object_set_member(more, name, json_node_copy(node));
    }
    return json_object_get_size(more) > 0 ? g_steal_pointer(&more) : NULL;
}

static bool
read_object(GHashTable *by_name, JsonObject *object, const LineReader *reader, GError **error)
{
    const char *name = member_string(object, "file_name");
    const char *text = caption_member(object);
    DatasetItem *item;

    if (!name || !text)
        return fail_line(reader, error, _("it lacks the text “file_name” or “text”"));
    if (!name_stays_inside(name) || !dataset_is_picture(name))
        return fail_line(reader, error, _("“file_name” is no PNG picture of this folder"));
    if (g_hash_table_contains(by_name, name))
        return fail_line(reader, error, _("the picture was named before"));
    item = g_new0(DatasetItem, 1);
    item->name = g_strdup(name);
    item->caption = g_strdup(text);
    item->source = g_strdup(member_string(object, "source"));
    item->first_packet = member_int(object, "first_packet");
    item->n_packets = member_int(object, "packets");
    item->more = read_more(object);
    item->repeats = CLAMP(member_int(object, "repeats"), 1, DATASET_MAX_REPEATS);
    g_hash_table_insert(by_name, item->name, item);
    return true;
}

static bool
read_line(GHashTable *by_name, const LineReader *reader, GError **error)
{
    g_autoptr(JsonParser) parser = json_parser_new();
    JsonNode *root;

    if (g_hash_table_size(by_name) >= MAX_ITEMS)
        return fail_line(reader, error, _("there are too many pictures"));
    if (!g_utf8_validate(reader->line, -1, NULL) || !json_is_shallow(reader->line) ||
        !json_escapes_are_whole(reader->line) ||
        !json_parser_load_from_data(parser, reader->line, -1, NULL))
        return fail_line(reader, error, _("it is no JSON"));
    root = json_parser_get_root(parser);
    if (!root || !JSON_NODE_HOLDS_OBJECT(root))
        return fail_line(reader, error, _("it is no JSON object"));
    return read_object(by_name, json_node_get_object(root), reader, error);
}

GHashTable *
dataset_read_metadata(const char *path, GError **error)
{
    g_autoptr(GHashTable) by_name =
        g_hash_table_new_full(g_str_hash, g_str_equal, NULL, (GDestroyNotify)dataset_item_free);
    LineReader reader;
    bool good = true;
    int status;

    if (!g_file_test(path, G_FILE_TEST_EXISTS))
        return g_steal_pointer(&by_name);
    if (!line_reader_open(&reader, path, error))
        return NULL;
    while (good && (status = line_reader_next(&reader, error)) != 0) {
        g_strstrip(reader.line);
        good = status == 1 && (!*reader.line || read_line(by_name, &reader, error));
    }
    line_reader_close(&reader);
    return good ? g_steal_pointer(&by_name) : NULL;
}
