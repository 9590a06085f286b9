/* SPDX-License-Identifier: Apache-2.0 */
/* The search bar: fields by what they are called or mean, packets by number, text or the value of a
 * field. All matches are marked on the picture; one after the other is chosen. */
#include "ui/trace/trace_page_private.h"

#include <glib/gi18n.h>

#include "app/trace/packet_find.h"

static void
add_fields(TorchlightTracePage *page, const Layout *layout, const char *text)
{
    g_autoptr(GArray) fields = fields_find(layout, text);

    for (guint i = 0; i < fields->len; i++) {
        Match match = {g_array_index(fields, FieldId, i), -1};
        g_array_append_val(page->matches, match);
    }
}

static void
add_packets(TorchlightTracePage *page, const PacketQuery *query)
{
    TracePicture *picture = trace_page_picture(page);

    for (int row = 0; row < picture->trace->n_rows; row++) {
        Match match = {N_FIELDS, row};
        if (packet_query_matches(query, picture->packets, row))
            g_array_append_val(page->matches, match);
    }
}

static void
mark(TorchlightTracePage *page)
{
    g_autoptr(GArray) rows = g_array_new(FALSE, FALSE, sizeof(int));
    g_autoptr(GArray) fields = g_array_new(FALSE, FALSE, sizeof(FieldId));

    for (guint i = 0; i < page->matches->len; i++) {
        const Match *match = &g_array_index(page->matches, Match, i);
        if (match->row >= 0)
            g_array_append_val(rows, match->row);
        else
            g_array_append_val(fields, match->field);
    }
    torchlight_trace_view_set_marks(page->view, (int *)(void *)rows->data, (int)rows->len,
                                    (FieldId *)(void *)fields->data, (int)fields->len);
}

static void
say(TorchlightTracePage *page, const char *text, const GError *error)
{
    g_autofree char *label = NULL;
    int n = (int)page->matches->len;

    if (error || !*text)
        label = g_strdup(error ? error->message : "");
    else if (n == 0)
        label = g_strdup(_("No matches"));
    else if (page->match < 0)
        label = g_strdup_printf(ngettext("%d match", "%d matches", n), n);
    else
        label = g_strdup_printf(_("%d of %d"), page->match + 1, n);
    gtk_label_set_label(page->find_label, label);
    gtk_widget_set_tooltip_text(GTK_WIDGET(page->find_label), error ? error->message : NULL);
    if (error || (*text && n == 0))
        gtk_widget_add_css_class(GTK_WIDGET(page->find_entry), "error");
    else
        gtk_widget_remove_css_class(GTK_WIDGET(page->find_entry), "error");
}

/* Without the search bar there is nothing sought. */
void
trace_page_find_run(TorchlightTracePage *page)
{
    bool finding = gtk_search_bar_get_search_mode(page->find_bar);
    const char *text = finding ? gtk_editable_get_text(page->find_entry) : "";
    g_autoptr(PacketQuery) query = NULL;
    g_autoptr(GError) error = NULL;

    g_array_set_size(page->matches, 0);
    page->match = -1;
    g_free(page->sought);
    page->sought = g_strdup(text);
    if (trace_page_picture(page) && *text) {
        query = packet_query_new(text, &error);
        if (query && packet_query_field(query) == N_FIELDS)
            add_fields(page, trace_page_picture(page)->trace->layout, text);
        if (query)
            add_packets(page, query);
    }
    mark(page);
    say(page, text, error);
    trace_page_update_actions(page);
}

/* A packet that was found by a field shows that field. */
static void
choose(TorchlightTracePage *page, const Match *match)
{
    const Layout *layout = trace_page_picture(page)->trace->layout;
    g_autoptr(PacketQuery) query = packet_query_new(gtk_editable_get_text(page->find_entry), NULL);
    FieldId field = match->row < 0 ? match->field : query ? packet_query_field(query) : N_FIELDS;
    int column = field < N_FIELDS ? layout->column_of[field] : -1;

    if (match->row >= 0)
        torchlight_trace_view_choose(page->view, (TraceCell){match->row, column}, true);
    else if (column >= 0)
        torchlight_trace_view_choose_columns(page->view, column, field_table[field].width, true);
}

void
trace_page_find_step(TorchlightTracePage *page, int by)
{
    int n;

    if (g_strcmp0(page->sought, gtk_editable_get_text(page->find_entry)) != 0)
        trace_page_find_run(page); /* faster than the entry tells of changes */
    n = (int)page->matches->len;
    if (n == 0)
        return;
    page->match = page->match < 0 ? (by > 0 ? 0 : n - 1) : (page->match + by + n) % n;
    choose(page, &g_array_index(page->matches, Match, page->match));
    say(page, gtk_editable_get_text(page->find_entry), NULL);
}

static void
on_activate(TorchlightTracePage *page)
{
    trace_page_find_step(page, 1);
}

static void
on_previous(TorchlightTracePage *page)
{
    trace_page_find_step(page, -1);
}

static void
on_mode(TorchlightTracePage *page)
{
    trace_page_find_run(page);
    g_object_notify(G_OBJECT(page), "finding");
}

void
trace_page_find_init(TorchlightTracePage *page)
{
    gtk_search_bar_connect_entry(page->find_bar, page->find_entry);
    g_signal_connect_swapped(page->find_entry, "search-changed", G_CALLBACK(trace_page_find_run),
                             page);
    g_signal_connect_swapped(page->find_entry, "activate", G_CALLBACK(on_activate), page);
    g_signal_connect_swapped(page->find_entry, "next-match", G_CALLBACK(on_activate), page);
    g_signal_connect_swapped(page->find_entry, "previous-match", G_CALLBACK(on_previous), page);
    g_signal_connect_swapped(page->find_bar, "notify::search-mode-enabled", G_CALLBACK(on_mode),
                             page);
}
