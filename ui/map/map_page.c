/* SPDX-License-Identifier: Apache-2.0 */
/* The page “Control Map”: the edges of the opened trace, found by thresholds and edited by hand. */
#include "ui/map/map_page_private.h"

#include <glib/gi18n.h>

enum { COUNT_AFTER_MS = 100 };

G_DEFINE_FINAL_TYPE(TorchlightMapPage, torchlight_map_page, GTK_TYPE_WIDGET)

GtkWindow *
map_page_window(TorchlightMapPage *page)
{
    GtkRoot *root = gtk_widget_get_root(GTK_WIDGET(page));

    return GTK_IS_WINDOW(root) ? GTK_WINDOW(root) : NULL;
}

bool
map_page_can_edit(TorchlightMapPage *page)
{
    return page->current && page->project && torchlight_project_is_writable(page->project);
}

/* Not at every step of a stroke: counting takes a moment. */
static gboolean
update_count(gpointer data)
{
    TorchlightMapPage *page = data;

    page->count_timer = 0;
    if (!page->current)
        return G_SOURCE_REMOVE;
    const ControlMap *map = torchlight_map_document_get_map(page->current);
    const size_t n = (size_t)map->width * map->height;
    size_t n_edges = 0;
    for (size_t i = 0; i < n; i++)
        n_edges += map->pixels[i] != 0;
    g_autofree char *text =
        g_strdup_printf(ngettext("%'d pixel on an edge (%.1f %%)",
                                 "%'d pixels on an edge (%.1f %%)", (gulong)n_edges),
                        (int)n_edges, 100.0 * (double)n_edges / (double)n);
    gtk_label_set_text(page->count, text);
    return G_SOURCE_REMOVE;
}

void
map_page_update_source(TorchlightMapPage *page)
{
    const ControlSource *source;

    if (!page->current)
        return;
    source = torchlight_map_document_get_source(page->current);
    page->refreshing = true;
    gtk_widget_set_visible(page->edges_group, source->canny);
    gtk_widget_set_visible(page->edges_note, !source->canny);
    gtk_widget_set_sensitive(page->edges_group, map_page_can_edit(page));
    if (source->canny) {
        gtk_adjustment_set_value(page->low, source->low);
        gtk_adjustment_set_value(page->high, source->high);
        gtk_switch_set_active(page->l2, source->l2);
    }
    page->refreshing = false;
    if (!page->count_timer)
        page->count_timer = g_timeout_add(COUNT_AFTER_MS, update_count, page);
}

void
map_page_show(TorchlightMapPage *page, const char *child)
{
    gtk_stack_set_visible_child_name(GTK_STACK(page->content), child);
    torchlight_map_canvas_set_editable(page->canvas, map_page_can_edit(page));
    map_page_list(page);
    map_page_update_source(page);
}

/* --- what the hand changes --- */

static void
on_threshold(TorchlightMapPage *page, GtkAdjustment *moved)
{
    double low = gtk_adjustment_get_value(page->low), high = gtk_adjustment_get_value(page->high);

    if (page->refreshing || !page->current)
        return;
    if (low > high) {
        if (moved == page->low)
            high = low;
        else
            low = high;
    }
    torchlight_map_document_set_thresholds(page->current, low, high,
                                           gtk_switch_get_active(page->l2));
}

static void
on_l2(TorchlightMapPage *page)
{
    if (!page->refreshing)
        on_threshold(page, NULL);
}

static void
on_show(TorchlightMapPage *page)
{
    const MapShow show = gtk_toggle_button_get_active(page->show_picture) ? MAP_SHOW_PICTURE
                         : gtk_toggle_button_get_active(page->show_map)   ? MAP_SHOW_MAP
                                                                          : MAP_SHOW_BOTH;

    torchlight_map_canvas_set_show(page->canvas, show,
                                   gtk_adjustment_get_value(page->opacity) / 100);
}

static void
on_guide(TorchlightMapPage *page)
{
    torchlight_map_canvas_set_guide(page->canvas, gtk_switch_get_active(page->guide));
}

static void
on_zoom(TorchlightMapPage *page)
{
    const double zoom = torchlight_map_canvas_get_zoom(page->canvas);
    g_autofree char *text = g_strdup_printf(_("%.0f %%"), zoom * 100);
    g_autofree char *name = g_strdup_printf(_("Zoom %s: fit into the window"), text);

    gtk_button_set_label(page->zoom_button, text);
    gtk_accessible_update_property(GTK_ACCESSIBLE(page->zoom_button), GTK_ACCESSIBLE_PROPERTY_LABEL,
                                   name, -1);
}

