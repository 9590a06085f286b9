/* SPDX-License-Identifier: Apache-2.0 */
/* The grid of the library: its cells, what is looked for, how many there are. */
#include <glib/gi18n.h>
#include <string.h>

#include "ui/library/library_page_private.h"
#include "ui/library/trace_cell.h"

enum {
    CELL_MARGINS = 24, /* around a picture, as style.css has it */
    MAX_PROTOCOLS = 24,
};

static const int sizes[] = {96, 144, 192};
static const char list_item_key[] = "torchlight-list-item";

G_DEFINE_FINAL_TYPE(TorchlightLibraryPage, torchlight_library_page, GTK_TYPE_WIDGET)

static int
picture_size(TorchlightLibraryPage *page)
{
    int step =
        g_settings_get_int(torchlight_workspace_get_settings(page->workspace), "library-size");

    return sizes[CLAMP(step, 0, (int)G_N_ELEMENTS(sizes) - 1)];
}

/* --- cells --- */

static void
on_setup(GtkSignalListItemFactory *factory, GtkListItem *list_item, TorchlightLibraryPage *page)
{
    GtkWidget *cell =
        torchlight_trace_cell_new(thumbnails_of(G_OBJECT(page->workspace)), picture_size(page));

    g_object_set_data(G_OBJECT(cell), list_item_key, list_item);
    gtk_list_item_set_child(list_item, cell);
}

static void
on_bind(GtkSignalListItemFactory *factory, GtkListItem *list_item, TorchlightLibraryPage *page)
{
    TorchlightTraceCell *cell = TORCHLIGHT_TRACE_CELL(gtk_list_item_get_child(list_item));

    torchlight_trace_cell_set_size(cell, picture_size(page));
    torchlight_trace_cell_set_item(cell, gtk_list_item_get_item(list_item),
                                   torchlight_workspace_get_palette(page->workspace));
}

static void
on_unbind(GtkSignalListItemFactory *factory, GtkListItem *list_item, TorchlightLibraryPage *page)
{
    torchlight_trace_cell_set_item(TORCHLIGHT_TRACE_CELL(gtk_list_item_get_child(list_item)), NULL,
                                   0);
}

/* A factory anew makes all cells anew: for another size or palette. */
static void
make_cells(TorchlightLibraryPage *page)
{
    g_autoptr(GtkListItemFactory) factory = gtk_signal_list_item_factory_new();

    g_signal_connect(factory, "setup", G_CALLBACK(on_setup), page);
    g_signal_connect(factory, "bind", G_CALLBACK(on_bind), page);
    g_signal_connect(factory, "unbind", G_CALLBACK(on_unbind), page);
    gtk_grid_view_set_factory(page->grid, factory);
}

/* The grid keeps as many rows of cells as it might show, whatever their width: so it is told how
 * many go side by side, and does not make thousands. The least stays one: it is what the window
 * can be narrowed to. */
static gboolean
set_columns(gpointer data)
{
    TorchlightLibraryPage *page = data;
    int width = gtk_widget_get_width(GTK_WIDGET(page->grid));
    guint n = (guint)CLAMP(width / (picture_size(page) + CELL_MARGINS), 1, 64);

    page->columns_idle = 0;
    if (n != gtk_grid_view_get_max_columns(page->grid))
        gtk_grid_view_set_max_columns(page->grid, n);
    return G_SOURCE_REMOVE;
}

static void
torchlight_library_page_size_allocate(GtkWidget *widget, int width, int height, int baseline)
{
    TorchlightLibraryPage *page = TORCHLIGHT_LIBRARY_PAGE(widget);

    gtk_widget_allocate(page->content, width, height, baseline, NULL);
    gtk_popover_present(GTK_POPOVER(page->menu));
    if (page->columns_idle == 0)
        page->columns_idle = g_idle_add(set_columns, page);
}

static void
torchlight_library_page_measure(GtkWidget *widget, GtkOrientation orientation, int for_size,
                                int *minimum, int *natural, int *minimum_baseline,
                                int *natural_baseline)
{
    gtk_widget_measure(TORCHLIGHT_LIBRARY_PAGE(widget)->content, orientation, for_size, minimum,
                       natural, minimum_baseline, natural_baseline);
}

