/* SPDX-License-Identifier: Apache-2.0 */
/* The tree of a packet: which headers it has, what is chosen in it, what the pointer is over. */
#include "ui/trace/field_tree.h"

#include <glib/gi18n.h>

#include "ui/trace/field_row.h"

struct _TorchlightFieldTree {
    GtkWidget parent_instance;

    GtkStack *stack; /* "none", "packet" */
    GtkListView *list;

    /* owned */
    TracePicture *picture; /* or NULL */
    GtkFilterListModel *headers;
    GtkCustomFilter *filter; /* borrowed by headers */
    GtkSingleSelection *selection;
    GHashTable *bound; /* the rows in use: TorchlightFieldRow, a set */

    const Layout *layout; /* of the nodes */
    int row, bit, hovered, frames_to_scroll;
    Palette palette;
    bool setting;
};

enum { SIGNAL_COLUMNS_CHOSEN, SIGNAL_BIT_CHOSEN, SIGNAL_HOVERED, N_SIGNALS };

static guint signals[N_SIGNALS];

G_DEFINE_FINAL_TYPE(TorchlightFieldTree, torchlight_field_tree, GTK_TYPE_WIDGET)

/* --- nodes --- */

static GListModel *
headers_of(const Layout *layout)
{
    GListStore *store = g_list_store_new(TORCHLIGHT_TYPE_FIELD_NODE);
    int first, n;

    for (int header = 0; header < N_HEADERS; header++) {
        if (!layout_header_span(layout, (Header)header, &first, &n))
            continue;
        g_autoptr(TorchlightFieldNode) node =
            torchlight_field_node_new(layout, (Header)header, N_FIELDS);
        g_list_store_append(store, node);
    }
    return G_LIST_MODEL(store);
}

static GListModel *
fields_of(gpointer item, gpointer data)
{
    TorchlightFieldTree *tree = data;
    TorchlightFieldNode *header = item;
    GListStore *store;

    if (header->field != N_FIELDS)
        return NULL;
    store = g_list_store_new(TORCHLIGHT_TYPE_FIELD_NODE);
    for (int i = 0; i < tree->layout->n_fields; i++) {
        FieldId field = tree->layout->fields[i].field;
        if (field_table[field].header != header->header)
            continue;
        g_autoptr(TorchlightFieldNode) node =
            torchlight_field_node_new(tree->layout, header->header, field);
        g_list_store_append(store, node);
    }
    return G_LIST_MODEL(store);
}

static gboolean
has_header(gpointer item, gpointer data)
{
    TorchlightFieldTree *tree = data;
    TorchlightFieldNode *header = item;

    return tree->picture && tree->row >= 0 &&
           trace_has_header(tree->picture->trace, tree->row, header->header);
}

/* --- rows --- */

static void
show_row(TorchlightFieldTree *tree, TorchlightFieldRow *row)
{
    TorchlightFieldNode *node = torchlight_field_row_get_node(row);
    GtkWidget *widget = gtk_widget_get_parent(GTK_WIDGET(row));
    bool hovered = node && node->field != N_FIELDS && tree->hovered >= node->first_column &&
                   tree->hovered < node->first_column + node->n_columns;

    torchlight_field_row_show(row, tree->picture, tree->row, tree->palette, tree->bit);
    if (!widget)
        return;
    if (hovered)
        gtk_widget_add_css_class(widget, "hovered");
    else
        gtk_widget_remove_css_class(widget, "hovered");
}

static void
show_rows(TorchlightFieldTree *tree)
{
    GHashTableIter at;
    gpointer row;

    g_hash_table_iter_init(&at, tree->bound);
    while (g_hash_table_iter_next(&at, &row, NULL))
        show_row(tree, row);
}

static void
on_bit_clicked(TorchlightFieldTree *tree, int column)
{
    g_signal_emit(tree, signals[SIGNAL_BIT_CHOSEN], 0, column);
}

static void
on_row_motion(GtkEventControllerMotion *controller, double x, double y, TorchlightFieldTree *tree)
{
    GtkWidget *widget = gtk_event_controller_get_widget(GTK_EVENT_CONTROLLER(controller));
    TorchlightFieldNode *node = torchlight_field_row_get_node(TORCHLIGHT_FIELD_ROW(widget));

    if (node && node->field != N_FIELDS)
        g_signal_emit(tree, signals[SIGNAL_HOVERED], 0, node->first_column);
}

static void
on_row_leave(GtkEventControllerMotion *controller, TorchlightFieldTree *tree)
{
    g_signal_emit(tree, signals[SIGNAL_HOVERED], 0, -1);
}

