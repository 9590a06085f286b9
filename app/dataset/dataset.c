/* SPDX-License-Identifier: Apache-2.0 */
/* Making dataset folders and changing their captions. */
#include "app/dataset/dataset.h"

#include <errno.h>
#include <gio/gio.h>
#include <glib/gi18n-lib.h>
#include <json-glib/json-glib.h>
#include <string.h>

#include "app/dataset/dataset_private.h"
#include "app/trace/atomic.h"
#include "app/trace/image.h"

enum { MAX_WORDS = 60 }; /* bytes of the name of a subfolder, about */

void
dataset_item_free(DatasetItem *item)
{
    g_free(item->name);
    g_free(item->caption);
    g_free(item->source);
    g_clear_pointer(&item->more, json_object_unref);
    g_free(item);
}

Dataset *
dataset_new(const char *dir)
{
    Dataset *dataset = g_new0(Dataset, 1);

    dataset->dir = g_strdup(dir);
    dataset->form = (DatasetForm){DATASET_TORCHLIGHT, 1, PALETTE_TORCHLIGHT};
    dataset->items = g_ptr_array_new_with_free_func((GDestroyNotify)dataset_item_free);
    dataset->names = g_hash_table_new(g_str_hash, g_str_equal);
    return dataset;
}

void
dataset_free(Dataset *dataset)
{
    if (!dataset)
        return;
    g_hash_table_unref(dataset->names);
    g_ptr_array_unref(dataset->items);
    g_free(dataset->dir);
    g_free(dataset);
}

char *
dataset_path(const Dataset *dataset, const DatasetItem *item)
{
    return g_build_filename(dataset->dir, item->name, NULL);
}

char *
dataset_caption_path(const Dataset *dataset, const char *picture)
{
    g_autofree char *stem = g_strndup(picture, strlen(picture) - strlen(".png"));
    g_autofree char *name = g_strconcat(stem, ".txt", NULL);

    return g_build_filename(dataset->dir, name, NULL);
}

bool
dataset_style_by_name(const char *name, DatasetStyle *style, GError **error)
{
    static const char *const names[] = {"torchlight", "kohya"};

    for (int i = 0; i < (int)G_N_ELEMENTS(names); i++) {
        if (g_strcmp0(name, names[i]) == 0) {
            *style = (DatasetStyle)i;
            return true;
        }
    }
    g_set_error(error, G_OPTION_ERROR, G_OPTION_ERROR_BAD_VALUE,
                _("“%s” is no style of a dataset: choose torchlight or kohya."), name);
    return false;
}

/* Letters and digits of a caption, with _ between its words. */
static char *
words_of(const char *caption)
{
    GString *words = g_string_new(NULL);

    for (const char *at = caption; *at && words->len < MAX_WORDS; at = g_utf8_next_char(at)) {
        gunichar character = g_utf8_get_char(at);

        if (g_unichar_isalnum(character))
            g_string_append_unichar(words, character);
        else if (words->len > 0 && words->str[words->len - 1] != '_')
            g_string_append_c(words, '_');
    }
    while (words->len > 0 && words->str[words->len - 1] == '_')
        g_string_truncate(words, words->len - 1);
    if (words->len == 0)
        g_string_append(words, "trace");
    return g_string_free(words, FALSE);
}

/* Where pictures of a caption stand, with the slash: "" or "10_web/". */
static char *
folder_of(const Dataset *dataset, const char *caption)
{
    g_autofree char *words = words_of(caption);

    if (dataset->form.style == DATASET_TORCHLIGHT)
        return g_strdup("");
    return g_strdup_printf("%d_%s/", dataset->form.repeats, words);
}