static void
on_size(TorchlightLibraryPage *page)
{
    int step = (int)(gtk_range_get_value(page->size) + 0.5);
    GSettings *settings;

    if (!page->workspace)
        return;
    settings = torchlight_workspace_get_settings(page->workspace);
    if (step == g_settings_get_int(settings, "library-size"))
        return;
    g_settings_set_int(settings, "library-size", step);
    make_cells(page);
    set_columns(page);
}

/* --- how many --- */

static char *
count_text(guint n_all, guint n, guint n_selected)
{
    g_autofree char *all =
        n == n_all
            ? g_strdup_printf(ngettext("%'u trace", "%'u traces", n_all), n_all)
            : g_strdup_printf(ngettext("%'u of %'u trace", "%'u of %'u traces", n_all), n, n_all);
    g_autofree char *selected =
        n_selected
            ? g_strdup_printf(ngettext("%'u selected", "%'u selected", n_selected), n_selected)
            : NULL;

    return selected ? g_strconcat(all, " · ", selected, NULL) : g_steal_pointer(&all);
}

void
library_page_update(TorchlightLibraryPage *page)
{
    GtkSelectionModel *traces = torchlight_workspace_get_traces(page->workspace);
    g_autoptr(GtkBitset) selected = gtk_selection_model_get_selection(traces);
    guint n_all = page->items ? g_list_model_get_n_items(page->items) : 0;
    guint n = g_list_model_get_n_items(G_LIST_MODEL(traces));
    g_autofree char *count = count_text(n_all, n, (guint)gtk_bitset_get_size(selected));

    gtk_stack_set_visible_child_name(page->stack, n_all == 0 ? "empty"
                                                  : n == 0   ? "nothing"
                                                             : "grid");
    gtk_label_set_label(page->count, count);
    library_page_update_actions(page);
}

/* --- what is looked for --- */

static gboolean
matches(gpointer item, gpointer data)
{
    TorchlightLibraryPage *page = data;

    return library_filter_matches(page->filter, item);
}

static void
apply_filter(TorchlightLibraryPage *page)
{
    guint n = torchlight_filter_panel_count(page->filter_panel);

    library_filter_set_text(page->filter, gtk_editable_get_text(GTK_EDITABLE(page->search)));
    torchlight_filter_panel_apply(page->filter_panel, page->filter);
    if (n > 0)
        gtk_widget_add_css_class(page->filter_button, "accent");
    else
        gtk_widget_remove_css_class(page->filter_button, "accent");
    /* What is found is looked at from its start; and a grid that is scrolled keeps its place in a
     * list that is no more. */
    gtk_adjustment_set_value(gtk_scrollable_get_vadjustment(GTK_SCROLLABLE(page->grid)), 0);
    if (library_filter_is_empty(page->filter)) {
        torchlight_workspace_set_filter(page->workspace, NULL);
    } else {
        torchlight_workspace_set_filter(page->workspace, page->model_filter);
        gtk_filter_changed(page->model_filter, GTK_FILTER_CHANGE_DIFFERENT);
    }
    library_page_update(page);
}

static void
on_search(TorchlightLibraryPage *page)
{
    if (page->workspace)
        apply_filter(page);
}

static void
on_filter(TorchlightLibraryPage *page)
{
    if (page->workspace)
        apply_filter(page);
}

static void
on_stop_search(TorchlightLibraryPage *page)
{
    gtk_editable_set_text(GTK_EDITABLE(page->search), "");
    gtk_widget_grab_focus(GTK_WIDGET(page->grid));
}

static void
on_clear_filter(GtkWidget *widget, const char *name, GVariant *parameter)
{
    TorchlightLibraryPage *page = TORCHLIGHT_LIBRARY_PAGE(widget);

    gtk_editable_set_text(GTK_EDITABLE(page->search), "");
    torchlight_filter_panel_clear(page->filter_panel);
    apply_filter(page);
}

static gboolean
on_find(GtkWidget *widget, GVariant *arguments, gpointer data)
{
    return gtk_widget_get_mapped(widget) &&
           gtk_widget_grab_focus(GTK_WIDGET(TORCHLIGHT_LIBRARY_PAGE(widget)->search));
}

