/* SPDX-License-Identifier: Apache-2.0 */
/* Captions of projects and datasets. */
#include "app/cli/captions_folder.h"

#include <glib/gi18n.h>

static void
add_row(CaptionsFolder *folder, char *file, const char *caption)
{
    CaptionRow row = {file, g_strdup(caption)};

    g_ptr_array_add(folder->texts, file);
    g_ptr_array_add(folder->texts, (char *)row.caption);
    g_array_append_val(folder->rows, row);
}

static TorchlightItem *
item_at(const CaptionsFolder *folder, guint i)
{
    g_autoptr(TorchlightItem) item =
        g_list_model_get_item(torchlight_project_get_items(folder->project, ITEM_TRACE), i);

    return item; /* the project keeps it */
}

static void
read_project(CaptionsFolder *folder)
{
    guint n = g_list_model_get_n_items(torchlight_project_get_items(folder->project, ITEM_TRACE));

    for (guint i = 0; i < n; i++) {
        TorchlightItem *item = item_at(folder, i);
        g_autofree char *path = torchlight_item_dup_path(item);

        add_row(folder, path ? g_path_get_basename(path) : g_strdup(torchlight_item_get_name(item)),
                torchlight_item_get_caption(item));
    }
}

CaptionsFolder *
captions_folder_open(const char *dir, GError **error)
{
    g_autoptr(CaptionsFolder) folder = g_new0(CaptionsFolder, 1);

    folder->rows = g_array_new(FALSE, FALSE, sizeof(CaptionRow));
    folder->texts = g_ptr_array_new_with_free_func(g_free);
    if (project_is_folder(dir)) {
        folder->project = torchlight_project_open(dir, error);
        if (!folder->project)
            return NULL;
        read_project(folder);
        return g_steal_pointer(&folder);
    }
    folder->dataset = dataset_open(dir, error);
    for (guint i = 0; folder->dataset && i < folder->dataset->items->len; i++) {
        const DatasetItem *item = dataset_item(folder->dataset, i);

        add_row(folder, g_strdup(item->name), item->caption);
    }
    return folder->dataset ? g_steal_pointer(&folder) : NULL;
}

bool
captions_folder_close(CaptionsFolder *folder, GError **error)
{
    g_autoptr(TorchlightProject) project = g_steal_pointer(&folder->project);

    return !project || torchlight_project_close(project, error);
}

void
captions_folder_free(CaptionsFolder *folder)
{
    if (!folder)
        return;
    captions_folder_close(folder, NULL);
    dataset_free(folder->dataset);
    g_array_unref(folder->rows);
    g_ptr_array_unref(folder->texts);
    g_free(folder);
}

const char *
captions_folder_source(const CaptionsFolder *folder, guint i)
{
    return folder->dataset ? dataset_item(folder->dataset, i)->source
                           : torchlight_item_get_string(item_at(folder, i), "source");
}

bool
captions_folder_change(CaptionsFolder *folder, char *const *after, GError **error)
{
    if (folder->dataset)
        return dataset_set_captions(folder->dataset, after, error);
    if (!torchlight_project_is_writable(folder->project)) {
        g_set_error_literal(error, G_IO_ERROR, G_IO_ERROR_READ_ONLY,
                            torchlight_project_get_problem(folder->project));
        return false;
    }
    torchlight_project_begin(folder->project, _("Change Captions"));
    for (guint i = 0; i < folder->rows->len; i++) {
        if (after[i])
            torchlight_project_set_string(folder->project, item_at(folder, i), "caption",
                                          *after[i] ? after[i] : NULL);
    }
    torchlight_project_end(folder->project);
    return true;
}
