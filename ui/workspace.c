/* SPDX-License-Identifier: Apache-2.0 */
/* The state that pages share, and what they tell each other through it. */
#include "ui/workspace_private.h"

#include <glib/gi18n.h>

enum { PROP_PROJECT = 1, PROP_TRACE, PROP_DOCUMENT, PROP_LOADING, PROP_PALETTE, N_PROPS };
enum {
    SIGNAL_TOAST,
    SIGNAL_GO,
    SIGNAL_ERROR,
    SIGNAL_SELECTION_CHANGED,
    SIGNAL_JOB_FINISHED,
    SIGNAL_USE_LORA,
    SIGNAL_USE_MAP,
    SIGNAL_OPEN_SAMPLE,
    N_SIGNALS
};

static GParamSpec *props[N_PROPS];
static guint signals[N_SIGNALS];

G_DEFINE_FINAL_TYPE(TorchlightWorkspace, torchlight_workspace, G_TYPE_OBJECT)

TorchlightProject *
torchlight_workspace_get_project(TorchlightWorkspace *workspace)
{
    return workspace->project;
}

GSettings *
torchlight_workspace_get_settings(TorchlightWorkspace *workspace)
{
    return workspace->settings;
}

Palette
torchlight_workspace_get_palette(TorchlightWorkspace *workspace)
{
    return settings_get_palette(workspace->settings);
}

TorchlightItem *
torchlight_workspace_get_trace(TorchlightWorkspace *workspace)
{
    return workspace->trace;
}

Document *
torchlight_workspace_get_document(TorchlightWorkspace *workspace)
{
    return workspace->document;
}

GtkSelectionModel *
torchlight_workspace_get_traces(TorchlightWorkspace *workspace)
{
    return GTK_SELECTION_MODEL(workspace->selection);
}

void
torchlight_workspace_set_filter(TorchlightWorkspace *workspace, GtkFilter *filter)
{
    gtk_filter_list_model_set_filter(workspace->filtered, filter);
}

void
torchlight_workspace_set_sorter(TorchlightWorkspace *workspace, GtkSorter *sorter)
{
    gtk_sort_list_model_set_sorter(workspace->sorted, sorter);
}

GPtrArray *
torchlight_workspace_dup_selected(TorchlightWorkspace *workspace)
{
    GPtrArray *items = g_ptr_array_new_with_free_func(g_object_unref);
    g_autoptr(GtkBitset) set =
        gtk_selection_model_get_selection(GTK_SELECTION_MODEL(workspace->selection));
    GtkBitsetIter at;
    guint position;

    for (bool more = gtk_bitset_iter_init_first(&at, set, &position); more;
         more = gtk_bitset_iter_next(&at, &position))
        g_ptr_array_add(items, g_list_model_get_item(G_LIST_MODEL(workspace->selection), position));
    return items;
}

void
torchlight_workspace_set_project(TorchlightWorkspace *workspace, TorchlightProject *project)
{
    if (workspace->project == project)
        return;
    torchlight_workspace_open_trace(workspace, NULL);
    g_set_object(&workspace->project, project);
    gtk_sort_list_model_set_model(
        workspace->sorted, project ? torchlight_project_get_items(project, ITEM_TRACE) : NULL);
    g_object_notify_by_pspec(G_OBJECT(workspace), props[PROP_PROJECT]);
}

static void
set_document(TorchlightWorkspace *workspace, Document *document)
{
    g_clear_pointer(&workspace->document, document_unref);
    workspace->document = document ? document_ref(document) : NULL;
    g_object_notify_by_pspec(G_OBJECT(workspace), props[PROP_DOCUMENT]);
}

typedef struct {
    char *path, *caption;
    Palette palette;
} Reading;

static void
reading_free(gpointer data)
{
    Reading *reading = data;

    g_free(reading->path);
    g_free(reading->caption);
    g_free(reading);
}

