/* SPDX-License-Identifier: Apache-2.0 */
/* Reading a dataset folder of any style. Its files may come from anybody. */
#include <gio/gio.h>
#include <glib/gi18n-lib.h>
#include <string.h>

#include "app/dataset/dataset_private.h"

enum { MAX_CAPTION_BYTES = 1 << 16 };

bool
dataset_is_picture(const char *name)
{
    const char *slash = strrchr(name, '/');
    const char *last = slash ? slash + 1 : name;

    return *last != '.' && strlen(last) > 4 && g_str_has_suffix(last, ".png");
}

int
dataset_repeats_of(const char *folder, const char **words)
{
    size_t digits = strspn(folder, "0123456789");
    guint64 n = 0;

    if (digits == 0 || folder[digits] != '_' || folder[digits + 1] == '\0')
        return 0;
    n = g_ascii_strtoull(folder, NULL, 10);
    if (words)
        *words = folder + digits + 1;
    return (int)CLAMP(n, 1, DATASET_MAX_REPEATS);
}

/* The caption in a file; NULL without error when there is no such file. */
static char *
read_caption_file(const char *path, GError **error)
{
    g_autoptr(GFile) file = g_file_new_for_path(path);
    g_autoptr(GFileInputStream) stream = NULL;
    g_autofree char *text = g_malloc(MAX_CAPTION_BYTES + 1);
    gsize size;

    if (!g_file_test(path, G_FILE_TEST_EXISTS))
        return NULL;
    stream = g_file_read(file, NULL, NULL);
    if (!stream || !g_input_stream_read_all(G_INPUT_STREAM(stream), text, MAX_CAPTION_BYTES + 1,
                                            &size, NULL, NULL))
        size = MAX_CAPTION_BYTES + 1; /* a folder, or nothing that can be read */
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

char *
dataset_read_caption(const char *picture, GError **error)
{
    const int n = (int)(strlen(picture) - strlen(".png"));
    g_autofree char *path = g_strdup_printf("%.*s.txt", n, picture);
    g_autofree char *other = g_strdup_printf("%.*s.caption", n, picture);
    GError *local = NULL;
    char *caption = read_caption_file(path, &local);

    if (!caption && !local)
        caption = read_caption_file(other, &local);
    if (local)
        g_propagate_error(error, local);
    return caption;
}

typedef struct {
    Dataset *dataset;
    GHashTable *by_name; /* what metadata.jsonl names and was not found yet */
    GHashTable *only;    /* names to read and no others; NULL: all */
    const char *caption; /* given for every picture, or NULL */
} Reading;

static bool
is_wanted(const Reading *reading, const char *name)
{
    return !reading->only || g_hash_table_contains(reading->only, name);
}

static bool
caption_item(const Reading *reading, DatasetItem *item, const char *words, GError **error)
{
    g_autoptr(GError) local = NULL;
    g_autofree char *path = dataset_path(reading->dataset, item);
    g_autofree char *caption =
        reading->caption ? g_strdup(reading->caption) : dataset_read_caption(path, &local);

    if (local) {
        g_propagate_error(error, g_steal_pointer(&local));
        return false;
    }
    if (caption && *caption) {
        g_free(item->caption);
        item->caption = g_steal_pointer(&caption);
    }
    if ((!item->caption || !*item->caption) && words) {
        g_free(item->caption);
        item->caption = g_strdelimit(g_strdup(words), "_", ' ');
    }
    if (item->caption && *item->caption)
        return true;
    g_set_error(error, G_IO_ERROR, G_IO_ERROR_INVALID_DATA,
                _("The picture “%s” in “%s” has no caption: write one into a .txt file of the "
                  "same name, or take the picture out."),
                item->name, reading->dataset->dir);
    return false;
}

/* Takes over the item that metadata.jsonl has for the picture, or makes one. repeats 0: what the
 * item says; words: of its subfolder, or NULL. */
static bool
add_picture(const Reading *reading, const char *name, int repeats, const char *words,
            GError **error)
{
    DatasetItem *item = g_hash_table_lookup(reading->by_name, name);

    if (item) {
        g_hash_table_steal(reading->by_name, name);
    } else {
        item = g_new0(DatasetItem, 1);
        item->name = g_strdup(name);
        item->repeats = 1;
    }
    if (repeats)
        item->repeats = repeats;
    g_ptr_array_add(reading->dataset->items, item);
    g_hash_table_add(reading->dataset->names, item->name);
    return caption_item(reading, item, words, error);
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

/* The pictures of a folder: subfolder NULL, or kohya's. */
static bool
read_pictures(const Reading *reading, const char *subfolder, GError **error)
{
    const Dataset *dataset = reading->dataset;
    g_autofree char *path = g_build_filename(dataset->dir, subfolder, NULL);
    g_autoptr(GDir) folder = g_dir_open(path, 0, NULL);
    const char *words = NULL, *entry;
    int repeats = subfolder ? dataset_repeats_of(subfolder, &words) : 0;

    while (folder && (entry = g_dir_read_name(folder))) {
        g_autofree char *name =
            subfolder ? g_build_filename(subfolder, entry, NULL) : g_strdup(entry);

        if (dataset_is_picture(name) && is_wanted(reading, name) &&
            (!check_name(dataset, name, error) ||
             !add_picture(reading, name, repeats, words, error)))
            return false;
    }
    return true;
}

static bool
is_kohya_folder(const char *dir, const char *name)
{
    g_autofree char *path = g_build_filename(dir, name, NULL);

    return dataset_repeats_of(name, NULL) > 0 && g_file_test(path, G_FILE_TEST_IS_DIR);
}

/* The names of kohya's subfolders. */
static GPtrArray *
kohya_folders(const char *dir)
{
    GPtrArray *names = g_ptr_array_new_with_free_func(g_free);
    g_autoptr(GDir) folder = g_dir_open(dir, 0, NULL);
    const char *name;

    while (folder && (name = g_dir_read_name(folder))) {
        if (is_kohya_folder(dir, name))
            g_ptr_array_add(names, g_strdup(name));
    }
    return names;
}

/* What metadata.jsonl names elsewhere below the folder; what is not there is an error. */
static bool
read_named(const Reading *reading, GError **error)
{
    g_autoptr(GList) names = g_hash_table_get_keys(reading->by_name);

    for (GList *at = names; at; at = at->next) {
        const char *name = at->data;
        g_autofree char *path = g_build_filename(reading->dataset->dir, name, NULL);

        if (!is_wanted(reading, name))
            continue;
        if (g_file_test(path, G_FILE_TEST_IS_REGULAR)) {
            if (!add_picture(reading, name, 0, NULL, error))
                return false;
            continue;
        }
        g_set_error(error, G_IO_ERROR, G_IO_ERROR_NOT_FOUND,
                    _("“%s/%s” names the picture “%s”, which is not there: take out its line or "
                      "make the dataset again."),
                    reading->dataset->dir, DATASET_METADATA, name);
        return false;
    }
    return true;
}

static bool
read_folder(Dataset *dataset, GHashTable *only, const char *caption, GError **error)
{
    g_autofree char *metadata = g_build_filename(dataset->dir, DATASET_METADATA, NULL);
    g_autoptr(GHashTable) by_name = dataset_read_metadata(metadata, error);
    g_autoptr(GPtrArray) folders = kohya_folders(dataset->dir);
    Reading reading = {dataset, by_name, only, caption};

    if (!by_name || !read_pictures(&reading, NULL, error))
        return false;
    for (guint i = 0; i < folders->len; i++) {
        if (!read_pictures(&reading, folders->pdata[i], error))
            return false;
    }
    if (!read_named(&reading, error))
        return false;
    if (dataset->items->len == 0 && !only) {
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
    return dataset_open_with(dir, NULL, error);
}

static Dataset *
open_folder(const char *dir, GHashTable *only, const char *caption, GError **error)
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
    return read_folder(dataset, only, caption, error) ? g_steal_pointer(&dataset) : NULL;
}

Dataset *
dataset_open_with(const char *dir, const char *caption, GError **error)
{
    return open_folder(dir, NULL, caption, error);
}

Dataset *
dataset_open_only(const char *dir, char **names, GError **error)
{
    g_autoptr(GHashTable) only = g_hash_table_new(g_str_hash, g_str_equal);
    g_autoptr(Dataset) dataset = NULL;

    for (char **name = names; *name; name++)
        g_hash_table_add(only, *name);
    dataset = open_folder(dir, only, NULL, error);
    for (char **name = names; dataset && *name; name++) {
        if (g_hash_table_contains(dataset->names, *name))
            continue;
        g_set_error(error, G_IO_ERROR, G_IO_ERROR_NOT_FOUND,
                    _("“%s” holds no picture “%s”: choose among those that are there."), dir,
                    *name);
        return NULL;
    }
    return g_steal_pointer(&dataset);
}

/* Whether a folder holds a picture, with a caption where one is asked for. */
static bool
holds_picture(const char *dir, bool with_caption)
{
    g_autoptr(GDir) folder = g_dir_open(dir, 0, NULL);
    g_autoptr(Dataset) dataset = dataset_new(dir);
    const char *name;

    while (folder && (name = g_dir_read_name(folder))) {
        g_autofree char *caption =
            dataset_is_picture(name) ? dataset_caption_path(dataset, name) : NULL;

        if (caption && (!with_caption || g_file_test(caption, G_FILE_TEST_IS_REGULAR)))
            return true;
    }
    return false;
}

bool
dataset_is_folder(const char *path)
{
    g_autofree char *metadata = g_build_filename(path, DATASET_METADATA, NULL);
    g_autoptr(GPtrArray) folders = kohya_folders(path);

    if (holds_picture(path, !g_file_test(metadata, G_FILE_TEST_IS_REGULAR)))
        return true;
    for (guint i = 0; i < folders->len; i++) {
        g_autofree char *inner = g_build_filename(path, folders->pdata[i], NULL);

        if (holds_picture(inner, false))
            return true;
    }
    return false;
}
