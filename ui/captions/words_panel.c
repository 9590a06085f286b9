/* SPDX-License-Identifier: Apache-2.0 */
/* The table of words. */
#include "ui/captions/words_panel.h"
#include "ui/short_text.h"

#include <glib/gi18n.h>

enum { MAX_WORDS = 2000 };

/* --- a row --- */

#define TORCHLIGHT_TYPE_WORD_ROW (torchlight_word_row_get_type())
G_DECLARE_FINAL_TYPE(TorchlightWordRow, torchlight_word_row, TORCHLIGHT, WORD_ROW, GObject)

struct _TorchlightWordRow {
    GObject parent_instance;

    char *text;
    int count;
    bool known;
};

G_DEFINE_FINAL_TYPE(TorchlightWordRow, torchlight_word_row, G_TYPE_OBJECT)

static void
torchlight_word_row_finalize(GObject *object)
{
    g_free(TORCHLIGHT_WORD_ROW(object)->text);
    G_OBJECT_CLASS(torchlight_word_row_parent_class)->finalize(object);
}

static void
torchlight_word_row_class_init(TorchlightWordRowClass *class)
{
    G_OBJECT_CLASS(class)->finalize = torchlight_word_row_finalize;
}

static void
torchlight_word_row_init(TorchlightWordRow *row)
{
}

static int
compare_texts(gconstpointer a, gconstpointer b, gpointer data)
{
    return g_utf8_collate(((const TorchlightWordRow *)a)->text,
                          ((const TorchlightWordRow *)b)->text);
}

static int
compare_counts(gconstpointer a, gconstpointer b, gpointer data)
{
    return ((const TorchlightWordRow *)a)->count - ((const TorchlightWordRow *)b)->count;
}

/* --- the panel --- */

struct _TorchlightWordsPanel {
    GtkWidget parent_instance;

    GtkWidget *scrolled;
    GtkColumnView *view;

    /* owned */
    GListStore *rows;
};

enum { SIGNAL_FIND, N_SIGNALS };

static guint signals[N_SIGNALS];

G_DEFINE_FINAL_TYPE(TorchlightWordsPanel, torchlight_words_panel, GTK_TYPE_WIDGET)

static void
on_setup(GtkSignalListItemFactory *factory, GtkListItem *list_item)
{
    GtkWidget *label = gtk_label_new(NULL);

    gtk_label_set_ellipsize(GTK_LABEL(label), PANGO_ELLIPSIZE_END);
    gtk_label_set_width_chars(GTK_LABEL(label), 4);
    gtk_list_item_set_child(list_item, label);
}

static void
on_bind_word(GtkSignalListItemFactory *factory, GtkListItem *list_item)
{
    TorchlightWordRow *row = gtk_list_item_get_item(list_item);
    GtkWidget *label = gtk_list_item_get_child(list_item);
    g_autofree char *text = short_text(row->text);

    gtk_label_set_xalign(GTK_LABEL(label), 0);
    gtk_label_set_label(GTK_LABEL(label), text);
    if (row->known)
        gtk_widget_remove_css_class(label, "warning");
    else
        gtk_widget_add_css_class(label, "warning");
    gtk_widget_set_tooltip_text(label, row->known ? NULL : _("Not in the vocabulary"));
}

static void
on_bind_count(GtkSignalListItemFactory *factory, GtkListItem *list_item)
{
    TorchlightWordRow *row = gtk_list_item_get_item(list_item);
    GtkWidget *label = gtk_list_item_get_child(list_item);
    g_autofree char *text = g_strdup_printf("%'d", row->count);

    gtk_label_set_xalign(GTK_LABEL(label), 1);
    gtk_widget_add_css_class(label, "numeric");
    gtk_label_set_label(GTK_LABEL(label), text);
}

static void
add_column(TorchlightWordsPanel *panel, const char *title, GCallback bind, GCompareDataFunc compare,
           bool expand)
{
    GtkListItemFactory *factory = gtk_signal_list_item_factory_new();
    GtkColumnViewColumn *column = gtk_column_view_column_new(title, factory);
    g_autoptr(GtkSorter) sorter = GTK_SORTER(gtk_custom_sorter_new(compare, NULL, NULL));

    g_signal_connect(factory, "setup", G_CALLBACK(on_setup), NULL);
    g_signal_connect(factory, "bind", bind, NULL);
    gtk_column_view_column_set_sorter(column, sorter);
    gtk_column_view_column_set_expand(column, expand);
    gtk_column_view_append_column(panel->view, column);
    g_object_unref(column);
}

