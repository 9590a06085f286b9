/* SPDX-License-Identifier: Apache-2.0 */
/* The window's frame: the spaces of the workbench, telling of errors, closing. */
#include "ui/window_private.h"

#include <glib/gi18n.h>

#include "ui/captions/captions_page.h"
#include "ui/evaluate/evaluate_page.h"
#include "ui/generate/generate_page.h"
#include "ui/latency.h"
#include "ui/learn/learn_page.h"
#include "ui/library/library_page.h"
#include "ui/map/map_page.h"
#include "ui/repair/repair_page.h"
#include "ui/short_text.h"
#include "ui/shrink.h"
#include "ui/trace/trace_page.h"
#include "ui/train/train_page.h"

enum { LONG_JOB_SECONDS = 10, NARROW_BELOW = 500 };

G_DEFINE_FINAL_TYPE(TorchlightWindow, torchlight_window, ADW_TYPE_APPLICATION_WINDOW)

void
window_tell_error(TorchlightWindow *window, const char *heading, const char *sentence)
{
    g_autofree char *valid = g_utf8_make_valid(sentence, -1); /* it may name files */
    GtkWidget *dialog = adw_message_dialog_new(GTK_WINDOW(window), heading, valid);

    adw_message_dialog_add_response(ADW_MESSAGE_DIALOG(dialog), "close", _("_Close"));
    adw_message_dialog_set_default_response(ADW_MESSAGE_DIALOG(dialog), "close");
    gtk_window_present(GTK_WINDOW(dialog));
}

typedef struct {
    TorchlightWindow *window;
    void (*accepted)(TorchlightWindow *window, GtkFileChooser *chooser);
} ChooserCall;

static void
on_chooser_response(GtkNativeDialog *dialog, int response, ChooserCall *call)
{
    TorchlightWindow *window = call->window;

    if (response == GTK_RESPONSE_ACCEPT)
        call->accepted(window, GTK_FILE_CHOOSER(dialog));
    if (window->chooser == dialog)
        g_clear_object(&window->chooser);
}

void
window_run_chooser(TorchlightWindow *window, GtkFileChooserNative *chooser,
                   void (*accepted)(TorchlightWindow *window, GtkFileChooser *chooser))
{
    ChooserCall *call = g_new(ChooserCall, 1);

    *call = (ChooserCall){window, accepted};
    g_signal_connect_data(chooser, "response", G_CALLBACK(on_chooser_response), call,
                          (GClosureNotify)(void (*)(void))g_free, 0);
    g_set_object(&window->chooser, GTK_NATIVE_DIALOG(chooser));
    g_object_unref(chooser);
    gtk_native_dialog_set_modal(window->chooser, TRUE);
    gtk_native_dialog_show(window->chooser);
}

/* "trace/map": a space, and perhaps a mode of it. */
void
window_go(TorchlightWindow *window, const char *page)
{
    g_auto(GStrv) parts = g_strsplit(page, "/", 2);
    GtkStack *modes = g_str_equal(parts[0], "trace")     ? window->trace_modes
                      : g_str_equal(parts[0], "library") ? window->library_modes
                                                         : NULL;

    adw_view_stack_set_visible_child_name(window->stack, parts[0]);
    if (modes)
        gtk_stack_set_visible_child_name(modes, parts[1]                       ? parts[1]
                                                : modes == window->trace_modes ? "view"
                                                                               : "grid");
}

/* Where it has no place beside the modes: the trace's name, below the project's. */
static void
update_subtitle(TorchlightWindow *window)
{
    bool in_trace = g_strcmp0(adw_view_stack_get_visible_child_name(window->stack), "trace") == 0;

    adw_view_switcher_title_set_subtitle(
        window->switcher,
        window->is_narrow && in_trace ? gtk_label_get_label(window->trace_name) : NULL);
}

