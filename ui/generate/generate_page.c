/* SPDX-License-Identifier: Apache-2.0 */
/* The page “Generate”: the form at the side, what is drawn beside it. */
#include <glib/gi18n.h>

#include "ui/generate/generate_page_private.h"
#include "ui/generate/grid_window.h"

G_DEFINE_FINAL_TYPE(TorchlightGeneratePage, torchlight_generate_page, GTK_TYPE_WIDGET)

/* --- form and results, side by side or one over the other --- */

static void
on_folded(TorchlightGeneratePage *page)
{
    bool folded = adw_flap_get_folded(page->flap);

    gtk_widget_set_visible(page->folded_bar, folded);
    gtk_widget_set_visible(page->show_results, folded);
    if (!folded)
        adw_flap_set_reveal_flap(page->flap, TRUE);
}

static void
show_form(TorchlightGeneratePage *page)
{
    adw_flap_set_reveal_flap(page->flap, TRUE);
    torchlight_generate_form_focus(page->form);
}

static void
on_show_form(GtkWidget *widget, const char *action, GVariant *parameter)
{
    show_form(TORCHLIGHT_GENERATE_PAGE(widget));
}

static void
show_results(TorchlightGeneratePage *page)
{
    if (adw_flap_get_folded(page->flap))
        adw_flap_set_reveal_flap(page->flap, FALSE);
}

static void
on_show_results(GtkWidget *widget, const char *action, GVariant *parameter)
{
    show_results(TORCHLIGHT_GENERATE_PAGE(widget));
}

/* --- into the queue --- */

static void
update_actions(TorchlightGeneratePage *page)
{
    bool can = page->project && torchlight_project_is_writable(page->project) &&
               torchlight_generate_form_has_prompt(page->form);

    gtk_widget_action_set_enabled(GTK_WIDGET(page), "generate.run", can);
    gtk_widget_action_set_enabled(GTK_WIDGET(page), "generate.grid", can);
}

static void
add_to_queue(TorchlightGeneratePage *page, GridAxis *x, GridAxis *y)
{
    GenerateParams *params = torchlight_generate_form_take_params(page->form);

    if (!torchlight_generate_queue_add(page->queue, params, x, y)) {
        torchlight_workspace_tell_error(page->workspace, _("Nothing Can Be Generated"),
                                        _("This project cannot be written to: save it elsewhere, "
                                          "or open another."));
        return;
    }
    if (!torchlight_generate_queue_get_running(page->queue))
        torchlight_workspace_toast(page->workspace, _("It waits: the queue is held"));
    show_results(page);
}

static void
on_run(GtkWidget *widget, const char *action, GVariant *parameter)
{
    add_to_queue(TORCHLIGHT_GENERATE_PAGE(widget), NULL, NULL);
}

static void
on_draw_grid(TorchlightGeneratePage *page, GridAxis *x, GridAxis *y)
{
    if (page->queue)
        add_to_queue(page, x ? grid_axis_copy(x) : NULL, y ? grid_axis_copy(y) : NULL);
}

static void
on_grid(GtkWidget *widget, const char *action, GVariant *parameter)
{
    TorchlightGeneratePage *page = TORCHLIGHT_GENERATE_PAGE(widget);
    g_autoptr(GenerateParams) params = torchlight_generate_form_take_params(page->form);
    GtkWidget *window = torchlight_grid_window_new(GTK_WINDOW(gtk_widget_get_root(widget)),
                                                   params->loras->len > 0, params->control != NULL);

    g_signal_connect_object(window, "draw", G_CALLBACK(on_draw_grid), page, G_CONNECT_SWAPPED);
    gtk_window_present(GTK_WINDOW(window));
}

/* --- the workspace --- */

static void
on_project(TorchlightGeneratePage *page)
{
    TorchlightProject *project = torchlight_workspace_get_project(page->workspace);

    if (project == page->project)
        return;
    generate_page_close_queue(page);
    g_set_object(&page->project, project);
    generate_page_watch_queue(page);
    generate_page_watch_results(page);
    update_actions(page);
}

