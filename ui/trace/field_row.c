/* SPDX-License-Identifier: Apache-2.0 */
/* A header or field of a packet as a row. */
#include "ui/trace/field_row.h"

#include <glib/gi18n.h>

#include "app/trace/packet_text.h"
#include "ui/trace/bit_cells.h"

struct _TorchlightFieldRow {
    GtkWidget parent_instance;

    GtkTreeExpander *expander;
    GtkWidget *box;
    GtkLabel *name, *value;
    TorchlightBitCells *bits;

    TorchlightFieldNode *node; /* owned, or NULL */
};

enum { SIGNAL_BIT_CLICKED, N_SIGNALS };

static guint signals[N_SIGNALS];

G_DEFINE_FINAL_TYPE(TorchlightFieldRow, torchlight_field_row, GTK_TYPE_WIDGET)

TorchlightFieldNode *
torchlight_field_row_get_node(TorchlightFieldRow *row)
{
    return row->node;
}

void
torchlight_field_row_set_tree_row(TorchlightFieldRow *row, GtkTreeListRow *tree_row)
{
    g_clear_object(&row->node);
    if (tree_row)
        row->node = TORCHLIGHT_FIELD_NODE(gtk_tree_list_row_get_item(tree_row));
    gtk_tree_expander_set_list_row(row->expander, tree_row);
}

static void
show_header(TorchlightFieldRow *row)
{
    gtk_label_set_label(row->name, header_title(row->node->header));
    gtk_widget_add_css_class(GTK_WIDGET(row->name), "heading");
    gtk_label_set_label(row->value, "");
    gtk_widget_set_visible(GTK_WIDGET(row->bits), FALSE);
    gtk_widget_set_tooltip_text(GTK_WIDGET(row), NULL);
}

static void
show_field(TorchlightFieldRow *row, const Trace *trace, int packet, Palette palette, int bit)
{
    FieldId field = row->node->field;
    const int8_t *trits = trace_row(trace, packet) + row->node->first_column;
    int n = field_n_bits(trace, packet, field), width = field_table[field].width;
    g_autofree char *value = field_value_text(trace, packet, field);

    gtk_label_set_label(row->name, field_table[field].label);
    gtk_widget_remove_css_class(GTK_WIDGET(row->name), "heading");
    gtk_label_set_label(row->value, value ? value : _("absent"));
    /* Options end where their header does; a field that lacks bits shows which. */
    torchlight_bit_cells_set(row->bits, trits, width > 128 ? n : width, palette,
                             bit - row->node->first_column);
    gtk_widget_set_visible(GTK_WIDGET(row->bits), TRUE);
    g_autofree char *hint =
        g_strdup_printf("%s\n%s", field_table[field].meaning, value ? value : _("absent"));
    gtk_widget_set_tooltip_text(GTK_WIDGET(row), hint);
}

void
torchlight_field_row_show(TorchlightFieldRow *row, TracePicture *picture, int packet,
                          Palette palette, int bit)
{
    if (!row->node || !picture || packet < 0)
        return;
    if (row->node->field == N_FIELDS)
        show_header(row);
    else
        show_field(row, picture->trace, packet, palette, bit);
}

static void
on_bit(TorchlightFieldRow *row, int bit)
{
    if (row->node)
        g_signal_emit(row, signals[SIGNAL_BIT_CLICKED], 0, row->node->first_column + bit);
}

static void
torchlight_field_row_dispose(GObject *object)
{
    TorchlightFieldRow *row = TORCHLIGHT_FIELD_ROW(object);

    g_clear_object(&row->node);
    if (row->expander)
        gtk_widget_unparent(GTK_WIDGET(row->expander));
    row->expander = NULL;
    G_OBJECT_CLASS(torchlight_field_row_parent_class)->dispose(object);
}

static void
torchlight_field_row_class_init(TorchlightFieldRowClass *class)
{
    G_OBJECT_CLASS(class)->dispose = torchlight_field_row_dispose;
    signals[SIGNAL_BIT_CLICKED] =
        g_signal_new("bit-clicked", G_TYPE_FROM_CLASS(class), G_SIGNAL_RUN_LAST, 0, NULL, NULL,
                     NULL, G_TYPE_NONE, 1, G_TYPE_INT);
    gtk_widget_class_set_layout_manager_type(GTK_WIDGET_CLASS(class), GTK_TYPE_BIN_LAYOUT);
}

static GtkLabel *
add_label(GtkWidget *box, const char *style)
{
    GtkWidget *label = gtk_label_new(NULL);

    gtk_label_set_xalign(GTK_LABEL(label), 0);
    gtk_label_set_ellipsize(GTK_LABEL(label), PANGO_ELLIPSIZE_END);
    gtk_widget_set_valign(label, GTK_ALIGN_START);
    gtk_widget_add_css_class(label, style);
    gtk_box_append(GTK_BOX(box), label);
    return GTK_LABEL(label);
}

static void
torchlight_field_row_init(TorchlightFieldRow *row)
{
    row->box = gtk_box_new(GTK_ORIENTATION_HORIZONTAL, 9);
    row->name = add_label(row->box, "field-name");
    gtk_label_set_width_chars(row->name, 9);
    gtk_label_set_max_width_chars(row->name, 11);
    row->value = add_label(row->box, "numeric");
    gtk_widget_set_hexpand(GTK_WIDGET(row->value), TRUE);
    row->bits = TORCHLIGHT_BIT_CELLS(torchlight_bit_cells_new());
    gtk_widget_set_valign(GTK_WIDGET(row->bits), GTK_ALIGN_START);
    gtk_box_append(GTK_BOX(row->box), GTK_WIDGET(row->bits));
    row->expander = GTK_TREE_EXPANDER(gtk_tree_expander_new());
    gtk_tree_expander_set_child(row->expander, row->box);
    gtk_widget_set_parent(GTK_WIDGET(row->expander), GTK_WIDGET(row));
    g_signal_connect_swapped(row->bits, "clicked", G_CALLBACK(on_bit), row);
}

GtkWidget *
torchlight_field_row_new(void)
{
    return g_object_new(TORCHLIGHT_TYPE_FIELD_ROW, NULL);
}
