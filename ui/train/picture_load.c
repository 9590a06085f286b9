/* SPDX-License-Identifier: Apache-2.0 */
/* Reading pictures on threads. */
#include "ui/train/picture_load.h"

#include "ui/library/thumbnails.h"

static const char load_key[] = "torchlight-load";

static void
read_in_thread(GTask *task, gpointer source, gpointer path, GCancellable *cancellable)
{
    GError *error = NULL;
    GdkTexture *texture = gdk_texture_new_from_filename(path, &error);

    if (texture)
        g_task_return_pointer(task, texture, g_object_unref);
    else
        g_task_return_error(task, error);
}

static void
on_read(GObject *source, GAsyncResult *result, gpointer data)
{
    g_autoptr(GdkTexture) texture = g_task_propagate_pointer(G_TASK(result), NULL);

    if (g_object_get_data(source, load_key) == g_task_get_cancellable(G_TASK(result)) && texture)
        gtk_picture_set_paintable(GTK_PICTURE(source), GDK_PAINTABLE(texture));
}

void
picture_load_file(GtkPicture *picture, const char *path)
{
    GCancellable *cancellable = g_cancellable_new();
    g_autoptr(GTask) task = NULL;

    g_object_set_data_full(G_OBJECT(picture), load_key, cancellable, g_object_unref);
    if (!path) {
        gtk_picture_set_paintable(picture, NULL);
        return;
    }
    task = g_task_new(picture, cancellable, on_read, NULL);
    g_task_set_task_data(task, g_strdup(path), g_free);
    g_task_run_in_thread(task, read_in_thread);
}

typedef struct {
    GtkPicture *picture; /* borrowed: it owns this */
    ThumbnailRequest *request;
} Load;

static void
load_free(gpointer data)
{
    Load *load = data;

    thumbnails_cancel(&load->request);
    g_free(load);
}

static void
on_thumbnail(GdkTexture *texture, const GError *error, gpointer data)
{
    Load *load = data;

    load->request = NULL;
    if (texture)
        gtk_picture_set_paintable(load->picture, GDK_PAINTABLE(texture));
}

void
picture_load_thumbnail(GtkPicture *picture, TorchlightWorkspace *workspace, const char *id,
                       const char *path)
{
    Load *load = g_new0(Load, 1);
    GdkTexture *texture;

    load->picture = picture;
    g_object_set_data_full(G_OBJECT(picture), load_key, load, load_free);
    texture = thumbnails_get(thumbnails_of(G_OBJECT(workspace)), id, path,
                             torchlight_workspace_get_palette(workspace), on_thumbnail, load,
                             &load->request);
    if (texture)
        gtk_picture_set_paintable(picture, GDK_PAINTABLE(texture));
}
