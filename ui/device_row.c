/* SPDX-License-Identifier: Apache-2.0 */
/* The device row. */
#include "ui/device_row.h"

#include <glib/gi18n.h>

#include "app/jobs/devices.h"
#include "ui/settings.h"

struct _TorchlightDeviceRow {
    AdwComboRow parent_instance;

    GSettings *settings;
    GPtrArray *names; /* char*, one for each item of the model; the first is "": the fastest */
    GCancellable *looking;
    bool looked, filling;
};

G_DEFINE_FINAL_TYPE(TorchlightDeviceRow, torchlight_device_row, ADW_TYPE_COMBO_ROW)

static void
fill(TorchlightDeviceRow *row, GPtrArray *devices)
{
    g_autoptr(GtkStringList) labels = gtk_string_list_new(NULL);
    g_autofree char *chosen = g_settings_get_string(row->settings, "device");
    guint selected = 0;

    g_ptr_array_set_size(row->names, 0);
    g_ptr_array_add(row->names, g_strdup(""));
    gtk_string_list_append(labels, _("Automatic"));
    for (guint i = 0; devices && i < devices->len; i++) {
        const JobDevice *device = devices->pdata[i];
        if (g_str_equal(device->name, chosen))
            selected = row->names->len;
        g_ptr_array_add(row->names, g_strdup(device->name));
        gtk_string_list_append(labels, device->description);
    }
    if (*chosen && selected == 0) {
        g_autofree char *missing =
            devices ? g_strdup_printf(_("%s (not found)"), chosen) : g_strdup(chosen);
        selected = row->names->len;
        g_ptr_array_add(row->names, g_strdup(chosen));
        gtk_string_list_append(labels, missing);
    }
    row->filling = true;
    adw_combo_row_set_model(ADW_COMBO_ROW(row), G_LIST_MODEL(labels));
    adw_combo_row_set_selected(ADW_COMBO_ROW(row), selected);
    row->filling = false;
}

static void
look_in_thread(GTask *task, gpointer source, gpointer data, GCancellable *cancellable)
{
    g_task_return_pointer(task, job_devices(), (GDestroyNotify)g_ptr_array_unref);
}

static void
on_looked(GObject *source, GAsyncResult *result, gpointer data)
{
    g_autoptr(GPtrArray) devices = g_task_propagate_pointer(G_TASK(result), NULL);

    if (devices)
        fill(TORCHLIGHT_DEVICE_ROW(source), devices);
}

static void
torchlight_device_row_map(GtkWidget *widget)
{
    TorchlightDeviceRow *row = TORCHLIGHT_DEVICE_ROW(widget);

    GTK_WIDGET_CLASS(torchlight_device_row_parent_class)->map(widget);
    if (!row->looked) {
        g_autoptr(GTask) task = g_task_new(row, row->looking, on_looked, NULL);
        row->looked = true;
        g_task_run_in_thread(task, look_in_thread);
    }
}

static void
on_selected(TorchlightDeviceRow *row)
{
    guint selected = adw_combo_row_get_selected(ADW_COMBO_ROW(row));

    if (!row->filling && selected < row->names->len)
        g_settings_set_string(row->settings, "device", row->names->pdata[selected]);
}

static void
torchlight_device_row_dispose(GObject *object)
{
    TorchlightDeviceRow *row = TORCHLIGHT_DEVICE_ROW(object);

    row->filling = true;
    g_cancellable_cancel(row->looking);
    G_OBJECT_CLASS(torchlight_device_row_parent_class)->dispose(object);
}

static void
torchlight_device_row_finalize(GObject *object)
{
    TorchlightDeviceRow *row = TORCHLIGHT_DEVICE_ROW(object);

    g_object_unref(row->looking);
    g_object_unref(row->settings);
    g_ptr_array_unref(row->names);
    G_OBJECT_CLASS(torchlight_device_row_parent_class)->finalize(object);
}

static void
torchlight_device_row_class_init(TorchlightDeviceRowClass *class)
{
    G_OBJECT_CLASS(class)->dispose = torchlight_device_row_dispose;
    G_OBJECT_CLASS(class)->finalize = torchlight_device_row_finalize;
    GTK_WIDGET_CLASS(class)->map = torchlight_device_row_map;
}

static void
torchlight_device_row_init(TorchlightDeviceRow *row)
{
    row->settings = settings_new();
    row->names = g_ptr_array_new_with_free_func(g_free);
    row->looking = g_cancellable_new();
    fill(row, NULL);
    g_signal_connect(row, "notify::selected", G_CALLBACK(on_selected), NULL);
}
