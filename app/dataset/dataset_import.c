/* SPDX-License-Identifier: Apache-2.0 */
/* The pictures of one folder drawn again in the form of another. */
#include <string.h>

#include "app/dataset/dataset_private.h"

/* The last part of a name without its ending. */
static char *
stem_of(const char *name)
{
    char *stem = g_path_get_basename(name);

    stem[strlen(stem) - strlen(".png")] = '\0';
    return stem;
}

static bool
add_item(Dataset *dataset, const Dataset *from, const DatasetItem *item,
         const DatasetImport *import, GError **error)
{
    g_autofree char *path = dataset_path(from, item);
    g_autofree char *stem = stem_of(item->name);
    g_autoptr(Trace) trace = trace_read_png(path, import->layout, import->palette, error);

    if (!trace)
        return false;
    if (item->source)
        g_hash_table_insert(trace->provenance, g_strdup("source"), g_strdup(item->source));
    else if (!g_hash_table_contains(trace->provenance, "source"))
        g_hash_table_insert(trace->provenance, g_strdup("source"), g_path_get_basename(item->name));
    if (item->first_packet > 0)
        g_hash_table_insert(trace->provenance, g_strdup("first_packet"),
                            g_strdup_printf("%d", item->first_packet));
    if (trace->n_rows > 0 && trace->n_rows <= IMAGE_ROWS)
        return dataset_add_picture(dataset, trace, stem, item->caption, item->first_packet,
                                   item->more ? json_object_ref(item->more) : NULL, error);
    return dataset_add_trace(dataset, trace, stem, item->caption, IMAGE_ROWS, 1, error);
}

bool
dataset_add_folder(Dataset *dataset, const char *dir, const DatasetImport *import, GError **error)
{
    g_autoptr(Dataset) from = dataset_open_with(dir, import->caption, error);

    for (guint i = 0; from && i < from->items->len; i++) {
        if (!add_item(dataset, from, dataset_item(from, i), import, error))
            return false;
    }
    return from != NULL;
}
