/* SPDX-License-Identifier: Apache-2.0 */
/* The page “Evaluate”: what to compare with what, and the figures of it as cards. */
#include "ui/evaluate/evaluate_page.h"

#include <glib/gi18n.h>

#include "ui/evaluate/evaluate_choice.h"
#include "ui/evaluate/evaluation_view.h"
#include "ui/evaluate/figure_card.h"
#include "ui/evaluate/masonry.h"

enum { COLUMN = 380, GAP = 18 };

struct _TorchlightEvaluatePage {
    GtkWidget parent_instance;

    /* template */
    GtkWidget *whole, *evaluation, *content, *controls, *axis, *real, *generated, *compute,
        *go_generate;
    GtkWidget *progress_box, *progress, *cancel, *heading, *title, *facts, *results, *hint, *cards;

    /* owned */
    TorchlightWorkspace *workspace;
    TorchlightProject *project;
    GPtrArray *axes, *reals, *generateds; /* EvaluateChoice */
    TorchlightJob *job;                   /* under way, or NULL */
    char *output;                         /* of the job: where its figures go */
    TorchlightProject *job_project;       /* that it works for */
    GCancellable *reading;
    GtkFileChooserNative *chooser;
    guint refresh;      /* idle source, 0: none */
    GPtrArray *waiting; /* Figure that have no card yet, the last first */
    guint adding;       /* idle source, 0: none */
};

G_DEFINE_FINAL_TYPE(TorchlightEvaluatePage, torchlight_evaluate_page, GTK_TYPE_WIDGET)

/* --- the figures --- */

static void
clear_cards(TorchlightEvaluatePage *page)
{
    GtkWidget *child;

    while ((child = gtk_widget_get_first_child(page->cards)))
        gtk_box_remove(GTK_BOX(page->cards), child);
    g_ptr_array_set_size(page->waiting, 0);
}

static void
add_card(TorchlightEvaluatePage *page)
{
    Figure *figure = g_ptr_array_steal_index(page->waiting, page->waiting->len - 1);

    gtk_box_append(GTK_BOX(page->cards), torchlight_figure_card_new(figure));
    figure_free(figure);
}

/* A card takes some milliseconds: one at a time. */
static gboolean
add_next(gpointer data)
{
    TorchlightEvaluatePage *page = data;

    if (page->waiting->len > 0)
        add_card(page);
    if (page->waiting->len > 0)
        return G_SOURCE_CONTINUE;
    page->adding = 0;
    return G_SOURCE_REMOVE;
}

static void
show_content(TorchlightEvaluatePage *page)
{
    bool has_cards = gtk_widget_get_first_child(page->cards) != NULL;
    bool has_sets = page->reals && page->reals->len > 0 && page->generateds->len > 0;

    gtk_widget_set_visible(page->controls, has_sets);
    gtk_widget_set_visible(page->heading, has_cards);
    gtk_widget_set_visible(page->hint, !has_cards && !page->job);
    gtk_stack_set_visible_child_name(GTK_STACK(page->content),
                                     has_cards || has_sets ? "figures" : "empty");
}

static void
show_figures(TorchlightEvaluatePage *page, const Figures *figures)
{
    g_autofree char *facts = evaluate_say_counts(figures);

    clear_cards(page);
    for (guint i = figures->figures->len; i > 0; i--)
        g_ptr_array_add(page->waiting, figure_ref(figures->figures->pdata[i - 1]));
    if (page->waiting->len > 0)
        add_card(page);
    if (page->waiting->len > 0 && page->adding == 0)
        page->adding = g_idle_add(add_next, page);
    gtk_label_set_label(GTK_LABEL(page->title), figures->title);
    gtk_label_set_label(GTK_LABEL(page->facts), facts ? facts : "");
    gtk_widget_set_visible(page->facts, facts != NULL);
    show_content(page);
}

/* --- reading files --- */

static void
read_figures(GTask *task, gpointer source, gpointer path, GCancellable *cancellable)
{
    GError *error = NULL;
    Figures *figures = figures_read(path, &error);

    if (figures)
        g_task_return_pointer(task, figures, (GDestroyNotify)figures_free);
    else
        g_task_return_error(task, error);
}

static void
on_read(GObject *source, GAsyncResult *result, gpointer data)
{
    TorchlightEvaluatePage *page = TORCHLIGHT_EVALUATE_PAGE(source);
    g_autoptr(GError) error = NULL;
    g_autoptr(Figures) figures = g_task_propagate_pointer(G_TASK(result), &error);

    if (figures)
        show_figures(page, figures);
    else if (!g_error_matches(error, G_IO_ERROR, G_IO_ERROR_CANCELLED) && page->workspace)
        torchlight_workspace_tell_error(page->workspace, _("The Figures Cannot Be Read"),
                                        error->message);
}

