/* SPDX-License-Identifier: Apache-2.0 */
/* Comparing with another trace of the project: side by side with one place and zoom, blinking in
 * the same place, or as the picture of what differs. */
#include "ui/trace/trace_page_private.h"

#include <glib/gi18n.h>

#include "app/trace/difference.h"
#include "ui/short_text.h"

/* --- difference --- */

typedef struct {
    Document *a, *b;
    Pixels *pixels;
    Difference difference;
    bool is_comparable;
} Drawing;

static void
drawing_free(gpointer data)
{
    Drawing *drawing = data;

    document_unref(drawing->a);
    document_unref(drawing->b);
    pixels_unref(drawing->pixels);
    g_free(drawing);
}

static void
draw_in_thread(GTask *task, gpointer source, gpointer data, GCancellable *cancellable)
{
    Drawing *drawing = data;
    g_autoptr(Image) image =
        trace_draw_difference(drawing->a->first_picture->trace, drawing->b->first_picture->trace,
                              drawing->a->palette, &drawing->difference);

    if (image) {
        drawing->is_comparable = true;
        drawing->pixels = pixels_new(image);
    }
    g_task_return_boolean(task, TRUE);
}

/* --- what is seen --- */

static void
stop_blinking(TorchlightTracePage *page)
{
    g_clear_handle_id(&page->blink_timeout, g_source_remove);
}

static void
show_side(TorchlightTracePage *page)
{
    TracePicture *other =
        page->other && page->compare == COMPARE_SIDE ? page->other->first_picture : NULL;
    TraceCell cell = torchlight_trace_view_get_chosen(page->view);

    if (torchlight_trace_view_get_picture(page->other_view) == other)
        return;
    page->linking = true;
    gtk_widget_set_visible(page->other_scroller, other != NULL);
    torchlight_trace_view_set_picture(page->other_view, other, false);
    if (other) {
        torchlight_trace_view_choose(page->other_view, cell, false);
        torchlight_trace_view_follow(page->other_view, page->view);
    }
    page->linking = false;
}

static void
show_label(TorchlightTracePage *page)
{
    const char *other = page->other_item ? torchlight_item_get_name(page->other_item) : "";
    const char *own = page->item ? torchlight_item_get_name(page->item) : "";
    g_autofree char *text = NULL;

    if (!page->other)
        text = g_strdup_printf(_("Opening “%s”…"), other);
    else if (page->compare == COMPARE_BLINK)
        text = g_strdup(page->shows_other ? other : own);
    else if (page->compare == COMPARE_SIDE)
        text = g_strdup(other);
    else
        return; /* said when the difference is there */
    gtk_label_set_label(page->compare_label, text);
    gtk_widget_set_tooltip_text(GTK_WIDGET(page->compare_label), text);
}

static void
show_pixels(TorchlightTracePage *page)
{
    Pixels *pixels = NULL;

    if (page->other && page->compare == COMPARE_BLINK && page->shows_other)
        pixels = page->other->first_picture->pixels;
    else if (page->compare == COMPARE_DIFFERENCE)
        pixels = page->difference;
    torchlight_trace_view_set_pixels(page->view, pixels);
    show_label(page);
}

static gboolean
on_blink(gpointer data)
{
    trace_page_compare_flip(data);
    return G_SOURCE_CONTINUE;
}

static void
start_blinking(TorchlightTracePage *page)
{
    double rate = gtk_spin_button_get_value(page->blink_rate);

    stop_blinking(page);
    if (page->compare == COMPARE_BLINK && page->other && rate > 0)
        page->blink_timeout = g_timeout_add((guint)(1000 / rate), on_blink, page);
}

void
trace_page_compare_flip(TorchlightTracePage *page)
{
    if (!page->other)
        return;
    if (page->compare != COMPARE_BLINK)
        g_object_set(page, "compare", "blink", NULL);
    page->shows_other = !page->shows_other;
    show_pixels(page);
}

static void
on_difference(GObject *source, GAsyncResult *result, gpointer data)
{
    TorchlightTracePage *page = TORCHLIGHT_TRACE_PAGE(source);
    Drawing *drawing = g_task_get_task_data(G_TASK(result));
    g_autofree char *text = NULL;

    if (!g_task_propagate_boolean(G_TASK(result), NULL) ||
        g_task_get_cancellable(G_TASK(result)) != page->loading)
        return;
    g_clear_object(&page->loading);
    if (!drawing->is_comparable) {
        gtk_label_set_label(page->compare_label,
                            _("The two traces have different columns: look at them side by side."));
        return;
    }
    page->difference = g_steal_pointer(&drawing->pixels);
    text = g_strdup_printf(ngettext("%'d bit differs, in %'d packets",
                                    "%'d bits differ, in %'d packets",
                                    (gulong)drawing->difference.n_bits),
                           (int)drawing->difference.n_bits, drawing->difference.n_rows);
    gtk_label_set_label(page->compare_label, text);
    gtk_widget_set_tooltip_text(GTK_WIDGET(page->compare_label), text);
    show_pixels(page);
}

