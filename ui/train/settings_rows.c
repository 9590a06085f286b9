/* SPDX-License-Identifier: Apache-2.0 */
/* One row a setting. */
#include "ui/train/settings_rows.h"

#include <math.h>

typedef struct {
    const TrainSetting *setting;
    TrainParams *params;
    GtkWidget *control; /* a spin button, a switch or a list */
    void (*changed)(gpointer data);
    gpointer data;
    bool updating;
} Row;

static const char row_key[] = "torchlight-setting";

static void
on_value(GtkSpinButton *spin, Row *row)
{
    if (row->updating)
        return;
    train_setting_set(row->setting, row->params, gtk_spin_button_get_value(spin));
    row->changed(row->data);
}

static void
on_switched(GtkSwitch *control, GParamSpec *property, Row *row)
{
    if (row->updating)
        return;
    train_setting_set(row->setting, row->params, gtk_switch_get_active(control));
    row->changed(row->data);
}

static void
on_chosen(GtkDropDown *control, GParamSpec *property, Row *row)
{
    if (row->updating)
        return;
    train_setting_set(row->setting, row->params, gtk_drop_down_get_selected(control));
    row->changed(row->data);
}

/* As many digits as the number needs: "0.0001", but "8". */
static gboolean
on_output(GtkSpinButton *spin, Row *row)
{
    double value = gtk_spin_button_get_value(spin);
    g_autofree char *text = g_strdup_printf("%.*f", row->setting->n_digits, value);

    if (row->setting->n_digits > 0) {
        char *end = text + strlen(text);

        while (end[-1] == '0')
            *--end = '\0';
        if (!g_ascii_isdigit(end[-1]))
            end[-1] = '\0';
    }
    gtk_editable_set_text(GTK_EDITABLE(spin), text);
    return TRUE;
}

void
settings_row_update(GtkWidget *widget)
{
    Row *row = g_object_get_data(G_OBJECT(widget), row_key);
    double value = train_setting_get(row->setting, row->params);

    row->updating = true;
    if (row->setting->type == TRAIN_CHOICE)
        gtk_drop_down_set_selected(GTK_DROP_DOWN(row->control), (guint)value);
    else if (row->setting->type == TRAIN_YES_NO)
        gtk_switch_set_active(GTK_SWITCH(row->control), value != 0);
    else
        gtk_spin_button_set_value(GTK_SPIN_BUTTON(row->control), value);
    row->updating = false;
}

static GtkWidget *
spin_new(Row *row)
{
    const TrainSetting *setting = row->setting;
    double step = MAX(setting->step, pow(10, -setting->n_digits));
    GtkWidget *spin = gtk_spin_button_new_with_range(setting->low, setting->high, step);

    gtk_spin_button_set_digits(GTK_SPIN_BUTTON(spin), (guint)setting->n_digits);
    gtk_editable_set_width_chars(GTK_EDITABLE(spin), 7);
    gtk_editable_set_max_width_chars(GTK_EDITABLE(spin), 9);
    g_signal_connect(spin, "output", G_CALLBACK(on_output), row);
    g_signal_connect(spin, "value-changed", G_CALLBACK(on_value), row);
    return spin;
}

static GtkWidget *
drop_down_new(Row *row)
{
    GtkStringList *labels = gtk_string_list_new(NULL);
    GtkWidget *list = gtk_drop_down_new(G_LIST_MODEL(labels), NULL);
    const char *label;

    for (int i = 0; (label = train_setting_choice_label(row->setting, i)); i++)
        gtk_string_list_append(labels, label);
    g_signal_connect(list, "notify::selected", G_CALLBACK(on_chosen), row);
    return list;
}

static GtkWidget *
switch_new(Row *row)
{
    GtkWidget *control = gtk_switch_new();

    g_signal_connect(control, "notify::active", G_CALLBACK(on_switched), row);
    return control;
}

GtkWidget *
settings_row_new(const TrainSetting *setting, TrainParams *params, void (*changed)(gpointer data),
                 gpointer data)
{
    GtkWidget *widget = adw_action_row_new();
    Row *row = g_new0(Row, 1);

    *row = (Row){.setting = setting, .params = params, .changed = changed, .data = data};
    row->updating = true;
    row->control = setting->type == TRAIN_CHOICE   ? drop_down_new(row)
                   : setting->type == TRAIN_YES_NO ? switch_new(row)
                                                   : spin_new(row);
    gtk_widget_set_valign(row->control, GTK_ALIGN_CENTER);
    gtk_accessible_update_property(GTK_ACCESSIBLE(row->control), GTK_ACCESSIBLE_PROPERTY_LABEL,
                                   train_setting_label(setting), -1);
    adw_preferences_row_set_title(ADW_PREFERENCES_ROW(widget), train_setting_label(setting));
    adw_action_row_set_subtitle(ADW_ACTION_ROW(widget), train_setting_explanation(setting));
    adw_action_row_set_subtitle_lines(ADW_ACTION_ROW(widget), 0);
    adw_action_row_add_suffix(ADW_ACTION_ROW(widget), row->control);
    adw_action_row_set_activatable_widget(ADW_ACTION_ROW(widget), row->control);
    g_object_set_data_full(G_OBJECT(widget), row_key, row, g_free);
    settings_row_update(widget);
    return widget;
}