static void
start_reading(TorchlightEvaluatePage *page, const char *path)
{
    g_autoptr(GTask) task = NULL;

    g_cancellable_cancel(page->reading);
    g_clear_object(&page->reading);
    page->reading = g_cancellable_new();
    task = g_task_new(page, page->reading, on_read, NULL);
    g_task_set_task_data(task, g_strdup(path), g_free);
    g_task_run_in_thread(task, read_figures);
}

static void
on_result_chosen(TorchlightEvaluatePage *page)
{
    g_autoptr(TorchlightItem) item = NULL;
    g_autofree char *path = NULL;
    GObject *selected = gtk_drop_down_get_selected_item(GTK_DROP_DOWN(page->results));

    if (!selected || !page->project)
        return;
    item = g_object_ref(TORCHLIGHT_ITEM(selected));
    path = torchlight_item_dup_path(item);
    if (path)
        start_reading(page, path);
}

static void
on_chosen(GtkNativeDialog *dialog, int response, TorchlightEvaluatePage *page)
{
    g_autoptr(GFile) file = NULL;
    g_autofree char *path = NULL;

    if (response != GTK_RESPONSE_ACCEPT)
        return;
    file = gtk_file_chooser_get_file(GTK_FILE_CHOOSER(dialog));
    path = g_file_get_path(file);
    if (path)
        start_reading(page, path);
    else
        torchlight_workspace_toast(page->workspace,
                                   _("Only figures on this computer can be opened"));
}

static void
open_figures(GtkWidget *widget, const char *name, GVariant *parameter)
{
    TorchlightEvaluatePage *page = TORCHLIGHT_EVALUATE_PAGE(widget);
    GtkFileFilter *filter = gtk_file_filter_new();

    if (page->chooser)
        gtk_native_dialog_destroy(GTK_NATIVE_DIALOG(page->chooser));
    g_clear_object(&page->chooser);
    page->chooser =
        gtk_file_chooser_native_new(_("Open Figures"), GTK_WINDOW(gtk_widget_get_root(widget)),
                                    GTK_FILE_CHOOSER_ACTION_OPEN, _("_Open"), NULL);
    gtk_file_filter_set_name(filter, _("Figures (JSON)"));
    gtk_file_filter_add_pattern(filter, "*.json");
    gtk_file_chooser_add_filter(GTK_FILE_CHOOSER(page->chooser), filter);
    g_object_unref(filter);
    gtk_native_dialog_set_modal(GTK_NATIVE_DIALOG(page->chooser), TRUE);
    g_signal_connect(page->chooser, "response", G_CALLBACK(on_chosen), page);
    gtk_native_dialog_show(GTK_NATIVE_DIALOG(page->chooser));
}

/* --- computing --- */

static void
end_job(TorchlightEvaluatePage *page)
{
    if (page->job)
        g_signal_handlers_disconnect_by_data(page->job, page);
    g_clear_object(&page->job);
    g_clear_object(&page->job_project);
    g_clear_pointer(&page->output, g_free);
    gtk_widget_set_visible(page->progress_box, FALSE);
    gtk_widget_set_sensitive(page->compute, TRUE);
}

/* The figures become an item of the project; choosing it shows them. */
static void
keep_figures(TorchlightEvaluatePage *page, const Figures *figures)
{
    g_autofree char *file = torchlight_project_relative(page->job_project, page->output);
    JsonObject *record = json_object_new();
    g_autoptr(GDateTime) now = g_date_time_new_now_local();
    g_autofree char *when = g_date_time_format(now, "%x %H:%M");
    g_autofree char *name = g_strdup_printf("%s, %s", figures->title, when);

    json_object_set_string_member(record, "name", name);
    json_object_set_string_member(record, "file", file);
    json_object_set_int_member(record, "added", g_date_time_to_unix(now));
    torchlight_project_add(page->job_project, ITEM_FIGURES, record);
}

/* Choosing it shows it. */
static void
choose_newest(TorchlightEvaluatePage *page)
{
    GListModel *saved = torchlight_project_get_items(page->project, ITEM_FIGURES);
    guint n = g_list_model_get_n_items(saved);

    if (n > 0)
        gtk_drop_down_set_selected(GTK_DROP_DOWN(page->results), n - 1);
}

