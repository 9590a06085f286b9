/* SPDX-License-Identifier: Apache-2.0 */
/* The list of packets: its columns, what is selected in it, and what the pointer is over. */
#include "ui/trace/packet_list.h"

#include <glib/gi18n.h>

#include "ui/trace/packet_rows.h"

struct _TorchlightPacketList {
    GtkWidget parent_instance;

    GtkWidget *scroller;
    GtkColumnView *columns;

    /* owned */
    TorchlightPacketRows *rows;
    GtkMultiSelection *selection;
    GHashTable *bound; /* GtkWidget of a cell of the first column -> row + 1 */

    int chosen, hovered;
    bool setting;
};

enum { SIGNAL_CHOSEN, SIGNAL_HOVERED, N_SIGNALS };

static guint signals[N_SIGNALS];

G_DEFINE_FINAL_TYPE(TorchlightPacketList, torchlight_packet_list, GTK_TYPE_WIDGET)

/* --- columns --- */

typedef char *(*CellText)(const PacketInfoTable *packets, int row);

static char *
number_text(const PacketInfoTable *packets, int row)
{
    return g_strdup_printf("%d", row + 1);
}

static char *
direction_text(const PacketInfoTable *packets, int row)
{
    const PacketInfo *info = packet_info_row(packets, row);

    return g_strdup(!*info->protocol ? "" : info->direction ? "▼" : "▲");
}

static char *
protocol_text(const PacketInfoTable *packets, int row)
{
    return g_strdup(packet_info_row(packets, row)->protocol);
}

static char *
length_text(const PacketInfoTable *packets, int row)
{
    const PacketInfo *info = packet_info_row(packets, row);

    return info->length ? g_strdup_printf("%u", info->length) : g_strdup("");
}

static char *
info_text(const PacketInfoTable *packets, int row)
{
    char *text = packet_info_text(packets, row);

    if (*text)
        return text;
    g_free(text);
    return g_strdup(_("Padding, no packet"));
}

typedef struct {
    const char *title; /* translated when used */
    CellText text;
    guint n_chars; /* room that is asked for */
    float xalign;
    bool expand;
} ColumnKind;

static const ColumnKind kinds[] = {
    {N_("No."), number_text, 4, 1, false},       {N_("Time"), packet_info_time_text, 10, 1, false},
    {N_("Way"), direction_text, 3, 0.5f, false}, {N_("Protocol"), protocol_text, 9, 0, false},
    {N_("Length"), length_text, 5, 1, false},    {N_("Info"), info_text, 12, 0, true},
};

/* Inscriptions, unlike labels, ask for the same room whatever their text: no text of the many rows
 * that GTK keeps ready is measured. */
static void
on_setup(GtkSignalListItemFactory *factory, GtkListItem *item, const ColumnKind *kind)
{
    GtkWidget *label = gtk_inscription_new(NULL);
    GtkInscription *inscription = GTK_INSCRIPTION(label);

    gtk_inscription_set_xalign(inscription, kind->xalign);
    gtk_inscription_set_min_chars(inscription, kind->n_chars);
    gtk_inscription_set_nat_chars(inscription, kind->n_chars);
    gtk_inscription_set_text_overflow(inscription, GTK_INSCRIPTION_OVERFLOW_ELLIPSIZE_END);
    gtk_widget_add_css_class(label, "numeric");
    gtk_list_item_set_child(item, label);
}

/* The widget that draws the whole row that a cell is in. */
static GtkWidget *
row_widget(GtkWidget *label)
{
    GtkWidget *cell = gtk_widget_get_parent(label);

    return cell ? gtk_widget_get_parent(cell) : NULL;
}

static void
mark_hovered(GtkWidget *label, bool hovered)
{
    GtkWidget *row = row_widget(label);

    if (!row)
        return;
    if (hovered)
        gtk_widget_add_css_class(row, "hovered");
    else
        gtk_widget_remove_css_class(row, "hovered");
}

static TorchlightPacketList *
list_of(GtkListItem *item)
{
    GtkWidget *label = gtk_list_item_get_child(item);

    return TORCHLIGHT_PACKET_LIST(gtk_widget_get_ancestor(label, TORCHLIGHT_TYPE_PACKET_LIST));
}

