/* SPDX-License-Identifier: Apache-2.0 */
/* The form, the job, and its results read back from what it wrote. */
#include "ui/evaluate/evaluation_view.h"

#include <glib/gi18n.h>

#include "ui/evaluate/evaluation_form.h"
#include "ui/evaluate/evaluation_results.h"
#include "ui/evaluate/figure_card.h"
#include "ui/evaluate/masonry.h"

enum { COLUMN = 380, GAP = 18 };

struct _TorchlightEvaluationView {
    GtkWidget parent_instance;

    /* template */
    GtkWidget *content, *form, *run, *progress_box, *progress, *cancel, *found, *open_report, *save,
        *results, *cards, *hint;

    /* owned */
    TorchlightWorkspace *workspace;
    TorchlightProject *project;
    TorchlightJob *job; /* under way, or NULL */
    char *job_folder;   /* where it writes */
    char *problem;      /* why what is there cannot be shown, or NULL */
    char *shown;        /* folder of what is shown, or NULL */
    GCancellable *reading;
    GtkFileChooserNative *chooser;
    guint refresh;      /* idle source, 0: none */
    GPtrArray *waiting; /* Figure that have no card yet, the last first */
    guint adding;       /* idle source, 0: none */
};

G_DEFINE_FINAL_TYPE(TorchlightEvaluationView, torchlight_evaluation_view, GTK_TYPE_WIDGET)

/* The project's evaluation; the caller frees, NULL where nothing can be written. */
static char *
folder_of(TorchlightEvaluationView *view)
{
    const char *dir = view->project ? torchlight_project_get_dir(view->project) : NULL;

    return dir ? g_build_filename(dir, "evaluation", NULL) : NULL;
}

/* --- results --- */

static void
clear_box(GtkWidget *box)
{
    GtkWidget *child;

    while ((child = gtk_widget_get_first_child(box)))
        gtk_box_remove(GTK_BOX(box), child);
}

/* What the run button will do, from what an earlier run left. */
static void
show_state(TorchlightEvaluationView *view)
{
    g_autofree char *folder = folder_of(view);
    g_autofree char *cache = folder ? g_build_filename(folder, "cache", NULL) : NULL;
    bool has_found = gtk_widget_get_first_child(view->results) != NULL;
    bool broken_off = !view->job && !has_found && cache && g_file_test(cache, G_FILE_TEST_IS_DIR);
    bool writable = view->project && torchlight_project_is_writable(view->project);

    gtk_button_set_label(GTK_BUTTON(view->run), broken_off ? _("_Resume") : _("_Evaluate"));
    gtk_widget_set_sensitive(view->run, !view->job && writable);
    gtk_widget_set_tooltip_text(view->run, !writable    ? _("The project cannot be written to")
                                           : broken_off ? _("Goes on where it was broken off")
                                                        : NULL);
    gtk_widget_set_visible(view->progress_box, view->job != NULL);
    gtk_widget_set_sensitive(view->form, !view->job);
    gtk_widget_set_visible(view->found, has_found);
    gtk_widget_set_visible(view->hint, !has_found && !view->job);
    gtk_label_set_label(GTK_LABEL(view->hint),
                        view->problem ? view->problem
                        : broken_off
                            ? _("An evaluation was broken off. It goes on from what it had found.")
                            : _("Nothing was evaluated yet. Choose real and synthetic traces."));
}

static void
clear_results(TorchlightEvaluationView *view)
{
    g_cancellable_cancel(view->reading);
    g_clear_object(&view->reading);
    g_clear_pointer(&view->shown, g_free);
    g_clear_pointer(&view->problem, g_free);
    g_ptr_array_set_size(view->waiting, 0);
    clear_box(view->results);
    clear_box(view->cards);
}

