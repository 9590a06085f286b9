/* SPDX-License-Identifier: Apache-2.0 */
/* After a crash. A process can end between any two steps, so that a file may stand without its
 * record, or a record without its file. */
#include <glib/gstdio.h>
#include <string.h>

#include "app/project/project_private.h"
#include "app/project/trace_record.h"

/* "a.png.Xy12Zw": what AtomicFile writes to before it is renamed. */
static bool
is_half_written(const char *name)
{
    static const char *const suffixes[] = {".png", ".txt", ".json", ".safetensors"};
    const size_t n = strlen(name);

    if (n < 8 || name[n - 7] != '.')
        return false;
    for (size_t i = n - 6; i < n; i++) {
        if (!g_ascii_isalnum(name[i]))
            return false;
    }
    for (size_t i = 0; i < G_N_ELEMENTS(suffixes); i++) {
        const size_t length = strlen(suffixes[i]);

        if (n - 7 >= length && strncmp(name + n - 7 - length, suffixes[i], length) == 0)
            return true;
    }
    return false;
}

/* The names in a folder of the project; half-written files are removed. */
static GPtrArray *
list_folder(TorchlightProject *project, const char *folder)
{
    GPtrArray *names = g_ptr_array_new_with_free_func(g_free);
    g_autofree char *path = g_build_filename(project->dir, folder, NULL);
    g_autoptr(GDir) dir = g_dir_open(path, 0, NULL);
    const char *name;

    while (dir && (name = g_dir_read_name(dir))) {
        if (is_half_written(name)) {
            g_autofree char *stale = g_build_filename(path, name, NULL);

            g_unlink(stale);
        } else {
            g_ptr_array_add(names, g_strdup(name));
        }
    }
    return names;
}

/* Files of the records: those that are gone are looked for in the trash. */
static void
find_files(TorchlightProject *project)
{
    for (ItemKind kind = 0; kind < N_ITEM_KINDS; kind++) {
        GListModel *list = G_LIST_MODEL(project->lists[kind]);

        for (guint i = 0; i < g_list_model_get_n_items(list); i++) {
            g_autoptr(TorchlightItem) item = g_list_model_get_item(list, i);
            g_autofree char *path = torchlight_item_dup_path(item);

            if (!path || g_file_test(path, G_FILE_TEST_EXISTS))
                continue;
            if (project->writable)
                project_restore_files(project, &item, 1);
            else
                torchlight_item_set_missing(item, true);
        }
    }
}

static int
compare_names(const void *a, const void *b)
{
    return strcmp(*(char *const *)a, *(char *const *)b);
}

/* Pictures that came in and were not saved as records any more. */
static void
take_in_pictures(TorchlightProject *project)
{
    g_autoptr(GPtrArray) names = list_folder(project, PROJECT_PICTURES);
    g_autoptr(GPtrArray) records = g_ptr_array_new();

    g_ptr_array_sort(names, compare_names);
    for (guint i = 0; i < names->len; i++) {
        g_autofree char *file = g_build_filename(PROJECT_PICTURES, names->pdata[i], NULL);

        if (g_str_has_suffix(file, ".png") && project_file_is_inside(file) &&
            !g_hash_table_contains(project->by_file, file))
            g_ptr_array_add(records, trace_record_of_file(project->dir, file));
    }
    torchlight_project_add_many(project, ITEM_TRACE, records, NULL);
}

/* Captions are written before the records are: a crash may have come between, and then the record
 * counts. */
static void
check_captions(TorchlightProject *project)
{
    GListModel *list = G_LIST_MODEL(project->lists[ITEM_TRACE]);

    for (guint i = 0; i < g_list_model_get_n_items(list); i++) {
        g_autoptr(TorchlightItem) item = g_list_model_get_item(list, i);

        project_touch_caption(project, item);
    }
    project_touch(project);
}

void
project_recover(TorchlightProject *project)
{
    find_files(project);
    if (!project->writable)
        return;
    if (project->after_crash)
        check_captions(project);
    g_ptr_array_unref(list_folder(project, "."));
    g_ptr_array_unref(list_folder(project, "loras"));
    g_ptr_array_unref(list_folder(project, "maps"));
    take_in_pictures(project);
}