static gboolean
on_paste_key(GtkWidget *widget, GVariant *arguments, gpointer data)
{
    return gtk_widget_get_mapped(widget) &&
           gtk_widget_activate_action(widget, "library.paste", NULL);
}

/* Wherever in the window the focus is, while the page is seen. */
static void
add_shortcuts(TorchlightLibraryPage *page)
{
    GtkEventController *controller = gtk_shortcut_controller_new();

    gtk_shortcut_controller_set_scope(GTK_SHORTCUT_CONTROLLER(controller),
                                      GTK_SHORTCUT_SCOPE_GLOBAL);
    gtk_shortcut_controller_add_shortcut(
        GTK_SHORTCUT_CONTROLLER(controller),
        gtk_shortcut_new(gtk_keyval_trigger_new(GDK_KEY_f, GDK_CONTROL_MASK),
                         gtk_callback_action_new(on_find, NULL, NULL)));
    gtk_shortcut_controller_add_shortcut(
        GTK_SHORTCUT_CONTROLLER(controller),
        gtk_shortcut_new(gtk_keyval_trigger_new(GDK_KEY_v, GDK_CONTROL_MASK),
                         gtk_callback_action_new(on_paste_key, NULL, NULL)));
    gtk_widget_add_controller(GTK_WIDGET(page), controller);
}

static int
compare_names(gconstpointer a, gconstpointer b)
{
    return strcmp(*(const char *const *)a, *(const char *const *)b);
}

/* The protocols of all traces, for the filter's chips; made when they are about to be seen. */
static void
on_filter_shown(TorchlightLibraryPage *page)
{
    g_autoptr(GHashTable) seen = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);
    guint n = page->items ? g_list_model_get_n_items(page->items) : 0;
    g_autoptr(GPtrArray) names = g_ptr_array_new();
    GHashTableIter iter;
    void *name;

    for (guint i = 0; i < n && g_hash_table_size(seen) < MAX_PROTOCOLS; i++) {
        g_autoptr(TorchlightItem) item = g_list_model_get_item(page->items, i);
        const char *list = torchlight_item_get_string(item, "protocols");
        g_auto(GStrv) words = g_strsplit(list ? list : "", " ", MAX_PROTOCOLS);

        for (int k = 0; words[k]; k++) {
            if (*words[k] && !g_hash_table_contains(seen, words[k]))
                g_hash_table_add(seen, g_strdup(words[k]));
        }
    }
    g_hash_table_iter_init(&iter, seen);
    while (g_hash_table_iter_next(&iter, &name, NULL))
        g_ptr_array_add(names, name);
    g_ptr_array_sort(names, compare_names);
    torchlight_filter_panel_set_protocols(page->filter_panel, names);
}

/* --- order --- */

static void
apply_sorter(TorchlightLibraryPage *page)
{
    GSettings *settings = torchlight_workspace_get_settings(page->workspace);
    g_autofree char *name = g_settings_get_string(settings, "library-sort");
    LibrarySort sort = SORT_ADDED;
    g_autoptr(GtkSorter) sorter = NULL;

    for (int i = 0; i < N_SORTS; i++) {
        if (g_str_equal(library_sort_name((LibrarySort)i), name))
            sort = (LibrarySort)i;
    }
    sorter = library_sorter_new(sort, g_settings_get_boolean(settings, "library-descending"));
    torchlight_workspace_set_sorter(page->workspace, sorter);
}

/* --- the page --- */

static void
on_project(TorchlightLibraryPage *page)
{
    TorchlightProject *project = torchlight_workspace_get_project(page->workspace);

    if (page->items)
        g_signal_handlers_disconnect_by_func(page->items, library_page_update, page);
    g_clear_object(&page->items);
    if (project)
        page->items = g_object_ref(torchlight_project_get_items(project, ITEM_TRACE));
    if (page->items)
        g_signal_connect_object(page->items, "items-changed", G_CALLBACK(library_page_update), page,
                                G_CONNECT_SWAPPED);
    on_clear_filter(GTK_WIDGET(page), NULL, NULL);
}