/* A card takes some milliseconds: one at a time. */
static gboolean
add_next(gpointer data)
{
    TorchlightEvaluationView *view = data;

    if (view->waiting->len > 0) {
        Figure *figure = g_ptr_array_steal_index(view->waiting, view->waiting->len - 1);

        gtk_box_append(GTK_BOX(view->cards), torchlight_figure_card_new(figure));
        figure_free(figure);
        return G_SOURCE_CONTINUE;
    }
    view->adding = 0;
    return G_SOURCE_REMOVE;
}

static void
show_summary(TorchlightEvaluationView *view, const EvaluationSummary *summary)
{
    const GPtrArray *figures = summary->figures->figures;

    evaluation_results_fill(GTK_BOX(view->results), summary);
    for (guint i = figures->len; i > 0; i--)
        g_ptr_array_add(view->waiting, figure_ref(figures->pdata[i - 1]));
    if (view->adding == 0)
        view->adding = g_idle_add(add_next, view);
    show_state(view);
}

static void
read_summary(GTask *task, gpointer source, gpointer folder, GCancellable *cancellable)
{
    g_autofree char *path = g_build_filename(folder, "evaluation.json", NULL);
    GError *error = NULL;
    EvaluationSummary *summary = evaluation_summary_read(path, &error);

    if (summary)
        g_task_return_pointer(task, summary, (GDestroyNotify)evaluation_summary_free);
    else
        g_task_return_error(task, error);
}

static void
on_read(GObject *source, GAsyncResult *result, gpointer data)
{
    TorchlightEvaluationView *view = TORCHLIGHT_EVALUATION_VIEW(source);
    g_autoptr(GError) error = NULL;
    g_autoptr(EvaluationSummary) summary = g_task_propagate_pointer(G_TASK(result), &error);

    if (g_error_matches(error, G_IO_ERROR, G_IO_ERROR_CANCELLED) || !view->workspace)
        return;
    if (summary) {
        show_summary(view, summary);
        return;
    }
    view->problem = g_strdup(error->message);
    show_state(view);
}

/* Shows what stands in a folder, if anything does. */
static void
start_reading(TorchlightEvaluationView *view, const char *folder)
{
    g_autofree char *path = g_build_filename(folder, "evaluation.json", NULL);
    g_autoptr(GTask) task = NULL;

    clear_results(view);
    show_state(view);
    if (!g_file_test(path, G_FILE_TEST_EXISTS))
        return;
    view->shown = g_strdup(folder);
    view->reading = g_cancellable_new();
    task = g_task_new(view, view->reading, on_read, NULL);
    g_task_set_task_data(task, g_strdup(folder), g_free);
    g_task_run_in_thread(task, read_summary);
}

static void
on_open_report(TorchlightEvaluationView *view)
{
    g_autofree char *path = view->shown ? g_build_filename(view->shown, "report.html", NULL) : NULL;
    g_autofree char *uri = path ? g_filename_to_uri(path, NULL, NULL) : NULL;
    g_autoptr(GError) error = NULL;

    if (uri && !g_app_info_launch_default_for_uri(uri, NULL, &error))
        torchlight_workspace_tell_error(view->workspace, _("The Report Cannot Be Opened"),
                                        error->message);
}

static void
on_save_chosen(GtkNativeDialog *dialog, int response, TorchlightEvaluationView *view)
{
    g_autofree char *path =
        view->shown ? g_build_filename(view->shown, "evaluation.json", NULL) : NULL;
    g_autoptr(GFile) from = path ? g_file_new_for_path(path) : NULL;
    g_autoptr(GFile) to = NULL;
    g_autoptr(GError) error = NULL;

    if (response != GTK_RESPONSE_ACCEPT || !from)
        return;
    to = gtk_file_chooser_get_file(GTK_FILE_CHOOSER(dialog));
    if (g_file_copy(from, to, G_FILE_COPY_OVERWRITE, NULL, NULL, NULL, &error))
        torchlight_workspace_toast(view->workspace, _("The numbers were saved"));
    else
        torchlight_workspace_tell_error(view->workspace, _("The Numbers Cannot Be Saved"),
                                        error->message);
}

