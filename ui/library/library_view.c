/* SPDX-License-Identifier: Apache-2.0 */
/* A list view over the items of a library. */
#include "ui/library/library_view.h"

#include <glib/gi18n.h>

struct _TorchlightLibraryView {
    GtkWidget parent_instance;

    /* template */
    GtkWidget *box;
    GtkListView *list;
    GtkLabel *title, *count;

    /* owned */
    GListStore *items;
    GtkSingleSelection *selection;
    GHashTable *by_path; /* char* (of the item) -> item, both borrowed from items */
    bool setting;
};

enum { SIGNAL_CHOSEN, N_SIGNALS };

static guint signals[N_SIGNALS];

G_DEFINE_FINAL_TYPE(TorchlightLibraryView, torchlight_library_view, GTK_TYPE_WIDGET)

/* What a row is made of, so that binding finds it again. */
typedef struct {
    GtkPicture *picture;
    GtkLabel *caption, *name;
    gulong caption_handler, thumbnail_handler;
} Row;

static GtkLabel *
add_label(GtkWidget *box, const char *class)
{
    GtkWidget *label = gtk_label_new(NULL);

    gtk_label_set_xalign(GTK_LABEL(label), 0);
    gtk_label_set_ellipsize(GTK_LABEL(label), PANGO_ELLIPSIZE_END);
    if (class)
        gtk_widget_add_css_class(label, class);
    gtk_box_append(GTK_BOX(box), label);
    return GTK_LABEL(label);
}

static void
on_setup(GtkSignalListItemFactory *factory, GtkListItem *list_item, TorchlightLibraryView *view)
{
    GtkWidget *box = gtk_box_new(GTK_ORIENTATION_HORIZONTAL, 12);
    GtkWidget *text = gtk_box_new(GTK_ORIENTATION_VERTICAL, 2);
    GtkWidget *picture = gtk_picture_new();
    Row *row = g_new0(Row, 1);

    row->picture = GTK_PICTURE(picture);
    gtk_widget_set_size_request(picture, 56, 56);
    gtk_widget_set_valign(picture, GTK_ALIGN_CENTER);
    gtk_widget_set_overflow(picture, GTK_OVERFLOW_HIDDEN);
    gtk_widget_add_css_class(picture, "thumbnail");
    gtk_picture_set_can_shrink(row->picture, TRUE);
    gtk_accessible_update_state(GTK_ACCESSIBLE(picture), GTK_ACCESSIBLE_STATE_HIDDEN, TRUE, -1);
    gtk_widget_set_valign(text, GTK_ALIGN_CENTER);
    gtk_widget_set_hexpand(text, TRUE);
    row->caption = add_label(text, NULL);
    gtk_label_set_wrap(row->caption, TRUE);
    gtk_label_set_lines(row->caption, 2);
    row->name = add_label(text, "caption");
    gtk_widget_add_css_class(GTK_WIDGET(row->name), "dim-label");
    gtk_label_set_ellipsize(row->name, PANGO_ELLIPSIZE_MIDDLE);
    gtk_box_append(GTK_BOX(box), picture);
    gtk_box_append(GTK_BOX(box), text);
    gtk_list_item_set_child(list_item, box);
    g_object_set_data_full(G_OBJECT(list_item), "row", row, g_free);
}

/* "pixelated network data: no vpn, web" and its like: what all say is no news in a list. */
static const char *
short_caption(const char *caption)
{
    static const char prefix[] = "pixelated network data: ";

    return g_str_has_prefix(caption, prefix) && caption[sizeof prefix - 1]
               ? caption + sizeof prefix - 1
               : caption;
}

static void
show_item(TorchlightLibraryItem *item, GParamSpec *spec, Row *row)
{
    const char *caption = torchlight_library_item_get_caption(item);
    g_autoptr(GdkPaintable) thumbnail = NULL;
    g_autofree char *name = NULL;

    g_object_get(item, "thumbnail", &thumbnail, "name", &name, NULL);
    gtk_picture_set_paintable(row->picture, thumbnail);
    gtk_label_set_label(row->caption, caption && *caption ? short_caption(caption) : name);
    gtk_label_set_label(row->name, name);
    gtk_widget_set_visible(GTK_WIDGET(row->name), caption && *caption);
}

static void
on_bind(GtkSignalListItemFactory *factory, GtkListItem *list_item, TorchlightLibraryView *view)
{
    TorchlightLibraryItem *item = gtk_list_item_get_item(list_item);
    Row *row = g_object_get_data(G_OBJECT(list_item), "row");

    row->caption_handler = g_signal_connect(item, "notify::caption", G_CALLBACK(show_item), row);
    row->thumbnail_handler =
        g_signal_connect(item, "notify::thumbnail", G_CALLBACK(show_item), row);
    torchlight_library_item_add_viewers(item, 1);
    show_item(item, NULL, row);
}