/* Enter and a double click. */
static void
on_activate(TorchlightLibraryPage *page, guint position)
{
    GListModel *traces = G_LIST_MODEL(torchlight_workspace_get_traces(page->workspace));
    g_autoptr(TorchlightItem) item = g_list_model_get_item(traces, position);

    if (!item)
        return;
    torchlight_workspace_open_trace(page->workspace, item);
    torchlight_workspace_go(page->workspace, "trace");
}

/* The position of the cell under a point of the grid; false: there is none. */
static bool
find_cell(TorchlightLibraryPage *page, double x, double y, guint *position)
{
    GtkWidget *at = gtk_widget_pick(GTK_WIDGET(page->grid), x, y, GTK_PICK_DEFAULT);
    GtkWidget *cell = NULL;
    GtkListItem *list_item;

    if (at && at != GTK_WIDGET(page->grid))
        cell = TORCHLIGHT_IS_TRACE_CELL(at) ? at : gtk_widget_get_first_child(at);
    if (!cell || !TORCHLIGHT_IS_TRACE_CELL(cell))
        return false;
    list_item = g_object_get_data(G_OBJECT(cell), list_item_key);
    *position = gtk_list_item_get_position(list_item);
    return *position != GTK_INVALID_LIST_POSITION;
}

static void
on_menu_pressed(GtkGestureClick *gesture, int n_press, double x, double y,
                TorchlightLibraryPage *page)
{
    GtkSelectionModel *traces = torchlight_workspace_get_traces(page->workspace);
    graphene_point_t point = GRAPHENE_POINT_INIT((float)x, (float)y);
    guint position;

    if (!find_cell(page, x, y, &position))
        return;
    gtk_gesture_set_state(GTK_GESTURE(gesture), GTK_EVENT_SEQUENCE_CLAIMED);
    if (!gtk_selection_model_is_selected(traces, position))
        gtk_selection_model_select_item(traces, position, TRUE);
    if (!gtk_widget_compute_point(GTK_WIDGET(page->grid), GTK_WIDGET(page), &point, &point))
        return;
    gtk_popover_set_pointing_to(GTK_POPOVER(page->menu),
                                &(GdkRectangle){(int)point.x, (int)point.y, 1, 1});
    gtk_popover_popup(GTK_POPOVER(page->menu));
}

static void
on_menu(GtkWidget *widget, const char *name, GVariant *parameter)
{
    TorchlightLibraryPage *page = TORCHLIGHT_LIBRARY_PAGE(widget);

    gtk_popover_set_pointing_to(
        GTK_POPOVER(page->menu),
        &(GdkRectangle){gtk_widget_get_width(widget) / 2, gtk_widget_get_height(widget) / 3, 1, 1});
    gtk_popover_popup(GTK_POPOVER(page->menu));
}

void
torchlight_library_page_set_workspace(TorchlightLibraryPage *page, TorchlightWorkspace *workspace)
{
    GSettings *settings = torchlight_workspace_get_settings(workspace);
    GtkSelectionModel *traces = torchlight_workspace_get_traces(workspace);
    g_autoptr(GAction) sort = g_settings_create_action(settings, "library-sort");
    g_autoptr(GAction) descending = g_settings_create_action(settings, "library-descending");

    g_set_object(&page->workspace, workspace);
    g_action_map_add_action(G_ACTION_MAP(page->view_actions), sort);
    g_action_map_add_action(G_ACTION_MAP(page->view_actions), descending);
    gtk_range_set_value(page->size, g_settings_get_int(settings, "library-size"));
    make_cells(page);
    gtk_grid_view_set_model(page->grid, traces);
#define FOLLOW(object, signal, handler)                                                            \
    g_signal_connect_object(object, signal, G_CALLBACK(handler), page, G_CONNECT_SWAPPED)
    FOLLOW(workspace, "notify::project", on_project);
    FOLLOW(workspace, "notify::palette", make_cells);
    FOLLOW(traces, "selection-changed", library_page_update);
    FOLLOW(traces, "items-changed", library_page_update);
    FOLLOW(settings, "changed::library-sort", apply_sorter);
    FOLLOW(settings, "changed::library-descending", apply_sorter);
#undef FOLLOW
    apply_sorter(page);
    on_project(page);
    library_page_watch_jobs(page);
}

