/* SPDX-License-Identifier: Apache-2.0 */
/* A training as it runs, or as it was. */
#include "ui/train/run_view.h"

#include <glib/gi18n.h>
#include <math.h>

#include "app/jobs/curve.h"
#include "ui/plot/plot_widget.h"
#include "ui/train/preview_strip.h"

struct _TorchlightRunView {
    GtkWidget parent_instance;

    /* template */
    GtkWidget *content, *name, *status, *progress, *facts;
    GtkWidget *pause, *stop, *cancel, *resume, *show_lora, *discard;
    GtkWidget *plot_frame, *plot, *previews, *log_expander, *log;

    /* owned */
    TorchlightTrainList *list;
    TorchlightTrainEntry *entry; /* or NULL */
    guint n_points;              /* that the plot shows */
};

enum { SHOW_LORA, N_SIGNALS };
static guint signals[N_SIGNALS];

G_DEFINE_FINAL_TYPE(TorchlightRunView, torchlight_run_view, GTK_TYPE_WIDGET)

/* --- what is shown --- */

static void
append_points(PlotSeries *series, const GArray *points)
{
    for (guint i = 0; i < points->len; i++) {
        const JobPoint *point = &g_array_index(points, JobPoint, i);

        plot_series_append(series, point->step, point->value);
    }
}

static void
show_curve(TorchlightRunView *view, const GArray *points, const GArray *validation)
{
    Plot *plot = torchlight_plot_get_plot(TORCHLIGHT_PLOT(view->plot));
    g_autoptr(GArray) smooth = NULL;
    PlotSeries *raw;

    gtk_widget_set_visible(view->plot_frame, points->len > 0);
    if (points->len + validation->len == view->n_points)
        return;
    view->n_points = points->len + validation->len;
    smooth = curve_smooth(points, curve_span(points->len));
    plot_clear_series(plot);
    raw = plot_add_series(plot, PLOT_LINE, _("Loss"), 0);
    raw->faint = true;
    append_points(raw, points);
    append_points(plot_add_series(plot, PLOT_LINE, _("Smoothed"), 0), smooth);
    if (validation->len > 0)
        append_points(plot_add_series(plot, PLOT_LINE, _("Held Out"), 1), validation);
    torchlight_plot_changed(TORCHLIGHT_PLOT(view->plot));
}

static char *
describe_speed(double seconds_per_step)
{
    return seconds_per_step > 1 ? g_strdup_printf(_("%.1f s a step"), seconds_per_step)
                                : g_strdup_printf(_("%.1f steps a second"), 1 / seconds_per_step);
}

static void
show_facts(TorchlightRunView *view, const GArray *points)
{
    TorchlightJob *job = torchlight_train_entry_get_job(view->entry);
    TrainProgress progress = job ? train_job_get_progress(job) : (TrainProgress){0};
    g_autoptr(GArray) smooth = curve_smooth(points, curve_span(points->len));
    g_autofree char *speed = NULL;
    g_autofree char *text = NULL;

    if (job && points->len > 0 && progress.seconds_per_step > 0) {
        speed = describe_speed(progress.seconds_per_step);
        text = g_strdup_printf(_("Loss %.4f · learning rate %.3g · %s"),
                               g_array_index(smooth, JobPoint, smooth->len - 1).value, progress.lr,
                               speed);
    }
    gtk_label_set_label(GTK_LABEL(view->facts), text ? text : "");
    gtk_widget_set_visible(view->facts, text != NULL);
}

static void
show_buttons(TorchlightRunView *view)
{
    const TrainRun *run = torchlight_train_entry_get_run(view->entry);
    TorchlightJob *job = torchlight_train_entry_get_job(view->entry);
    bool active = job != NULL, paused = job && torchlight_job_get_state(job) == JOB_PAUSED;
    bool can_resume = !active && run && run->can_resume;
    g_autofree char *resume = NULL;

    gtk_widget_set_visible(view->pause, active);
    gtk_widget_set_visible(view->stop, active);
    gtk_widget_set_visible(view->cancel, active);
    gtk_widget_set_visible(view->resume, can_resume);
    gtk_widget_set_visible(view->show_lora, !active && torchlight_train_list_find_lora(
                                                           view->list, view->entry) != NULL);
    gtk_widget_set_visible(view->discard, !active);
    gtk_button_set_label(GTK_BUTTON(view->pause), paused ? _("_Resume") : _("_Pause"));
    gtk_widget_set_sensitive(view->stop, active && !train_job_is_stopping(job));
    if (!can_resume)
        return;
    resume = g_strdup_printf(_("_Resume at Step %d of %d"), run->step, run->params->steps);
    gtk_button_set_label(GTK_BUTTON(view->resume), resume);
}

