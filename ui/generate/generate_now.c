/* SPDX-License-Identifier: Apache-2.0 */
/* What runs, with what is coming, and what waits. */
#include <glib/gi18n.h>

#include "ui/generate/generate_page_private.h"
#include "ui/generate/queue_row.h"
#include "ui/time_text.h"

/* --- the preview --- */

static void
free_image(gpointer image)
{
    image_free(image);
}

/* Made on a thread: a copy of what the job shows, in the palette that is asked for. */
static void
preview_in_thread(GTask *task, gpointer source, gpointer job, GCancellable *cancellable)
{
    Palette palette = GPOINTER_TO_INT(g_object_get_data(G_OBJECT(task), "palette"));
    Image *image = torchlight_job_dup_preview(job);
    g_autoptr(GBytes) bytes = NULL;

    if (!image) {
        g_task_return_pointer(task, NULL, NULL);
        return;
    }
    for (size_t i = 0; palette == PALETTE_NETDIFFUSION && i < (size_t)image->width * image->height;
         i++) {
        uint8_t red = image->pixels[3 * i];

        image->pixels[3 * i] = image->pixels[3 * i + 1];
        image->pixels[3 * i + 1] = red;
    }
    bytes = g_bytes_new_with_free_func(image->pixels, (gsize)3 * image->width * image->height,
                                       free_image, image);
    g_task_return_pointer(task,
                          gdk_memory_texture_new(image->width, image->height, GDK_MEMORY_R8G8B8,
                                                 bytes, (gsize)3 * image->width),
                          g_object_unref);
}

static void
on_preview_made(GObject *source, GAsyncResult *result, gpointer data)
{
    TorchlightGeneratePage *page = TORCHLIGHT_GENERATE_PAGE(source);
    g_autoptr(GdkTexture) texture = g_task_propagate_pointer(G_TASK(result), NULL);

    page->previewing = false;
    if (texture && page->flap && g_task_get_task_data(G_TASK(result)) == page->job)
        gtk_picture_set_paintable(GTK_PICTURE(page->preview), GDK_PAINTABLE(texture));
}

static void
on_preview(TorchlightGeneratePage *page)
{
    g_autoptr(GTask) task = NULL;

    if (page->previewing || !gtk_widget_get_mapped(page->preview))
        return;
    page->previewing = true;
    task = g_task_new(page, NULL, on_preview_made, NULL);
    g_task_set_task_data(task, g_object_ref(page->job), g_object_unref);
    g_object_set_data(G_OBJECT(task), "palette",
                      GINT_TO_POINTER(torchlight_workspace_get_palette(page->workspace)));
    g_task_run_in_thread(task, preview_in_thread);
}

/* --- progress --- */

static void
on_progress(TorchlightGeneratePage *page)
{
    g_autofree char *message = torchlight_job_dup_message(page->job);
    g_autofree char *left = time_left_text(torchlight_job_get_eta_seconds(page->job));
    g_autofree char *text =
        *message && *left ? g_strdup_printf("%s · %s", message, left) : g_strdup(message);

    gtk_label_set_label(GTK_LABEL(page->status), text);
    gtk_progress_bar_set_fraction(GTK_PROGRESS_BAR(page->progress),
                                  torchlight_job_get_fraction(page->job));
}

static void
set_job(TorchlightGeneratePage *page, TorchlightJob *job)
{
    if (page->job)
        g_signal_handlers_disconnect_by_data(page->job, page);
    g_set_object(&page->job, job);
    if (!page->flap)
        return;
    gtk_widget_set_visible(page->now, job != NULL);
    generate_page_update_stack(page);
    gtk_widget_action_set_enabled(GTK_WIDGET(page), "generate.cancel", job != NULL);
    if (!job) {
        gtk_picture_set_paintable(GTK_PICTURE(page->preview), NULL);
        return;
    }
    g_signal_connect_object(job, "notify::fraction", G_CALLBACK(on_progress), page,
                            G_CONNECT_SWAPPED);
    g_signal_connect_object(job, "notify::message", G_CALLBACK(on_progress), page,
                            G_CONNECT_SWAPPED);
    g_signal_connect_object(job, "preview-changed", G_CALLBACK(on_preview), page,
                            G_CONNECT_SWAPPED);
    on_progress(page);
}

/* --- the queue --- */

static bool
can_skip(TorchlightQueueEntry *entry)
{
    return entry && torchlight_queue_entry_get_params(entry)->count > 1 &&
           !torchlight_queue_entry_get_x(entry) && !torchlight_queue_entry_get_y(entry);
}

