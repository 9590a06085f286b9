/* SPDX-License-Identifier: Apache-2.0 */
/* Packets, bits and values of fields onto the clipboard. */
#include "ui/trace/trace_page_private.h"

#include <glib/gi18n.h>

#include "app/trace/packet_text.h"

/* What is selected in the list, else the chosen packet. */
static GtkBitset *
rows_to_copy(TorchlightTracePage *page)
{
    g_autoptr(GtkBitset) rows = torchlight_packet_list_get_selection(page->list);
    int row = torchlight_trace_view_get_chosen(page->view).row;
    GtkBitset *copy = gtk_bitset_copy(rows);

    if (gtk_bitset_is_empty(copy) && row >= 0)
        gtk_bitset_add(copy, (guint)row);
    return copy;
}

static void
give(TorchlightTracePage *page, const char *text, const char *toast)
{
    gdk_clipboard_set_text(gtk_widget_get_clipboard(GTK_WIDGET(page)), text);
    torchlight_workspace_toast(page->workspace, toast);
}

static void
say_packets(TorchlightTracePage *page, const char *text, int n)
{
    g_autofree char *toast =
        g_strdup_printf(ngettext("%d packet copied", "%d packets copied", n), n);

    give(page, text, toast);
}

/* One packet in full, several as a list. */
void
trace_page_copy_text(TorchlightTracePage *page)
{
    TracePicture *picture = trace_page_picture(page);
    g_autoptr(GtkBitset) rows = rows_to_copy(page);
    g_autoptr(GString) text = g_string_new(NULL);
    guint64 n = gtk_bitset_get_size(rows);
    GtkBitsetIter at;
    guint row;

    if (!picture || n == 0)
        return;
    if (n > 1)
        packet_append_title(text);
    for (bool more = gtk_bitset_iter_init_first(&at, rows, &row); more;
         more = gtk_bitset_iter_next(&at, &row)) {
        if (n > 1)
            packet_append_summary(text, picture->packets, (int)row);
        else
            packet_append_text(text, picture->packets, (int)row);
    }
    say_packets(page, text->str, (int)n);
}

void
trace_page_copy_bits(TorchlightTracePage *page)
{
    TracePicture *picture = trace_page_picture(page);
    g_autoptr(GtkBitset) rows = rows_to_copy(page);
    g_autoptr(GString) text = g_string_new(NULL);
    guint64 n = gtk_bitset_get_size(rows);
    GtkBitsetIter at;
    guint row;

    if (!picture || n == 0)
        return;
    packet_append_bits_title(text, picture->trace);
    for (bool more = gtk_bitset_iter_init_first(&at, rows, &row); more;
         more = gtk_bitset_iter_next(&at, &row))
        packet_append_bits(text, picture->trace, (int)row);
    say_packets(page, text->str, (int)n);
}

/* Of the chosen field, a line a packet. */
void
trace_page_copy_value(TorchlightTracePage *page)
{
    TracePicture *picture = trace_page_picture(page);
    g_autoptr(GtkBitset) rows = rows_to_copy(page);
    g_autoptr(GString) text = g_string_new(NULL);
    int first, n, bit;
    GtkBitsetIter at;
    guint row;

    if (!picture || gtk_bitset_is_empty(rows) ||
        !torchlight_trace_view_get_columns(page->view, &first, &n))
        return;
    FieldId field = layout_field_at(picture->trace->layout, first, &bit)->field;
    for (bool more = gtk_bitset_iter_init_first(&at, rows, &row); more;
         more = gtk_bitset_iter_next(&at, &row)) {
        g_autofree char *value = field_value_text(picture->trace, (int)row, field);
        g_string_append_printf(text, "%s%s", text->len ? "\n" : "", value ? value : "");
    }
    g_autofree char *label = field_full_label(field);
    g_autofree char *toast = g_strdup_printf(_("%s copied"), label);
    give(page, text->str, toast);
}
