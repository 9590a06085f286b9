/* SPDX-License-Identifier: Apache-2.0 */
/* The picture, the list of packets and the tree of fields tell of the same: what is chosen or
 * pointed at in one is so in the others. One passes on to the others, which are quiet meanwhile. */
#include "ui/trace/trace_page_private.h"

static Palette
palette_of(TorchlightTracePage *page)
{
    return page->document ? page->document->palette : PALETTE_TORCHLIGHT;
}

/* --- chosen --- */

static void
show_chosen(TorchlightTracePage *page)
{
    TraceCell cell = torchlight_trace_view_get_chosen(page->view);
    int first, n;

    torchlight_trace_view_get_columns(page->view, &first, &n);
    torchlight_packet_list_choose(page->list, cell.row);
    if (cell.row != page->tree_row)
        torchlight_field_tree_set_packet(page->tree, trace_page_picture(page), cell.row,
                                         palette_of(page));
    page->tree_row = cell.row;
    torchlight_field_tree_choose(page->tree, first, n, cell.column);
    if (torchlight_trace_view_get_picture(page->other_view)) {
        torchlight_trace_view_choose(page->other_view, cell, false);
        if (cell.column < 0)
            torchlight_trace_view_choose_columns(page->other_view, first, n, false);
    }
    trace_page_update_actions(page);
}

static void
on_view_chosen(TorchlightTracePage *page)
{
    if (page->linking)
        return;
    page->linking = true;
    show_chosen(page);
    page->linking = false;
}

/* Another packet, the same bit. */
static void
on_list_chosen(TorchlightTracePage *page)
{
    TraceCell cell = torchlight_trace_view_get_chosen(page->view);

    if (page->linking)
        return;
    cell.row = torchlight_packet_list_get_chosen(page->list);
    if (cell.row < 0)
        cell.column = -1;
    torchlight_trace_view_choose(page->view, cell, true);
}

static void
on_tree_columns(TorchlightTracePage *page, int first, int n)
{
    if (!page->linking)
        torchlight_trace_view_choose_columns(page->view, first, n, true);
}

static void
on_tree_bit(TorchlightTracePage *page, int column)
{
    torchlight_trace_view_choose(page->view, (TraceCell){page->tree_row, column}, true);
}

static void
on_other_chosen(TorchlightTracePage *page)
{
    TraceCell cell = torchlight_trace_view_get_chosen(page->other_view);
    int first, n;

    if (page->linking)
        return;
    torchlight_trace_view_choose(page->view, cell, false);
    if (torchlight_trace_view_get_columns(page->other_view, &first, &n) && cell.column < 0)
        torchlight_trace_view_choose_columns(page->view, first, n, false);
}

/* --- hovered --- */

static void
on_view_hovered(TorchlightTracePage *page)
{
    TraceCell cell = torchlight_trace_view_get_hovered(page->view);

    torchlight_packet_list_show_hover(page->list, cell.row);
    torchlight_field_tree_show_hover(page->tree, cell.column);
    torchlight_trace_view_show_hover(page->other_view, cell);
}

static void
on_other_hovered(TorchlightTracePage *page)
{
    torchlight_trace_view_show_hover(page->view,
                                     torchlight_trace_view_get_hovered(page->other_view));
}

static void
on_list_hovered(TorchlightTracePage *page)
{
    int row = torchlight_packet_list_get_hovered(page->list);

    torchlight_trace_view_show_hover(page->view, (TraceCell){row, -1});
}

static void
on_tree_hovered(TorchlightTracePage *page, int column)
{
    torchlight_field_tree_show_hover(page->tree, column);
    torchlight_trace_view_show_hover(page->view, (TraceCell){-1, column});
}

/* --- place --- */

static void
follow(TorchlightTracePage *page, TorchlightTraceView *from, TorchlightTraceView *to)
{
    if (page->following || page->compare != COMPARE_SIDE)
        return;
    page->following = true;
    torchlight_trace_view_follow(to, from);
    page->following = false;
}

static void
on_place(TorchlightTracePage *page)
{
    follow(page, page->view, page->other_view);
}

static void
on_other_place(TorchlightTracePage *page)
{
    follow(page, page->other_view, page->view);
}

static void
watch_place(TorchlightTracePage *page, GtkWidget *scroller, TorchlightTraceView *view,
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
trace_page_link_picture(TorchlightTracePage *page, bool same_trace)
{
    TracePicture *picture = trace_page_picture(page);

    page->linking = true;
    torchlight_trace_view_set_picture(page->view, picture, same_trace);
    torchlight_packet_list_set_picture(page->list, picture);
    torchlight_field_tree_set_packet(page->tree, picture, -1, palette_of(page));
    page->tree_row = -1;
    show_chosen(page);
    page->linking = false;
}

static void
connect(TorchlightTracePage *page, gpointer instance, const char *signal, GCallback func)
{
    g_signal_connect_object(instance, signal, func, page, G_CONNECT_SWAPPED);
}

void
trace_page_link(TorchlightTracePage *page)
{
    connect(page, page->view, "chosen", G_CALLBACK(on_view_chosen));
    connect(page, page->view, "hovered", G_CALLBACK(on_view_hovered));
    connect(page, page->other_view, "chosen", G_CALLBACK(on_other_chosen));
    connect(page, page->other_view, "hovered", G_CALLBACK(on_other_hovered));
    connect(page, page->list, "chosen", G_CALLBACK(on_list_chosen));
    connect(page, page->list, "hovered", G_CALLBACK(on_list_hovered));
    connect(page, page->tree, "columns-chosen", G_CALLBACK(on_tree_columns));
    connect(page, page->tree, "bit-chosen", G_CALLBACK(on_tree_bit));
    connect(page, page->tree, "hovered", G_CALLBACK(on_tree_hovered));
    watch_place(page, page->scroller, page->view, G_CALLBACK(on_place));
    watch_place(page, page->other_scroller, page->other_view, G_CALLBACK(on_other_place));
}