static void
on_finished(TorchlightJob *job, TorchlightEvaluatePage *page)
{
    const GError *error = torchlight_job_get_error(job);

    if (torchlight_job_get_state(job) == JOB_DONE) {
        const Figures *figures = figures_job_get_result(job);
        if (page->output)
            keep_figures(page, figures);
        if (page->job_project == page->project && page->output)
            choose_newest(page);
        else if (page->job_project == page->project)
            show_figures(page, figures);
    } else if (torchlight_job_get_state(job) == JOB_FAILED && error) {
        torchlight_workspace_tell_error(page->workspace, _("The Figures Cannot Be Computed"),
                                        error->message);
    }
    end_job(page);
    show_content(page);
}

static void
on_progress(TorchlightEvaluatePage *page)
{
    g_autofree char *message = torchlight_job_dup_message(page->job);

    gtk_progress_bar_set_fraction(GTK_PROGRESS_BAR(page->progress),
                                  torchlight_job_get_fraction(page->job));
    gtk_progress_bar_set_text(GTK_PROGRESS_BAR(page->progress), message ? message : "");
}

static const EvaluateChoice *
chosen(GPtrArray *choices, GtkWidget *drop_down)
{
    guint i = gtk_drop_down_get_selected(GTK_DROP_DOWN(drop_down));

    return choices && i < choices->len ? choices->pdata[i] : NULL;
}

static void
on_compute(TorchlightEvaluatePage *page)
{
    const EvaluateChoice *axis = chosen(page->axes, page->axis);
    const EvaluateChoice *real = chosen(page->reals, page->real);
    const EvaluateChoice *generated = chosen(page->generateds, page->generated);
    FiguresParams *params;

    if (page->job || !axis || !real || !generated)
        return;
    params = evaluate_params(page->project, axis, real, generated);
    page->job_project = g_object_ref(page->project);
    if (torchlight_project_is_writable(page->project)) {
        page->output = torchlight_project_new_path(page->project, "figures",
                                                   axis->key ? axis->key : "all", ".json");
        params->output = g_strdup(page->output);
    }
    page->job = figures_job_new(params);
    g_signal_connect(page->job, "finished", G_CALLBACK(on_finished), page);
    g_signal_connect_object(page->job, "notify", G_CALLBACK(on_progress), page, G_CONNECT_SWAPPED);
    gtk_widget_set_visible(page->progress_box, TRUE);
    gtk_widget_set_sensitive(page->compute, FALSE);
    show_content(page);
    torchlight_workspace_start_job(page->workspace, page->job, "evaluate");
}

static void
on_cancel(TorchlightEvaluatePage *page)
{
    if (page->job)
        torchlight_job_cancel(page->job);
}

static void
on_go_generate(TorchlightEvaluatePage *page)
{
    torchlight_workspace_go(page->workspace, "generate");
}

/* --- what there is --- */

/* Fills a drop-down, keeping what was chosen in it where that is still there. */
static void
fill(GtkWidget *drop_down, GPtrArray **choices, GPtrArray *fresh)
{
    const EvaluateChoice *before = chosen(*choices, drop_down);
    g_autoptr(GtkStringList) labels = gtk_string_list_new(NULL);
    guint selected = 0;

    for (guint i = 0; i < fresh->len; i++) {
        const EvaluateChoice *choice = fresh->pdata[i];

        gtk_string_list_append(labels, choice->label);
        if (before && g_strcmp0(before->key, choice->key) == 0)
            selected = i;
    }
    g_clear_pointer(choices, g_ptr_array_unref);
    *choices = fresh;
    gtk_drop_down_set_model(GTK_DROP_DOWN(drop_down), G_LIST_MODEL(labels));
    if (fresh->len > 0)
        gtk_drop_down_set_selected(GTK_DROP_DOWN(drop_down), selected);
}

static gboolean
refresh(gpointer data)
{
    TorchlightEvaluatePage *page = data;

    page->refresh = 0;
    fill(page->real, &page->reals, evaluate_list_sets(page->project, SIDE_REAL));
    fill(page->generated, &page->generateds, evaluate_list_sets(page->project, SIDE_GENERATED));
    show_content(page);
    return G_SOURCE_REMOVE;
}

/* Items come in bursts; counting them once is enough. */
static void
queue_refresh(TorchlightEvaluatePage *page)
{
    if (page->refresh == 0)
        page->refresh = g_idle_add(refresh, page);
}

static void
on_project(TorchlightEvaluatePage *page)
{
    TorchlightProject *project = torchlight_workspace_get_project(page->workspace);

    if (project == page->project)
        return;
    if (page->project) {
        GListModel *traces = torchlight_project_get_items(page->project, ITEM_TRACE);

        g_signal_handlers_disconnect_by_data(traces, page);
    }
    g_set_object(&page->project, project);
    g_cancellable_cancel(page->reading);
    clear_cards(page);
    gtk_drop_down_set_model(GTK_DROP_DOWN(page->results),
                            project ? torchlight_project_get_items(project, ITEM_FIGURES) : NULL);
    if (project) {
        g_signal_connect_object(torchlight_project_get_items(project, ITEM_TRACE), "items-changed",
                                G_CALLBACK(queue_refresh), page, G_CONNECT_SWAPPED);
        choose_newest(page);
    }
    queue_refresh(page);
}

