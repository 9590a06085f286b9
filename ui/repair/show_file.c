/* SPDX-License-Identifier: Apache-2.0 */
/* The desktop asked to show a file. */
#include "ui/repair/show_file.h"

#include <glib/gi18n.h>

static const char path_key[] = "torchlight-path";

static void
open_folder(const char *path)
{
    g_autofree char *folder = g_path_get_dirname(path);
    g_autoptr(GFile) file = g_file_new_for_path(folder);
    g_autofree char *uri = g_file_get_uri(file);

    g_app_info_launch_default_for_uri_async(uri, NULL, NULL, NULL, NULL);
}

static void
on_shown(GObject *source, GAsyncResult *result, gpointer data)
{
    g_autofree char *path = data;
    g_autoptr(GVariant) answer =
        g_dbus_connection_call_finish(G_DBUS_CONNECTION(source), result, NULL);

    if (!answer)
        open_folder(path);
}

void
show_file_in_folder(const char *path)
{
    GDBusConnection *bus = g_application_get_dbus_connection(g_application_get_default());
    g_autoptr(GFile) file = g_file_new_for_path(path);
    g_autofree char *uri = g_file_get_uri(file);
    const char *const uris[] = {uri, NULL};

    if (!bus) {
        open_folder(path);
        return;
    }
    g_dbus_connection_call(bus, "org.freedesktop.FileManager1", "/org/freedesktop/FileManager1",
                           "org.freedesktop.FileManager1", "ShowItems",
                           g_variant_new("(^ass)", uris, ""), NULL, G_DBUS_CALL_FLAGS_NONE, -1,
                           NULL, on_shown, g_strdup(path));
}

bool
wireshark_is_there(void)
{
    g_autofree char *path = g_find_program_in_path("wireshark");

    return path != NULL;
}

void
open_in_wireshark(TorchlightWorkspace *workspace, const char *path)
{
    g_autoptr(GError) error = NULL;
    g_autoptr(GSubprocess) process =
        g_subprocess_new(G_SUBPROCESS_FLAGS_NONE, &error, "wireshark", "-r", path, NULL);

    if (!process)
        torchlight_workspace_tell_error(workspace, _("Wireshark Does Not Start"), error->message);
}

static void
on_folder(AdwToast *toast)
{
    show_file_in_folder(g_object_get_data(G_OBJECT(toast), path_key));
}

static void
on_wireshark(GtkButton *button, TorchlightWorkspace *workspace)
{
    open_in_wireshark(workspace, g_object_get_data(G_OBJECT(button), path_key));
}

/* A toast has room for one button of its own; the other stands in its title. */
static GtkWidget *
make_title(TorchlightWorkspace *workspace, const char *text, const char *path)
{
    GtkWidget *box = gtk_box_new(GTK_ORIENTATION_HORIZONTAL, 12), *label = gtk_label_new(text);
    GtkWidget *button = gtk_button_new_with_label(_("Open in Wireshark"));

    gtk_label_set_ellipsize(GTK_LABEL(label), PANGO_ELLIPSIZE_MIDDLE);
    g_object_set_data_full(G_OBJECT(button), path_key, g_strdup(path), g_free);
    g_signal_connect_object(button, "clicked", G_CALLBACK(on_wireshark), workspace, 0);
    gtk_box_append(GTK_BOX(box), label);
    gtk_box_append(GTK_BOX(box), button);
    return box;
}

void
toast_written(TorchlightWorkspace *workspace, const char *text, const char *path)
{
    g_autoptr(AdwToast) toast = adw_toast_new(text);

    if (wireshark_is_there())
        adw_toast_set_custom_title(toast, make_title(workspace, text, path));
    adw_toast_set_button_label(toast, _("Show in _Folder"));
    adw_toast_set_timeout(toast, 10);
    g_object_set_data_full(G_OBJECT(toast), path_key, g_strdup(path), g_free);
    g_signal_connect(toast, "button-clicked", G_CALLBACK(on_folder), NULL);
    g_signal_emit_by_name(workspace, "toast", toast);
}