static void
read_in_thread(GTask *task, gpointer source, gpointer data, GCancellable *cancellable)
{
    const Reading *reading = data;
    GError *error = NULL;
    Document *document;

    if (g_task_return_error_if_cancelled(task))
        return;
    document = document_read(reading->path, reading->palette, &error);
    if (document)
        g_task_return_pointer(task, document, (GDestroyNotify)document_unref);
    else
        g_task_return_error(task, error);
}

void
torchlight_workspace_load(TorchlightWorkspace *workspace, TorchlightItem *item,
                          GCancellable *cancellable, GAsyncReadyCallback callback, gpointer data)
{
    g_autoptr(GTask) task = g_task_new(workspace, cancellable, callback, data);
    Reading *reading = g_new0(Reading, 1);

    reading->path = torchlight_item_dup_path(item);
    reading->palette = torchlight_workspace_get_palette(workspace);
    g_task_set_source_tag(task, torchlight_workspace_load);
    g_task_set_task_data(task, reading, reading_free);
    if (!reading->path)
        g_task_return_new_error(task, G_IO_ERROR, G_IO_ERROR_NOT_FOUND,
                                _("“%s” has no file: remove it from the project."),
                                torchlight_item_get_name(item));
    else
        g_task_run_in_thread(task, read_in_thread);
}

Document *
torchlight_workspace_load_finish(TorchlightWorkspace *workspace, GAsyncResult *result,
                                 GError **error)
{
    return g_task_propagate_pointer(G_TASK(result), error);
}

static void
set_loading(TorchlightWorkspace *workspace, GCancellable *loading)
{
    if (workspace->loading)
        g_cancellable_cancel(workspace->loading);
    g_set_object(&workspace->loading, loading);
    g_object_notify_by_pspec(G_OBJECT(workspace), props[PROP_LOADING]);
}

static void
on_loaded(GObject *source, GAsyncResult *result, gpointer data)
{
    TorchlightWorkspace *workspace = TORCHLIGHT_WORKSPACE(source);
    g_autoptr(GError) error = NULL;
    g_autoptr(Document) document = torchlight_workspace_load_finish(workspace, result, &error);
    g_autofree char *heading = NULL;

    if (g_task_get_cancellable(G_TASK(result)) != workspace->loading)
        return; /* something else was asked for meanwhile */
    set_loading(workspace, NULL);
    set_document(workspace, document);
    if (document) {
        if (document->warning)
            torchlight_workspace_tell_error(workspace, _("Not Everything Could Be Read"),
                                            document->warning);
        return;
    }
    heading =
        g_strdup_printf(_("“%s” Cannot Be Opened"), torchlight_item_get_name(workspace->trace));
    torchlight_workspace_tell_error(workspace, heading, error->message);
}

static void
load_document(TorchlightWorkspace *workspace)
{
    g_autoptr(GCancellable) cancellable = g_cancellable_new();

    set_loading(workspace, cancellable);
    torchlight_workspace_load(workspace, workspace->trace, cancellable, on_loaded, NULL);
}

void
torchlight_workspace_open_trace(TorchlightWorkspace *workspace, TorchlightItem *item)
{
    if (item == workspace->trace && (!item || workspace->document || workspace->loading))
        return;
    g_set_object(&workspace->trace, item);
    g_object_notify_by_pspec(G_OBJECT(workspace), props[PROP_TRACE]);
    if (item)
        load_document(workspace);
    else
        set_loading(workspace, NULL);
    if (!item && workspace->document)
        set_document(workspace, NULL);
}

static void
on_palette(TorchlightWorkspace *workspace)
{
    g_object_notify_by_pspec(G_OBJECT(workspace), props[PROP_PALETTE]);
    if (workspace->trace)
        load_document(workspace);
}

void
torchlight_workspace_toast(TorchlightWorkspace *workspace, const char *text)
{
    torchlight_workspace_toast_action(workspace, text, NULL, NULL, NULL);
}