static void
on_map_selected(TorchlightMapPage *page)
{
    const guint at = gtk_drop_down_get_selected(page->maps);

    if (page->refreshing || at >= page->listed->len)
        return;
    TorchlightItem *item = page->listed->pdata[at];
    if (item && (!page->current || torchlight_map_document_get_item(page->current) != item))
        map_page_open(page, item, false);
}

/* --- what the workspace changes --- */

static void
on_maps_changed(TorchlightMapPage *page)
{
    map_page_list(page);
    /* The last entry is what is shown; another one is there to go to. */
    if (page->current && torchlight_map_document_is_removed(page->current) && page->listed->len > 1)
        map_page_open_any(page);
}

static void
on_project(TorchlightMapPage *page)
{
    TorchlightProject *project = torchlight_workspace_get_project(page->workspace);

    if (project == page->project)
        return;
    map_page_flush(page);
    map_page_close(page);
    if (page->project)
        g_signal_handlers_disconnect_by_data(torchlight_project_get_items(page->project, ITEM_MAP),
                                             page);
    g_set_object(&page->project, project);
    if (project)
        g_signal_connect_object(torchlight_project_get_items(project, ITEM_MAP), "items-changed",
                                G_CALLBACK(on_maps_changed), page, G_CONNECT_SWAPPED);
    map_page_list(page);
}

/* Edges are found when the page is looked at. */
static void
open_if_seen(TorchlightMapPage *page)
{
    if (gtk_widget_get_mapped(GTK_WIDGET(page)) && page->project && !page->current &&
        torchlight_workspace_get_document(page->workspace))
        map_page_open_any(page);
}

static void
on_trace(TorchlightMapPage *page)
{
    map_page_flush(page);
    map_page_close(page);
}

static void
on_document(TorchlightMapPage *page)
{
    map_page_close(page);
    open_if_seen(page);
}

/* Colours only: what is edited stays. */
static void
on_palette(TorchlightMapPage *page)
{
    if (page->current)
        on_document(page);
}

void
torchlight_map_page_set_workspace(TorchlightMapPage *page, TorchlightWorkspace *workspace)
{
    const struct {
        const char *signal;
        GCallback func;
    } signals[] = {{"notify::project", G_CALLBACK(on_project)},
                   {"notify::trace", G_CALLBACK(on_trace)},
                   {"notify::document", G_CALLBACK(on_document)},
                   {"notify::palette", G_CALLBACK(on_palette)}};

    g_return_if_fail(!page->workspace);
    g_set_object(&page->workspace, workspace);
    for (guint i = 0; i < G_N_ELEMENTS(signals); i++)
        g_signal_connect_object(workspace, signals[i].signal, signals[i].func, page,
                                G_CONNECT_SWAPPED);
    on_project(page);
    map_page_close(page);
}

static void
torchlight_map_page_map(GtkWidget *widget)
{
    TorchlightMapPage *page = TORCHLIGHT_MAP_PAGE(widget);

    GTK_WIDGET_CLASS(torchlight_map_page_parent_class)->map(widget);
    if (page->workspace)
        open_if_seen(page);
}

static void
torchlight_map_page_dispose(GObject *object)
{
    TorchlightMapPage *page = TORCHLIGHT_MAP_PAGE(object);
    GHashTableIter at;
    gpointer document;

    if (page->opening)
        g_cancellable_cancel(page->opening);
    g_clear_object(&page->opening);
    g_clear_handle_id(&page->count_timer, g_source_remove);
    g_clear_object(&page->chooser);
    if (page->documents) {
        map_page_forget(page);
        g_hash_table_iter_init(&at, page->documents);
        while (g_hash_table_iter_next(&at, &document, NULL))
            g_object_weak_unref(document, map_page_on_document_gone, page);
        g_clear_pointer(&page->documents, g_hash_table_unref);
    }
    g_clear_pointer(&page->listed, g_ptr_array_unref);
    g_clear_pointer(&page->content, gtk_widget_unparent);
    g_clear_object(&page->project);
    g_clear_object(&page->workspace);
    G_OBJECT_CLASS(torchlight_map_page_parent_class)->dispose(object);
}

