/* SPDX-License-Identifier: Apache-2.0 */
/* Waiting for pictures. */
#include "ui/learn/learn_gate.h"

#include <glib/gi18n.h>

#include "ui/learn/learn_parts.h"

enum { SIGNAL_READY, N_SIGNALS };

static guint signals[N_SIGNALS];

struct _TorchlightLearnGate {
    GtkWidget parent;

    GtkWidget *stack, *sentence, *progress, *button;

    TorchlightWorkspace *workspace;
    char *explanation, *offer;
    LearnParams *params; /* of what is to be shown */
    TorchlightJob *job;
    GPtrArray *frames;
    GCancellable *reading;
};

G_DEFINE_FINAL_TYPE(TorchlightLearnGate, torchlight_learn_gate, GTK_TYPE_WIDGET)

static void start(TorchlightLearnGate *self);

/* What stands in the way, and what to do about it; button NULL: a job is under way. */
static void
show_wait(TorchlightLearnGate *self, const char *sentence, const char *button)
{
    gtk_label_set_label(GTK_LABEL(self->sentence), sentence);
    gtk_widget_set_visible(self->progress, button == NULL);
    gtk_widget_set_visible(self->button, button != NULL);
    if (button)
        gtk_button_set_label(GTK_BUTTON(self->button), button);
    gtk_stack_set_visible_child_name(GTK_STACK(self->stack), "wait");
}

/* --- reading --- */

static void
read_frames(GTask *task, gpointer source, gpointer folder, GCancellable *cancellable)
{
    GError *error = NULL;
    GPtrArray *frames = learn_read(folder, &error);

    if (frames)
        g_task_return_pointer(task, frames, (GDestroyNotify)g_ptr_array_unref);
    else
        g_task_return_error(task, error);
}

static void
on_read(GObject *source, GAsyncResult *result, gpointer data)
{
    TorchlightLearnGate *self = TORCHLIGHT_LEARN_GATE(source);
    g_autoptr(GError) error = NULL;
    g_autoptr(GPtrArray) frames = g_task_propagate_pointer(G_TASK(result), &error);

    if (!self->stack || g_error_matches(error, G_IO_ERROR, G_IO_ERROR_CANCELLED))
        return;
    if (!frames) {
        show_wait(self, error->message, _("_Try Again"));
        return;
    }
    g_clear_pointer(&self->frames, g_ptr_array_unref);
    self->frames = g_steal_pointer(&frames);
    gtk_stack_set_visible_child_name(GTK_STACK(self->stack), "child");
    g_signal_emit(self, signals[SIGNAL_READY], 0);
}

static void
start_reading(TorchlightLearnGate *self)
{
    g_autoptr(GTask) task = NULL;

    g_cancellable_cancel(self->reading);
    g_clear_object(&self->reading);
    self->reading = g_cancellable_new();
    task = g_task_new(self, self->reading, on_read, NULL);
    g_task_set_task_data(task, learn_folder(self->params), g_free);
    g_task_run_in_thread(task, read_frames);
}

/* --- the job --- */

static LearnParams *
copy_params(const LearnParams *from)
{
    LearnParams *params = learn_params_new(from->kind);

    g_free(params->prompt);
    params->prompt = g_strdup(from->prompt);
    params->lora = g_strdup(from->lora);
    params->rows = from->rows;
    params->steps = from->steps;
    return params;
}

static void
forget_job(TorchlightLearnGate *self)
{
    if (self->job)
        g_signal_handlers_disconnect_by_data(self->job, self);
    g_clear_object(&self->job);
}

static void
on_finished(TorchlightJob *job, TorchlightLearnGate *self)
{
    JobState state = torchlight_job_get_state(job);
    const GError *error = torchlight_job_get_error(job);

    if (state == JOB_DONE)
        start_reading(self);
    else
        show_wait(self, state == JOB_FAILED && error ? error->message : self->explanation,
                  self->offer ? self->offer : _("_Compute It"));
    forget_job(self);
}

static void
on_progress(TorchlightLearnGate *self)
{
    g_autofree char *message = torchlight_job_dup_message(self->job);

    gtk_progress_bar_set_fraction(GTK_PROGRESS_BAR(self->progress),
                                  torchlight_job_get_fraction(self->job));
    gtk_progress_bar_set_text(GTK_PROGRESS_BAR(self->progress), message ? message : "");
}

static void
start(TorchlightLearnGate *self)
{
    if (self->job || !self->params)
        return;
    if (learn_is_made(self->params)) {
        start_reading(self);
        return;
    }
    self->job = learn_job_new(copy_params(self->params));
    g_signal_connect(self->job, "finished", G_CALLBACK(on_finished), self);
    g_signal_connect_object(self->job, "notify", G_CALLBACK(on_progress), self, G_CONNECT_SWAPPED);
    show_wait(self, self->explanation, NULL);
    torchlight_workspace_start_job(self->workspace, self->job, "learn");
}