static void
on_trace(TorchlightWindow *window)
{
    TorchlightItem *trace = torchlight_workspace_get_trace(window->workspace);
    g_autofree char *caption = trace ? short_text(torchlight_item_get_caption(trace)) : NULL;

    gtk_label_set_label(window->trace_name, trace ? torchlight_item_get_name(trace) : "");
    update_subtitle(window);
    gtk_widget_set_tooltip_text(GTK_WIDGET(window->trace_name), caption);
}

static void
on_project_changed(TorchlightWindow *window)
{
    TorchlightProject *project = torchlight_workspace_get_project(window->workspace);
    const char *problem = project ? torchlight_project_get_problem(project) : NULL;
    const char *name = project ? torchlight_project_get_name(project) : _("Torchlight");

    gtk_window_set_title(GTK_WINDOW(window), name);
    adw_view_switcher_title_set_title(window->switcher, name);
    gtk_label_set_label(window->problem, problem ? problem : "");
    gtk_widget_set_visible(window->problem_bar, problem != NULL);
    window_update_actions(window);
}

static void
on_save_failed(TorchlightWindow *window, const char *sentence)
{
    gtk_label_set_label(window->problem, sentence);
    gtk_widget_set_visible(window->problem_bar, TRUE);
}

/* At the foot of a narrow window, where the header has no room for it. */
static void
update_space_bar(TorchlightWindow *window)
{
    torchlight_space_bar_set_reveal(
        window->space_bar, torchlight_workspace_get_project(window->workspace) &&
                               adw_view_switcher_title_get_title_visible(window->switcher));
}

static gboolean
update_space_bar_in_idle(gpointer data)
{
    if (TORCHLIGHT_WINDOW(data)->workspace)
        update_space_bar(data);
    return G_SOURCE_REMOVE;
}

/* Not within an allocation, as it changes what is asked for. */
static void
update_space_bar_soon(TorchlightWindow *window)
{
    g_idle_add_full(G_PRIORITY_HIGH_IDLE, update_space_bar_in_idle, g_object_ref(window),
                    g_object_unref);
}

/* Nor this. */
static gboolean
on_narrow(gpointer data)
{
    TorchlightWindow *window = data;

    if (!window->workspace)
        return G_SOURCE_REMOVE;
    gtk_widget_set_visible(GTK_WIDGET(window->trace_name), !window->is_narrow);
    update_subtitle(window);
    window_update_actions(window);
    return G_SOURCE_REMOVE;
}

static void
torchlight_window_size_allocate(GtkWidget *widget, int width, int height, int baseline)
{
    TorchlightWindow *window = TORCHLIGHT_WINDOW(widget);
    bool narrow = width < NARROW_BELOW;

    GTK_WIDGET_CLASS(torchlight_window_parent_class)
        ->size_allocate(widget, width, height, baseline);
    if (narrow == window->is_narrow)
        return;
    window->is_narrow = narrow;
    g_idle_add_full(G_PRIORITY_HIGH_IDLE, on_narrow, g_object_ref(window), g_object_unref);
}

static void
on_project(TorchlightWindow *window)
{
    TorchlightProject *project = torchlight_workspace_get_project(window->workspace);

    gtk_stack_set_visible_child_name(window->root, project ? "project" : "welcome");
    adw_view_switcher_title_set_view_switcher_enabled(window->switcher, project != NULL);
    update_space_bar(window);
    if (project) {
        g_signal_connect_object(project, "notify", G_CALLBACK(on_project_changed), window,
                                G_CONNECT_SWAPPED);
        g_signal_connect_object(project, "save-failed", G_CALLBACK(on_save_failed), window,
                                G_CONNECT_SWAPPED);
    }
    on_project_changed(window);
}

static void
on_toast(TorchlightWindow *window, AdwToast *toast)
{
    adw_toast_overlay_add_toast(window->toasts, g_object_ref(toast));
}