static void
on_bind(GtkSignalListItemFactory *factory, GtkListItem *item, const ColumnKind *kind)
{
    TorchlightPacketRow *row = gtk_list_item_get_item(item);
    GtkWidget *label = gtk_list_item_get_child(item);
    int index = torchlight_packet_row_get_index(row);
    g_autofree char *text = kind->text(torchlight_packet_row_get_picture(row)->packets, index);
    TorchlightPacketList *list;

    gtk_inscription_set_text(GTK_INSCRIPTION(label), text);
    if (kind != kinds || !(list = list_of(item)))
        return;
    g_hash_table_insert(list->bound, label, GINT_TO_POINTER(index + 1));
    mark_hovered(label, index == list->hovered);
}

static void
on_unbind(GtkSignalListItemFactory *factory, GtkListItem *item, const ColumnKind *kind)
{
    GtkWidget *label = gtk_list_item_get_child(item);
    TorchlightPacketList *list = kind == kinds && label ? list_of(item) : NULL;

    if (!list || !list->bound)
        return;
    mark_hovered(label, false);
    g_hash_table_remove(list->bound, label);
}

static void
add_column(TorchlightPacketList *list, const ColumnKind *kind)
{
    GtkListItemFactory *factory = gtk_signal_list_item_factory_new();
    g_autoptr(GtkColumnViewColumn) column = NULL;

    g_signal_connect(factory, "setup", G_CALLBACK(on_setup), (gpointer)kind);
    g_signal_connect(factory, "bind", G_CALLBACK(on_bind), (gpointer)kind);
    g_signal_connect(factory, "unbind", G_CALLBACK(on_unbind), (gpointer)kind);
    column = gtk_column_view_column_new(_(kind->title), factory);
    gtk_column_view_column_set_expand(column, kind->expand);
    gtk_column_view_column_set_resizable(column, kind->expand);
    gtk_column_view_append_column(list->columns, column);
}

/* --- what is chosen --- */

static void
set_chosen(TorchlightPacketList *list, int row)
{
    if (row == list->chosen)
        return;
    list->chosen = row;
    g_signal_emit(list, signals[SIGNAL_CHOSEN], 0);
}

/* Of several the chosen one stays, as long as it is among them. */
static void
on_selection(TorchlightPacketList *list)
{
    GtkSelectionModel *model = GTK_SELECTION_MODEL(list->selection);
    g_autoptr(GtkBitset) set = gtk_selection_model_get_selection(model);

    if (list->setting)
        return;
    if (gtk_bitset_is_empty(set))
        set_chosen(list, -1);
    else if (list->chosen < 0 || !gtk_bitset_contains(set, (guint)list->chosen))
        set_chosen(list, (int)gtk_bitset_get_minimum(set));
}

static void
scroll_to(TorchlightPacketList *list, int row)
{
    GtkWidget *inner = gtk_widget_get_last_child(GTK_WIDGET(list->columns));

    while (inner && !GTK_IS_LIST_VIEW(inner))
        inner = gtk_widget_get_prev_sibling(inner);
    if (inner)
        gtk_widget_activate_action(inner, "list.scroll-to-item", "u", (guint)row);
}

void
torchlight_packet_list_choose(TorchlightPacketList *list, int row)
{
    GtkSelectionModel *model = GTK_SELECTION_MODEL(list->selection);

    if (row == list->chosen)
        return;
    if (row >= (int)g_list_model_get_n_items(G_LIST_MODEL(list->rows)))
        torchlight_packet_rows_finish(list->rows);
    if (row >= (int)g_list_model_get_n_items(G_LIST_MODEL(list->rows)))
        row = -1;
    list->setting = true;
    if (row < 0)
        gtk_selection_model_unselect_all(model);
    else
        gtk_selection_model_select_item(model, (guint)row, TRUE);
    list->setting = false;
    if (row >= 0)
        scroll_to(list, row);
    set_chosen(list, row);
}

int
torchlight_packet_list_get_chosen(TorchlightPacketList *list)
{
    return list->chosen;
}

GtkBitset *
torchlight_packet_list_get_selection(TorchlightPacketList *list)
{
    return gtk_selection_model_get_selection(GTK_SELECTION_MODEL(list->selection));
}

/* --- what the pointer is over --- */

void
torchlight_packet_list_show_hover(TorchlightPacketList *list, int row)
{
    GHashTableIter at;
    gpointer label, number;

    if (row == list->hovered)
        return;
    list->hovered = row;
    g_hash_table_iter_init(&at, list->bound);
    while (g_hash_table_iter_next(&at, &label, &number))
        mark_hovered(label, GPOINTER_TO_INT(number) - 1 == row);
}

int
torchlight_packet_list_get_hovered(TorchlightPacketList *list)
{
    return list->hovered;
}

