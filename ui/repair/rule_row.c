/* SPDX-License-Identifier: Apache-2.0 */
/* One rule in the list. */
#include "ui/repair/rule_row.h"

#include <glib/gi18n.h>

struct _TorchlightRuleRow {
    GtkWidget parent_instance;

    /* template */
    GtkTreeExpander *expander;
    GtkDrawingArea *chip;
    GtkLabel *title, *subtitle;
    GtkSwitch *on;

    /* owned */
    TorchlightRuleNode *node;
    bool updating, fixed;
};

static guint switched_signal;

G_DEFINE_FINAL_TYPE(TorchlightRuleRow, torchlight_rule_row, GTK_TYPE_WIDGET)

static void
draw_chip(GtkDrawingArea *area, cairo_t *cr, int width, int height, gpointer data)
{
    TorchlightRuleRow *row = data;
    uint8_t rgb[3];

    if (!row->node || torchlight_rule_node_get_rule(row->node) < 0)
        return;
    repair_rule_colour(torchlight_rule_node_get_rule(row->node), rgb);
    cairo_set_source_rgb(cr, rgb[0] / 255.0, rgb[1] / 255.0, rgb[2] / 255.0);
    cairo_arc(cr, width / 2.0, height / 2.0, MIN(width, height) / 2.0 - 0.5, 0, 2 * G_PI);
    cairo_fill_preserve(cr);
    cairo_set_source_rgba(cr, 0, 0, 0, 0.35); /* on a light background, too */
    cairo_set_line_width(cr, 1);
    cairo_stroke(cr);
}

/* "34 packets, 120 bits", or what is not done. */
static char *
count_text(TorchlightRuleNode *node)
{
    RepairRuleCount count = torchlight_rule_node_get_count(node);
    int packets = (int)count.n_packets, bits = (int)count.n_bits;

    if (torchlight_rule_node_is_on(node) && packets > 0) {
        g_autofree char *first =
            g_strdup_printf(ngettext("%'d packet", "%'d packets", (unsigned long)packets), packets);
        g_autofree char *second =
            g_strdup_printf(ngettext("%'d bit", "%'d bits", (unsigned long)bits), bits);
        return g_strdup_printf(_("%s, %s"), first, second);
    }
    packets = (int)count.n_declined_packets;
    if (packets > 0)
        return g_strdup_printf(
            ngettext("%'d packet breaks it", "%'d packets break it", (unsigned long)packets),
            packets);
    return g_strdup(torchlight_rule_node_is_on(node) ? _("nothing to change") : _("off"));
}

static void
update(TorchlightRuleRow *row)
{
    TorchlightRuleNode *node = row->node;
    bool is_rule = torchlight_rule_node_get_rule(node) >= 0;
    const char *title = torchlight_rule_node_get_title(node);
    const char *statement = torchlight_rule_node_get_statement(node);
    g_autofree char *count = is_rule ? count_text(node) : g_strdup(statement);

    row->updating = true;
    gtk_label_set_label(row->title, title);
    gtk_label_set_label(row->subtitle, count);
    gtk_widget_set_tooltip_text(GTK_WIDGET(row), is_rule ? statement : NULL);
    gtk_widget_set_visible(GTK_WIDGET(row->chip), is_rule);
    gtk_widget_set_visible(GTK_WIDGET(row->on), is_rule);
    gtk_switch_set_active(row->on, torchlight_rule_node_is_on(node));
    gtk_widget_set_sensitive(GTK_WIDGET(row->on), !row->fixed);
    gtk_widget_set_opacity(GTK_WIDGET(row->chip), torchlight_rule_node_is_active(node) ? 1 : 0.35);
    if (is_rule && !torchlight_rule_node_is_active(node))
        gtk_widget_add_css_class(GTK_WIDGET(row->title), "dim-label");
    else
        gtk_widget_remove_css_class(GTK_WIDGET(row->title), "dim-label");
    if (is_rule)
        gtk_widget_remove_css_class(GTK_WIDGET(row->title), "heading");
    else
        gtk_widget_add_css_class(GTK_WIDGET(row->title), "heading");
    gtk_accessible_update_property(GTK_ACCESSIBLE(row->on), GTK_ACCESSIBLE_PROPERTY_LABEL, title,
                                   GTK_ACCESSIBLE_PROPERTY_DESCRIPTION, statement, -1);
    gtk_widget_queue_draw(GTK_WIDGET(row->chip));
    row->updating = false;
}

static void
on_switch(TorchlightRuleRow *row)
{
    if (!row->updating && row->node)
        g_signal_emit(row, switched_signal, 0, torchlight_rule_node_get_rule(row->node),
                      gtk_switch_get_active(row->on));
}

void
torchlight_rule_row_bind(TorchlightRuleRow *row, GtkTreeListRow *tree_row)
{
    if (row->node)
        g_signal_handlers_disconnect_by_data(row->node, row);
    g_clear_object(&row->node);
    gtk_tree_expander_set_list_row(row->expander, tree_row);
    if (!tree_row)
        return;
    row->node = gtk_tree_list_row_get_item(tree_row);
    g_signal_connect_swapped(row->node, "changed", G_CALLBACK(update), row);
    update(row);
}

void
torchlight_rule_row_set_fixed(TorchlightRuleRow *row, bool fixed)
{
    row->fixed = fixed;
    gtk_widget_set_sensitive(GTK_WIDGET(row->on), !fixed);
}

static void
torchlight_rule_row_dispose(GObject *object)
{
    TorchlightRuleRow *row = TORCHLIGHT_RULE_ROW(object);

    if (row->expander) {
        torchlight_rule_row_bind(row, NULL);
        gtk_widget_unparent(GTK_WIDGET(row->expander));
    }
    row->expander = NULL;
    G_OBJECT_CLASS(torchlight_rule_row_parent_class)->dispose(object);
}

static void
torchlight_rule_row_class_init(TorchlightRuleRowClass *class)
{
    GtkWidgetClass *widget = GTK_WIDGET_CLASS(class);

    G_OBJECT_CLASS(class)->dispose = torchlight_rule_row_dispose;
    switched_signal = g_signal_new("switched", TORCHLIGHT_TYPE_RULE_ROW, G_SIGNAL_RUN_LAST, 0, NULL,
                                   NULL, NULL, G_TYPE_NONE, 2, G_TYPE_INT, G_TYPE_BOOLEAN);
    gtk_widget_class_set_template_from_resource(widget,
                                                "/io/github/torchlight/Torchlight/ui/rule_row.ui");
    gtk_widget_class_bind_template_child(widget, TorchlightRuleRow, expander);
    gtk_widget_class_bind_template_child(widget, TorchlightRuleRow, chip);
    gtk_widget_class_bind_template_child(widget, TorchlightRuleRow, title);
    gtk_widget_class_bind_template_child(widget, TorchlightRuleRow, subtitle);
    gtk_widget_class_bind_template_child(widget, TorchlightRuleRow, on);
    gtk_widget_class_bind_template_callback(widget, on_switch);
    gtk_widget_class_set_layout_manager_type(widget, GTK_TYPE_BIN_LAYOUT);
}

static void
torchlight_rule_row_init(TorchlightRuleRow *row)
{
    gtk_widget_init_template(GTK_WIDGET(row));
    gtk_drawing_area_set_draw_func(row->chip, draw_chip, row, NULL);
}

GtkWidget *
torchlight_rule_row_new(void)
{
    return g_object_new(TORCHLIGHT_TYPE_RULE_ROW, NULL);
}