static guint
count_running(TorchlightWindow *window)
{
    GListModel *jobs = torchlight_workspace_get_jobs(window->workspace);
    guint n = 0;

    for (guint i = 0; i < g_list_model_get_n_items(jobs); i++) {
        g_autoptr(TorchlightJob) job = g_list_model_get_item(jobs, i);
        JobState state = torchlight_job_get_state(job);

        n += state == JOB_PENDING || state == JOB_RUNNING || state == JOB_PAUSED;
    }
    return n;
}

static void
update_jobs_button(TorchlightWindow *window)
{
    guint n = count_running(window);
    g_autofree char *label =
        n ? g_strdup_printf(ngettext("%u job is running", "%u jobs are running", n), n)
          : g_strdup(_("Jobs"));

    gtk_spinner_set_spinning(window->jobs_spinner, n > 0);
    gtk_widget_set_visible(GTK_WIDGET(window->jobs_spinner), n > 0);
    gtk_widget_set_tooltip_text(window->jobs_button, label);
    gtk_accessible_update_property(GTK_ACCESSIBLE(window->jobs_button),
                                   GTK_ACCESSIBLE_PROPERTY_LABEL, label, -1);
}

/* What ran long, and ended while the user was elsewhere, is told by the desktop. */
static void
on_job_finished(TorchlightWindow *window, TorchlightJob *job)
{
    g_autoptr(GNotification) notification = NULL;
    JobState state = torchlight_job_get_state(job);

    update_jobs_button(window);
    if (gtk_window_is_active(GTK_WINDOW(window)) || state == JOB_CANCELLED ||
        torchlight_workspace_get_job_seconds(window->workspace, job) < LONG_JOB_SECONDS)
        return;
    notification = g_notification_new(torchlight_job_get_title(job));
    g_notification_set_body(notification,
                            state == JOB_DONE ? _("The job is done.") : _("The job failed."));
    g_application_send_notification(g_application_get_default(), NULL, notification);
}

/* Not in the midst of what a dialog has still to do. */
static gboolean
close_in_idle(gpointer window)
{
    if (TORCHLIGHT_WINDOW(window)->workspace)
        gtk_window_close(window);
    return G_SOURCE_REMOVE;
}

void
window_close_soon(TorchlightWindow *window)
{
    g_idle_add_full(G_PRIORITY_DEFAULT_IDLE, close_in_idle, g_object_ref(window), g_object_unref);
}

static void
on_close_answer(TorchlightWindow *window, const char *response)
{
    if (!g_str_equal(response, "stop"))
        return;
    window->may_close = true;
    window_close_soon(window);
}

static void
ask_to_close(TorchlightWindow *window, guint n_jobs)
{
    GtkWidget *widget = adw_message_dialog_new(
        GTK_WINDOW(window), _("Stop What Is Running?"),
        ngettext("A job is still running. What it has made so far is kept where it can be.",
                 "Jobs are still running. What they have made so far is kept where it can be.",
                 n_jobs));
    AdwMessageDialog *dialog = ADW_MESSAGE_DIALOG(widget);

    adw_message_dialog_add_responses(dialog, "cancel", _("_Cancel"), "stop", _("_Stop and Close"),
                                     NULL);
    adw_message_dialog_set_response_appearance(dialog, "stop", ADW_RESPONSE_DESTRUCTIVE);
    adw_message_dialog_set_default_response(dialog, "cancel");
    adw_message_dialog_set_close_response(dialog, "cancel");
    g_signal_connect_object(dialog, "response", G_CALLBACK(on_close_answer), window,
                            G_CONNECT_SWAPPED);
    gtk_window_present(GTK_WINDOW(dialog));
}

static gboolean
torchlight_window_close_request(GtkWindow *widget)
{
    TorchlightWindow *window = TORCHLIGHT_WINDOW(widget);
    guint n = count_running(window);
    int width, height;

    if (n > 0 && !window->may_close) {
        ask_to_close(window, n);
        return TRUE;
    }
    gtk_window_get_default_size(widget, &width, &height);
    if (!gtk_window_is_maximized(widget)) {
        g_settings_set_int(window->settings, "window-width", CLAMP(width, 360, 16384));
        g_settings_set_int(window->settings, "window-height", CLAMP(height, 294, 16384));
    }
    g_settings_set_boolean(window->settings, "window-maximized", gtk_window_is_maximized(widget));
    window->closing = true;
    if (!window_leave_project(window))
        return TRUE;
    return GTK_WINDOW_CLASS(torchlight_window_parent_class)->close_request(widget);
}

