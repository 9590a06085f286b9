/* SPDX-License-Identifier: Apache-2.0 */
/* What the trace page can be told to do, and by which keys. */
#include "ui/trace/trace_page_private.h"

#include "ui/trace/wireshark.h"

static TorchlightTracePage *
page_of(GtkWidget *widget)
{
    return TORCHLIGHT_TRACE_PAGE(widget);
}

static void
on_zoom(GtkWidget *widget, const char *name, GVariant *parameter)
{
    static const struct {
        const char *name;
        void (*zoom)(TorchlightTraceView *view);
    } zooms[] = {{"trace.zoom-in", torchlight_trace_view_zoom_in},
                 {"trace.zoom-out", torchlight_trace_view_zoom_out},
                 {"trace.zoom-fit", torchlight_trace_view_zoom_fit},
                 {"trace.zoom-one", torchlight_trace_view_zoom_one}};

    for (size_t i = 0; i < G_N_ELEMENTS(zooms); i++) {
        if (g_str_equal(name, zooms[i].name))
            zooms[i].zoom(page_of(widget)->view);
    }
}

static void
on_zoom_chosen(GtkWidget *widget, const char *name, GVariant *parameter)
{
    int first, n;

    if (torchlight_trace_view_get_columns(page_of(widget)->view, &first, &n))
        torchlight_trace_view_zoom_to(page_of(widget)->view, first, n);
}

static void
on_copy(GtkWidget *widget, const char *name, GVariant *parameter)
{
    if (g_str_equal(name, "trace.copy-bits"))
        trace_page_copy_bits(page_of(widget));
    else if (g_str_equal(name, "trace.copy-value"))
        trace_page_copy_value(page_of(widget));
    else
        trace_page_copy_text(page_of(widget));
}

static void
on_find_next(GtkWidget *widget, const char *name, GVariant *parameter)
{
    trace_page_find_step(page_of(widget), g_str_equal(name, "trace.find-next") ? 1 : -1);
}

static void
on_compare_close(GtkWidget *widget, const char *name, GVariant *parameter)
{
    trace_page_compare_with(page_of(widget), NULL);
}

static void
on_flip(GtkWidget *widget, const char *name, GVariant *parameter)
{
    trace_page_compare_flip(page_of(widget));
}

static void
on_save_picture(GtkWidget *widget, const char *name, GVariant *parameter)
{
    trace_page_save_picture(page_of(widget));
}

static void
on_wireshark(GtkWidget *widget, const char *name, GVariant *parameter)
{
    trace_page_open_wireshark(page_of(widget));
}

void
trace_page_add_actions(TorchlightTracePageClass *class)
{
    static const struct {
        const char *name;
        GtkWidgetActionActivateFunc func;
    } actions[] = {
        {"trace.zoom-in", on_zoom},
        {"trace.zoom-out", on_zoom},
        {"trace.zoom-fit", on_zoom},
        {"trace.zoom-one", on_zoom},
        {"trace.zoom-chosen", on_zoom_chosen},
        {"trace.copy", on_copy},
        {"trace.copy-bits", on_copy},
        {"trace.copy-value", on_copy},
        {"trace.find-next", on_find_next},
        {"trace.find-previous", on_find_next},
        {"trace.compare-close", on_compare_close},
        {"trace.compare-flip", on_flip},
        {"trace.save-picture", on_save_picture},
        {"trace.wireshark", on_wireshark},
    };
    GtkWidgetClass *widget = GTK_WIDGET_CLASS(class);

    for (guint i = 0; i < G_N_ELEMENTS(actions); i++)
        gtk_widget_class_install_action(widget, actions[i].name, NULL, actions[i].func);
    gtk_widget_class_install_property_action(widget, "trace.find", "finding");
    gtk_widget_class_install_property_action(widget, "trace.highlight", "highlight");
    gtk_widget_class_install_property_action(widget, "trace.panels", "panels");
    gtk_widget_class_install_property_action(widget, "trace.compare", "compare");
}

/* Letters alone reach an entry before they come here. */
GtkShortcutController *
trace_page_make_shortcuts(void)
{
    static const struct {
        const char *keys, *action;
    } keys[] = {
        {"<Control>plus|<Control>equal|<Control>KP_Add", "trace.zoom-in"},
        {"<Control>minus|<Control>KP_Subtract", "trace.zoom-out"},
        {"<Control>0|<Control>KP_0", "trace.zoom-fit"},
        {"<Control>1|<Control>KP_1", "trace.zoom-one"},
        {"<Control>2|<Control>KP_2", "trace.zoom-chosen"},
        {"<Control>f", "trace.find"},
        {"<Control>g|F3", "trace.find-next"},
        {"<Control><Shift>g|<Shift>F3", "trace.find-previous"},
        {"<Control>c|<Control>Insert", "trace.copy"},
        {"<Control><Shift>c", "trace.copy-value"},
        {"h", "trace.highlight"},
        {"b", "trace.compare-flip"},
        {"F9", "trace.panels"},
    };
    GtkShortcutController *controller = GTK_SHORTCUT_CONTROLLER(gtk_shortcut_controller_new());

    gtk_shortcut_controller_set_scope(controller, GTK_SHORTCUT_SCOPE_GLOBAL);
    for (guint i = 0; i < G_N_ELEMENTS(keys); i++)
        gtk_shortcut_controller_add_shortcut(
            controller, gtk_shortcut_new(gtk_shortcut_trigger_parse_string(keys[i].keys),
                                         gtk_named_action_new(keys[i].action)));
    return controller;
}

void
trace_page_update_actions(TorchlightTracePage *page)
{
    GtkWidget *widget = GTK_WIDGET(page);
    bool has_picture = trace_page_picture(page) != NULL;
    bool has_packet = has_picture && torchlight_trace_view_get_chosen(page->view).row >= 0;
    int first, n;
    bool has_columns = torchlight_trace_view_get_columns(page->view, &first, &n);

    gtk_widget_action_set_enabled(widget, "trace.copy", has_packet);
    gtk_widget_action_set_enabled(widget, "trace.copy-bits", has_packet);
    gtk_widget_action_set_enabled(widget, "trace.copy-value", has_packet && has_columns);
    gtk_widget_action_set_enabled(widget, "trace.zoom-chosen", has_columns);
    gtk_widget_action_set_enabled(widget, "trace.find-next", has_picture);
    gtk_widget_action_set_enabled(widget, "trace.find-previous", has_picture);
    gtk_widget_action_set_enabled(widget, "trace.compare-flip", page->other != NULL);
    gtk_widget_action_set_enabled(widget, "trace.compare-close", page->other_item != NULL);
    gtk_widget_action_set_enabled(widget, "trace.save-picture", has_picture);
    gtk_widget_action_set_enabled(widget, "trace.wireshark",
                                  has_picture && wireshark_is_installed());
}