static void
stop_loading(TorchlightTracePage *page)
{
    if (page->loading)
        g_cancellable_cancel(page->loading);
    g_clear_object(&page->loading);
}

static void
draw_difference(TorchlightTracePage *page)
{
    g_autoptr(GTask) task = NULL;
    Drawing *drawing = g_new0(Drawing, 1);

    stop_loading(page);
    page->loading = g_cancellable_new();
    gtk_label_set_label(page->compare_label, _("Comparing…"));
    task = g_task_new(page, page->loading, on_difference, NULL);
    drawing->a = document_ref(page->document);
    drawing->b = document_ref(page->other);
    g_task_set_task_data(task, drawing, drawing_free);
    g_task_run_in_thread(task, draw_in_thread);
}

static void
show_mode(TorchlightTracePage *page)
{
    gtk_widget_set_visible(GTK_WIDGET(page->blink_rate), page->compare == COMPARE_BLINK);
    page->shows_other = false;
    g_clear_pointer(&page->difference, pixels_unref);
    show_side(page);
    show_pixels(page);
    start_blinking(page);
    if (page->compare == COMPARE_DIFFERENCE && page->other && page->document)
        draw_difference(page);
}

void
trace_page_compare_set_mode(TorchlightTracePage *page, CompareMode mode)
{
    if (mode == page->compare || (mode != COMPARE_NONE && !page->other_item))
        return;
    page->compare = mode;
    show_mode(page);
}

/* --- with which trace --- */

static void
on_other(GObject *source, GAsyncResult *result, gpointer data)
{
    g_autoptr(TorchlightTracePage) page = data;
    g_autoptr(GError) error = NULL;
    g_autoptr(Document) other =
        torchlight_workspace_load_finish(TORCHLIGHT_WORKSPACE(source), result, &error);

    if (g_task_get_cancellable(G_TASK(result)) != page->loading || !page->stack)
        return;
    g_clear_object(&page->loading);
    if (!other) {
        torchlight_workspace_tell_error(page->workspace, _("The Traces Cannot Be Compared"),
                                        error->message);
        trace_page_compare_with(page, NULL);
        return;
    }
    g_clear_pointer(&page->other, document_unref);
    page->other = g_steal_pointer(&other);
    show_mode(page);
    trace_page_update_actions(page);
}

void
trace_page_compare_clear(TorchlightTracePage *page)
{
    stop_loading(page);
    stop_blinking(page);
    g_clear_pointer(&page->other, document_unref);
    g_clear_pointer(&page->difference, pixels_unref);
    g_clear_object(&page->other_item);
    if (page->compare != COMPARE_NONE)
        g_object_set(page, "compare", "none", NULL);
    gtk_revealer_set_reveal_child(page->compare_bar, FALSE);
}

void
trace_page_compare_with(TorchlightTracePage *page, TorchlightItem *item)
{
    g_autoptr(TorchlightItem) kept = item ? g_object_ref(item) : NULL;
    CompareMode mode = page->compare == COMPARE_NONE ? COMPARE_SIDE : page->compare;

    trace_page_compare_clear(page);
    if (item && page->document) {
        static const char *const names[] = {"none", "side", "blink", "difference"};
        g_set_object(&page->other_item, kept);
        g_object_set(page, "compare", names[mode], NULL);
        gtk_revealer_set_reveal_child(page->compare_bar, TRUE);
        page->loading = g_cancellable_new();
        torchlight_workspace_load(page->workspace, item, page->loading, on_other,
                                  g_object_ref(page));
    }
    trace_page_update_actions(page);
}

/* --- the list to choose from --- */

static void
on_activate(TorchlightTracePage *page, guint position)
{
    GListModel *model = G_LIST_MODEL(gtk_list_view_get_model(page->compare_list));
    g_autoptr(TorchlightItem) item = g_list_model_get_item(model, position);

    gtk_popover_popdown(page->compare_popover);
    if (item)
        trace_page_compare_with(page, item);
}

static void
on_search(TorchlightTracePage *page)
{
    gtk_string_filter_set_search(page->compare_filter, gtk_editable_get_text(page->compare_search));
}

