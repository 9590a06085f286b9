/* SPDX-License-Identifier: Apache-2.0 */
/* Reading a dataset folder. Its files may come from anybody: names, sizes and texts are checked. */
#include <gio/gio.h>
#include <glib/gi18n-lib.h>
#include <json-glib/json-glib.h>
#include <string.h>

#include "app/dataset/dataset_private.h"
#include "app/dataset/json_depth.h"
#include "app/trace/lines.h"

enum { MAX_CAPTION_BYTES = 1 << 16, MAX_ITEMS = 1000000 };

static bool
is_picture(const char *name)
{
    return *name != '.' && strlen(name) > 4 && g_str_has_suffix(name, ".png");
}

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

static bool
read_object(GHashTable *by_name, JsonObject *object, const LineReader *reader, GError **error)
{
    const char *name = member_string(object, "file_name");
    const char *text = member_string(object, "text");
    DatasetItem *item;

    if (!name || !text)
        return fail_line(reader, error, _("it lacks the text “file_name” or “text”"));
    if (strchr(name, '/') || !is_picture(name))
        return fail_line(reader, error, _("“file_name” is no PNG picture of this folder"));
    if (g_hash_table_contains(by_name, name))
        return fail_line(reader, error, _("the picture was named before"));
    item = g_new0(DatasetItem, 1);
    item->name = g_strdup(name);
    item->caption = g_strdup(text);
    item->source = g_strdup(member_string(object, "source"));
    item->first_packet = member_int(object, "first_packet");
    item->n_packets = member_int(object, "packets");
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
        !json_parser_load_from_data(parser, reader->line, -1, NULL))
        return fail_line(reader, error, _("it is no JSON"));
    root = json_parser_get_root(parser);
    if (!root || !JSON_NODE_HOLDS_OBJECT(root))
        return fail_line(reader, error, _("it is no JSON object"));
    return read_object(by_name, json_node_get_object(root), reader, error);
}

static bool
read_metadata(GHashTable *by_name, const char *path, GError **error)
{
    LineReader reader;
    bool good = true;
    int status;

    if (!g_file_test(path, G_FILE_TEST_EXISTS))
        return true;
    if (!line_reader_open(&reader, path, error))
        return false;
    while (good && (status = line_reader_next(&reader, error)) != 0) {
        g_strstrip(reader.line);
        good = status == 1 && (!*reader.line || read_line(by_name, &reader, error));
    }
    line_reader_close(&reader);
    return good;
}

/* The caption in the file beside a picture; NULL without error when there is no such file. */
static char *
read_caption(const Dataset *dataset, const char *name, GError **error)
{
    g_autofree char *path = dataset_caption_path(dataset, name);
    g_autoptr(GFile) file = g_file_new_for_path(path);
    g_autoptr(GFileInputStream) stream = NULL;
    g_autofree char *text = g_malloc(MAX_CAPTION_BYTES + 1);
    gsize size;

    if (!g_file_test(path, G_FILE_TEST_EXISTS))
        return NULL;
    stream = g_file_read(file, NULL, error);
    if (!stream || !g_input_stream_read_all(G_INPUT_STREAM(stream), text, MAX_CAPTION_BYTES + 1,
                                            &size, NULL, error))
        return NULL;
    if (size > MAX_CAPTION_BYTES || !g_utf8_validate(text, (gssize)size, NULL)) {
        g_set_error(error, G_IO_ERROR, G_IO_ERROR_INVALID_DATA,
                    _("“%s” is no caption: write one line of at most %d bytes of UTF-8."), path,
                    MAX_CAPTION_BYTES);
        return NULL;
    }
    text[size] = '\0';
    g_strstrip(g_strdelimit(text, "\r\n\t", ' '));
    return g_steal_pointer(&text);
}

