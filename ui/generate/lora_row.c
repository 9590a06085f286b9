/* SPDX-License-Identifier: Apache-2.0 */
/* Rows of LoRAs. */
#include "ui/generate/lora_row.h"

#include <glib/gi18n.h>

/* What makes sense; the command takes more. */
static const double LEAST = -1, MOST = 2, STEP = 0.05;

struct _TorchlightLoraRow {
    AdwActionRow parent_instance;

    char *path;
    GtkRange *scale;
    GtkWidget *number, *remove;
};

static guint remove_signal;

G_DEFINE_FINAL_TYPE(TorchlightLoraRow, torchlight_lora_row, ADW_TYPE_ACTION_ROW)

static void
show_weight(TorchlightLoraRow *row)
{
    g_autofree char *text = g_strdup_printf("%.2f", gtk_range_get_value(row->scale));

    gtk_label_set_label(GTK_LABEL(row->number), text);
}

static void
on_remove(TorchlightLoraRow *row)
{
    g_signal_emit(row, remove_signal, 0);
}

GtkWidget *
torchlight_lora_row_new(const char *path, const char *name, double weight)
{
    TorchlightLoraRow *row = g_object_new(TORCHLIGHT_TYPE_LORA_ROW, NULL);
    g_autofree char *label = g_strdup_printf(_("Weight of “%s”"), name);
    g_autofree char *remove = g_strdup_printf(_("Remove “%s”"), name);

    row->path = g_strdup(path);
    adw_preferences_row_set_use_markup(ADW_PREFERENCES_ROW(row), FALSE);
    adw_preferences_row_set_title(ADW_PREFERENCES_ROW(row), name);
    gtk_range_set_value(row->scale, weight);
    gtk_accessible_update_property(GTK_ACCESSIBLE(row->scale), GTK_ACCESSIBLE_PROPERTY_LABEL, label,
                                   -1);
    gtk_widget_set_tooltip_text(row->remove, remove);
    gtk_accessible_update_property(GTK_ACCESSIBLE(row->remove), GTK_ACCESSIBLE_PROPERTY_LABEL,
                                   remove, -1);
    return GTK_WIDGET(row);
}

const char *
torchlight_lora_row_get_path(TorchlightLoraRow *row)
{
    return row->path;
}

double
torchlight_lora_row_get_weight(TorchlightLoraRow *row)
{
    return gtk_range_get_value(row->scale);
}

static void
torchlight_lora_row_finalize(GObject *object)
{
    g_free(TORCHLIGHT_LORA_ROW(object)->path);
    G_OBJECT_CLASS(torchlight_lora_row_parent_class)->finalize(object);
}

static void
torchlight_lora_row_class_init(TorchlightLoraRowClass *class)
{
    G_OBJECT_CLASS(class)->finalize = torchlight_lora_row_finalize;
    remove_signal = g_signal_new("remove", G_TYPE_FROM_CLASS(class), G_SIGNAL_RUN_LAST, 0, NULL,
                                 NULL, NULL, G_TYPE_NONE, 0);
}

static void
torchlight_lora_row_init(TorchlightLoraRow *row)
{
    row->scale = GTK_RANGE(gtk_scale_new_with_range(GTK_ORIENTATION_HORIZONTAL, LEAST, MOST, STEP));
    row->number = gtk_label_new("1.00");
    row->remove = gtk_button_new_from_icon_name("list-remove-symbolic");
    gtk_scale_add_mark(GTK_SCALE(row->scale), 0, GTK_POS_BOTTOM, NULL);
    gtk_scale_add_mark(GTK_SCALE(row->scale), 1, GTK_POS_BOTTOM, NULL);
    gtk_widget_set_size_request(GTK_WIDGET(row->scale), 110, -1);
    gtk_widget_set_valign(GTK_WIDGET(row->scale), GTK_ALIGN_CENTER);
    gtk_widget_add_css_class(row->number, "numeric");
    gtk_label_set_width_chars(GTK_LABEL(row->number), 5);
    gtk_widget_add_css_class(row->remove, "flat");
    gtk_widget_set_valign(row->remove, GTK_ALIGN_CENTER);
    adw_action_row_set_title_lines(ADW_ACTION_ROW(row), 1);
    adw_action_row_add_suffix(ADW_ACTION_ROW(row), GTK_WIDGET(row->scale));
    adw_action_row_add_suffix(ADW_ACTION_ROW(row), row->number);
    adw_action_row_add_suffix(ADW_ACTION_ROW(row), row->remove);
    g_signal_connect_swapped(row->scale, "value-changed", G_CALLBACK(show_weight), row);
    g_signal_connect_swapped(row->remove, "clicked", G_CALLBACK(on_remove), row);
}
