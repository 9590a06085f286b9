/* SPDX-License-Identifier: Apache-2.0 */
/* The repaired trace kept in the project: pictures written on a thread, then added as one edit. */
#include "ui/repair/repair_page_private.h"

#include <glib/gi18n.h>
#include <glib/gstdio.h>
#include <string.h>

#include "app/project/trace_record.h"

typedef struct {
    TorchlightJob *job; /* holds the trace */
    TorchlightProject *project;
    TorchlightItem *parent;
    Palette palette;
    GPtrArray *paths;   /* char*: of each picture */
    GPtrArray *records; /* JsonObject */
} Keeping;

static void
keeping_free(gpointer data)
{
    Keeping *keeping = data;

    g_object_unref(keeping->job);
    g_object_unref(keeping->project);
    g_object_unref(keeping->parent);
    g_ptr_array_unref(keeping->paths);
    g_ptr_array_unref(keeping->records);
    g_free(keeping);
}

static void
keep_in_thread(GTask *task, gpointer source, gpointer data, GCancellable *cancellable)
{
    Keeping *keeping = data;
    const Trace *trace = review_job_get_result(keeping->job)->repair.trace;
    GError *error = NULL;

    for (guint i = 0; i < keeping->paths->len; i++) {
        int first = (int)i * IMAGE_ROWS;
        g_autoptr(Trace) part = trace_slice(trace, first, MIN(IMAGE_ROWS, trace->n_rows - first));
        JsonObject *record;

        if (!trace_write_png(part, keeping->paths->pdata[i], keeping->palette, &error)) {
            for (guint k = 0; k < i; k++)
                g_unlink(keeping->paths->pdata[k]);
            g_task_return_error(task, error);
            return;
        }
        record = json_object_new();
        trace_record_describe(record, part);
        g_ptr_array_add(keeping->records, record);
    }
    g_task_return_boolean(task, TRUE);
}

static void
add_record(Keeping *keeping, guint i)
{
    JsonObject *record = json_object_ref(keeping->records->pdata[i]);
    g_autofree char *file = torchlight_project_relative(keeping->project, keeping->paths->pdata[i]);
    g_autofree char *name =
        keeping->paths->len == 1
            ? g_strdup_printf(_("%s, repaired"), torchlight_item_get_name(keeping->parent))
            : g_strdup_printf(_("%s, repaired, part %u"), torchlight_item_get_name(keeping->parent),
                              i + 1);

    json_object_set_string_member(record, "name", name);
    json_object_set_string_member(record, "file", file);
    json_object_set_string_member(record, "origin", "repaired");
    json_object_set_string_member(record, "parent", torchlight_item_get_id(keeping->parent));
    json_object_set_string_member(record, "caption", torchlight_item_get_caption(keeping->parent));
    torchlight_project_add(keeping->project, ITEM_TRACE, record);
}

static void
on_kept(GObject *source, GAsyncResult *result, gpointer data)
{
    TorchlightRepairPage *page = TORCHLIGHT_REPAIR_PAGE(source);
    Keeping *keeping = g_task_get_task_data(G_TASK(result));
    g_autoptr(GError) error = NULL;
    bool done = g_task_propagate_boolean(G_TASK(result), &error);

    if (!page->stack)
        return;
    if (!done) {
        torchlight_workspace_tell_error(page->workspace, _("The Trace Could Not Be Kept"),
                                        error->message);
        return;
    }
    if (torchlight_workspace_get_project(page->workspace) != keeping->project)
        return;
    torchlight_project_begin(keeping->project, _("Keep Repaired Trace"));
    for (guint i = 0; i < keeping->paths->len; i++)
        add_record(keeping, i);
    torchlight_project_end(keeping->project);
    torchlight_workspace_toast_action(page->workspace, _("Repaired trace kept in the project"),
                                      _("_Undo"), "win.undo", NULL);
}

void
repair_page_keep(TorchlightRepairPage *page)
{
    const ReviewResult *result = torchlight_review_get_result(page->review);
    TorchlightProject *project = torchlight_workspace_get_project(page->workspace);
    g_autofree char *path = page->item ? torchlight_item_dup_path(page->item) : NULL;
    g_autofree char *base = path ? g_path_get_basename(path) : NULL;
    g_autoptr(GTask) task = NULL;
    Keeping *keeping;

    if (!result || !project || !base || !torchlight_project_is_writable(project))
        return;
    if (g_str_has_suffix(base, ".png"))
        base[strlen(base) - strlen(".png")] = '\0';
    keeping = g_new0(Keeping, 1);
    *keeping = (Keeping){
        .job = g_object_ref(torchlight_review_get_job(page->review)),
        .project = g_object_ref(project),
        .parent = g_object_ref(page->item),
        .palette = torchlight_workspace_get_palette(page->workspace),
        .paths = g_ptr_array_new_with_free_func(g_free),
        .records = g_ptr_array_new_with_free_func((GDestroyNotify)json_object_unref),
    };
    for (int i = 0; i * IMAGE_ROWS < result->repair.trace->n_rows; i++) {
        g_autofree char *stem = i ? g_strdup_printf("%s-repaired-%d", base, i + 1)
                                  : g_strdup_printf("%s-repaired", base);
        g_ptr_array_add(keeping->paths,
                        torchlight_project_new_path(project, "pictures", stem, ".png"));
    }
    task = g_task_new(page, NULL, on_kept, NULL);
    g_task_set_source_tag(task, repair_page_keep);
    g_task_set_task_data(task, keeping, keeping_free);
    g_task_run_in_thread(task, keep_in_thread);
}