/* number 0: the only picture of its trace. */
static char *
free_name(const Dataset *dataset, const char *caption, const char *stem, int number)
{
    g_autofree char *folder = folder_of(dataset, caption);
    g_autofree char *base = number ? g_strdup_printf("%s%s_%05d", folder, stem, number)
                                   : g_strconcat(folder, stem, NULL);
    char *name = g_strconcat(base, ".png", NULL);

    for (int more = 2; g_hash_table_contains(dataset->names, name); more++) {
        g_free(name);
        name = g_strdup_printf("%s-%d.png", base, more);
    }
    return name;
}

static bool
write_caption(const Dataset *dataset, const DatasetItem *item, GError **error)
{
    g_autofree char *path = dataset_caption_path(dataset, item->name);
    g_autofree char *line = g_strconcat(item->caption, "\n", NULL);

    return atomic_file_write(path, line, strlen(line), error);
}

static bool
add_window(Dataset *dataset, const Trace *window, DatasetItem *item, GError **error)
{
    g_autofree char *path = dataset_path(dataset, item);
    g_autofree char *folder = g_path_get_dirname(path);

    if (g_mkdir_with_parents(folder, 0777) != 0) {
        int code = errno;

        g_set_error(
            error, G_FILE_ERROR, g_file_error_from_errno(code),
            _("Cannot make the folder “%s”: %s; choose a place that exists and that you may "
              "write to."),
            folder, g_strerror(code));
        dataset_item_free(item);
        return false;
    }
    g_hash_table_insert(window->provenance, g_strdup("caption"), g_strdup(item->caption));
    g_hash_table_insert(window->provenance, g_strdup("first_packet"),
                        g_strdup_printf("%d", item->first_packet));
    g_ptr_array_add(dataset->items, item);
    g_hash_table_add(dataset->names, item->name);
    return trace_write_png(window, path, dataset->form.palette, error) &&
           write_caption(dataset, item, error);
}

bool
dataset_add_trace(Dataset *dataset, const Trace *trace, const char *stem, const char *caption,
                  int window, int min_packets, GError **error)
{
    const char *source = g_hash_table_lookup(trace->provenance, "source");
    const char *base = g_hash_table_lookup(trace->provenance, "first_packet");
    int before = base ? (int)CLAMP(g_ascii_strtoll(base, NULL, 10), 0, G_MAXINT / 2) : 0;
    bool several = trace->n_rows > window;
    int number = 0;

    g_return_val_if_fail(window > 0 && window <= IMAGE_ROWS, false);
    for (int first = 0; first < trace->n_rows; first += window) {
        int n = MIN(window, trace->n_rows - first);
        g_autoptr(Trace) part = NULL;
        DatasetItem *item;

        if (n < min_packets)
            continue;
        part = trace_slice(trace, first, n);
        item = g_new0(DatasetItem, 1);
        item->name = free_name(dataset, caption, stem, several ? ++number : 0);
        item->caption = g_strdup(caption);
        item->source = g_strdup(source);
        item->first_packet = before + first;
        item->n_packets = n;
        item->repeats = dataset->form.repeats;
        if (!add_window(dataset, part, item, error))
            return false;
    }
    return true;
}

bool
dataset_add_picture(Dataset *dataset, const Trace *trace, const char *stem, const char *caption,
                    int first_packet, JsonObject *more, GError **error)
{
    DatasetItem *item = g_new0(DatasetItem, 1);

    item->name = free_name(dataset, caption, stem, 0);
    item->caption = g_strdup(caption);
    item->source = g_strdup(g_hash_table_lookup(trace->provenance, "source"));
    item->first_packet = first_packet;
    item->n_packets = trace->n_rows;
    item->repeats = dataset->form.repeats;
    item->more = more;
    return add_window(dataset, trace, item, error);
}

static void
add_member(JsonBuilder *builder, const char *name, const char *value)
{
    json_builder_set_member_name(builder, name);
    json_builder_add_string_value(builder, value);
}

