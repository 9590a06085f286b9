/* SPDX-License-Identifier: Apache-2.0 */
/* What was generated: a grid of it, the settings of what is selected, and what can be done with
 * it. */
#include <glib/gi18n.h>

#include "app/jobs/generate_record.h"
#include "ui/generate/generate_page_private.h"
#include "ui/generate/result_window.h"
#include "ui/generate/settings_text.h"
#include "ui/library/trace_cell.h"

enum { CELL_SIZE = 144 };

/* --- the list --- */

static gboolean
is_generated(gpointer item, gpointer data)
{
    return g_strcmp0(torchlight_item_get_string(item, "origin"), "generated") == 0;
}

static bool
is_grid(TorchlightItem *item)
{
    return torchlight_item_get_kind(item) == ITEM_RUN;
}

static gboolean
is_finished_grid(gpointer item, gpointer data)
{
    return g_strcmp0(torchlight_item_get_string(item, "job"), "grid") == 0 &&
           g_strcmp0(torchlight_item_get_string(item, "state"), "done") == 0;
}

/* The newest first. */
static int
compare_added(gconstpointer a, gconstpointer b, gpointer data)
{
    gint64 x = torchlight_item_get_int((TorchlightItem *)a, "added", 0);
    gint64 y = torchlight_item_get_int((TorchlightItem *)b, "added", 0);

    return x > y ? GTK_ORDERING_SMALLER : x < y ? GTK_ORDERING_LARGER : GTK_ORDERING_EQUAL;
}

static GListModel *
filtered(TorchlightProject *project, ItemKind kind, GtkCustomFilterFunc func)
{
    GListModel *items = torchlight_project_get_items(project, kind);

    return G_LIST_MODEL(gtk_filter_list_model_new(
        g_object_ref(items), GTK_FILTER(gtk_custom_filter_new(func, NULL, NULL))));
}

void
generate_page_update_stack(TorchlightGeneratePage *page)
{
    guint n = page->results ? g_list_model_get_n_items(G_LIST_MODEL(page->results)) : 0;

    gtk_stack_set_visible_child_name(page->stack, n > 0 ? "gallery" : "empty");
    /* What is coming has all the room until the first is there. */
    gtk_widget_set_visible(GTK_WIDGET(page->stack), n > 0 || !page->job);
    generate_page_update_detail(page);
}

void
generate_page_watch_results(TorchlightGeneratePage *page)
{
    GListStore *lists = g_list_store_new(G_TYPE_LIST_MODEL);
    GtkSortListModel *sorted;

    if (page->results)
        g_signal_handlers_disconnect_by_data(page->results, page);
    g_clear_object(&page->results);
    if (page->project) {
        g_autoptr(GListModel) traces = filtered(page->project, ITEM_TRACE, is_generated);
        g_autoptr(GListModel) grids = filtered(page->project, ITEM_RUN, is_finished_grid);

        g_list_store_append(lists, traces);
        g_list_store_append(lists, grids);
    }
    sorted = gtk_sort_list_model_new(G_LIST_MODEL(gtk_flatten_list_model_new(G_LIST_MODEL(lists))),
                                     GTK_SORTER(gtk_custom_sorter_new(compare_added, NULL, NULL)));
    page->results = gtk_multi_selection_new(G_LIST_MODEL(sorted));
    g_signal_connect_swapped(page->results, "items-changed", G_CALLBACK(generate_page_update_stack),
                             page);
    g_signal_connect_swapped(page->results, "selection-changed",
                             G_CALLBACK(generate_page_update_detail), page);
    gtk_grid_view_set_model(page->gallery, GTK_SELECTION_MODEL(page->results));
    generate_page_update_stack(page);
}

/* --- cells --- */

static void
on_setup(GtkSignalListItemFactory *factory, GtkListItem *cell, TorchlightGeneratePage *page)
{
    gtk_list_item_set_child(
        cell, torchlight_trace_cell_new(thumbnails_of(G_OBJECT(page->workspace)), CELL_SIZE));
}

static void
on_bind(GtkSignalListItemFactory *factory, GtkListItem *cell, TorchlightGeneratePage *page)
{
    torchlight_trace_cell_set_item(TORCHLIGHT_TRACE_CELL(gtk_list_item_get_child(cell)),
                                   gtk_list_item_get_item(cell),
                                   torchlight_workspace_get_palette(page->workspace));
}

static void
on_unbind(GtkSignalListItemFactory *factory, GtkListItem *cell, TorchlightGeneratePage *page)
{
    torchlight_trace_cell_set_item(TORCHLIGHT_TRACE_CELL(gtk_list_item_get_child(cell)), NULL, 0);
}