/* Takes over the item that metadata.jsonl has for the picture, or makes one. */
static bool
add_picture(Dataset *dataset, GHashTable *by_name, const char *name, GError **error)
{
    g_autoptr(GError) local = NULL;
    g_autofree char *caption = read_caption(dataset, name, &local);
    DatasetItem *item = g_hash_table_lookup(by_name, name);

    if (local) {
        g_propagate_error(error, g_steal_pointer(&local));
        return false;
    }
    if (item) {
        g_hash_table_steal(by_name, name);
    } else {
        item = g_new0(DatasetItem, 1);
        item->name = g_strdup(name);
    }
    g_ptr_array_add(dataset->items, item);
    if (caption && *caption) {
        g_free(item->caption);
        item->caption = g_steal_pointer(&caption);
    }
    if (!item->caption || !*item->caption) {
        g_set_error(error, G_IO_ERROR, G_IO_ERROR_INVALID_DATA,
                    _("The picture “%s” in “%s” has no caption: write one into a .txt file of the "
                      "same name, or take the picture out."),
                    name, dataset->dir);
        return false;
    }
    return true;
}

static int
compare_names(const void *a, const void *b)
{
    return strcmp((*(DatasetItem *const *)a)->name, (*(DatasetItem *const *)b)->name);
}

/* metadata.jsonl can name no other. */
static bool
check_name(const Dataset *dataset, const char *name, GError **error)
{
    g_autofree char *printable = NULL;

    if (g_utf8_validate(name, -1, NULL))
        return true;
    printable = g_utf8_make_valid(name, -1);
    g_set_error(error, G_IO_ERROR, G_IO_ERROR_INVALID_FILENAME,
                _("The name of the picture “%s” in “%s” is not UTF-8: give it another."), printable,
                dataset->dir);
    return false;
}

static bool
read_folder(Dataset *dataset, GDir *folder, GError **error)
{
    g_autofree char *metadata = g_build_filename(dataset->dir, DATASET_METADATA, NULL);
    g_autoptr(GHashTable) by_name =
        g_hash_table_new_full(g_str_hash, g_str_equal, NULL, (GDestroyNotify)dataset_item_free);
    const char *name;
    GHashTableIter iter;

    if (!read_metadata(by_name, metadata, error))
        return false;
    while ((name = g_dir_read_name(folder))) {
        if (is_picture(name) &&
            (!check_name(dataset, name, error) || !add_picture(dataset, by_name, name, error)))
            return false;
    }
    g_hash_table_iter_init(&iter, by_name);
    if (g_hash_table_iter_next(&iter, (gpointer *)&name, NULL)) {
        g_set_error(error, G_IO_ERROR, G_IO_ERROR_NOT_FOUND,
                    _("“%s” names the picture “%s”, which is not there: take out its line or make "
                      "the dataset again."),
                    metadata, name);
        return false;
    }
    if (dataset->items->len == 0) {
        g_set_error(error, G_IO_ERROR, G_IO_ERROR_NOT_FOUND,
                    _("“%s” holds no PNG picture: make a dataset with “torchlight dataset”."),
                    dataset->dir);
        return false;
    }
    g_ptr_array_sort(dataset->items, compare_names);
    return true;
}

Dataset *
dataset_open(const char *dir, GError **error)
{
    g_autoptr(Dataset) dataset = dataset_new(dir);
    g_autoptr(GDir) folder = g_dir_open(dir, 0, NULL);

    if (!folder) {
        g_set_error(error, G_IO_ERROR, G_IO_ERROR_NOT_DIRECTORY,
                    _("“%s” is no folder that can be read: give a dataset folder, as “torchlight "
                      "dataset” makes it."),
                    dir);
        return NULL;
    }
    return read_folder(dataset, folder, error) ? g_steal_pointer(&dataset) : NULL;
}

bool
dataset_is_folder(const char *path)
{
    g_autoptr(GDir) folder = g_dir_open(path, 0, NULL);
    g_autofree char *metadata = g_build_filename(path, DATASET_METADATA, NULL);
    g_autoptr(Dataset) dataset = dataset_new(path);
    bool has_metadata = g_file_test(metadata, G_FILE_TEST_IS_REGULAR);
    const char *name;

    if (!folder)
        return false;
    while ((name = g_dir_read_name(folder))) {
        if (is_picture(name)) {
            g_autofree char *caption = dataset_caption_path(dataset, name);

            if (has_metadata || g_file_test(caption, G_FILE_TEST_IS_REGULAR))
                return true;
        }
    }
    return false;
}
