/* SPDX-License-Identifier: Apache-2.0 */
/* What the window can be told to do. Keys are given in application.c. */
#include "ui/window_private.h"

static TorchlightTraceView *
view_of(GtkWidget *widget)
{
    return torchlight_trace_page_get_view(TORCHLIGHT_WINDOW(widget)->page);
}

static void
on_open(GtkWidget *widget, const char *name, GVariant *parameter)
{
    window_choose_files(TORCHLIGHT_WINDOW(widget), false);
}

static void
on_open_folder(GtkWidget *widget, const char *name, GVariant *parameter)
{
    window_choose_files(TORCHLIGHT_WINDOW(widget), true);
}

static void
on_open_samples(GtkWidget *widget, const char *name, GVariant *parameter)
{
    window_open_samples(TORCHLIGHT_WINDOW(widget));
}

static void
on_open_uri(GtkWidget *widget, const char *name, GVariant *parameter)
{
    g_autoptr(GFile) file = g_file_new_for_uri(g_variant_get_string(parameter, NULL));

    torchlight_window_open(TORCHLIGHT_WINDOW(widget), &file, 1);
}

static void
on_save_caption(GtkWidget *widget, const char *name, GVariant *parameter)
{
    window_save_caption(TORCHLIGHT_WINDOW(widget));
}

static void
on_save_picture(GtkWidget *widget, const char *name, GVariant *parameter)
{
    window_save_picture(TORCHLIGHT_WINDOW(widget));
}

static void
on_export(GtkWidget *widget, const char *name, GVariant *parameter)
{
    window_export(TORCHLIGHT_WINDOW(widget));
}

static void
on_zoom_in(GtkWidget *widget, const char *name, GVariant *parameter)
{
    torchlight_trace_view_zoom_in(view_of(widget));
}

static void
on_zoom_out(GtkWidget *widget, const char *name, GVariant *parameter)
{
    torchlight_trace_view_zoom_out(view_of(widget));
}

static void
on_zoom_fit(GtkWidget *widget, const char *name, GVariant *parameter)
{
    torchlight_trace_view_zoom_fit(view_of(widget));
}

static void
on_zoom_one(GtkWidget *widget, const char *name, GVariant *parameter)
{
    torchlight_trace_view_zoom_one(view_of(widget));
}

static void
on_previous_picture(GtkWidget *widget, const char *name, GVariant *parameter)
{
    torchlight_trace_page_step(TORCHLIGHT_WINDOW(widget)->page, -1);
}

static void
on_next_picture(GtkWidget *widget, const char *name, GVariant *parameter)
{
    torchlight_trace_page_step(TORCHLIGHT_WINDOW(widget)->page, 1);
}

static void
on_previous_trace(GtkWidget *widget, const char *name, GVariant *parameter)
{
    torchlight_library_view_step(TORCHLIGHT_WINDOW(widget)->library, -1);
}

static void
on_next_trace(GtkWidget *widget, const char *name, GVariant *parameter)
{
    torchlight_library_view_step(TORCHLIGHT_WINDOW(widget)->library, 1);
}

static void
on_library(GtkWidget *widget, const char *name, GVariant *parameter)
{
    TorchlightWindow *window = TORCHLIGHT_WINDOW(widget);

    if (gtk_widget_get_visible(window->library_button))
        adw_flap_set_reveal_flap(window->library_flap,
                                 !adw_flap_get_reveal_flap(window->library_flap));
}

static void
on_generate(GtkWidget *widget, const char *name, GVariant *parameter)
{
    TorchlightWindow *window = TORCHLIGHT_WINDOW(widget);
    bool open = !adw_flap_get_reveal_flap(window->generate_flap);

    adw_flap_set_reveal_flap(window->generate_flap, open);
    if (open)
        torchlight_generate_panel_focus_prompt(window->panel);
}

static void
on_run_generate(GtkWidget *widget, const char *name, GVariant *parameter)
{
    torchlight_generate_panel_run(TORCHLIGHT_WINDOW(widget)->panel);
}

static void
on_cancel_generate(GtkWidget *widget, const char *name, GVariant *parameter)
{
    torchlight_generate_panel_cancel(TORCHLIGHT_WINDOW(widget)->panel);
}

void
window_add_actions(TorchlightWindowClass *class)
{
    static const struct {
        const char *name;
        const char *parameter;
        GtkWidgetActionActivateFunc func;
    } actions[] = {
        {"win.open", NULL, on_open},
        {"win.open-folder", NULL, on_open_folder},
        {"win.open-samples", NULL, on_open_samples},
        {"win.open-uri", "s", on_open_uri},
        {"win.save-caption", NULL, on_save_caption},
        {"win.save-picture", NULL, on_save_picture},
        {"win.export", NULL, on_export},
        {"win.zoom-in", NULL, on_zoom_in},
        {"win.zoom-out", NULL, on_zoom_out},
        {"win.zoom-fit", NULL, on_zoom_fit},
        {"win.zoom-one", NULL, on_zoom_one},
        {"win.previous-picture", NULL, on_previous_picture},
        {"win.next-picture", NULL, on_next_picture},
        {"win.previous-trace", NULL, on_previous_trace},
        {"win.next-trace", NULL, on_next_trace},
        {"win.library", NULL, on_library},
        {"win.generate", NULL, on_generate},
        {"win.run-generate", NULL, on_run_generate},
        {"win.cancel-generate", NULL, on_cancel_generate},
    };

    for (guint i = 0; i < G_N_ELEMENTS(actions); i++)
        gtk_widget_class_install_action(GTK_WIDGET_CLASS(class), actions[i].name,
                                        actions[i].parameter, actions[i].func);
}
