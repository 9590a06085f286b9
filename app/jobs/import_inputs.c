/* SPDX-License-Identifier: Apache-2.0 */
/* Files and folders to files. */
#include "app/jobs/import_inputs.h"

#include <errno.h>
#include <glib/gi18n-lib.h>
#include <glib/gstdio.h>
#include <string.h>
#include <sys/stat.h>

#include "app/dataset/dataset.h"

enum { MAX_DEPTH = 8, MAX_INPUTS = 1000000 };

typedef struct {
    GPtrArray *inputs;
    GHashTable *seen; /* paths, borrowed from the inputs */
    ImportRefuse refuse;
    void *data;
} Listing;

void
import_input_free(ImportInput *input)
{
    g_free(input->path);
    g_free(input->caption);
    g_free(input->source);
    g_free(input);
}

/* Takes path. */
static void
add(Listing *listing, char *path, const char *caption, const char *source)
{
    ImportInput *input;
    GStatBuf info;

    if (g_hash_table_contains(listing->seen, path) || listing->inputs->len >= MAX_INPUTS) {
        g_free(path);
        return;
    }
    input = g_new0(ImportInput, 1);
    input->path = path;
    input->caption = g_strdup(caption);
    input->source = g_strdup(source);
    input->size = g_stat(path, &info) == 0 ? info.st_size : 0;
    g_ptr_array_add(listing->inputs, input);
    g_hash_table_add(listing->seen, path);
}

static bool
add_dataset(Listing *listing, const char *dir)
{
    g_autoptr(Dataset) dataset = dataset_open(dir, NULL);

    for (guint i = 0; dataset && i < dataset->items->len; i++) {
        const DatasetItem *item = dataset_item(dataset, i);

        add(listing, dataset_path(dataset, item), item->caption, item->source);
    }
    return dataset != NULL;
}

/* Of the files in a folder those that may hold a trace; a file that is named is tried whatever it
 * is called. */
static bool
may_hold_trace(const char *name)
{
    static const char *const suffixes[] = {".pcap", ".pcapng", ".cap", ".dmp",
                                           ".png",  ".csv",    ".npy", ".npz"};
    g_autofree char *lower = g_ascii_strdown(name, -1);

    if (*name == '.' || g_str_equal(lower, "captions.csv"))
        return false;
    for (size_t i = 0; i < G_N_ELEMENTS(suffixes); i++) {
        if (g_str_has_suffix(lower, suffixes[i]))
            return true;
    }
    return false;
}

static int
compare_names(const void *a, const void *b)
{
    return strcmp(*(char *const *)a, *(char *const *)b);
}

static GPtrArray *
names_of(const char *dir, GError **error)
{
    GDir *folder = g_dir_open(dir, 0, error);
    GPtrArray *names;
    const char *name;

    if (!folder)
        return NULL;
    names = g_ptr_array_new_with_free_func(g_free);
    while ((name = g_dir_read_name(folder)))
        g_ptr_array_add(names, g_strdup(name));
    g_dir_close(folder);
    g_ptr_array_sort(names, compare_names);
    return names;
}

static void
add_folder(Listing *listing, const char *dir, int depth)
{
    g_autoptr(GError) error = NULL;
    g_autoptr(GPtrArray) names = names_of(dir, &error);

    if (!names) {
        listing->refuse(dir, error->message, listing->data);
        return;
    }
    if (dataset_is_folder(dir))
        add_dataset(listing, dir); /* what it has beside its pictures comes after them */
    for (guint i = 0; i < names->len; i++) {
        g_autofree char *path = g_build_filename(dir, names->pdata[i], NULL);

        if (*(const char *)names->pdata[i] == '.')
            continue;
        if (g_file_test(path, G_FILE_TEST_IS_DIR)) {
            if (depth < MAX_DEPTH && !g_file_test(path, G_FILE_TEST_IS_SYMLINK))
                add_folder(listing, path, depth + 1);
        } else if (may_hold_trace(names->pdata[i])) {
            add(listing, g_steal_pointer(&path), NULL, NULL);
        }
    }
}

GPtrArray *
import_inputs_list(char *const *paths, ImportRefuse refuse, void *data)
{
    Listing listing = {g_ptr_array_new_with_free_func((GDestroyNotify)import_input_free),
                       g_hash_table_new(g_str_hash, g_str_equal), refuse, data};

    for (int i = 0; paths[i]; i++) {
        const guint n_before = listing.inputs->len;
        g_autofree char *path = g_canonicalize_filename(paths[i], NULL);
        g_autofree char *sentence = NULL;

        if (!g_file_test(path, G_FILE_TEST_EXISTS)) {
            sentence = g_strdup_printf(_("“%s” is not there: was it moved or renamed?"), path);
            refuse(path, sentence, data);
        } else if (!g_file_test(path, G_FILE_TEST_IS_DIR)) {
            add(&listing, g_steal_pointer(&path), NULL, NULL);
        } else {
            add_folder(&listing, path, 0);
            if (listing.inputs->len == n_before) {
                sentence = g_strdup_printf(
                    _("The folder “%s” holds no capture, picture or table: choose another."), path);
                refuse(path, sentence, data);
            }
        }
    }
    g_hash_table_unref(listing.seen);
    return listing.inputs;
}