static void
update_queue(TorchlightGeneratePage *page)
{
    GListModel *entries = torchlight_generate_queue_get_entries(page->queue);
    TorchlightQueueEntry *current = torchlight_generate_queue_get_current(page->queue);
    guint n = g_list_model_get_n_items(entries), waiting = 0;
    bool running = torchlight_generate_queue_get_running(page->queue);
    g_autofree char *title = NULL;

    for (guint i = 0; i < n; i++) {
        g_autoptr(TorchlightQueueEntry) entry = g_list_model_get_item(entries, i);

        waiting += torchlight_queue_entry_get_state(entry) == QUEUE_WAITING;
    }
    title =
        running
            ? g_strdup_printf(ngettext("Queue, %u waits", "Queue, %u wait", waiting), waiting)
            : g_strdup_printf(
                  ngettext("Queue is held, %u waits", "Queue is held, %u wait", waiting), waiting);
    gtk_label_set_label(GTK_LABEL(page->queue_title), title);
    gtk_button_set_label(GTK_BUTTON(page->toggle), running ? _("_Hold") : _("_Start"));
    gtk_widget_set_visible(page->toggle, waiting > 0 || !running);
    gtk_widget_set_visible(page->queue_box, n > (current != NULL));
    gtk_widget_set_visible(page->skip, can_skip(current));
}

static GtkWidget *
new_row(gpointer entry, gpointer data)
{
    TorchlightGeneratePage *page = data;

    return torchlight_queue_row_new(page->queue, entry);
}

static void
on_current(TorchlightGeneratePage *page)
{
    TorchlightQueueEntry *entry = torchlight_generate_queue_get_current(page->queue);

    set_job(page, entry ? torchlight_queue_entry_get_job(entry) : NULL);
    update_queue(page);
}

static void
on_failed(TorchlightGeneratePage *page, TorchlightQueueEntry *entry)
{
    torchlight_workspace_toast(page->workspace,
                               _("A generation failed; the queue says why, and goes on"));
}

static void
on_arrived(TorchlightGeneratePage *page, TorchlightItem *item)
{
    if (torchlight_item_get_kind(item) == ITEM_RUN && gtk_widget_get_mapped(GTK_WIDGET(page)))
        generate_page_open_grid(page, item);
}

static void
start(TorchlightJob *job, void *data)
{
    TorchlightGeneratePage *page = data;

    torchlight_workspace_start_job(page->workspace, job, "generate");
}

void
generate_page_close_queue(TorchlightGeneratePage *page)
{
    set_job(page, NULL);
    if (!page->queue)
        return;
    g_signal_handlers_disconnect_by_data(page->queue, page);
    g_signal_handlers_disconnect_by_data(torchlight_generate_queue_get_entries(page->queue), page);
    if (page->flap)
        gtk_list_box_bind_model(page->queue_list, NULL, NULL, NULL, NULL);
    torchlight_generate_queue_close(page->queue);
    g_clear_object(&page->queue);
    gtk_widget_set_visible(page->queue_box, FALSE);
}

void
generate_page_watch_queue(TorchlightGeneratePage *page)
{
    GListModel *entries;

    if (!page->project)
        return;
    page->queue = torchlight_generate_queue_new(page->project, start, page);
    entries = torchlight_generate_queue_get_entries(page->queue);
#define FOLLOW(object, signal, handler)                                                            \
    g_signal_connect_object(object, signal, G_CALLBACK(handler), page, G_CONNECT_SWAPPED)
    FOLLOW(page->queue, "notify::current", on_current);
    FOLLOW(page->queue, "notify::running", update_queue);
    FOLLOW(page->queue, "failed", on_failed);
    FOLLOW(page->queue, "failed", update_queue);
    FOLLOW(page->queue, "arrived", on_arrived);
    FOLLOW(entries, "items-changed", update_queue);
#undef FOLLOW
    gtk_list_box_bind_model(page->queue_list, entries, new_row, page, NULL);
    on_current(page);
}

/* --- actions --- */

static void
on_skip(GtkWidget *widget, const char *action, GVariant *parameter)
{
    TorchlightGeneratePage *page = TORCHLIGHT_GENERATE_PAGE(widget);

    if (page->queue)
        torchlight_generate_queue_skip(page->queue);
}

static void
on_cancel(GtkWidget *widget, const char *action, GVariant *parameter)
{
    TorchlightGeneratePage *page = TORCHLIGHT_GENERATE_PAGE(widget);
    TorchlightQueueEntry *entry =
        page->queue ? torchlight_generate_queue_get_current(page->queue) : NULL;

    if (entry)
        torchlight_generate_queue_remove(page->queue, entry);
}

static void
on_toggle(GtkWidget *widget, const char *action, GVariant *parameter)
{
    TorchlightGeneratePage *page = TORCHLIGHT_GENERATE_PAGE(widget);

    if (page->queue)
        torchlight_generate_queue_set_running(page->queue,
                                              !torchlight_generate_queue_get_running(page->queue));
}

void
generate_page_add_queue_actions(TorchlightGeneratePageClass *class)
{
    GtkWidgetClass *widget = GTK_WIDGET_CLASS(class);

    gtk_widget_class_install_action(widget, "generate.skip", NULL, on_skip);
    gtk_widget_class_install_action(widget, "generate.cancel", NULL, on_cancel);
    gtk_widget_class_install_action(widget, "generate.toggle-queue", NULL, on_toggle);
}