static void
on_save(TorchlightEvaluationView *view)
{
    g_clear_object(&view->chooser);
    view->chooser = gtk_file_chooser_native_new(_("Save Numbers"),
                                                GTK_WINDOW(gtk_widget_get_root(GTK_WIDGET(view))),
                                                GTK_FILE_CHOOSER_ACTION_SAVE, _("_Save"), NULL);
    gtk_file_chooser_set_current_name(GTK_FILE_CHOOSER(view->chooser), "evaluation.json");
    gtk_native_dialog_set_modal(GTK_NATIVE_DIALOG(view->chooser), TRUE);
    g_signal_connect_object(view->chooser, "response", G_CALLBACK(on_save_chosen), view, 0);
    gtk_native_dialog_show(GTK_NATIVE_DIALOG(view->chooser));
}

/* --- running --- */

static void
on_progress(TorchlightEvaluationView *view)
{
    g_autofree char *message = torchlight_job_dup_message(view->job);

    gtk_progress_bar_set_fraction(GTK_PROGRESS_BAR(view->progress),
                                  torchlight_job_get_fraction(view->job));
    gtk_progress_bar_set_text(GTK_PROGRESS_BAR(view->progress), message ? message : "");
}

static void
end_job(TorchlightEvaluationView *view)
{
    if (view->job)
        g_signal_handlers_disconnect_by_data(view->job, view);
    g_clear_object(&view->job);
    g_clear_pointer(&view->job_folder, g_free);
}

static void
on_finished(TorchlightJob *job, TorchlightEvaluationView *view)
{
    g_autofree char *folder = g_strdup(view->job_folder);
    g_autofree char *own = folder_of(view);
    const GError *error = torchlight_job_get_error(job);

    if (torchlight_job_get_state(job) == JOB_FAILED && error)
        torchlight_workspace_tell_error(view->workspace, _("The Traces Cannot Be Evaluated"),
                                        error->message);
    if (torchlight_job_get_state(job) == JOB_DONE && g_strcmp0(folder, own) == 0) {
        end_job(view);
        start_reading(view, folder);
        return;
    }
    end_job(view);
    show_state(view);
}

/* What an earlier run found no longer stands for what is asked now. */
static void
remove_old(const char *folder)
{
    static const char *const names[] = {"evaluation.json", "report.html", "split.csv"};

    for (guint i = 0; i < G_N_ELEMENTS(names); i++) {
        g_autofree char *path = g_build_filename(folder, names[i], NULL);
        g_autoptr(GFile) file = g_file_new_for_path(path);

        g_file_delete(file, NULL, NULL);
    }
}

static void
on_run(TorchlightEvaluationView *view)
{
    g_autoptr(GError) error = NULL;
    EvaluateParams *params;

    if (view->job || !view->project)
        return;
    params = torchlight_evaluation_form_get_params(TORCHLIGHT_EVALUATION_FORM(view->form), &error);
    if (!params) {
        torchlight_workspace_tell_error(view->workspace, _("Something Is Missing"), error->message);
        return;
    }
    view->job_folder = folder_of(view);
    params->output = g_strdup(view->job_folder);
    remove_old(view->job_folder);
    clear_results(view);
    view->job = evaluate_job_new(params);
    g_signal_connect(view->job, "finished", G_CALLBACK(on_finished), view);
    g_signal_connect_object(view->job, "notify", G_CALLBACK(on_progress), view, G_CONNECT_SWAPPED);
    show_state(view);
    torchlight_workspace_start_job(view->workspace, view->job, "evaluate");
}

static void
on_cancel(TorchlightEvaluationView *view)
{
    if (view->job)
        torchlight_job_cancel(view->job);
}

/* --- the project --- */

static gboolean
refresh(gpointer data)
{
    TorchlightEvaluationView *view = data;

    view->refresh = 0;
    torchlight_evaluation_form_set_project(TORCHLIGHT_EVALUATION_FORM(view->form), view->project);
    return G_SOURCE_REMOVE;
}

/* Items come in bursts. */
static void
queue_refresh(TorchlightEvaluationView *view)
{
    if (view->refresh == 0)
        view->refresh = g_idle_add(refresh, view);
}