static void
show(TorchlightRunView *view)
{
    g_autofree char *status = NULL;
    g_autofree char *log = NULL;
    g_autoptr(GArray) points = NULL;
    g_autoptr(GArray) validation = NULL;
    g_autoptr(GPtrArray) previews = NULL;

    if (!view->entry)
        return;
    status = torchlight_train_entry_dup_status(view->entry);
    log = torchlight_train_entry_dup_log(view->entry);
    points = torchlight_train_entry_dup_curve(view->entry, "loss");
    validation = torchlight_train_entry_dup_curve(view->entry, "validation");
    previews = torchlight_train_entry_list_previews(view->entry);
    gtk_label_set_label(GTK_LABEL(view->name),
                        torchlight_item_get_name(torchlight_train_entry_get_item(view->entry)));
    gtk_label_set_label(GTK_LABEL(view->status), status);
    gtk_widget_set_visible(view->progress, torchlight_train_entry_is_active(view->entry));
    gtk_progress_bar_set_fraction(GTK_PROGRESS_BAR(view->progress),
                                  torchlight_train_entry_get_fraction(view->entry));
    show_facts(view, points);
    show_buttons(view);
    show_curve(view, points, validation);
    torchlight_preview_strip_set_previews(TORCHLIGHT_PREVIEW_STRIP(view->previews), previews);
    gtk_label_set_label(GTK_LABEL(view->log), log);
    gtk_widget_set_visible(view->log_expander, *log != '\0');
}

static void
on_changed(TorchlightRunView *view)
{
    if (gtk_widget_get_mapped(GTK_WIDGET(view)))
        show(view);
}

void
torchlight_run_view_set_entry(TorchlightRunView *view, TorchlightTrainEntry *entry)
{
    g_autofree char *title = NULL;

    if (entry == view->entry)
        return;
    if (view->entry)
        g_signal_handlers_disconnect_by_func(view->entry, on_changed, view);
    g_set_object(&view->entry, entry);
    if (!entry)
        return;
    g_signal_connect_object(entry, "changed", G_CALLBACK(on_changed), view, G_CONNECT_SWAPPED);
    title = g_strdup_printf(_("Loss of %s"),
                            torchlight_item_get_name(torchlight_train_entry_get_item(entry)));
    plot_set_title(torchlight_plot_get_plot(TORCHLIGHT_PLOT(view->plot)), title);
    view->n_points = G_MAXUINT;
    show(view);
}

void
torchlight_run_view_set_list(TorchlightRunView *view, TorchlightTrainList *list)
{
    view->list = g_object_ref(list);
}

/* --- what is done --- */

static void
on_pause(TorchlightRunView *view)
{
    TorchlightJob *job = torchlight_train_entry_get_job(view->entry);

    if (job)
        torchlight_job_set_paused(job, torchlight_job_get_state(job) != JOB_PAUSED);
}

static void
on_stop(TorchlightRunView *view)
{
    TorchlightJob *job = torchlight_train_entry_get_job(view->entry);

    if (job)
        train_job_stop(job);
    show(view);
}

static void
on_cancel_response(AdwMessageDialog *dialog, const char *response, TorchlightTrainEntry *entry)
{
    TorchlightJob *job = torchlight_train_entry_get_job(entry);

    if (job && g_str_equal(response, "cancel"))
        torchlight_job_cancel(job);
    else if (job && g_str_equal(response, "keep"))
        train_job_stop(job);
}