void
torchlight_workspace_toast_action(TorchlightWorkspace *workspace, const char *text,
                                  const char *button, const char *action, GVariant *target)
{
    g_autofree char *valid = g_utf8_make_valid(text, -1);
    g_autofree char *escaped = g_markup_escape_text(valid, -1);
    AdwToast *toast = g_object_ref_sink(adw_toast_new(escaped));

    if (button) {
        adw_toast_set_button_label(toast, button);
        adw_toast_set_action_name(toast, action);
        if (target)
            adw_toast_set_action_target_value(toast, target);
    }
    g_signal_emit(workspace, signals[SIGNAL_TOAST], 0, toast);
    g_object_unref(toast);
}

void
torchlight_workspace_tell_error(TorchlightWorkspace *workspace, const char *heading,
                                const char *sentence)
{
    g_signal_emit(workspace, signals[SIGNAL_ERROR], 0, heading, sentence);
}

void
torchlight_workspace_go(TorchlightWorkspace *workspace, const char *page)
{
    g_signal_emit(workspace, signals[SIGNAL_GO], 0, page);
}

void
torchlight_workspace_use_lora(TorchlightWorkspace *workspace, TorchlightItem *lora)
{
    torchlight_workspace_go(workspace, "generate");
    g_signal_emit(workspace, signals[SIGNAL_USE_LORA], 0, lora);
}

void
torchlight_workspace_use_map(TorchlightWorkspace *workspace, TorchlightItem *map)
{
    torchlight_workspace_go(workspace, "generate");
    g_signal_emit(workspace, signals[SIGNAL_USE_MAP], 0, map);
}

void
torchlight_workspace_open_sample(TorchlightWorkspace *workspace)
{
    g_signal_emit(workspace, signals[SIGNAL_OPEN_SAMPLE], 0);
}

void
workspace_tell_job_finished(TorchlightWorkspace *workspace, TorchlightJob *job)
{
    g_signal_emit(workspace, signals[SIGNAL_JOB_FINISHED], 0, job);
}

static void
on_selection_changed(TorchlightWorkspace *workspace)
{
    g_signal_emit(workspace, signals[SIGNAL_SELECTION_CHANGED], 0);
}

static void
torchlight_workspace_get_property(GObject *object, guint id, GValue *value, GParamSpec *spec)
{
    TorchlightWorkspace *workspace = TORCHLIGHT_WORKSPACE(object);

    switch (id) {
    case PROP_PROJECT:
        g_value_set_object(value, workspace->project);
        break;
    case PROP_TRACE:
        g_value_set_object(value, workspace->trace);
        break;
    case PROP_DOCUMENT:
        g_value_set_pointer(value, workspace->document);
        break;
    case PROP_LOADING:
        g_value_set_boolean(value, workspace->loading != NULL);
        break;
    case PROP_PALETTE:
        g_value_set_int(value, torchlight_workspace_get_palette(workspace));
        break;
    default:
        G_OBJECT_WARN_INVALID_PROPERTY_ID(object, id, spec);
    }
}

static void
torchlight_workspace_dispose(GObject *object)
{
    TorchlightWorkspace *workspace = TORCHLIGHT_WORKSPACE(object);

    if (workspace->loading)
        g_cancellable_cancel(workspace->loading);
    workspace_clear_jobs(workspace);
    g_clear_object(&workspace->loading);
    g_clear_object(&workspace->selection);
    g_clear_object(&workspace->sorted);
    g_clear_object(&workspace->filtered);
    g_clear_object(&workspace->trace);
    g_clear_object(&workspace->project);
    g_clear_object(&workspace->settings);
    g_clear_pointer(&workspace->document, document_unref);
    G_OBJECT_CLASS(torchlight_workspace_parent_class)->dispose(object);
}