static void
torchlight_library_page_dispose(GObject *object)
{
    TorchlightLibraryPage *page = TORCHLIGHT_LIBRARY_PAGE(object);

    g_clear_handle_id(&page->columns_idle, g_source_remove);
    if (page->workspace)
        torchlight_workspace_set_filter(page->workspace, NULL);
    if (page->grid) {
        gtk_grid_view_set_model(page->grid, NULL);
        gtk_grid_view_set_factory(page->grid, NULL);
    }
    if (page->menu)
        gtk_widget_unparent(GTK_WIDGET(g_steal_pointer(&page->menu)));
    page->grid = NULL;
    g_clear_pointer(&page->content, gtk_widget_unparent);
    g_clear_object(&page->model_filter);
    g_clear_pointer(&page->filter, library_filter_free);
    g_clear_object(&page->items);
    g_clear_object(&page->import);
    g_clear_object(&page->view_actions);
    g_clear_object(&page->workspace);
    G_OBJECT_CLASS(torchlight_library_page_parent_class)->dispose(object);
}

static void
torchlight_library_page_class_init(TorchlightLibraryPageClass *class)
{
    GtkWidgetClass *widget = GTK_WIDGET_CLASS(class);

    G_OBJECT_CLASS(class)->dispose = torchlight_library_page_dispose;
    widget->size_allocate = torchlight_library_page_size_allocate;
    widget->measure = torchlight_library_page_measure;
    g_type_ensure(TORCHLIGHT_TYPE_FILTER_PANEL);
    gtk_widget_class_set_template_from_resource(
        widget, "/io/github/torchlight/Torchlight/ui/library_page.ui");
#define BIND(child) gtk_widget_class_bind_template_child(widget, TorchlightLibraryPage, child)
    BIND(content);
    BIND(stack);
    BIND(grid);
    BIND(search);
    BIND(filter_button);
    BIND(filter_panel);
    BIND(import_button);
    BIND(size);
    BIND(count);
    BIND(progress_box);
    BIND(progress);
    BIND(import_cancel);
    BIND(menu);
#undef BIND
    gtk_widget_class_bind_template_callback(widget, on_search);
    gtk_widget_class_bind_template_callback(widget, on_stop_search);
    gtk_widget_class_bind_template_callback(widget, on_filter);
    gtk_widget_class_bind_template_callback(widget, on_size);
    gtk_widget_class_bind_template_callback(widget, on_activate);
    gtk_widget_class_install_action(widget, "library.clear-filter", NULL, on_clear_filter);
    gtk_widget_class_install_action(widget, "library.menu", NULL, on_menu);
    gtk_widget_class_add_binding_action(widget, GDK_KEY_Menu, 0, "library.menu", NULL);
    gtk_widget_class_add_binding_action(widget, GDK_KEY_F10, GDK_SHIFT_MASK, "library.menu", NULL);
    library_page_add_actions(class);
    library_page_add_import_actions(class);
}

static void
torchlight_library_page_init(TorchlightLibraryPage *page)
{
    GtkGesture *click = gtk_gesture_click_new();

    page->filter = library_filter_new();
    page->model_filter = GTK_FILTER(gtk_custom_filter_new(matches, page, NULL));
    page->view_actions = g_simple_action_group_new();
    gtk_widget_insert_action_group(GTK_WIDGET(page), "view", G_ACTION_GROUP(page->view_actions));
    gtk_widget_init_template(GTK_WIDGET(page));
    add_shortcuts(page);
    gtk_gesture_single_set_button(GTK_GESTURE_SINGLE(click), GDK_BUTTON_SECONDARY);
    g_signal_connect(click, "pressed", G_CALLBACK(on_menu_pressed), page);
    gtk_widget_add_controller(GTK_WIDGET(page->grid), GTK_EVENT_CONTROLLER(click));
    g_signal_connect_swapped(gtk_menu_button_get_popover(GTK_MENU_BUTTON(page->filter_button)),
                             "show", G_CALLBACK(on_filter_shown), page);
}
