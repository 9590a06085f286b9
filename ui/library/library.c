/* SPDX-License-Identifier: Apache-2.0 */
/* Listing folders of pictures and captures with their captions. */
#include "ui/library/library.h"

#include <gio/gio.h>
#include <glib/gi18n.h>
#include <string.h>

#include "app/dataset/captions.h"
#include "app/dataset/dataset.h"
#include "ui/captions/caption_file.h"

enum { MAX_ENTRIES = 100000 };

static void
entry_free(gpointer data)
{
    LibraryEntry *entry = data;

    g_free(entry->path);
    g_free(entry->caption);
    g_free(entry);
}

void
library_free(Library *library)
{
    if (!library)
        return;
    g_free(library->title);
    g_ptr_array_unref(library->entries);
    g_free(library);
}

static void
add(Library *library, const char *path, const char *caption)
{
    LibraryEntry *entry = g_new0(LibraryEntry, 1);

    entry->path = g_strdup(path);
    entry->caption = g_strdup(caption);
    g_ptr_array_add(library->entries, entry);
}

static bool
add_dataset(Library *library, const char *dir, GError **error)
{
    g_autoptr(Dataset) dataset = dataset_open(dir, error);

    for (guint i = 0; dataset && i < dataset->items->len; i++) {
        g_autofree char *path = dataset_path(dataset, dataset_item(dataset, i));
        add(library, path, dataset_item(dataset, i)->caption);
    }
    return dataset != NULL;
}

static bool
is_listed(const char *name)
{
    static const char *const endings[] = {".pcap", ".pcapng", ".cap", ".png"};
    g_autofree char *lower = g_ascii_strdown(name, -1);

    for (guint i = 0; *name != '.' && i < G_N_ELEMENTS(endings); i++) {
        if (g_str_has_suffix(lower, endings[i]))
            return true;
    }
    return false;
}

static int
compare_entries(gconstpointer a, gconstpointer b)
{
    return strcmp((*(const LibraryEntry *const *)a)->path, (*(const LibraryEntry *const *)b)->path);
}

/* Captions are in a .txt beside the capture, else in the folder's table. */
static bool
add_captures(Library *library, const char *dir, GError **error)
{
    g_autoptr(GDir) folder = g_dir_open(dir, 0, error);
    g_autofree char *table = g_build_filename(dir, "captions.csv", NULL);
    g_autoptr(Captions) captions = NULL;
    guint before = library->entries->len;
    const char *name;

    if (!folder)
        return false;
    if (g_file_test(table, G_FILE_TEST_IS_REGULAR))
        captions = captions_read(table, NULL);
    while ((name = g_dir_read_name(folder)) && library->entries->len < MAX_ENTRIES) {
        g_autofree char *path = g_build_filename(dir, name, NULL);
        g_autofree char *caption = NULL;
        if (!is_listed(name) || !g_file_test(path, G_FILE_TEST_IS_REGULAR))
            continue;
        caption = caption_file_beside(path);
        if (!caption && captions)
            caption = g_strdup(captions_find(captions, name, NULL));
        add(library, path, caption);
    }
    if (library->entries->len > before)
        return true;
    g_set_error(error, G_IO_ERROR, G_IO_ERROR_NOT_FOUND,
                _("“%s” holds no capture and no picture of one: choose a folder with .pcap, "
                  ".pcapng or .png files."),
                dir);
    return false;
}

Library *
library_read(const char *const *paths, GError **error)
{
    g_autoptr(Library) library = g_new0(Library, 1);

    library->entries = g_ptr_array_new_with_free_func(entry_free);
    for (int i = 0; paths[i]; i++) {
        bool done = true;
        if (!g_file_test(paths[i], G_FILE_TEST_IS_DIR))
            add(library, paths[i], NULL);
        else if (dataset_is_folder(paths[i]))
            done = add_dataset(library, paths[i], error);
        else
            done = add_captures(library, paths[i], error);
        if (!done)
            return NULL;
    }
    if (library->entries->len == 0) {
        g_set_error_literal(error, G_IO_ERROR, G_IO_ERROR_NOT_FOUND,
                            _("There is nothing to open: choose a capture or a folder."));
        return NULL;
    }
    g_ptr_array_sort(library->entries, compare_entries);
    library->title = paths[1] ? g_strdup(_("Files")) : g_filename_display_basename(paths[0]);
    return g_steal_pointer(&library);
}