static void
on_activate(TorchlightWordsPanel *panel, guint position)
{
    g_autoptr(TorchlightWordRow) row =
        g_list_model_get_item(G_LIST_MODEL(gtk_column_view_get_model(panel->view)), position);

    if (row)
        g_signal_emit(panel, signals[SIGNAL_FIND], 0, row->text);
}

void
torchlight_words_panel_show(TorchlightWordsPanel *panel, const CaptionWords *words)
{
    g_autoptr(GArray) list = words ? caption_words_list(words) : NULL;
    g_autoptr(GPtrArray) rows = g_ptr_array_new_with_free_func(g_object_unref);

    for (guint i = 0; list && i < list->len && rows->len < MAX_WORDS; i++) {
        const CaptionWord *word = &g_array_index(list, CaptionWord, i);
        TorchlightWordRow *row;

        if (word->count == 0)
            continue;
        row = g_object_new(TORCHLIGHT_TYPE_WORD_ROW, NULL);
        row->text = g_strdup(word->text);
        row->count = word->count;
        row->known = word->known;
        g_ptr_array_add(rows, row);
    }
    g_list_store_splice(panel->rows, 0, g_list_model_get_n_items(G_LIST_MODEL(panel->rows)),
                        rows->pdata, rows->len);
}

static void
torchlight_words_panel_dispose(GObject *object)
{
    TorchlightWordsPanel *panel = TORCHLIGHT_WORDS_PANEL(object);

    g_clear_pointer(&panel->scrolled, gtk_widget_unparent);
    g_clear_object(&panel->rows);
    G_OBJECT_CLASS(torchlight_words_panel_parent_class)->dispose(object);
}

static void
torchlight_words_panel_class_init(TorchlightWordsPanelClass *class)
{
    G_OBJECT_CLASS(class)->dispose = torchlight_words_panel_dispose;
    signals[SIGNAL_FIND] = g_signal_new("find", G_TYPE_FROM_CLASS(class), G_SIGNAL_RUN_LAST, 0,
                                        NULL, NULL, NULL, G_TYPE_NONE, 1, G_TYPE_STRING);
    gtk_widget_class_set_layout_manager_type(GTK_WIDGET_CLASS(class), GTK_TYPE_BIN_LAYOUT);
}

static void
torchlight_words_panel_init(TorchlightWordsPanel *panel)
{
    GtkSortListModel *sorted;

    panel->rows = g_list_store_new(TORCHLIGHT_TYPE_WORD_ROW);
    panel->view = GTK_COLUMN_VIEW(gtk_column_view_new(NULL));
    gtk_column_view_set_single_click_activate(panel->view, TRUE);
    add_column(panel, _("Word"), G_CALLBACK(on_bind_word), compare_texts, true);
    add_column(panel, _("Captions"), G_CALLBACK(on_bind_count), compare_counts, false);
    sorted = gtk_sort_list_model_new(g_object_ref(G_LIST_MODEL(panel->rows)),
                                     g_object_ref(gtk_column_view_get_sorter(panel->view)));
    {
        g_autoptr(GtkSelectionModel) model =
            GTK_SELECTION_MODEL(gtk_no_selection_new(G_LIST_MODEL(sorted)));
        gtk_column_view_set_model(panel->view, model);
    }
    gtk_accessible_update_property(GTK_ACCESSIBLE(panel->view), GTK_ACCESSIBLE_PROPERTY_LABEL,
                                   _("Words of the captions"), -1);
    g_signal_connect_swapped(panel->view, "activate", G_CALLBACK(on_activate), panel);
    panel->scrolled = gtk_scrolled_window_new();
    gtk_scrolled_window_set_policy(GTK_SCROLLED_WINDOW(panel->scrolled), GTK_POLICY_NEVER,
                                   GTK_POLICY_AUTOMATIC);
    gtk_scrolled_window_set_child(GTK_SCROLLED_WINDOW(panel->scrolled), GTK_WIDGET(panel->view));
    gtk_widget_set_parent(panel->scrolled, GTK_WIDGET(panel));
}
