/* SPDX-License-Identifier: Apache-2.0 */
/* The pictures of a repair: as drawn, as it came out, and what changed in the colours of rules. */
#include "ui/repair/repair_page_private.h"

#include <glib/gi18n.h>

enum { BLINK_MS = 700 };

/* What is drawn on a thread; the job keeps the story and the document. */
typedef struct {
    TorchlightJob *job;
    const Trace *drawn;
    int first_row, rule;
    Palette palette;
    guint drawing;

    TracePicture *before, *after;
    Pixels *diff;
} Drawing;

static void
drawing_free(gpointer data)
{
    Drawing *drawing = data;

    g_object_unref(drawing->job);
    trace_picture_unref(drawing->before);
    trace_picture_unref(drawing->after);
    pixels_unref(drawing->diff);
    g_free(drawing);
}

static void
draw_in_thread(GTask *task, gpointer source, gpointer data, GCancellable *cancellable)
{
    Drawing *drawing = data;
    const ReviewResult *result = review_job_get_result(drawing->job);
    g_autoptr(Image) image = NULL;

    drawing->before = trace_picture_new(drawing->drawn, drawing->first_row, drawing->palette);
    drawing->after = trace_picture_new(result->aligned, drawing->first_row, drawing->palette);
    /* Where nothing was changed there is the picture itself to see. */
    if (result->repair.report->changes->len + result->repair.report->declined->len > 0) {
        image = repair_story_draw(result->story, drawing->first_row,
                                  drawing->before->pixels->height, drawing->rule);
        drawing->diff = pixels_new(image);
    }
    g_task_return_boolean(task, TRUE);
}

static void
on_drawn(GObject *source, GAsyncResult *result, gpointer data)
{
    TorchlightRepairPage *page = TORCHLIGHT_REPAIR_PAGE(source);
    Drawing *drawing = g_task_get_task_data(G_TASK(result));

    if (drawing->drawing != page->drawing || !page->stack)
        return;
    repair_page_clear_pictures(page);
    page->drawn = g_steal_pointer(&drawing->before);
    page->repaired = g_steal_pointer(&drawing->after);
    page->diff = g_steal_pointer(&drawing->diff);
    repair_page_show(page);
}

void
repair_page_draw(TorchlightRepairPage *page)
{
    Document *document = torchlight_review_get_document(page->review);
    TorchlightJob *job = torchlight_review_get_job(page->review);
    g_autoptr(GTask) task = NULL;
    Drawing *drawing;

    page->drawing++;
    if (!job || !document)
        return;
    drawing = g_new0(Drawing, 1);
    *drawing = (Drawing){.job = g_object_ref(job),
                         .drawn = document->trace,
                         .first_row = page->first_row,
                         .rule = page->rule,
                         .palette = torchlight_workspace_get_palette(page->workspace),
                         .drawing = page->drawing};
    task = g_task_new(page, NULL, on_drawn, NULL);
    g_task_set_source_tag(task, repair_page_draw);
    g_task_set_task_data(task, drawing, drawing_free);
    g_task_run_in_thread(task, draw_in_thread);
}

void
repair_page_clear_pictures(TorchlightRepairPage *page)
{
    g_clear_pointer(&page->drawn, trace_picture_unref);
    g_clear_pointer(&page->repaired, trace_picture_unref);
    g_clear_pointer(&page->diff, pixels_unref);
}

static void
show_in(TorchlightTraceView *view, TracePicture *picture, Pixels *pixels)
{
    torchlight_trace_view_set_picture(view, picture, true);
    torchlight_trace_view_set_pixels(view, pixels);
}

void
repair_page_show(TorchlightRepairPage *page)
{
    bool beside = gtk_widget_get_visible(page->other_scroller);
    bool changes = gtk_toggle_button_get_active(page->changes);
    bool before = gtk_toggle_button_get_active(page->before);

    if (page->blink_source)
        before = page->blink_phase, changes = false;
    page->choosing = true;
    if (beside) {
        show_in(page->view, page->drawn, NULL);
        show_in(page->other, page->repaired, changes ? page->diff : NULL);
    } else {
        show_in(page->view, before ? page->drawn : page->repaired, changes ? page->diff : NULL);
        show_in(page->other, NULL, NULL);
    }
    page->choosing = false;
    if (page->row >= 0)
        repair_page_choose(page, page->row, page->column);
}

static gboolean
on_blink(gpointer data)
{
    TorchlightRepairPage *page = data;

    page->blink_phase = !page->blink_phase;
    repair_page_show(page);
    return G_SOURCE_CONTINUE;
}

void
repair_page_set_blinking(TorchlightRepairPage *page, bool blinking)
{
    g_clear_handle_id(&page->blink_source, g_source_remove);
    if (blinking) {
        page->blink_phase = true;
        page->blink_source = g_timeout_add(BLINK_MS, on_blink, page);
    }
    repair_page_show(page);
}

static void
choose(TorchlightRepairPage *page, TraceCell cell)
{
    page->choosing = true;
    torchlight_trace_view_choose(page->view, cell, cell.row >= 0 && !page->blink_source);
    torchlight_trace_view_choose(page->other, cell, false);
    page->choosing = false;
}

void
repair_page_choose_nothing(TorchlightRepairPage *page)
{
    page->row = page->column = -1;
    choose(page, (TraceCell){-1, -1});
}

/* The one that did not choose shows the same. */
void
repair_page_choose(TorchlightRepairPage *page, int row, int column)
{
    int first = row - row % IMAGE_ROWS;
    TraceCell cell = {row - first, column};

    page->row = row;
    page->column = column;
    if (first != page->first_row) {
        page->first_row = first;
        repair_page_draw(page);
        return;
    }
    choose(page, cell);
}

static void
follow(TorchlightRepairPage *page, TorchlightTraceView *from, TorchlightTraceView *to)
{
    if (page->following || !gtk_widget_get_visible(page->other_scroller))
        return;
    page->following = true;
    torchlight_trace_view_follow(to, from);
    page->following = false;
}

static void
on_place(TorchlightRepairPage *page)
{
    follow(page, page->view, page->other);
}

static void
on_other_place(TorchlightRepairPage *page)
{
    follow(page, page->other, page->view);
}

static void
watch_place(TorchlightRepairPage *page, GtkWidget *scroller, TorchlightTraceView *view,
            GCallback moved)
{
    GtkScrolledWindow *window = GTK_SCROLLED_WINDOW(scroller);

    g_signal_connect_object(view, "notify::zoom", moved, page, G_CONNECT_SWAPPED);
    g_signal_connect_object(gtk_scrolled_window_get_hadjustment(window), "value-changed", moved,
                            page, G_CONNECT_SWAPPED);
    g_signal_connect_object(gtk_scrolled_window_get_vadjustment(window), "value-changed", moved,
                            page, G_CONNECT_SWAPPED);
}

void
repair_page_link_views(TorchlightRepairPage *page)
{
    watch_place(page, page->scroller, page->view, G_CALLBACK(on_place));
    watch_place(page, page->other_scroller, page->other, G_CALLBACK(on_other_place));
}