static void
set_hovered(TorchlightPacketList *list, int row)
{
    if (row == list->hovered)
        return;
    torchlight_packet_list_show_hover(list, row);
    g_signal_emit(list, signals[SIGNAL_HOVERED], 0);
}

static int
row_at(TorchlightPacketList *list, double x, double y)
{
    GtkWidget *widget = gtk_widget_pick(GTK_WIDGET(list->columns), x, y, GTK_PICK_DEFAULT);
    GHashTableIter at;
    gpointer label, number;

    g_hash_table_iter_init(&at, list->bound);
    while (widget && g_hash_table_iter_next(&at, &label, &number)) {
        GtkWidget *row = row_widget(label);
        if (row && (widget == row || gtk_widget_is_ancestor(widget, row)))
            return GPOINTER_TO_INT(number) - 1;
    }
    return -1;
}

static void
on_motion(GtkEventControllerMotion *controller, double x, double y, TorchlightPacketList *list)
{
    set_hovered(list, row_at(list, x, y));
}

static void
on_leave(GtkEventControllerMotion *controller, TorchlightPacketList *list)
{
    set_hovered(list, -1);
}

void
torchlight_packet_list_set_picture(TorchlightPacketList *list, TracePicture *picture)
{
    list->setting = true;
    list->chosen = list->hovered = -1;
    gtk_selection_model_unselect_all(GTK_SELECTION_MODEL(list->selection));
    torchlight_packet_rows_set_picture(list->rows, picture);
    list->setting = false;
    if (picture && picture->trace->n_rows > 0)
        scroll_to(list, 0);
}

static void
torchlight_packet_list_dispose(GObject *object)
{
    TorchlightPacketList *list = TORCHLIGHT_PACKET_LIST(object);

    if (list->selection)
        g_signal_handlers_disconnect_by_data(list->selection, list);
    g_clear_pointer(&list->scroller, gtk_widget_unparent);
    g_clear_object(&list->selection);
    g_clear_object(&list->rows);
    g_clear_pointer(&list->bound, g_hash_table_unref);
    G_OBJECT_CLASS(torchlight_packet_list_parent_class)->dispose(object);
}

static void
torchlight_packet_list_class_init(TorchlightPacketListClass *class)
{
    G_OBJECT_CLASS(class)->dispose = torchlight_packet_list_dispose;
    signals[SIGNAL_CHOSEN] = g_signal_new("chosen", G_TYPE_FROM_CLASS(class), G_SIGNAL_RUN_LAST, 0,
                                          NULL, NULL, NULL, G_TYPE_NONE, 0);
    signals[SIGNAL_HOVERED] = g_signal_new("hovered", G_TYPE_FROM_CLASS(class), G_SIGNAL_RUN_LAST,
                                           0, NULL, NULL, NULL, G_TYPE_NONE, 0);
    gtk_widget_class_set_layout_manager_type(GTK_WIDGET_CLASS(class), GTK_TYPE_BIN_LAYOUT);
}

static void
torchlight_packet_list_init(TorchlightPacketList *list)
{
    GtkEventController *motion = gtk_event_controller_motion_new();

    list->chosen = list->hovered = -1;
    list->bound = g_hash_table_new(NULL, NULL);
    list->rows = torchlight_packet_rows_new();
    list->selection = gtk_multi_selection_new(g_object_ref(G_LIST_MODEL(list->rows)));
    list->columns =
        GTK_COLUMN_VIEW(gtk_column_view_new(g_object_ref(GTK_SELECTION_MODEL(list->selection))));
    gtk_widget_add_css_class(GTK_WIDGET(list->columns), "data-table");
    gtk_widget_add_css_class(GTK_WIDGET(list->columns), "packets");
    gtk_accessible_update_property(GTK_ACCESSIBLE(list->columns), GTK_ACCESSIBLE_PROPERTY_LABEL,
                                   _("Packets"), -1);
    for (guint i = 0; i < G_N_ELEMENTS(kinds); i++)
        add_column(list, &kinds[i]);
    list->scroller = gtk_scrolled_window_new();
    gtk_scrolled_window_set_child(GTK_SCROLLED_WINDOW(list->scroller), GTK_WIDGET(list->columns));
    gtk_widget_set_parent(list->scroller, GTK_WIDGET(list));
    g_signal_connect_swapped(list->selection, "selection-changed", G_CALLBACK(on_selection), list);
    g_signal_connect(motion, "motion", G_CALLBACK(on_motion), list);
    g_signal_connect(motion, "leave", G_CALLBACK(on_leave), list);
    gtk_widget_add_controller(GTK_WIDGET(list->columns), motion);
}