static gboolean
on_drop(GtkDropTarget *target, const GValue *value, double x, double y, TorchlightWindow *window)
{
    g_autoptr(GPtrArray) files = g_ptr_array_new();

    for (GSList *at = g_value_get_boxed(value); at; at = at->next)
        g_ptr_array_add(files, at->data);
    if (files->len == 0)
        return FALSE;
    torchlight_window_open(window, (GFile *const *)files->pdata, (int)files->len);
    return TRUE;
}

static void
on_recent_activated(TorchlightWindow *window, GtkListBoxRow *row)
{
    window_open_project(window, g_object_get_data(G_OBJECT(row), "path"));
}

static void
torchlight_window_dispose(GObject *object)
{
    TorchlightWindow *window = TORCHLIGHT_WINDOW(object);

    g_clear_object(&window->chooser);
    g_clear_object(&window->workspace);
    g_clear_object(&window->settings);
    G_OBJECT_CLASS(torchlight_window_parent_class)->dispose(object);
}

static void
ensure_types(void)
{
    g_type_ensure(TORCHLIGHT_TYPE_SPACE_BAR);
    g_type_ensure(TORCHLIGHT_TYPE_JOBS_PANEL);
    g_type_ensure(TORCHLIGHT_TYPE_LIBRARY_PAGE);
    g_type_ensure(TORCHLIGHT_TYPE_CAPTIONS_PAGE);
    g_type_ensure(TORCHLIGHT_TYPE_TRACE_PAGE);
    g_type_ensure(TORCHLIGHT_TYPE_MAP_PAGE);
    g_type_ensure(TORCHLIGHT_TYPE_REPAIR_PAGE);
    g_type_ensure(TORCHLIGHT_TYPE_TRAIN_PAGE);
    g_type_ensure(TORCHLIGHT_TYPE_GENERATE_PAGE);
    g_type_ensure(TORCHLIGHT_TYPE_EVALUATE_PAGE);
    g_type_ensure(TORCHLIGHT_TYPE_LEARN_PAGE);
}

static void
torchlight_window_class_init(TorchlightWindowClass *class)
{
    GtkWidgetClass *widget = GTK_WIDGET_CLASS(class);

    G_OBJECT_CLASS(class)->dispose = torchlight_window_dispose;
    widget->size_allocate = torchlight_window_size_allocate;
    GTK_WINDOW_CLASS(class)->close_request = torchlight_window_close_request;
    ensure_types();
    gtk_widget_class_set_template_from_resource(widget,
                                                "/io/github/torchlight/Torchlight/ui/window.ui");
#define BIND(child) gtk_widget_class_bind_template_child(widget, TorchlightWindow, child)
    BIND(toasts);
    BIND(root);
    BIND(header);
    BIND(switcher);
    BIND(space_bar);
    BIND(library_switcher);
    BIND(trace_switcher);
    BIND(undo);
    BIND(redo);
    BIND(jobs_button);
    BIND(jobs_spinner);
    BIND(jobs_popover);
    BIND(jobs_panel);
    BIND(problem_bar);
    BIND(problem);
    BIND(trace_name);
    BIND(stack);
    BIND(library_modes);
    BIND(trace_modes);
    BIND(library_page);
    BIND(captions_page);
    BIND(trace_page);
    BIND(map_page);
    BIND(repair_page);
    BIND(train_page);
    BIND(generate_page);
    BIND(evaluate_page);
    BIND(learn_page);
    BIND(recent_list);
    BIND(recent_box);
    BIND(recent_section);
#undef BIND
    window_add_actions(class);
}