static guint
add_signal(const char *name, GType first, GType second)
{
    GType types[] = {first, second};
    guint n = first == G_TYPE_NONE ? 0 : second == G_TYPE_NONE ? 1 : 2;

    return g_signal_newv(name, TORCHLIGHT_TYPE_WORKSPACE, G_SIGNAL_RUN_LAST, NULL, NULL, NULL, NULL,
                         G_TYPE_NONE, n, types);
}

static void
torchlight_workspace_class_init(TorchlightWorkspaceClass *class)
{
    GObjectClass *object = G_OBJECT_CLASS(class);

    object->get_property = torchlight_workspace_get_property;
    object->dispose = torchlight_workspace_dispose;

    props[PROP_PROJECT] = g_param_spec_object("project", NULL, NULL, TORCHLIGHT_TYPE_PROJECT,
                                              G_PARAM_READABLE | G_PARAM_STATIC_STRINGS);
    props[PROP_TRACE] = g_param_spec_object("trace", NULL, NULL, TORCHLIGHT_TYPE_ITEM,
                                            G_PARAM_READABLE | G_PARAM_STATIC_STRINGS);
    props[PROP_DOCUMENT] =
        g_param_spec_pointer("document", NULL, NULL, G_PARAM_READABLE | G_PARAM_STATIC_STRINGS);
    props[PROP_LOADING] = g_param_spec_boolean("loading", NULL, NULL, FALSE,
                                               G_PARAM_READABLE | G_PARAM_STATIC_STRINGS);
    props[PROP_PALETTE] = g_param_spec_int("palette", NULL, NULL, 0, G_MAXINT, 0,
                                           G_PARAM_READABLE | G_PARAM_STATIC_STRINGS);
    g_object_class_install_properties(object, N_PROPS, props);

    signals[SIGNAL_TOAST] = add_signal("toast", ADW_TYPE_TOAST, G_TYPE_NONE);
    signals[SIGNAL_GO] = add_signal("go", G_TYPE_STRING, G_TYPE_NONE);
    signals[SIGNAL_ERROR] = add_signal("error", G_TYPE_STRING, G_TYPE_STRING);
    signals[SIGNAL_SELECTION_CHANGED] = add_signal("selection-changed", G_TYPE_NONE, G_TYPE_NONE);
    signals[SIGNAL_JOB_FINISHED] = add_signal("job-finished", TORCHLIGHT_TYPE_JOB, G_TYPE_NONE);
    signals[SIGNAL_USE_LORA] = add_signal("use-lora", TORCHLIGHT_TYPE_ITEM, G_TYPE_NONE);
    signals[SIGNAL_OPEN_SAMPLE] = add_signal("open-sample", G_TYPE_NONE, G_TYPE_NONE);
    signals[SIGNAL_USE_MAP] = add_signal("use-map", TORCHLIGHT_TYPE_ITEM, G_TYPE_NONE);
}

static void
torchlight_workspace_init(TorchlightWorkspace *workspace)
{
    workspace->settings = settings_new();
    workspace->jobs = g_list_store_new(TORCHLIGHT_TYPE_JOB);
    /* Sorted first, so that each letter that is typed filters only, at once: a filter that took its
     * time would empty the grid first. */
    workspace->sorted = gtk_sort_list_model_new(NULL, NULL);
    gtk_sort_list_model_set_incremental(workspace->sorted, TRUE);
    workspace->filtered =
        gtk_filter_list_model_new(g_object_ref(G_LIST_MODEL(workspace->sorted)), NULL);
    workspace->selection = gtk_multi_selection_new(g_object_ref(G_LIST_MODEL(workspace->filtered)));
    g_signal_connect_object(workspace->selection, "selection-changed",
                            G_CALLBACK(on_selection_changed), workspace, G_CONNECT_SWAPPED);
    g_signal_connect_object(workspace->settings, "changed::palette", G_CALLBACK(on_palette),
                            workspace, G_CONNECT_SWAPPED);
}

TorchlightWorkspace *
torchlight_workspace_new(void)
{
    return g_object_new(TORCHLIGHT_TYPE_WORKSPACE, NULL);
}