static void
bind_template(GtkWidgetClass *widget)
{
    gtk_widget_class_set_template_from_resource(widget,
                                                "/io/github/torchlight/Torchlight/ui/map_page.ui");
    gtk_widget_class_bind_template_child(widget, TorchlightMapPage, content);
    gtk_widget_class_bind_template_child(widget, TorchlightMapPage, loaded_button);
    gtk_widget_class_bind_template_child(widget, TorchlightMapPage, flap);
    gtk_widget_class_bind_template_child(widget, TorchlightMapPage, canvas);
    gtk_widget_class_bind_template_child(widget, TorchlightMapPage, selection_bar);
    gtk_widget_class_bind_template_child(widget, TorchlightMapPage, selection_label);
    gtk_widget_class_bind_template_child(widget, TorchlightMapPage, brush);
    gtk_widget_class_bind_template_child(widget, TorchlightMapPage, filled);
    gtk_widget_class_bind_template_child(widget, TorchlightMapPage, zoom_button);
    gtk_widget_class_bind_template_child(widget, TorchlightMapPage, readout);
    gtk_widget_class_bind_template_child(widget, TorchlightMapPage, maps);
    gtk_widget_class_bind_template_child(widget, TorchlightMapPage, edges_group);
    gtk_widget_class_bind_template_child(widget, TorchlightMapPage, edges_note);
    gtk_widget_class_bind_template_child(widget, TorchlightMapPage, low);
    gtk_widget_class_bind_template_child(widget, TorchlightMapPage, high);
    gtk_widget_class_bind_template_child(widget, TorchlightMapPage, l2);
    gtk_widget_class_bind_template_child(widget, TorchlightMapPage, guide);
    gtk_widget_class_bind_template_child(widget, TorchlightMapPage, count);
    gtk_widget_class_bind_template_child(widget, TorchlightMapPage, show_picture);
    gtk_widget_class_bind_template_child(widget, TorchlightMapPage, show_both);
    gtk_widget_class_bind_template_child(widget, TorchlightMapPage, show_map);
    gtk_widget_class_bind_template_child(widget, TorchlightMapPage, opacity);
    gtk_widget_class_bind_template_child(widget, TorchlightMapPage, field);
    gtk_widget_class_bind_template_child(widget, TorchlightMapPage, first_packet);
    gtk_widget_class_bind_template_child(widget, TorchlightMapPage, last_packet);
    gtk_widget_class_bind_template_child(widget, TorchlightMapPage, edit_group);
}

static void
torchlight_map_page_class_init(TorchlightMapPageClass *class)
{
    GtkWidgetClass *widget = GTK_WIDGET_CLASS(class);

    G_OBJECT_CLASS(class)->dispose = torchlight_map_page_dispose;
    widget->map = torchlight_map_page_map;
    g_type_ensure(TORCHLIGHT_TYPE_MAP_CANVAS);
    bind_template(widget);
    map_page_bind_tools(widget);
    map_page_add_file_actions(widget);
    map_page_add_tool_actions(widget);
    gtk_widget_class_set_layout_manager_type(widget, GTK_TYPE_BIN_LAYOUT);
}

static void
torchlight_map_page_init(TorchlightMapPage *page)
{
    page->documents = g_hash_table_new(NULL, NULL);
    page->listed = g_ptr_array_new_with_free_func((GDestroyNotify)map_page_unref_listed);
    gtk_widget_init_template(GTK_WIDGET(page));
    map_page_init_tools(page);
    g_signal_connect_swapped(page->low, "value-changed", G_CALLBACK(on_threshold), page);
    g_signal_connect_swapped(page->high, "value-changed", G_CALLBACK(on_threshold), page);
    g_signal_connect_swapped(page->l2, "notify::active", G_CALLBACK(on_l2), page);
    g_signal_connect_swapped(page->show_picture, "toggled", G_CALLBACK(on_show), page);
    g_signal_connect_swapped(page->show_map, "toggled", G_CALLBACK(on_show), page);
    g_signal_connect_swapped(page->opacity, "value-changed", G_CALLBACK(on_show), page);
    g_signal_connect_swapped(page->guide, "notify::active", G_CALLBACK(on_guide), page);
    g_signal_connect_swapped(page->canvas, "notify::zoom", G_CALLBACK(on_zoom), page);
    g_signal_connect_swapped(page->maps, "notify::selected", G_CALLBACK(on_map_selected), page);
    g_object_bind_property(page->canvas, "readout", page->readout, "label", 0);
}
