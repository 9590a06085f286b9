/* SPDX-License-Identifier: Apache-2.0 */
/* Chips in rows that wrap. */
#include "ui/library/filter_panel.h"

#include <glib/gi18n.h>

typedef enum { KIND_PROTOCOL, KIND_ORIGIN, KIND_SPLIT, KIND_SIZE, N_KINDS } Kind;

struct _TorchlightFilterPanel {
    GtkWidget parent_instance;

    GtkWidget *box;
    GtkWidget *headings[N_KINDS];
    GtkFlowBox *flows[N_KINDS];
    bool is_clearing;
};

enum { SIGNAL_CHANGED, N_SIGNALS };

static guint signals[N_SIGNALS];

static const char value_key[] = "torchlight-value", name_key[] = "torchlight-name";

G_DEFINE_FINAL_TYPE(TorchlightFilterPanel, torchlight_filter_panel, GTK_TYPE_WIDGET)

static void
on_toggled(TorchlightFilterPanel *panel)
{
    if (!panel->is_clearing)
        g_signal_emit(panel, signals[SIGNAL_CHANGED], 0);
}

static GtkToggleButton *
chip_at(GtkFlowBox *flow, int index)
{
    GtkFlowBoxChild *child = gtk_flow_box_get_child_at_index(flow, index);

    return child ? GTK_TOGGLE_BUTTON(gtk_flow_box_child_get_child(child)) : NULL;
}

static void
add_chip(TorchlightFilterPanel *panel, Kind kind, const char *label, int value, const char *name,
         bool active)
{
    GtkWidget *chip = gtk_toggle_button_new_with_label(label);

    gtk_toggle_button_set_active(GTK_TOGGLE_BUTTON(chip), active);
    gtk_widget_add_css_class(chip, "chip");
    g_object_set_data(G_OBJECT(chip), value_key, GINT_TO_POINTER(value));
    g_object_set_data_full(G_OBJECT(chip), name_key, g_strdup(name), g_free);
    g_signal_connect_swapped(chip, "toggled", G_CALLBACK(on_toggled), panel);
    gtk_flow_box_insert(panel->flows[kind], chip, -1);
    /* The chip takes the focus, not the place that it stands in. */
    gtk_widget_set_focusable(gtk_widget_get_parent(chip), FALSE);
}

void
torchlight_filter_panel_set_protocols(TorchlightFilterPanel *panel, GPtrArray *protocols)
{
    GtkFlowBox *flow = panel->flows[KIND_PROTOCOL];
    g_autoptr(GPtrArray) chosen = g_ptr_array_new_with_free_func(g_free);
    GtkToggleButton *chip;

    while ((chip = chip_at(flow, 0))) {
        if (gtk_toggle_button_get_active(chip))
            g_ptr_array_add(chosen, g_strdup(g_object_get_data(G_OBJECT(chip), name_key)));
        gtk_flow_box_remove(flow, gtk_widget_get_parent(GTK_WIDGET(chip)));
    }
    for (guint i = 0; i < protocols->len; i++) {
        const char *name = protocols->pdata[i];

        add_chip(panel, KIND_PROTOCOL, name, 0, name,
                 g_ptr_array_find_with_equal_func(chosen, name, g_str_equal, NULL));
    }
    gtk_widget_set_visible(panel->headings[KIND_PROTOCOL], protocols->len > 0);
    gtk_widget_set_visible(GTK_WIDGET(flow), protocols->len > 0);
}

static guint
mask_of(GtkFlowBox *flow)
{
    GtkToggleButton *chip;
    guint mask = 0;

    for (int i = 0; (chip = chip_at(flow, i)); i++) {
        if (gtk_toggle_button_get_active(chip))
            mask |= 1u << GPOINTER_TO_INT(g_object_get_data(G_OBJECT(chip), value_key));
    }
    return mask;
}

void
torchlight_filter_panel_apply(TorchlightFilterPanel *panel, LibraryFilter *filter)
{
    GtkToggleButton *chip;

    for (int i = 0; (chip = chip_at(panel->flows[KIND_PROTOCOL], i)); i++)
        library_filter_set_protocol(filter, g_object_get_data(G_OBJECT(chip), name_key),
                                    gtk_toggle_button_get_active(chip));
    library_filter_set_origins(filter, mask_of(panel->flows[KIND_ORIGIN]));
    library_filter_set_splits(filter, mask_of(panel->flows[KIND_SPLIT]));
    library_filter_set_sizes(filter, mask_of(panel->flows[KIND_SIZE]));
}

guint
torchlight_filter_panel_count(TorchlightFilterPanel *panel)
{
    GtkToggleButton *chip;
    guint n = 0;

    for (int kind = 0; kind < N_KINDS; kind++) {
        for (int i = 0; (chip = chip_at(panel->flows[kind], i)); i++)
            n += gtk_toggle_button_get_active(chip);
    }
    return n;
}