static void
on_setup(TorchlightFieldTree *tree, GtkListItem *item)
{
    GtkWidget *row = torchlight_field_row_new();
    GtkEventController *motion = gtk_event_controller_motion_new();

    g_signal_connect_object(row, "bit-clicked", G_CALLBACK(on_bit_clicked), tree,
                            G_CONNECT_SWAPPED);
    g_signal_connect_object(motion, "enter", G_CALLBACK(on_row_motion), tree, 0);
    g_signal_connect_object(motion, "leave", G_CALLBACK(on_row_leave), tree, 0);
    gtk_widget_add_controller(row, motion);
    gtk_list_item_set_child(item, row);
}

static void
on_bind(TorchlightFieldTree *tree, GtkListItem *item)
{
    TorchlightFieldRow *row = TORCHLIGHT_FIELD_ROW(gtk_list_item_get_child(item));

    torchlight_field_row_set_tree_row(row, gtk_list_item_get_item(item));
    g_hash_table_add(tree->bound, row);
    show_row(tree, row);
}

static void
on_unbind(TorchlightFieldTree *tree, GtkListItem *item)
{
    TorchlightFieldRow *row = TORCHLIGHT_FIELD_ROW(gtk_list_item_get_child(item));

    if (tree->bound)
        g_hash_table_remove(tree->bound, row);
    if (row)
        torchlight_field_row_set_tree_row(row, NULL);
}

/* --- what is chosen --- */

static TorchlightFieldNode *
node_at(TorchlightFieldTree *tree, guint position)
{
    g_autoptr(GtkTreeListRow) row = g_list_model_get_item(G_LIST_MODEL(tree->selection), position);

    return row ? TORCHLIGHT_FIELD_NODE(gtk_tree_list_row_get_item(row)) : NULL;
}

static void
on_selected(TorchlightFieldTree *tree)
{
    guint position = gtk_single_selection_get_selected(tree->selection);
    g_autoptr(TorchlightFieldNode) node = NULL;

    if (tree->setting || position == GTK_INVALID_LIST_POSITION)
        return;
    node = node_at(tree, position);
    if (node)
        g_signal_emit(tree, signals[SIGNAL_COLUMNS_CHOSEN], 0, node->first_column, node->n_columns);
}

/* Some frames later: rows that have just come are not placed yet. */
static gboolean
scroll_to_chosen(GtkWidget *widget, GdkFrameClock *clock, gpointer data)
{
    TorchlightFieldTree *tree = data;
    guint position = gtk_single_selection_get_selected(tree->selection);

    if (--tree->frames_to_scroll > 0)
        return G_SOURCE_CONTINUE;
    if (position != GTK_INVALID_LIST_POSITION)
        gtk_widget_activate_action(widget, "list.scroll-to-item", "u", position);
    return G_SOURCE_REMOVE;
}

static void
scroll_soon(TorchlightFieldTree *tree)
{
    if (tree->frames_to_scroll <= 0)
        gtk_widget_add_tick_callback(GTK_WIDGET(tree->list), scroll_to_chosen, tree, NULL);
    tree->frames_to_scroll = 3;
}

void
torchlight_field_tree_choose(TorchlightFieldTree *tree, int first_column, int n_columns, int bit)
{
    guint n = g_list_model_get_n_items(G_LIST_MODEL(tree->selection));
    guint found = GTK_INVALID_LIST_POSITION;

    for (guint i = 0; i < n && n_columns > 0 && found == GTK_INVALID_LIST_POSITION; i++) {
        g_autoptr(TorchlightFieldNode) node = node_at(tree, i);
        if (node->first_column == first_column && node->n_columns == n_columns)
            found = i;
    }
    tree->setting = true;
    if (gtk_single_selection_get_selected(tree->selection) != found) {
        gtk_single_selection_set_selected(tree->selection, found);
        if (found != GTK_INVALID_LIST_POSITION)
            scroll_soon(tree);
    }
    tree->setting = false;
    tree->bit = bit;
    show_rows(tree);
}

/* The layout decides on the nodes, the packet on which headers are seen: what is folded stays so
 * from packet to packet. */
static void
use_layout(TorchlightFieldTree *tree, const Layout *layout)
{
    g_autoptr(GListModel) headers = NULL;

    if (layout == tree->layout)
        return;
    tree->layout = layout;
    headers = headers_of(layout);
    gtk_filter_list_model_set_model(tree->headers, headers);
}

void
torchlight_field_tree_set_packet(TorchlightFieldTree *tree, TracePicture *picture, int row,
                                 Palette palette)
{
    if (picture)
        trace_picture_ref(picture);
    g_clear_pointer(&tree->picture, trace_picture_unref);
    tree->picture = picture;
    tree->row = picture && row < picture->trace->n_rows ? row : -1;
    tree->palette = palette;
    tree->setting = true;
    if (picture)
        use_layout(tree, picture->trace->layout);
    gtk_filter_changed(GTK_FILTER(tree->filter), GTK_FILTER_CHANGE_DIFFERENT);
    tree->setting = false;
    bool is_empty = g_list_model_get_n_items(G_LIST_MODEL(tree->headers)) == 0;
    gtk_stack_set_visible_child_name(tree->stack, is_empty ? "none" : "packet");
    show_rows(tree);
}