static void
on_search_activate(TorchlightTracePage *page)
{
    on_activate(page, 0);
}

/* Two selected in the library, of which one is opened, are most likely meant. */
static void
on_popup(TorchlightTracePage *page)
{
    g_autoptr(GPtrArray) selected = NULL;

    gtk_filter_changed(page->another_filter, GTK_FILTER_CHANGE_DIFFERENT);
    gtk_editable_set_text(page->compare_search, "");
    gtk_widget_grab_focus(GTK_WIDGET(page->compare_search));
    selected = torchlight_workspace_dup_selected(page->workspace);
    for (guint i = 0; selected->len == 2 && i < 2; i++) {
        TorchlightItem *item = selected->pdata[i];
        if (item == page->item)
            gtk_editable_set_text(page->compare_search,
                                  torchlight_item_get_name(selected->pdata[1 - i]));
    }
}

static gboolean
is_another(gpointer item, gpointer data)
{
    return item != TORCHLIGHT_TRACE_PAGE(data)->item;
}

static void
on_project(TorchlightTracePage *page)
{
    TorchlightProject *project = torchlight_workspace_get_project(page->workspace);
    GListModel *traces = project ? torchlight_project_get_items(project, ITEM_TRACE) : NULL;
    GtkFilter *another = GTK_FILTER(gtk_custom_filter_new(is_another, page, NULL));
    GtkEveryFilter *both = gtk_every_filter_new();
    g_autoptr(GtkSelectionModel) model = NULL;

    page->another_filter = another;
    gtk_multi_filter_append(GTK_MULTI_FILTER(both), another);
    gtk_multi_filter_append(GTK_MULTI_FILTER(both), g_object_ref(GTK_FILTER(page->compare_filter)));
    model = GTK_SELECTION_MODEL(gtk_no_selection_new(G_LIST_MODEL(
        gtk_filter_list_model_new(traces ? g_object_ref(traces) : NULL, GTK_FILTER(both)))));
    gtk_list_view_set_model(page->compare_list, model);
    gtk_widget_set_sensitive(page->compare_button, project != NULL);
}

static void
on_setup(GtkSignalListItemFactory *factory, GtkListItem *item)
{
    GtkWidget *box = gtk_box_new(GTK_ORIENTATION_VERTICAL, 0);

    for (int i = 0; i < 2; i++) {
        GtkWidget *label = gtk_label_new(NULL);
        gtk_label_set_xalign(GTK_LABEL(label), 0);
        gtk_label_set_ellipsize(GTK_LABEL(label), PANGO_ELLIPSIZE_MIDDLE);
        if (i == 1) {
            gtk_widget_add_css_class(label, "dim-label");
            gtk_widget_add_css_class(label, "caption");
        }
        gtk_box_append(GTK_BOX(box), label);
    }
    gtk_list_item_set_child(item, box);
}

static void
on_bind(GtkSignalListItemFactory *factory, GtkListItem *list_item)
{
    TorchlightItem *item = gtk_list_item_get_item(list_item);
    GtkWidget *name = gtk_widget_get_first_child(gtk_list_item_get_child(list_item));
    g_autofree char *caption = short_text(torchlight_item_get_caption(item));

    gtk_label_set_label(GTK_LABEL(name), torchlight_item_get_name(item));
    gtk_label_set_label(GTK_LABEL(gtk_widget_get_next_sibling(name)), caption);
}

void
trace_page_compare_init(TorchlightTracePage *page)
{
    GtkListItemFactory *factory = gtk_signal_list_item_factory_new();

    page->compare_filter =
        gtk_string_filter_new(gtk_property_expression_new(TORCHLIGHT_TYPE_ITEM, NULL, "name"));
    g_signal_connect(factory, "setup", G_CALLBACK(on_setup), NULL);
    g_signal_connect(factory, "bind", G_CALLBACK(on_bind), NULL);
    gtk_list_view_set_factory(page->compare_list, factory);
    g_object_unref(factory);
    g_signal_connect_swapped(page->compare_list, "activate", G_CALLBACK(on_activate), page);
    g_signal_connect_swapped(page->compare_search, "search-changed", G_CALLBACK(on_search), page);
    g_signal_connect_swapped(page->compare_search, "activate", G_CALLBACK(on_search_activate),
                             page);
    g_signal_connect_swapped(page->compare_popover, "show", G_CALLBACK(on_popup), page);
    g_signal_connect_swapped(page->blink_rate, "value-changed", G_CALLBACK(start_blinking), page);
    g_signal_connect_object(page->workspace, "notify::project", G_CALLBACK(on_project), page,
                            G_CONNECT_SWAPPED);
    on_project(page);
}