/* Starts what may start by itself, once it is seen. */
static void
consider(TorchlightLearnGate *self)
{
    if (!gtk_widget_get_mapped(GTK_WIDGET(self)) || self->frames || !self->params || self->job)
        return;
    if (!self->offer || learn_is_made(self->params))
        start(self);
    else
        show_wait(self, self->explanation, self->offer);
}

static void
torchlight_learn_gate_map(GtkWidget *widget)
{
    GTK_WIDGET_CLASS(torchlight_learn_gate_parent_class)->map(widget);
    consider(TORCHLIGHT_LEARN_GATE(widget));
}

/* --- the object --- */

void
torchlight_learn_gate_set_params(TorchlightLearnGate *self, LearnParams *params)
{
    if (self->job)
        torchlight_job_cancel(self->job);
    forget_job(self);
    g_cancellable_cancel(self->reading);
    learn_params_free(self->params);
    self->params = params;
    g_clear_pointer(&self->frames, g_ptr_array_unref);
    show_wait(self, self->explanation, self->offer);
    consider(self);
}

GPtrArray *
torchlight_learn_gate_get_frames(TorchlightLearnGate *self)
{
    return self->frames;
}

char *
torchlight_learn_gate_file(TorchlightLearnGate *self, const char *name)
{
    g_autofree char *folder = learn_folder(self->params);

    return g_build_filename(folder, name, NULL);
}

GtkWidget *
torchlight_learn_gate_new(TorchlightWorkspace *workspace, const char *explanation,
                          const char *offer, GtkWidget *child)
{
    TorchlightLearnGate *self = g_object_new(TORCHLIGHT_TYPE_LEARN_GATE, NULL);

    self->workspace = g_object_ref(workspace);
    self->explanation = g_strdup(explanation);
    self->offer = g_strdup(offer);
    gtk_stack_add_named(GTK_STACK(self->stack), child, "child");
    show_wait(self, explanation, offer);
    return GTK_WIDGET(self);
}

static void
torchlight_learn_gate_dispose(GObject *object)
{
    TorchlightLearnGate *self = TORCHLIGHT_LEARN_GATE(object);

    if (self->job)
        torchlight_job_cancel(self->job);
    forget_job(self);
    g_cancellable_cancel(self->reading);
    g_clear_object(&self->reading);
    g_clear_pointer(&self->stack, gtk_widget_unparent);
    g_clear_pointer(&self->params, learn_params_free);
    g_clear_pointer(&self->frames, g_ptr_array_unref);
    g_clear_pointer(&self->explanation, g_free);
    g_clear_pointer(&self->offer, g_free);
    g_clear_object(&self->workspace);
    G_OBJECT_CLASS(torchlight_learn_gate_parent_class)->dispose(object);
}

static void
torchlight_learn_gate_class_init(TorchlightLearnGateClass *class)
{
    GtkWidgetClass *widget_class = GTK_WIDGET_CLASS(class);

    G_OBJECT_CLASS(class)->dispose = torchlight_learn_gate_dispose;
    widget_class->map = torchlight_learn_gate_map;
    signals[SIGNAL_READY] = g_signal_new("ready", G_TYPE_FROM_CLASS(class), G_SIGNAL_RUN_LAST, 0,
                                         NULL, NULL, NULL, G_TYPE_NONE, 0);
    gtk_widget_class_set_layout_manager_type(widget_class, GTK_TYPE_BIN_LAYOUT);
}

static void
torchlight_learn_gate_init(TorchlightLearnGate *self)
{
    GtkWidget *box = gtk_box_new(GTK_ORIENTATION_VERTICAL, 18);

    self->stack = gtk_stack_new();
    self->sentence = learn_label("", "learn-caption");
    self->progress = gtk_progress_bar_new();
    self->button = gtk_button_new();
    gtk_label_set_justify(GTK_LABEL(self->sentence), GTK_JUSTIFY_CENTER);
    gtk_label_set_xalign(GTK_LABEL(self->sentence), 0.5);
    gtk_progress_bar_set_show_text(GTK_PROGRESS_BAR(self->progress), TRUE);
    gtk_accessible_update_property(GTK_ACCESSIBLE(self->progress), GTK_ACCESSIBLE_PROPERTY_LABEL,
                                   _("Progress of the pictures"), -1);
    gtk_button_set_use_underline(GTK_BUTTON(self->button), TRUE);
    gtk_widget_set_halign(self->button, GTK_ALIGN_CENTER);
    gtk_widget_add_css_class(self->button, "pill");
    gtk_widget_add_css_class(self->button, "suggested-action");
    g_signal_connect_swapped(self->button, "clicked", G_CALLBACK(start), self);
    gtk_box_append(GTK_BOX(box), self->sentence);
    gtk_box_append(GTK_BOX(box), self->progress);
    gtk_box_append(GTK_BOX(box), self->button);
    gtk_widget_set_valign(box, GTK_ALIGN_CENTER);
    gtk_widget_set_vexpand(box, TRUE);
    gtk_widget_add_css_class(box, "learn-wait");
    gtk_stack_add_named(GTK_STACK(self->stack), box, "wait");
    gtk_widget_set_parent(self->stack, GTK_WIDGET(self));
}