/* Anew for another palette. */
void
generate_page_make_cells(TorchlightGeneratePage *page)
{
    g_autoptr(GtkListItemFactory) factory = gtk_signal_list_item_factory_new();

    g_signal_connect(factory, "setup", G_CALLBACK(on_setup), page);
    g_signal_connect(factory, "bind", G_CALLBACK(on_bind), page);
    g_signal_connect(factory, "unbind", G_CALLBACK(on_unbind), page);
    gtk_grid_view_set_factory(page->gallery, factory);
}

/* --- what is selected --- */

/* TorchlightItem with a reference each. */
static GPtrArray *
dup_selected(TorchlightGeneratePage *page)
{
    GPtrArray *items = g_ptr_array_new_with_free_func(g_object_unref);
    g_autoptr(GtkBitset) set =
        page->results ? gtk_selection_model_get_selection(GTK_SELECTION_MODEL(page->results))
                      : gtk_bitset_new_empty();

    for (guint i = 0; i < gtk_bitset_get_size(set); i++)
        g_ptr_array_add(
            items, g_list_model_get_item(G_LIST_MODEL(page->results), gtk_bitset_get_nth(set, i)));
    return items;
}

static char *
describe(TorchlightGeneratePage *page, TorchlightItem *item)
{
    g_autoptr(GenerateParams) params = generate_record_params(page->project, item);
    const char *x = torchlight_item_get_string(item, "x");
    const char *y = torchlight_item_get_string(item, "y");

    if (is_grid(item))
        return g_strdup_printf("%s%s%s", x ? x : "", x && y ? " × " : "", y ? y : "");
    return params ? settings_text(params)
                  : g_strdup(_("How it was generated is not known any more."));
}

void
generate_page_update_detail(TorchlightGeneratePage *page)
{
    g_autoptr(GPtrArray) items = dup_selected(page);
    TorchlightItem *first = items->len ? items->pdata[0] : NULL;
    bool one = items->len == 1, trace = one && !is_grid(first);
    bool writable = page->project && torchlight_project_is_writable(page->project);
    GtkWidget *widget = GTK_WIDGET(page);

    gtk_widget_action_set_enabled(widget, "generate.open", one);
    gtk_widget_action_set_enabled(widget, "generate.repair", trace);
    gtk_widget_action_set_enabled(widget, "generate.reuse",
                                  one && torchlight_item_get_object(first, "settings"));
    gtk_widget_action_set_enabled(widget, "generate.start", trace);
    gtk_widget_action_set_enabled(widget, "generate.compare", items->len == 2);
    gtk_widget_action_set_enabled(widget, "generate.delete", first && writable);
    gtk_revealer_set_reveal_child(page->detail, first != NULL);
    if (one) {
        const char *caption = torchlight_item_get_caption(first);
        g_autofree char *title =
            trace_cell_short_caption(*caption ? caption : torchlight_item_get_name(first));
        g_autofree char *text = describe(page, first);

        gtk_label_set_label(page->detail_title, title);
        gtk_label_set_label(page->detail_text, text);
    } else if (first) {
        g_autofree char *title =
            g_strdup_printf(ngettext("%u selected", "%u selected", items->len), items->len);

        gtk_label_set_label(page->detail_title, title);
        gtk_label_set_label(page->detail_text, items->len == 2 ? _("They can be compared.") : "");
    }
}

/* --- actions --- */

void
generate_page_open_grid(TorchlightGeneratePage *page, TorchlightItem *run)
{
    GtkRoot *root = gtk_widget_get_root(GTK_WIDGET(page));
    GtkWidget *window =
        torchlight_result_window_new(root ? GTK_WINDOW(root) : NULL, _("Compared Settings"));
    g_autofree char *path = torchlight_item_dup_path(run);

    if (path)
        torchlight_result_window_add(TORCHLIGHT_RESULT_WINDOW(window), path, NULL);
    gtk_window_present(GTK_WINDOW(window));
}

static void
open_item(TorchlightGeneratePage *page, TorchlightItem *item, const char *where)
{
    if (is_grid(item)) {
        generate_page_open_grid(page, item);
        return;
    }
    torchlight_workspace_open_trace(page->workspace, item);
    torchlight_workspace_go(page->workspace, where);
}

static void
on_activate(GtkGridView *gallery, guint position, TorchlightGeneratePage *page)
{
    g_autoptr(TorchlightItem) item = g_list_model_get_item(G_LIST_MODEL(page->results), position);

    if (item)
        open_item(page, item, "trace");
}