void
torchlight_field_tree_show_hover(TorchlightFieldTree *tree, int column)
{
    if (tree->hovered == column)
        return;
    tree->hovered = column;
    show_rows(tree);
}

/* --- the widget --- */

static void
torchlight_field_tree_dispose(GObject *object)
{
    TorchlightFieldTree *tree = TORCHLIGHT_FIELD_TREE(object);

    if (tree->selection)
        g_signal_handlers_disconnect_by_data(tree->selection, tree);
    if (tree->stack)
        gtk_widget_unparent(GTK_WIDGET(tree->stack));
    tree->stack = NULL;
    g_clear_object(&tree->selection);
    g_clear_object(&tree->headers);
    g_clear_pointer(&tree->bound, g_hash_table_unref);
    g_clear_pointer(&tree->picture, trace_picture_unref);
    G_OBJECT_CLASS(torchlight_field_tree_parent_class)->dispose(object);
}

static guint
add_signal(TorchlightFieldTreeClass *class, const char *name, guint n_params)
{
    return g_signal_new(name, G_TYPE_FROM_CLASS(class), G_SIGNAL_RUN_LAST, 0, NULL, NULL, NULL,
                        G_TYPE_NONE, n_params, G_TYPE_INT, G_TYPE_INT);
}

static void
torchlight_field_tree_class_init(TorchlightFieldTreeClass *class)
{
    G_OBJECT_CLASS(class)->dispose = torchlight_field_tree_dispose;
    signals[SIGNAL_COLUMNS_CHOSEN] = add_signal(class, "columns-chosen", 2);
    signals[SIGNAL_BIT_CHOSEN] = add_signal(class, "bit-chosen", 1);
    signals[SIGNAL_HOVERED] = add_signal(class, "hovered", 1);
    gtk_widget_class_set_layout_manager_type(GTK_WIDGET_CLASS(class), GTK_TYPE_BIN_LAYOUT);
}

static GtkWidget *
make_list(TorchlightFieldTree *tree)
{
    GtkListItemFactory *factory = gtk_signal_list_item_factory_new();
    GtkTreeListModel *model;
    GtkWidget *scroller = gtk_scrolled_window_new();

    tree->filter = gtk_custom_filter_new(has_header, tree, NULL);
    tree->headers = gtk_filter_list_model_new(NULL, GTK_FILTER(tree->filter));
    model = gtk_tree_list_model_new(g_object_ref(G_LIST_MODEL(tree->headers)), FALSE, TRUE,
                                    fields_of, tree, NULL);
    tree->selection = gtk_single_selection_new(NULL);
    gtk_single_selection_set_autoselect(tree->selection, FALSE);
    gtk_single_selection_set_can_unselect(tree->selection, TRUE);
    gtk_single_selection_set_model(tree->selection, G_LIST_MODEL(model));
    g_object_unref(model);
    g_signal_connect_swapped(factory, "setup", G_CALLBACK(on_setup), tree);
    g_signal_connect_swapped(factory, "bind", G_CALLBACK(on_bind), tree);
    g_signal_connect_swapped(factory, "unbind", G_CALLBACK(on_unbind), tree);
    tree->list = GTK_LIST_VIEW(
        gtk_list_view_new(g_object_ref(GTK_SELECTION_MODEL(tree->selection)), factory));
    gtk_widget_add_css_class(GTK_WIDGET(tree->list), "fields");
    gtk_accessible_update_property(GTK_ACCESSIBLE(tree->list), GTK_ACCESSIBLE_PROPERTY_LABEL,
                                   _("Fields of the packet"), -1);
    gtk_scrolled_window_set_child(GTK_SCROLLED_WINDOW(scroller), GTK_WIDGET(tree->list));
    gtk_scrolled_window_set_policy(GTK_SCROLLED_WINDOW(scroller), GTK_POLICY_NEVER,
                                   GTK_POLICY_AUTOMATIC);
    g_signal_connect_swapped(tree->selection, "notify::selected", G_CALLBACK(on_selected), tree);
    return scroller;
}

static void
torchlight_field_tree_init(TorchlightFieldTree *tree)
{
    GtkWidget *none = gtk_label_new(_("Choose a packet to see its fields"));

    tree->row = tree->bit = tree->hovered = -1;
    tree->bound = g_hash_table_new(NULL, NULL);
    tree->stack = GTK_STACK(gtk_stack_new());
    gtk_widget_add_css_class(none, "dim-label");
    gtk_label_set_wrap(GTK_LABEL(none), TRUE);
    gtk_label_set_justify(GTK_LABEL(none), GTK_JUSTIFY_CENTER);
    gtk_stack_add_named(tree->stack, none, "none");
    gtk_stack_add_named(tree->stack, make_list(tree), "packet");
    gtk_widget_set_parent(GTK_WIDGET(tree->stack), GTK_WIDGET(tree));
}