static void
give_workspace(TorchlightWindow *window)
{
    TorchlightWorkspace *workspace = window->workspace;

#define GIVE(stem, TYPE)                                                                           \
    torchlight_##stem##_set_workspace(TORCHLIGHT_##TYPE(window->stem), workspace)
    GIVE(library_page, LIBRARY_PAGE);
    GIVE(captions_page, CAPTIONS_PAGE);
    GIVE(trace_page, TRACE_PAGE);
    GIVE(map_page, MAP_PAGE);
    GIVE(repair_page, REPAIR_PAGE);
    GIVE(train_page, TRAIN_PAGE);
    GIVE(generate_page, GENERATE_PAGE);
    GIVE(evaluate_page, EVALUATE_PAGE);
    GIVE(learn_page, LEARN_PAGE);
    GIVE(jobs_panel, JOBS_PANEL);
#undef GIVE
}

static void
follow_workspace(TorchlightWindow *window)
{
    TorchlightWorkspace *workspace = window->workspace;

#define FOLLOW(object, signal, handler)                                                            \
    g_signal_connect_object(object, signal, G_CALLBACK(handler), window, G_CONNECT_SWAPPED)
    FOLLOW(window->switcher, "notify::title-visible", update_space_bar_soon);
    FOLLOW(window->stack, "notify::visible-child", update_subtitle);
    FOLLOW(workspace, "toast", on_toast);
    FOLLOW(workspace, "go", window_go);
    FOLLOW(workspace, "error", window_tell_error);
    FOLLOW(workspace, "open-sample", window_open_sample);
    FOLLOW(workspace, "notify::project", on_project);
    FOLLOW(workspace, "notify::trace", on_trace);
    FOLLOW(workspace, "job-finished", on_job_finished);
    FOLLOW(torchlight_workspace_get_jobs(workspace), "items-changed", update_jobs_button);
#undef FOLLOW
}

static void
torchlight_window_init(TorchlightWindow *window)
{
    GtkDropTarget *drop;

    gtk_widget_init_template(GTK_WIDGET(window));
    torchlight_space_bar_set_stack(window->space_bar, window->stack);
    shrink_buttons(window->library_switcher);
    shrink_buttons(window->trace_switcher);
    window->workspace = torchlight_workspace_new();
    window->settings = g_object_ref(torchlight_workspace_get_settings(window->workspace));
    gtk_window_set_default_size(GTK_WINDOW(window),
                                g_settings_get_int(window->settings, "window-width"),
                                g_settings_get_int(window->settings, "window-height"));
    if (g_settings_get_boolean(window->settings, "window-maximized"))
        gtk_window_maximize(GTK_WINDOW(window));
    follow_workspace(window);
    give_workspace(window);

    g_signal_connect_object(window->settings, "changed::recent-projects",
                            G_CALLBACK(window_update_recent), window, G_CONNECT_SWAPPED);
    g_signal_connect_swapped(window->recent_list, "row-activated", G_CALLBACK(on_recent_activated),
                             window);
    g_signal_connect_swapped(window->jobs_panel, "leave", G_CALLBACK(gtk_popover_popdown),
                             window->jobs_popover);
    drop = gtk_drop_target_new(GDK_TYPE_FILE_LIST, GDK_ACTION_COPY);
    g_signal_connect(drop, "drop", G_CALLBACK(on_drop), window);
    gtk_widget_add_controller(GTK_WIDGET(window), GTK_EVENT_CONTROLLER(drop));

    window_update_recent(window);
    update_jobs_button(window);
    on_project(window);
    on_trace(window);
}

TorchlightWorkspace *
torchlight_window_get_workspace(TorchlightWindow *window)
{
    return window->workspace;
}

TorchlightWindow *
torchlight_window_new(GtkApplication *application)
{
    TorchlightWindow *window =
        g_object_new(TORCHLIGHT_TYPE_WINDOW, "application", application, NULL);

    latency_watch(GTK_WINDOW(window));
    return window;
}
