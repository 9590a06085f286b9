/* SPDX-License-Identifier: Apache-2.0 */
/* Captures of two parts by size, and where that is the same, by their bytes. */
#include "app/jobs/synthesis_parts.h"

#include <glib/gi18n-lib.h>
#include <glib/gstdio.h>

#include "app/jobs/run_folder.h"

typedef struct {
    char *path, *sum; /* sum: NULL before it was asked for */
} OtherFile;

static void
other_file_free(void *data)
{
    OtherFile *other = data;

    g_free(other->path);
    g_free(other->sum);
    g_free(other);
}

/* Files of other parts by size: OtherFile under each. */
static GHashTable *
other_parts_by_size(const SplitTable *split, const char *folder)
{
    GHashTable *table = g_hash_table_new_full(g_int64_hash, g_int64_equal, g_free,
                                              (GDestroyNotify)g_ptr_array_unref);

    for (guint i = 0; i < split->rows->len; i++) {
        const SplitRow *row = split->rows->pdata[i];
        g_autofree char *path = g_build_filename(folder, row->file, NULL);
        GStatBuf info;
        GPtrArray *files;
        OtherFile *other;
        gint64 size;

        if (row->part == SPLIT_INTO_TRAIN || g_stat(path, &info) != 0)
            continue;
        size = info.st_size;
        files = g_hash_table_lookup(table, &size);
        if (!files) {
            files = g_ptr_array_new_with_free_func(other_file_free);
            g_hash_table_insert(table, g_memdup2(&size, sizeof size), files);
        }
        other = g_new0(OtherFile, 1);
        other->path = g_steal_pointer(&path);
        g_ptr_array_add(files, other);
    }
    return table;
}

static bool
check_capture(const char *path, GHashTable *others, GError **error)
{
    g_autofree char *sum = NULL;
    const GPtrArray *same_size;
    GStatBuf info;
    gint64 size;

    if (g_stat(path, &info) != 0)
        return true;
    size = info.st_size;
    same_size = g_hash_table_lookup(others, &size);
    if (!same_size || !(sum = file_sha256(path, NULL)))
        return true;
    for (guint i = 0; i < same_size->len; i++) {
        OtherFile *other = same_size->pdata[i];

        if (!other->sum)
            other->sum = file_sha256(other->path, NULL);
        if (g_strcmp0(sum, other->sum) == 0) {
            g_set_error(error, G_IO_ERROR, G_IO_ERROR_INVALID_DATA,
                        _("“%s” of the training part is the same capture as “%s” of another part, "
                          "so that a set made from it could not be tested: mend the split."),
                        path, other->path);
            return false;
        }
    }
    return true;
}

bool
synthesis_check_parts(const SplitTable *split, const char *folder, GError **error)
{
    g_autoptr(GHashTable) others = other_parts_by_size(split, folder);

    for (guint i = 0; i < split->rows->len; i++) {
        const SplitRow *row = split->rows->pdata[i];
        g_autofree char *path = g_build_filename(folder, row->file, NULL);

        if (row->part == SPLIT_INTO_TRAIN && !check_capture(path, others, error))
            return false;
    }
    return true;
}