static void
on_unbind(GtkSignalListItemFactory *factory, GtkListItem *list_item, TorchlightLibraryView *view)
{
    TorchlightLibraryItem *item = gtk_list_item_get_item(list_item);
    Row *row = g_object_get_data(G_OBJECT(list_item), "row");

    g_clear_signal_handler(&row->caption_handler, item);
    g_clear_signal_handler(&row->thumbnail_handler, item);
    torchlight_library_item_add_viewers(item, -1);
}

static void
on_selected(TorchlightLibraryView *view)
{
    TorchlightLibraryItem *item = gtk_single_selection_get_selected_item(view->selection);

    if (item && !view->setting)
        g_signal_emit(view, signals[SIGNAL_CHOSEN], 0, item);
}

void
torchlight_library_view_set_library(TorchlightLibraryView *view, const Library *library)
{
    guint n = library->entries->len;
    g_autoptr(GPtrArray) items = g_ptr_array_new_with_free_func(g_object_unref);
    g_autofree char *count = g_strdup_printf(ngettext("%'u file", "%'u files", n), n);

    g_hash_table_remove_all(view->by_path);
    for (guint i = 0; i < n; i++) {
        const LibraryEntry *entry = library->entries->pdata[i];
        TorchlightLibraryItem *item = torchlight_library_item_new(entry->path, entry->caption);
        g_ptr_array_add(items, item);
        g_hash_table_insert(view->by_path, (char *)torchlight_library_item_get_path(item), item);
    }
    view->setting = true;
    g_list_store_splice(view->items, 0, g_list_model_get_n_items(G_LIST_MODEL(view->items)),
                        items->pdata, n);
    gtk_single_selection_set_selected(view->selection, 0);
    view->setting = false;
    gtk_label_set_label(view->title, library->title);
    gtk_label_set_label(view->count, count);
    on_selected(view);
}

TorchlightLibraryItem *
torchlight_library_view_find(TorchlightLibraryView *view, const char *path)
{
    return path ? g_hash_table_lookup(view->by_path, path) : NULL;
}

void
torchlight_library_view_step(TorchlightLibraryView *view, int by)
{
    guint n = g_list_model_get_n_items(G_LIST_MODEL(view->items));
    gint64 at = (gint64)gtk_single_selection_get_selected(view->selection) + by;

    if (n == 0)
        return;
    at = CLAMP(at, 0, (gint64)n - 1);
    gtk_single_selection_set_selected(view->selection, (guint)at);
    gtk_widget_activate_action(GTK_WIDGET(view->list), "list.scroll-to-item", "u", (guint)at);
}

static void
torchlight_library_view_dispose(GObject *object)
{
    TorchlightLibraryView *view = TORCHLIGHT_LIBRARY_VIEW(object);

    g_clear_pointer(&view->box, gtk_widget_unparent);
    g_clear_object(&view->selection);
    g_clear_object(&view->items);
    g_clear_pointer(&view->by_path, g_hash_table_unref);
    G_OBJECT_CLASS(torchlight_library_view_parent_class)->dispose(object);
}

static void
torchlight_library_view_class_init(TorchlightLibraryViewClass *class)
{
    GtkWidgetClass *widget = GTK_WIDGET_CLASS(class);

    G_OBJECT_CLASS(class)->dispose = torchlight_library_view_dispose;
    signals[SIGNAL_CHOSEN] =
        g_signal_new("chosen", G_TYPE_FROM_CLASS(class), G_SIGNAL_RUN_LAST, 0, NULL, NULL, NULL,
                     G_TYPE_NONE, 1, TORCHLIGHT_TYPE_LIBRARY_ITEM);
    gtk_widget_class_set_template_from_resource(
        widget, "/io/github/torchlight/Torchlight/ui/library_view.ui");
    gtk_widget_class_bind_template_child(widget, TorchlightLibraryView, box);
    gtk_widget_class_bind_template_child(widget, TorchlightLibraryView, list);
    gtk_widget_class_bind_template_child(widget, TorchlightLibraryView, title);
    gtk_widget_class_bind_template_child(widget, TorchlightLibraryView, count);
    gtk_widget_class_set_layout_manager_type(widget, GTK_TYPE_BIN_LAYOUT);
}

static void
torchlight_library_view_init(TorchlightLibraryView *view)
{
    g_autoptr(GtkListItemFactory) factory = gtk_signal_list_item_factory_new();

    gtk_widget_init_template(GTK_WIDGET(view));
    view->by_path = g_hash_table_new(g_str_hash, g_str_equal);
    view->items = g_list_store_new(TORCHLIGHT_TYPE_LIBRARY_ITEM);
    view->selection = gtk_single_selection_new(G_LIST_MODEL(g_object_ref(view->items)));
    g_signal_connect_swapped(view->selection, "notify::selected-item", G_CALLBACK(on_selected),
                             view);
    g_signal_connect(factory, "setup", G_CALLBACK(on_setup), view);
    g_signal_connect(factory, "bind", G_CALLBACK(on_bind), view);
    g_signal_connect(factory, "unbind", G_CALLBACK(on_unbind), view);
    gtk_list_view_set_factory(view->list, factory);
    gtk_list_view_set_model(view->list, GTK_SELECTION_MODEL(view->selection));
}