void
torchlight_filter_panel_clear(TorchlightFilterPanel *panel)
{
    GtkToggleButton *chip;

    panel->is_clearing = true;
    for (int kind = 0; kind < N_KINDS; kind++) {
        for (int i = 0; (chip = chip_at(panel->flows[kind], i)); i++)
            gtk_toggle_button_set_active(chip, FALSE);
    }
    panel->is_clearing = false;
    g_signal_emit(panel, signals[SIGNAL_CHANGED], 0);
}

static void
add_kind(TorchlightFilterPanel *panel, Kind kind, const char *heading)
{
    GtkWidget *label = gtk_label_new(heading);
    GtkWidget *flow = gtk_flow_box_new();

    gtk_label_set_xalign(GTK_LABEL(label), 0);
    gtk_widget_add_css_class(label, "heading");
    gtk_box_append(GTK_BOX(panel->box), label);
    gtk_flow_box_set_selection_mode(GTK_FLOW_BOX(flow), GTK_SELECTION_NONE);
    gtk_flow_box_set_column_spacing(GTK_FLOW_BOX(flow), 6);
    gtk_flow_box_set_row_spacing(GTK_FLOW_BOX(flow), 6);
    gtk_flow_box_set_max_children_per_line(GTK_FLOW_BOX(flow), 6);
    gtk_widget_set_margin_bottom(flow, 6);
    gtk_accessible_update_property(GTK_ACCESSIBLE(flow), GTK_ACCESSIBLE_PROPERTY_LABEL, heading,
                                   -1);
    gtk_box_append(GTK_BOX(panel->box), flow);
    panel->headings[kind] = label;
    panel->flows[kind] = GTK_FLOW_BOX(flow);
}

static void
torchlight_filter_panel_dispose(GObject *object)
{
    g_clear_pointer(&TORCHLIGHT_FILTER_PANEL(object)->box, gtk_widget_unparent);
    G_OBJECT_CLASS(torchlight_filter_panel_parent_class)->dispose(object);
}

static void
torchlight_filter_panel_class_init(TorchlightFilterPanelClass *class)
{
    G_OBJECT_CLASS(class)->dispose = torchlight_filter_panel_dispose;
    signals[SIGNAL_CHANGED] = g_signal_new("changed", G_TYPE_FROM_CLASS(class), G_SIGNAL_RUN_LAST,
                                           0, NULL, NULL, NULL, G_TYPE_NONE, 0);
    gtk_widget_class_set_layout_manager_type(GTK_WIDGET_CLASS(class), GTK_TYPE_BIN_LAYOUT);
}

static void
torchlight_filter_panel_init(TorchlightFilterPanel *panel)
{
    GtkWidget *clear = gtk_button_new_with_mnemonic(_("_Show All"));

    panel->box = gtk_box_new(GTK_ORIENTATION_VERTICAL, 6);
    gtk_widget_set_parent(panel->box, GTK_WIDGET(panel));
    gtk_widget_add_css_class(panel->box, "filterpanel");
    add_kind(panel, KIND_PROTOCOL, _("Protocol"));
    add_kind(panel, KIND_ORIGIN, _("Origin"));
    add_chip(panel, KIND_ORIGIN, _("Imported"), ORIGIN_IMPORTED, NULL, false);
    add_chip(panel, KIND_ORIGIN, _("Generated"), ORIGIN_GENERATED, NULL, false);
    add_chip(panel, KIND_ORIGIN, _("Repaired"), ORIGIN_REPAIRED, NULL, false);
    add_kind(panel, KIND_SPLIT, _("Used For"));
    add_chip(panel, KIND_SPLIT, _("Training"), SPLIT_TRAIN, NULL, false);
    add_chip(panel, KIND_SPLIT, _("Validation"), SPLIT_VALIDATION, NULL, false);
    add_chip(panel, KIND_SPLIT, _("Test"), SPLIT_TEST, NULL, false);
    add_chip(panel, KIND_SPLIT, _("Anything"), SPLIT_NONE, NULL, false);
    add_kind(panel, KIND_SIZE, _("Packets"));
    add_chip(panel, KIND_SIZE, _("Under 64"), SIZE_TINY, NULL, false);
    add_chip(panel, KIND_SIZE, _("64–255"), SIZE_SMALL, NULL, false);
    add_chip(panel, KIND_SIZE, _("256–1,023"), SIZE_MEDIUM, NULL, false);
    add_chip(panel, KIND_SIZE, _("1,024"), SIZE_FULL, NULL, false);
    g_signal_connect_swapped(clear, "clicked", G_CALLBACK(torchlight_filter_panel_clear), panel);
    gtk_box_append(GTK_BOX(panel->box), clear);
}