static void
on_use_lora(TorchlightGeneratePage *page, TorchlightItem *item)
{
    torchlight_generate_form_use_lora(page->form, item);
    show_form(page);
}

static void
on_use_map(TorchlightGeneratePage *page, TorchlightItem *item)
{
    torchlight_generate_form_use_map(page->form, item);
    show_form(page);
}

void
torchlight_generate_page_set_workspace(TorchlightGeneratePage *page, TorchlightWorkspace *workspace)
{
    g_set_object(&page->workspace, workspace);
    torchlight_generate_form_set_workspace(page->form, workspace);
    generate_page_make_cells(page);
#define FOLLOW(signal, handler)                                                                    \
    g_signal_connect_object(workspace, signal, G_CALLBACK(handler), page, G_CONNECT_SWAPPED)
    FOLLOW("notify::project", on_project);
    FOLLOW("notify::palette", generate_page_make_cells);
    FOLLOW("use-lora", on_use_lora);
    FOLLOW("use-map", on_use_map);
#undef FOLLOW
    on_project(page);
    update_actions(page);
}

static void
torchlight_generate_page_dispose(GObject *object)
{
    TorchlightGeneratePage *page = TORCHLIGHT_GENERATE_PAGE(object);

    generate_page_close_queue(page);
    if (page->gallery) {
        gtk_grid_view_set_model(page->gallery, NULL);
        gtk_grid_view_set_factory(page->gallery, NULL);
        page->gallery = NULL;
    }
    if (page->results)
        g_signal_handlers_disconnect_by_data(page->results, page);
    g_clear_object(&page->results);
    if (page->flap)
        gtk_widget_unparent(GTK_WIDGET(g_steal_pointer(&page->flap)));
    g_clear_object(&page->project);
    g_clear_object(&page->workspace);
    G_OBJECT_CLASS(torchlight_generate_page_parent_class)->dispose(object);
}

static void
torchlight_generate_page_class_init(TorchlightGeneratePageClass *class)
{
    GtkWidgetClass *widget = GTK_WIDGET_CLASS(class);

    G_OBJECT_CLASS(class)->dispose = torchlight_generate_page_dispose;
    g_type_ensure(TORCHLIGHT_TYPE_GENERATE_FORM);
    gtk_widget_class_set_template_from_resource(
        widget, "/io/github/torchlight/Torchlight/ui/generate_page.ui");
    gtk_widget_class_set_layout_manager_type(widget, GTK_TYPE_BIN_LAYOUT);
#define BIND(name) gtk_widget_class_bind_template_child(widget, TorchlightGeneratePage, name)
    BIND(flap);
    BIND(form);
    BIND(show_results);
    BIND(folded_bar);
    BIND(now);
    BIND(preview);
    BIND(status);
    BIND(skip);
    BIND(progress);
    BIND(queue_box);
    BIND(queue_title);
    BIND(toggle);
    BIND(queue_list);
    BIND(stack);
    BIND(gallery);
    BIND(detail);
    BIND(detail_title);
    BIND(detail_text);
#undef BIND
    gtk_widget_class_install_action(widget, "generate.run", NULL, on_run);
    gtk_widget_class_install_action(widget, "generate.grid", NULL, on_grid);
    gtk_widget_class_install_action(widget, "generate.show-form", NULL, on_show_form);
    gtk_widget_class_install_action(widget, "generate.show-results", NULL, on_show_results);
    gtk_widget_class_add_binding_action(widget, GDK_KEY_Return, GDK_CONTROL_MASK, "generate.run",
                                        NULL);
    gtk_widget_class_add_binding_action(widget, GDK_KEY_KP_Enter, GDK_CONTROL_MASK, "generate.run",
                                        NULL);
    generate_page_add_queue_actions(class);
    generate_page_add_gallery_actions(class);
}

static void
torchlight_generate_page_init(TorchlightGeneratePage *page)
{
    gtk_widget_init_template(GTK_WIDGET(page));
    g_signal_connect_swapped(page->flap, "notify::folded", G_CALLBACK(on_folded), page);
    g_signal_connect_swapped(page->form, "changed", G_CALLBACK(update_actions), page);
    update_actions(page);
}