void
torchlight_evaluate_page_set_workspace(TorchlightEvaluatePage *page, TorchlightWorkspace *workspace)
{
    g_set_object(&page->workspace, workspace);
    torchlight_evaluation_view_set_workspace(TORCHLIGHT_EVALUATION_VIEW(page->evaluation),
                                             workspace);
    g_signal_connect_object(workspace, "notify::project", G_CALLBACK(on_project), page,
                            G_CONNECT_SWAPPED);
    on_project(page);
    queue_refresh(page);
}

/* --- the object --- */

static void
torchlight_evaluate_page_dispose(GObject *object)
{
    TorchlightEvaluatePage *page = TORCHLIGHT_EVALUATE_PAGE(object);

    g_clear_handle_id(&page->refresh, g_source_remove);
    g_clear_handle_id(&page->adding, g_source_remove);
    g_clear_pointer(&page->waiting, g_ptr_array_unref);
    g_cancellable_cancel(page->reading);
    g_clear_object(&page->reading);
    if (page->job) {
        torchlight_job_cancel(page->job);
        g_signal_handlers_disconnect_by_data(page->job, page);
    }
    g_clear_object(&page->job);
    g_clear_object(&page->job_project);
    g_clear_pointer(&page->output, g_free);
    if (page->chooser) {
        g_signal_handlers_disconnect_by_data(page->chooser, page);
        gtk_native_dialog_destroy(GTK_NATIVE_DIALOG(page->chooser));
    }
    g_clear_object(&page->chooser);
    g_clear_pointer(&page->whole, gtk_widget_unparent);
    g_clear_pointer(&page->axes, g_ptr_array_unref);
    g_clear_pointer(&page->reals, g_ptr_array_unref);
    g_clear_pointer(&page->generateds, g_ptr_array_unref);
    g_clear_object(&page->project);
    g_clear_object(&page->workspace);
    G_OBJECT_CLASS(torchlight_evaluate_page_parent_class)->dispose(object);
}

#define BIND(name) gtk_widget_class_bind_template_child(widget, TorchlightEvaluatePage, name)

static void
bind_children(GtkWidgetClass *widget)
{
    BIND(whole);
    BIND(evaluation);
    BIND(content);
    BIND(controls);
    BIND(axis);
    BIND(real);
    BIND(generated);
    BIND(compute);
    BIND(go_generate);
    BIND(progress_box);
    BIND(progress);
    BIND(cancel);
    BIND(heading);
    BIND(title);
    BIND(facts);
    BIND(results);
    BIND(hint);
    BIND(cards);
}

static void
torchlight_evaluate_page_class_init(TorchlightEvaluatePageClass *class)
{
    GtkWidgetClass *widget = GTK_WIDGET_CLASS(class);

    g_type_ensure(TORCHLIGHT_TYPE_EVALUATION_VIEW);
    G_OBJECT_CLASS(class)->dispose = torchlight_evaluate_page_dispose;
    gtk_widget_class_set_template_from_resource(
        widget, "/io/github/torchlight/Torchlight/ui/evaluate_page.ui");
    bind_children(widget);
    gtk_widget_class_set_layout_manager_type(widget, GTK_TYPE_BIN_LAYOUT);
    gtk_widget_class_install_action(widget, "evaluate.open", NULL, open_figures);
}

static void
torchlight_evaluate_page_init(TorchlightEvaluatePage *page)
{
    g_autoptr(GtkExpression) name = gtk_property_expression_new(TORCHLIGHT_TYPE_ITEM, NULL, "name");

    gtk_widget_init_template(GTK_WIDGET(page));
    page->waiting = g_ptr_array_new_with_free_func((GDestroyNotify)figure_free);
    gtk_widget_set_layout_manager(page->cards, torchlight_masonry_new(COLUMN, GAP));
    gtk_drop_down_set_expression(GTK_DROP_DOWN(page->results), name);
    fill(page->axis, &page->axes, evaluate_list_axes());
    g_signal_connect_swapped(page->compute, "clicked", G_CALLBACK(on_compute), page);
    g_signal_connect_swapped(page->cancel, "clicked", G_CALLBACK(on_cancel), page);
    g_signal_connect_swapped(page->go_generate, "clicked", G_CALLBACK(on_go_generate), page);
    g_signal_connect_swapped(page->results, "notify::selected-item", G_CALLBACK(on_result_chosen),
                             page);
}
