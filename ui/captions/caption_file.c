/* SPDX-License-Identifier: Apache-2.0 */
/* Captions of single files. */
#include "ui/captions/caption_file.h"

#include <gio/gio.h>
#include <glib/gi18n.h>
#include <string.h>

#include "app/dataset/captions.h"
#include "app/dataset/dataset.h"
#include "app/trace/atomic.h"

enum { MAX_CAPTION_BYTES = 1 << 16 };

static char *
text_path(const char *path)
{
    const char *slash = strrchr(path, G_DIR_SEPARATOR), *dot = strrchr(path, '.');
    g_autofree char *stem =
        dot && (!slash || dot > slash + 1) ? g_strndup(path, dot - path) : g_strdup(path);

    return g_strconcat(stem, ".txt", NULL);
}

static char *
one_line(const char *text)
{
    char *line = g_strdup(text);

    return g_strstrip(g_strdelimit(line, "\r\n\t", ' '));
}

/* NULL without error when the file is not there. */
static char *
read_text(const char *path, GError **error)
{
    g_autoptr(GFile) file = g_file_new_for_path(path);
    g_autoptr(GFileInputStream) stream = NULL;
    g_autofree char *text = g_malloc(MAX_CAPTION_BYTES + 1);
    gsize size = 0;

    if (!g_file_test(path, G_FILE_TEST_EXISTS))
        return NULL;
    stream = g_file_read(file, NULL, error);
    if (!stream || !g_input_stream_read_all(G_INPUT_STREAM(stream), text, MAX_CAPTION_BYTES + 1,
                                            &size, NULL, error))
        return NULL;
    if (size > MAX_CAPTION_BYTES || !g_utf8_validate(text, (gssize)size, NULL)) {
        g_set_error(error, G_IO_ERROR, G_IO_ERROR_INVALID_DATA,
                    _("“%s” is no caption: move it away, or write one line of UTF-8 into it."),
                    path);
        return NULL;
    }
    text[size] = '\0';
    return one_line(text);
}

/* Of the dataset folder that the file is a picture of; NULL when it is none. */
static Dataset *
open_dataset(const char *path, guint *index)
{
    g_autofree char *dir = g_path_get_dirname(path);
    g_autofree char *name = g_path_get_basename(path);
    g_autofree char *metadata = g_build_filename(dir, DATASET_METADATA, NULL);
    g_autoptr(Dataset) dataset = NULL;

    if (!g_file_test(metadata, G_FILE_TEST_IS_REGULAR))
        return NULL;
    dataset = dataset_open(dir, NULL);
    for (*index = 0; dataset && *index < dataset->items->len; (*index)++) {
        if (g_str_equal(dataset_item(dataset, *index)->name, name))
            return g_steal_pointer(&dataset);
    }
    return NULL;
}

static char *
read_table(const char *path)
{
    g_autofree char *dir = g_path_get_dirname(path);
    g_autofree char *table = g_build_filename(dir, "captions.csv", NULL);
    g_autoptr(Captions) captions =
        g_file_test(table, G_FILE_TEST_IS_REGULAR) ? captions_read(table, NULL) : NULL;

    return captions ? g_strdup(captions_find(captions, path, NULL)) : NULL;
}

char *
caption_file_read(const char *path, const Trace *trace, GError **error)
{
    g_autofree char *beside = text_path(path);
    g_autoptr(GError) local = NULL;
    g_autofree char *caption = read_text(beside, &local);
    guint index;

    if (local) {
        g_propagate_error(error, g_steal_pointer(&local));
        return NULL;
    }
    if (!caption || !*caption) {
        g_autoptr(Dataset) dataset = open_dataset(path, &index);
        g_free(caption);
        caption = dataset ? g_strdup(dataset_item(dataset, index)->caption) : read_table(path);
    }
    if (!caption && trace)
        caption = g_strdup(g_hash_table_lookup(trace->provenance, "caption"));
    if (caption && !g_utf8_validate(caption, -1, NULL))
        g_clear_pointer(&caption, g_free);
    return caption ? one_line(caption) : g_strdup("");
}

char *
caption_file_beside(const char *path)
{
    g_autofree char *beside = text_path(path);

    return read_text(beside, NULL);
}

bool
caption_file_write(const char *path, const char *caption, GError **error)
{
    g_autofree char *beside = text_path(path);
    g_autofree char *text = one_line(caption);
    g_autofree char *line = g_strconcat(text, "\n", NULL);
    g_autofree char *before = NULL;
    g_autoptr(GError) local = NULL;
    g_autoptr(Dataset) dataset = NULL;
    guint index;

    if (!g_utf8_validate(text, -1, NULL) || strlen(text) > MAX_CAPTION_BYTES - 1) {
        g_set_error(error, G_IO_ERROR, G_IO_ERROR_INVALID_ARGUMENT,
                    _("The caption of “%s” is too long: keep it under %d bytes."), path,
                    MAX_CAPTION_BYTES);
        return false;
    }
    before = read_text(beside, &local);
    if (local) {
        g_propagate_error(error, g_steal_pointer(&local));
        return false;
    }
    dataset = open_dataset(path, &index);
    return dataset ? dataset_set_caption(dataset, index, text, error)
                   : atomic_file_write(beside, line, strlen(line), error);
}
