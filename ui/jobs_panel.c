/* SPDX-License-Identifier: Apache-2.0 */
/* One row a job, which follows the job's properties. */
#include "ui/jobs_panel.h"

#include <glib/gi18n.h>

#include "ui/time_text.h"

struct _TorchlightJobsPanel {
    GtkWidget parent_instance;

    /* template */
    GtkWidget *clamp;
    GtkStack *stack;
    GtkListBox *list;
    GtkButton *clear;

    /* owned */
    TorchlightWorkspace *workspace;
};

enum { SIGNAL_LEAVE, N_SIGNALS };

static guint signals[N_SIGNALS];

G_DEFINE_FINAL_TYPE(TorchlightJobsPanel, torchlight_jobs_panel, GTK_TYPE_WIDGET)

/* What a row needs; lives as long as the row. */
typedef struct {
    TorchlightJobsPanel *panel; /* borrowed */
    TorchlightJob *job;
    GtkLabel *message;
    GtkProgressBar *bar;
    GtkButton *pause, *stop;
} Row;

static bool
is_over(TorchlightJob *job)
{
    JobState state = torchlight_job_get_state(job);

    return state == JOB_DONE || state == JOB_FAILED || state == JOB_CANCELLED;
}

static char *
describe(TorchlightJob *job)
{
    g_autofree char *message = torchlight_job_dup_message(job);
    g_autofree char *eta = NULL;
    const GError *error;

    switch (torchlight_job_get_state(job)) {
    case JOB_DONE:
        return g_strdup(_("Done"));
    case JOB_CANCELLED:
        return g_strdup(_("Cancelled"));
    case JOB_FAILED:
        error = torchlight_job_get_error(job);
        return g_utf8_make_valid(error ? error->message : _("Failed"), -1);
    case JOB_PAUSED:
        return g_strdup(_("Paused"));
    default:
        eta = time_left_text(torchlight_job_get_eta_seconds(job));
        return *eta ? g_strdup_printf("%s · %s", message ? message : "", eta)
                    : g_strdup(message ? message : "");
    }
}

static void
update_row(Row *row)
{
    g_autofree char *text = describe(row->job);
    bool over = is_over(row->job);
    bool paused = torchlight_job_get_state(row->job) == JOB_PAUSED;

    gtk_label_set_label(row->message, text);
    gtk_widget_set_tooltip_text(GTK_WIDGET(row->message), text);
    gtk_progress_bar_set_fraction(row->bar, CLAMP(torchlight_job_get_fraction(row->job), 0.0, 1.0));
    gtk_widget_set_visible(GTK_WIDGET(row->bar), !over);
    gtk_widget_set_visible(GTK_WIDGET(row->pause), !over);
    gtk_button_set_icon_name(row->pause, paused ? "media-playback-start-symbolic"
                                                : "media-playback-pause-symbolic");
    gtk_widget_set_tooltip_text(GTK_WIDGET(row->pause), paused ? _("Resume") : _("Pause"));
    gtk_button_set_icon_name(row->stop, over ? "window-close-symbolic" : "process-stop-symbolic");
    gtk_widget_set_tooltip_text(GTK_WIDGET(row->stop), over ? _("Dismiss") : _("Cancel"));
    if (torchlight_job_get_state(row->job) == JOB_FAILED)
        gtk_widget_add_css_class(GTK_WIDGET(row->message), "error");
}

static void
on_pause(Row *row)
{
    torchlight_job_set_paused(row->job, torchlight_job_get_state(row->job) != JOB_PAUSED);
}

static void
on_stop(Row *row)
{
    if (is_over(row->job))
        torchlight_workspace_dismiss_job(row->panel->workspace, row->job);
    else
        torchlight_job_cancel(row->job);
}

static void
on_activated(TorchlightJobsPanel *panel, GtkListBoxRow *list_row)
{
    const Row *row = g_object_get_data(G_OBJECT(list_row), "row");
    const char *page = torchlight_workspace_get_job_page(panel->workspace, row->job);

    if (!page)
        return;
    torchlight_workspace_go(panel->workspace, page);
    g_signal_emit(panel, signals[SIGNAL_LEAVE], 0);
}

static void
row_free(gpointer data)
{
    Row *row = data;

    g_signal_handlers_disconnect_by_data(row->job, row);
    g_object_unref(row->job);
    g_free(row);
}

static GtkWidget *
flat_button(GCallback clicked, Row *row)
{
    GtkWidget *button = gtk_button_new();

    gtk_widget_add_css_class(button, "flat");
    gtk_widget_set_valign(button, GTK_ALIGN_CENTER);
    g_signal_connect_swapped(button, "clicked", clicked, row);
    return button;
}