static void
add_more(JsonBuilder *builder, JsonObject *more)
{
    JsonObjectIter iter;
    const char *name;
    JsonNode *node;

    if (!more)
        return;
    json_object_iter_init_ordered(&iter, more);
    while (json_object_iter_next_ordered(&iter, &name, &node)) {
        json_builder_set_member_name(builder, name);
        json_builder_add_value(builder, json_node_copy(node));
    }
}

static char *
item_to_json(const DatasetItem *item)
{
    g_autoptr(JsonBuilder) builder = json_builder_new();
    g_autoptr(JsonNode) root = NULL;

    json_builder_begin_object(builder);
    add_member(builder, "file_name", item->name);
    add_member(builder, "text", item->caption);
    if (item->source) {
        g_autofree char *source = g_filename_display_name(item->source);

        add_member(builder, "source", source);
    }
    if (item->n_packets > 0) {
        json_builder_set_member_name(builder, "first_packet");
        json_builder_add_int_value(builder, item->first_packet);
        json_builder_set_member_name(builder, "packets");
        json_builder_add_int_value(builder, item->n_packets);
    }
    if (item->repeats > 1) {
        json_builder_set_member_name(builder, "repeats");
        json_builder_add_int_value(builder, item->repeats);
    }
    add_more(builder, item->more);
    json_builder_end_object(builder);
    root = json_builder_get_root(builder);
    return json_to_string(root, FALSE);
}

bool
dataset_write_metadata(const Dataset *dataset, GError **error)
{
    g_autofree char *path = g_build_filename(dataset->dir, DATASET_METADATA, NULL);
    g_autoptr(GString) text = g_string_new(NULL);

    for (guint i = 0; i < dataset->items->len; i++) {
        g_autofree char *line = item_to_json(dataset_item(dataset, i));

        g_string_append_printf(text, "%s\n", line);
    }
    return atomic_file_write(path, text->str, text->len, error);
}

/* One line, as the folder's files have it; NULL and an error when nothing is left. */
static char *
caption_line(const DatasetItem *item, const char *caption, GError **error)
{
    g_autofree char *line = g_strdup(caption);

    g_strstrip(g_strdelimit(line, "\r\n\t", ' '));
    if (*line && g_utf8_validate(line, -1, NULL))
        return g_steal_pointer(&line);
    g_set_error(error, G_IO_ERROR, G_IO_ERROR_INVALID_ARGUMENT,
                _("A caption of “%s” cannot be empty: write what the trace is."), item->name);
    return NULL;
}

/* Writes the item's file; *before is the caption it had. */
static bool
change_caption(Dataset *dataset, DatasetItem *item, const char *caption, char **before,
               GError **error)
{
    char *line = caption_line(item, caption, error);

    if (!line)
        return false;
    *before = item->caption;
    item->caption = line;
    if (write_caption(dataset, item, error))
        return true;
    item->caption = g_steal_pointer(before);
    g_free(line);
    return false;
}

static bool
update_metadata(const Dataset *dataset, GError **error)
{
    g_autofree char *metadata = g_build_filename(dataset->dir, DATASET_METADATA, NULL);

    return !g_file_test(metadata, G_FILE_TEST_EXISTS) || dataset_write_metadata(dataset, error);
}

bool
dataset_set_captions(Dataset *dataset, char *const *captions, GError **error)
{
    bool good = true;

    for (guint i = 0; good && i < dataset->items->len; i++) {
        g_autofree char *before = NULL;

        good = !captions[i] ||
               change_caption(dataset, dataset_item(dataset, i), captions[i], &before, error);
    }
    return update_metadata(dataset, good ? error : NULL) && good;
}

bool
dataset_set_caption(Dataset *dataset, guint i, const char *caption, GError **error)
{
    DatasetItem *item = dataset_item(dataset, i);
    g_autofree char *before = NULL;

    if (!change_caption(dataset, item, caption, &before, error))
        return false;
    if (update_metadata(dataset, error))
        return true;
    g_free(item->caption);
    item->caption = g_steal_pointer(&before);
    return false;
}
