/* SPDX-License-Identifier: Apache-2.0 */
/* One row a setting. */
#include "ui/train/settings_rows.h"

#include <math.h>

typedef struct {
    const TrainSetting *setting;
    TrainParams *params;
    GtkWidget *spin;
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

    row->updating = true;
    gtk_spin_button_set_value(GTK_SPIN_BUTTON(row->spin),
                              train_setting_get(row->setting, row->params));
    row->updating = false;
}

GtkWidget *
settings_row_new(const TrainSetting *setting, TrainParams *params, void (*changed)(gpointer data),
                 gpointer data)
{
    GtkWidget *widget = adw_action_row_new();
    Row *row = g_new0(Row, 1);
    double step = MAX(setting->step, pow(10, -setting->n_digits));

    *row = (Row){.setting = setting, .params = params, .changed = changed, .data = data};
    row->spin = gtk_spin_button_new_with_range(setting->low, setting->high, step);
    gtk_spin_button_set_digits(GTK_SPIN_BUTTON(row->spin), (guint)setting->n_digits);
    gtk_widget_set_valign(row->spin, GTK_ALIGN_CENTER);
    gtk_editable_set_width_chars(GTK_EDITABLE(row->spin), 7);
    gtk_editable_set_max_width_chars(GTK_EDITABLE(row->spin), 9);
    g_signal_connect(row->spin, "output", G_CALLBACK(on_output), row);
    adw_preferences_row_set_title(ADW_PREFERENCES_ROW(widget), train_setting_label(setting));
    adw_action_row_set_subtitle(ADW_ACTION_ROW(widget), train_setting_explanation(setting));
    adw_action_row_set_subtitle_lines(ADW_ACTION_ROW(widget), 0);
    adw_action_row_add_suffix(ADW_ACTION_ROW(widget), row->spin);
    adw_action_row_set_activatable_widget(ADW_ACTION_ROW(widget), row->spin);
    g_object_set_data_full(G_OBJECT(widget), row_key, row, g_free);
    settings_row_update(widget);
    g_signal_connect(row->spin, "value-changed", G_CALLBACK(on_value), row);
    return widget;
}