static void
open_selected(GtkWidget *widget, const char *where)
{
    TorchlightGeneratePage *page = TORCHLIGHT_GENERATE_PAGE(widget);
    g_autoptr(GPtrArray) items = dup_selected(page);

    if (items->len > 0)
        open_item(page, items->pdata[0], where);
}

static void
on_open(GtkWidget *widget, const char *action, GVariant *parameter)
{
    open_selected(widget, "trace");
}

static void
on_repair(GtkWidget *widget, const char *action, GVariant *parameter)
{
    open_selected(widget, "trace/repair");
}

static void
on_reuse(GtkWidget *widget, const char *action, GVariant *parameter)
{
    TorchlightGeneratePage *page = TORCHLIGHT_GENERATE_PAGE(widget);
    g_autoptr(GPtrArray) items = dup_selected(page);
    g_autoptr(GenerateParams) params =
        items->len ? generate_record_params(page->project, items->pdata[0]) : NULL;

    if (!params) {
        torchlight_workspace_toast(page->workspace, _("These settings cannot be read any more"));
        return;
    }
    torchlight_generate_form_set_params(page->form, params);
    adw_flap_set_reveal_flap(page->flap, TRUE);
    torchlight_workspace_toast(page->workspace, _("The form has these settings now"));
}

static void
on_start(GtkWidget *widget, const char *action, GVariant *parameter)
{
    TorchlightGeneratePage *page = TORCHLIGHT_GENERATE_PAGE(widget);
    g_autoptr(GPtrArray) items = dup_selected(page);
    g_autofree char *path = items->len ? torchlight_item_dup_path(items->pdata[0]) : NULL;

    if (!path)
        return;
    torchlight_generate_form_use_start(page->form, path);
    adw_flap_set_reveal_flap(page->flap, TRUE);
    torchlight_workspace_toast(page->workspace, _("The next picture starts from this one"));
}

static void
on_compare(GtkWidget *widget, const char *action, GVariant *parameter)
{
    TorchlightGeneratePage *page = TORCHLIGHT_GENERATE_PAGE(widget);
    g_autoptr(GPtrArray) items = dup_selected(page);
    g_autoptr(GenerateParams) first = NULL;
    g_autoptr(GenerateParams) second = NULL;
    GtkWidget *window;
    g_autofree char *text = NULL;

    if (items->len != 2)
        return;
    window = torchlight_result_window_new(GTK_WINDOW(gtk_widget_get_root(widget)),
                                          _("Compared Results"));
    for (int i = 0; i < 2; i++) {
        TorchlightItem *item = items->pdata[i];
        g_autofree char *path = torchlight_item_dup_path(item);

        if (path)
            torchlight_result_window_add(TORCHLIGHT_RESULT_WINDOW(window), path,
                                         torchlight_item_get_name(item));
    }
    first = generate_record_params(page->project, items->pdata[0]);
    second = generate_record_params(page->project, items->pdata[1]);
    if (first && second)
        text = settings_difference(first, second);
    torchlight_result_window_set_text(TORCHLIGHT_RESULT_WINDOW(window),
                                      text ? text : _("Both have the same settings."));
    gtk_window_present(GTK_WINDOW(window));
}

static void
on_delete(GtkWidget *widget, const char *action, GVariant *parameter)
{
    TorchlightGeneratePage *page = TORCHLIGHT_GENERATE_PAGE(widget);
    g_autoptr(GPtrArray) items = dup_selected(page);
    g_autofree char *text = NULL;

    if (items->len == 0)
        return;
    torchlight_project_begin(page->project, _("Delete Results"));
    for (guint i = 0; i < items->len; i++)
        torchlight_project_remove(page->project, items->pdata[i]);
    torchlight_project_end(page->project);
    text = g_strdup_printf(ngettext("%u result deleted", "%u results deleted", items->len),
                           items->len);
    torchlight_workspace_toast_action(page->workspace, text, _("_Undo"), "win.undo", NULL);
}

void
generate_page_add_gallery_actions(TorchlightGeneratePageClass *class)
{
    static const struct {
        const char *name;
        GtkWidgetActionActivateFunc func;
    } actions[] = {{"generate.open", on_open},       {"generate.repair", on_repair},
                   {"generate.reuse", on_reuse},     {"generate.start", on_start},
                   {"generate.compare", on_compare}, {"generate.delete", on_delete}};
    GtkWidgetClass *widget = GTK_WIDGET_CLASS(class);

    for (guint i = 0; i < G_N_ELEMENTS(actions); i++)
        gtk_widget_class_install_action(widget, actions[i].name, NULL, actions[i].func);
    gtk_widget_class_bind_template_callback(widget, on_activate);
}