static void
on_project(TorchlightEvaluationView *view)
{
    TorchlightProject *project = torchlight_workspace_get_project(view->workspace);
    g_autofree char *folder = NULL;

    if (view->project == project)
        return;
    if (view->project)
        g_signal_handlers_disconnect_by_data(
            torchlight_project_get_items(view->project, ITEM_TRACE), view);
    g_set_object(&view->project, project);
    clear_results(view);
    queue_refresh(view);
    folder = folder_of(view);
    if (project)
        g_signal_connect_object(torchlight_project_get_items(project, ITEM_TRACE), "items-changed",
                                G_CALLBACK(queue_refresh), view, G_CONNECT_SWAPPED);
    if (folder)
        start_reading(view, folder);
    show_state(view);
}

void
torchlight_evaluation_view_set_workspace(TorchlightEvaluationView *view,
                                         TorchlightWorkspace *workspace)
{
    g_set_object(&view->workspace, workspace);
    g_signal_connect_object(workspace, "notify::project", G_CALLBACK(on_project), view,
                            G_CONNECT_SWAPPED);
    on_project(view);
}

/* --- the object --- */

static void
torchlight_evaluation_view_dispose(GObject *object)
{
    TorchlightEvaluationView *view = TORCHLIGHT_EVALUATION_VIEW(object);

    g_clear_handle_id(&view->refresh, g_source_remove);
    g_clear_handle_id(&view->adding, g_source_remove);
    g_clear_pointer(&view->waiting, g_ptr_array_unref);
    g_cancellable_cancel(view->reading);
    g_clear_object(&view->reading);
    if (view->job)
        torchlight_job_cancel(view->job);
    end_job(view);
    if (view->chooser)
        gtk_native_dialog_destroy(GTK_NATIVE_DIALOG(view->chooser));
    g_clear_object(&view->chooser);
    g_clear_pointer(&view->content, gtk_widget_unparent);
    g_clear_pointer(&view->shown, g_free);
    g_clear_pointer(&view->problem, g_free);
    g_clear_object(&view->project);
    g_clear_object(&view->workspace);
    G_OBJECT_CLASS(torchlight_evaluation_view_parent_class)->dispose(object);
}

#define BIND(name) gtk_widget_class_bind_template_child(widget, TorchlightEvaluationView, name)

static void
torchlight_evaluation_view_class_init(TorchlightEvaluationViewClass *class)
{
    GtkWidgetClass *widget = GTK_WIDGET_CLASS(class);

    g_type_ensure(TORCHLIGHT_TYPE_EVALUATION_FORM);
    G_OBJECT_CLASS(class)->dispose = torchlight_evaluation_view_dispose;
    gtk_widget_class_set_template_from_resource(
        widget, "/io/github/torchlight/Torchlight/ui/evaluation_view.ui");
    BIND(content);
    BIND(form);
    BIND(run);
    BIND(progress_box);
    BIND(progress);
    BIND(cancel);
    BIND(found);
    BIND(open_report);
    BIND(save);
    BIND(results);
    BIND(cards);
    BIND(hint);
    gtk_widget_class_set_layout_manager_type(widget, GTK_TYPE_BIN_LAYOUT);
}

static void
torchlight_evaluation_view_init(TorchlightEvaluationView *view)
{
    gtk_widget_init_template(GTK_WIDGET(view));
    view->waiting = g_ptr_array_new_with_free_func((GDestroyNotify)figure_free);
    gtk_widget_set_layout_manager(view->cards, torchlight_masonry_new(COLUMN, GAP));
    g_signal_connect_swapped(view->run, "clicked", G_CALLBACK(on_run), view);
    g_signal_connect_swapped(view->cancel, "clicked", G_CALLBACK(on_cancel), view);
    g_signal_connect_swapped(view->open_report, "clicked", G_CALLBACK(on_open_report), view);
    g_signal_connect_swapped(view->save, "clicked", G_CALLBACK(on_save), view);
}