static GtkWidget *
make_row(gpointer item, gpointer data)
{
    TorchlightJob *job = item;
    GtkWidget *list_row = gtk_list_box_row_new();
    GtkWidget *box = gtk_box_new(GTK_ORIENTATION_HORIZONTAL, 6);
    GtkWidget *words = gtk_box_new(GTK_ORIENTATION_VERTICAL, 3);
    GtkWidget *title = gtk_label_new(torchlight_job_get_title(job));
    Row *row = g_new0(Row, 1);

    row->panel = data;
    row->job = g_object_ref(job);
    row->message = GTK_LABEL(gtk_label_new(NULL));
    row->bar = GTK_PROGRESS_BAR(gtk_progress_bar_new());
    row->pause = GTK_BUTTON(flat_button(G_CALLBACK(on_pause), row));
    row->stop = GTK_BUTTON(flat_button(G_CALLBACK(on_stop), row));
    g_object_set_data_full(G_OBJECT(list_row), "row", row, row_free);

    gtk_label_set_xalign(GTK_LABEL(title), 0);
    gtk_label_set_ellipsize(GTK_LABEL(title), PANGO_ELLIPSIZE_END);
    gtk_label_set_xalign(row->message, 0);
    gtk_label_set_ellipsize(row->message, PANGO_ELLIPSIZE_END);
    gtk_widget_add_css_class(GTK_WIDGET(row->message), "caption");
    gtk_widget_add_css_class(GTK_WIDGET(row->message), "dim-label");
    gtk_widget_set_hexpand(words, TRUE);
    gtk_widget_set_valign(words, GTK_ALIGN_CENTER);
    gtk_box_append(GTK_BOX(words), title);
    gtk_box_append(GTK_BOX(words), GTK_WIDGET(row->message));
    gtk_box_append(GTK_BOX(words), GTK_WIDGET(row->bar));
    gtk_box_append(GTK_BOX(box), words);
    gtk_box_append(GTK_BOX(box), GTK_WIDGET(row->pause));
    gtk_box_append(GTK_BOX(box), GTK_WIDGET(row->stop));
    gtk_widget_set_margin_start(box, 12);
    gtk_widget_set_margin_end(box, 6);
    gtk_widget_set_margin_top(box, 9);
    gtk_widget_set_margin_bottom(box, 9);
    gtk_list_box_row_set_child(GTK_LIST_BOX_ROW(list_row), box);
    gtk_list_box_row_set_activatable(
        GTK_LIST_BOX_ROW(list_row),
        torchlight_workspace_get_job_page(row->panel->workspace, job) != NULL);
    gtk_accessible_update_property(GTK_ACCESSIBLE(list_row), GTK_ACCESSIBLE_PROPERTY_LABEL,
                                   torchlight_job_get_title(job), -1);

    g_signal_connect_swapped(job, "notify::message", G_CALLBACK(update_row), row);
    g_signal_connect_swapped(job, "notify::state", G_CALLBACK(update_row), row);
    g_signal_connect_swapped(job, "finished", G_CALLBACK(update_row), row);
    update_row(row);
    return list_row;
}

static void
on_clear(TorchlightJobsPanel *panel)
{
    GListModel *jobs = torchlight_workspace_get_jobs(panel->workspace);

    for (guint i = g_list_model_get_n_items(jobs); i-- > 0;) {
        g_autoptr(TorchlightJob) job = g_list_model_get_item(jobs, i);

        if (is_over(job))
            torchlight_workspace_dismiss_job(panel->workspace, job);
    }
}

static void
on_items_changed(TorchlightJobsPanel *panel)
{
    bool any = g_list_model_get_n_items(torchlight_workspace_get_jobs(panel->workspace)) > 0;

    gtk_stack_set_visible_child_name(panel->stack, any ? "list" : "empty");
}

void
torchlight_jobs_panel_set_workspace(TorchlightJobsPanel *panel, TorchlightWorkspace *workspace)
{
    GListModel *jobs = torchlight_workspace_get_jobs(workspace);

    g_set_object(&panel->workspace, workspace);
    gtk_list_box_bind_model(panel->list, jobs, make_row, panel, NULL);
    g_signal_connect_object(jobs, "items-changed", G_CALLBACK(on_items_changed), panel,
                            G_CONNECT_SWAPPED);
    on_items_changed(panel);
}

static void
torchlight_jobs_panel_dispose(GObject *object)
{
    TorchlightJobsPanel *panel = TORCHLIGHT_JOBS_PANEL(object);

    if (panel->stack)
        gtk_list_box_bind_model(panel->list, NULL, NULL, NULL, NULL);
    if (panel->stack)
        gtk_widget_unparent(panel->clamp);
    panel->stack = NULL;
    g_clear_object(&panel->workspace);
    G_OBJECT_CLASS(torchlight_jobs_panel_parent_class)->dispose(object);
}

static void
torchlight_jobs_panel_class_init(TorchlightJobsPanelClass *class)
{
    GtkWidgetClass *widget = GTK_WIDGET_CLASS(class);

    G_OBJECT_CLASS(class)->dispose = torchlight_jobs_panel_dispose;
    signals[SIGNAL_LEAVE] = g_signal_new("leave", G_TYPE_FROM_CLASS(class), G_SIGNAL_RUN_LAST, 0,
                                         NULL, NULL, NULL, G_TYPE_NONE, 0);
    gtk_widget_class_set_template_from_resource(
        widget, "/io/github/torchlight/Torchlight/ui/jobs_panel.ui");
    gtk_widget_class_bind_template_child(widget, TorchlightJobsPanel, clamp);
    gtk_widget_class_bind_template_child(widget, TorchlightJobsPanel, stack);
    gtk_widget_class_bind_template_child(widget, TorchlightJobsPanel, list);
    gtk_widget_class_bind_template_child(widget, TorchlightJobsPanel, clear);
    gtk_widget_class_set_layout_manager_type(widget, GTK_TYPE_BIN_LAYOUT);
}

static void
torchlight_jobs_panel_init(TorchlightJobsPanel *panel)
{
    gtk_widget_init_template(GTK_WIDGET(panel));
    g_signal_connect_swapped(panel->list, "row-activated", G_CALLBACK(on_activated), panel);
    g_signal_connect_swapped(panel->clear, "clicked", G_CALLBACK(on_clear), panel);
}
