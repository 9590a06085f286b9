/* SPDX-License-Identifier: Apache-2.0 */
/* What the window can be told to do. Keys are given in application.c. */
#include "ui/window_private.h"

#include <glib/gi18n.h>

static void
on_new_project(GtkWidget *widget, const char *name, GVariant *parameter)
{
    window_choose_new_project(TORCHLIGHT_WINDOW(widget));
}

static void
on_open_project(GtkWidget *widget, const char *name, GVariant *parameter)
{
    window_choose_project(TORCHLIGHT_WINDOW(widget));
}

static void
on_open_sample(GtkWidget *widget, const char *name, GVariant *parameter)
{
    window_open_sample(TORCHLIGHT_WINDOW(widget));
}

static void
on_open_recent(GtkWidget *widget, const char *name, GVariant *parameter)
{
    window_open_project(TORCHLIGHT_WINDOW(widget), g_variant_get_string(parameter, NULL));
}

static void
on_close_project(GtkWidget *widget, const char *name, GVariant *parameter)
{
    window_leave_project(TORCHLIGHT_WINDOW(widget));
}

static void
on_import(GtkWidget *widget, const char *name, GVariant *parameter)
{
    window_choose_files(TORCHLIGHT_WINDOW(widget), false);
}

static void
on_import_folder(GtkWidget *widget, const char *name, GVariant *parameter)
{
    window_choose_files(TORCHLIGHT_WINDOW(widget), true);
}

static TorchlightProject *
project_of(GtkWidget *widget)
{
    return torchlight_workspace_get_project(TORCHLIGHT_WINDOW(widget)->workspace);
}

static void
on_undo(GtkWidget *widget, const char *name, GVariant *parameter)
{
    if (project_of(widget))
        torchlight_project_undo(project_of(widget));
}

static void
on_redo(GtkWidget *widget, const char *name, GVariant *parameter)
{
    if (project_of(widget))
        torchlight_project_redo(project_of(widget));
}

static void
on_go(GtkWidget *widget, const char *name, GVariant *parameter)
{
    const char *page = g_variant_get_string(parameter, NULL);

    if (project_of(widget)) {
        window_go(TORCHLIGHT_WINDOW(widget), page);
    } else if (g_str_equal(page, "learn")) { /* the tour needs nothing set up */
        TORCHLIGHT_WINDOW(widget)->first_page = "learn";
        window_open_sample(TORCHLIGHT_WINDOW(widget));
    }
}

static void
on_jobs(GtkWidget *widget, const char *name, GVariant *parameter)
{
    gtk_menu_button_popup(GTK_MENU_BUTTON(TORCHLIGHT_WINDOW(widget)->jobs_button));
}

static void
on_fullscreen(GtkWidget *widget, const char *name, GVariant *parameter)
{
    if (gtk_window_is_fullscreen(GTK_WINDOW(widget)))
        gtk_window_unfullscreen(GTK_WINDOW(widget));
    else
        gtk_window_fullscreen(GTK_WINDOW(widget));
}

static void
set_hint(GtkWidget *button, const char *what, const char *label)
{
    g_autofree char *text = label ? g_strdup_printf("%s: %s", what, label) : g_strdup(what);

    gtk_widget_set_tooltip_text(button, text);
    gtk_accessible_update_property(GTK_ACCESSIBLE(button), GTK_ACCESSIBLE_PROPERTY_LABEL, text, -1);
}

void
window_update_actions(TorchlightWindow *window)
{
    GtkWidget *widget = GTK_WIDGET(window);
    TorchlightProject *project = project_of(widget);
    g_autofree char *undo = NULL;
    g_autofree char *redo = NULL;

    if (project)
        g_object_get(project, "undo-label", &undo, "redo-label", &redo, NULL);
    gtk_widget_action_set_enabled(widget, "win.undo", undo != NULL);
    gtk_widget_action_set_enabled(widget, "win.redo", redo != NULL);
    gtk_widget_action_set_enabled(widget, "win.close-project", project != NULL);
    gtk_widget_action_set_enabled(widget, "win.import",
                                  !project || torchlight_project_is_writable(project));
    gtk_widget_action_set_enabled(widget, "win.import-folder",
                                  !project || torchlight_project_is_writable(project));
    gtk_widget_set_visible(window->undo, project && !window->is_narrow);
    gtk_widget_set_visible(window->redo, project && !window->is_narrow);
    set_hint(window->undo, _("Undo"), undo);
    set_hint(window->redo, _("Redo"), redo);
}

void
window_add_actions(TorchlightWindowClass *class)
{
    static const struct {
        const char *name;
        const char *parameter;
        GtkWidgetActionActivateFunc func;
    } actions[] = {
        {"win.new-project", NULL, on_new_project},
        {"win.open-project", NULL, on_open_project},
        {"win.open-sample", NULL, on_open_sample},
        {"win.open-recent", "s", on_open_recent},
        {"win.close-project", NULL, on_close_project},
        {"win.import", NULL, on_import},
        {"win.import-folder", NULL, on_import_folder},
        {"win.undo", NULL, on_undo},
        {"win.redo", NULL, on_redo},
        {"win.go", "s", on_go},
        {"win.jobs", NULL, on_jobs},
        {"win.fullscreen", NULL, on_fullscreen},
    };

    for (guint i = 0; i < G_N_ELEMENTS(actions); i++)
        gtk_widget_class_install_action(GTK_WIDGET_CLASS(class), actions[i].name,
                                        actions[i].parameter, actions[i].func);
}