static void
on_cancel(TorchlightRunView *view)
{
    GtkWidget *dialog = adw_message_dialog_new(
        GTK_WINDOW(gtk_widget_get_root(GTK_WIDGET(view))), _("Cancel the Training?"),
        _("It ends after this step without a LoRA. A checkpoint stays, from which it can go on."));

    adw_message_dialog_add_responses(ADW_MESSAGE_DIALOG(dialog), "close", _("_Go On"), "keep",
                                     _("_Stop and Keep"), "cancel", _("_Cancel Training"), NULL);
    adw_message_dialog_set_response_appearance(ADW_MESSAGE_DIALOG(dialog), "cancel",
                                               ADW_RESPONSE_DESTRUCTIVE);
    adw_message_dialog_set_close_response(ADW_MESSAGE_DIALOG(dialog), "close");
    g_signal_connect_object(dialog, "response", G_CALLBACK(on_cancel_response), view->entry, 0);
    gtk_window_present(GTK_WINDOW(dialog));
}

static void
on_resume(TorchlightRunView *view)
{
    torchlight_train_list_resume(view->list, view->entry);
}

static void
on_show_lora(TorchlightRunView *view)
{
    TorchlightItem *lora = torchlight_train_list_find_lora(view->list, view->entry);

    if (lora)
        g_signal_emit(view, signals[SHOW_LORA], 0, lora);
}

static void
on_discard(TorchlightRunView *view)
{
    g_autoptr(TorchlightTrainEntry) entry = g_object_ref(view->entry);

    torchlight_train_list_discard(view->list, entry);
}

static void
torchlight_run_view_dispose(GObject *object)
{
    TorchlightRunView *view = TORCHLIGHT_RUN_VIEW(object);

    g_clear_pointer(&view->content, gtk_widget_unparent);
    g_clear_object(&view->entry);
    g_clear_object(&view->list);
    G_OBJECT_CLASS(torchlight_run_view_parent_class)->dispose(object);
}

static void
torchlight_run_view_class_init(TorchlightRunViewClass *class)
{
    GtkWidgetClass *widget = GTK_WIDGET_CLASS(class);

    G_OBJECT_CLASS(class)->dispose = torchlight_run_view_dispose;
    signals[SHOW_LORA] = g_signal_new("show-lora", G_TYPE_FROM_CLASS(class), G_SIGNAL_RUN_LAST, 0,
                                      NULL, NULL, NULL, G_TYPE_NONE, 1, TORCHLIGHT_TYPE_ITEM);
    g_type_ensure(TORCHLIGHT_TYPE_PLOT);
    g_type_ensure(TORCHLIGHT_TYPE_PREVIEW_STRIP);
    gtk_widget_class_set_template_from_resource(widget,
                                                "/io/github/torchlight/Torchlight/ui/run_view.ui");
    gtk_widget_class_set_layout_manager_type(widget, GTK_TYPE_BIN_LAYOUT);
#define CHILD(name_) gtk_widget_class_bind_template_child(widget, TorchlightRunView, name_)
    CHILD(content);
    CHILD(name);
    CHILD(status);
    CHILD(progress);
    CHILD(facts);
    CHILD(pause);
    CHILD(stop);
    CHILD(cancel);
    CHILD(resume);
    CHILD(show_lora);
    CHILD(discard);
    CHILD(plot_frame);
    CHILD(plot);
    CHILD(previews);
    CHILD(log_expander);
    CHILD(log);
#undef CHILD
}

static void
torchlight_run_view_init(TorchlightRunView *view)
{
    Plot *plot;

    gtk_widget_init_template(GTK_WIDGET(view));
    plot = torchlight_plot_get_plot(TORCHLIGHT_PLOT(view->plot));
    plot_axis_set(&plot->x, _("Step"), NAN, NAN);
    g_signal_connect_swapped(view->pause, "clicked", G_CALLBACK(on_pause), view);
    g_signal_connect_swapped(view->stop, "clicked", G_CALLBACK(on_stop), view);
    g_signal_connect_swapped(view->cancel, "clicked", G_CALLBACK(on_cancel), view);
    g_signal_connect_swapped(view->resume, "clicked", G_CALLBACK(on_resume), view);
    g_signal_connect_swapped(view->show_lora, "clicked", G_CALLBACK(on_show_lora), view);
    g_signal_connect_swapped(view->discard, "clicked", G_CALLBACK(on_discard), view);
    g_signal_connect(view, "map", G_CALLBACK(show), NULL);
}
