/* SPDX-License-Identifier: Apache-2.0 */
/* Chips of words. Those of the vocabulary stay and change their numbers, so that the focus stays
 * where it is; those of free words come and go. */
#include "ui/captions/tags_panel.h"
#include "ui/short_text.h"

#include <glib/gi18n.h>

enum { MAX_FREE = 40, MAX_CHIP_CHARS = 28 };

struct _TorchlightTagsPanel {
    GtkWidget parent_instance;

    GtkWidget *box;
    GtkFlowBox *free_flow;
    GtkWidget *entry;

    /* owned */
    GPtrArray *chips;      /* of the vocabulary; GtkButton, borrowed from the box */
    GPtrArray *free_words; /* char*, that have chips */

    guint n; /* captions */
};

enum { SIGNAL_TOGGLE, N_SIGNALS };

static guint signals[N_SIGNALS];

static const char word_key[] = "torchlight-word", count_key[] = "torchlight-count";

G_DEFINE_FINAL_TYPE(TorchlightTagsPanel, torchlight_tags_panel, GTK_TYPE_WIDGET)

static void
on_clicked(GtkWidget *chip, TorchlightTagsPanel *panel)
{
    guint count = GPOINTER_TO_UINT(g_object_get_data(G_OBJECT(chip), count_key));

    g_signal_emit(panel, signals[SIGNAL_TOGGLE], 0, g_object_get_data(G_OBJECT(chip), word_key),
                  count < panel->n);
}

static void
set_class(GtkWidget *widget, const char *name, bool has)
{
    if (has)
        gtk_widget_add_css_class(widget, name);
    else
        gtk_widget_remove_css_class(widget, name);
}

/* How many captions have the chip's word. */
static void
set_count(TorchlightTagsPanel *panel, GtkWidget *chip, guint count)
{
    g_autofree char *word = short_text(g_object_get_data(G_OBJECT(chip), word_key));
    bool all = count > 0 && count >= panel->n;
    g_autofree char *label =
        count > 0 && !all ? g_strdup_printf("%s  %u", word, count) : g_strdup(word);
    g_autofree char *hint = g_strdup_printf(
        ngettext("%u of %u caption has “%s”", "%u of %u captions have “%s”", panel->n), count,
        panel->n, word);

    g_object_set_data(G_OBJECT(chip), count_key, GUINT_TO_POINTER(count));
    gtk_label_set_label(GTK_LABEL(gtk_button_get_child(GTK_BUTTON(chip))), label);
    gtk_widget_set_tooltip_text(chip, hint);
    set_class(chip, "all", all);
    set_class(chip, "some", count > 0 && !all);
    gtk_accessible_update_property(GTK_ACCESSIBLE(chip), GTK_ACCESSIBLE_PROPERTY_LABEL, hint, -1);
    gtk_accessible_update_state(GTK_ACCESSIBLE(chip), GTK_ACCESSIBLE_STATE_PRESSED,
                                all         ? GTK_ACCESSIBLE_TRISTATE_TRUE
                                : count > 0 ? GTK_ACCESSIBLE_TRISTATE_MIXED
                                            : GTK_ACCESSIBLE_TRISTATE_FALSE,
                                -1);
}

static GtkWidget *
add_chip(TorchlightTagsPanel *panel, GtkFlowBox *flow, const char *word)
{
    GtkWidget *chip = gtk_button_new();
    g_autofree char *shown = short_text(word);
    GtkWidget *label = gtk_label_new(shown);

    gtk_label_set_ellipsize(GTK_LABEL(label), PANGO_ELLIPSIZE_END);
    gtk_label_set_max_width_chars(GTK_LABEL(label), MAX_CHIP_CHARS);
    gtk_button_set_child(GTK_BUTTON(chip), label);
    gtk_widget_add_css_class(chip, "chip");
    g_object_set_data_full(G_OBJECT(chip), word_key, g_strdup(word), g_free);
    g_signal_connect(chip, "clicked", G_CALLBACK(on_clicked), panel);
    gtk_flow_box_insert(flow, chip, -1);
    gtk_widget_set_focusable(gtk_widget_get_parent(chip), FALSE);
    return chip;
}

static GtkFlowBox *
add_axis(TorchlightTagsPanel *panel, const char *title)
{
    GtkWidget *label = gtk_label_new(title);
    GtkWidget *flow = gtk_flow_box_new();

    gtk_label_set_xalign(GTK_LABEL(label), 0);
    gtk_widget_add_css_class(label, "heading");
    gtk_box_append(GTK_BOX(panel->box), label);
    gtk_flow_box_set_selection_mode(GTK_FLOW_BOX(flow), GTK_SELECTION_NONE);
    gtk_flow_box_set_column_spacing(GTK_FLOW_BOX(flow), 6);
    gtk_flow_box_set_row_spacing(GTK_FLOW_BOX(flow), 6);
    gtk_flow_box_set_max_children_per_line(GTK_FLOW_BOX(flow), 8);
    gtk_widget_set_margin_bottom(flow, 6);
    gtk_accessible_update_property(GTK_ACCESSIBLE(flow), GTK_ACCESSIBLE_PROPERTY_LABEL, title, -1);
    gtk_box_append(GTK_BOX(panel->box), flow);
    return GTK_FLOW_BOX(flow);
}

/* The axes that the vocabulary comes with have names for people; another's stand as they are. */
static const char *
axis_title(const char *axis)
{
    static const char *const titles[][2] = {
        {"tunnel", N_("Tunnel")},
        {"app", N_("Application")},
        {"quality", N_("Quality")},
        {"transport", N_("Transport")},
    };

    for (guint i = 0; i < G_N_ELEMENTS(titles); i++) {
        if (g_str_equal(titles[i][0], axis))
            return _(titles[i][1]);
    }
    return axis;
}

static void
on_entry(TorchlightTagsPanel *panel)
{
    g_autofree char *word = g_strdup(gtk_editable_get_text(GTK_EDITABLE(panel->entry)));

    g_strstrip(g_strdelimit(word, ",\n", ' '));
    if (*word)
        g_signal_emit(panel, signals[SIGNAL_TOGGLE], 0, word, TRUE);
    gtk_editable_set_text(GTK_EDITABLE(panel->entry), "");
}

void
torchlight_tags_panel_set_vocabulary(TorchlightTagsPanel *panel, const Vocabulary *vocabulary)
{
    g_autoptr(GPtrArray) axes = vocabulary ? vocabulary_list_axes(vocabulary) : NULL;

    for (guint i = 0; axes && i < axes->len; i++) {
        GtkFlowBox *flow = add_axis(panel, axis_title(axes->pdata[i]));

        for (guint k = 0; k < vocabulary->words->len; k++) {
            if (vocabulary->axes->pdata[k] == axes->pdata[i])
                g_ptr_array_add(panel->chips, add_chip(panel, flow, vocabulary->words->pdata[k]));
        }
    }
    panel->free_flow = add_axis(panel, _("Free Words"));
    panel->entry = gtk_entry_new();
    gtk_entry_set_placeholder_text(GTK_ENTRY(panel->entry), _("Add a word"));
    gtk_entry_set_icon_from_icon_name(GTK_ENTRY(panel->entry), GTK_ENTRY_ICON_SECONDARY,
                                      "list-add-symbolic");
    gtk_entry_set_icon_tooltip_text(GTK_ENTRY(panel->entry), GTK_ENTRY_ICON_SECONDARY, _("Add"));
    gtk_accessible_update_property(GTK_ACCESSIBLE(panel->entry), GTK_ACCESSIBLE_PROPERTY_LABEL,
                                   _("Add a word"), -1);
    g_signal_connect_swapped(panel->entry, "activate", G_CALLBACK(on_entry), panel);
    g_signal_connect_swapped(panel->entry, "icon-release", G_CALLBACK(on_entry), panel);
    gtk_box_append(GTK_BOX(panel->box), panel->entry);
}

/* Chips of the free words, anew when they are others. */
static void
show_free(TorchlightTagsPanel *panel, const GArray *list, bool writable)
{
    g_autoptr(GPtrArray) words = g_ptr_array_new_with_free_func(g_free);
    bool same = true;
    guint n = 0;

    for (guint i = 0; list && i < list->len && words->len < MAX_FREE; i++) {
        const CaptionWord *word = &g_array_index(list, CaptionWord, i);

        if (!word->known && word->count > 0)
            g_ptr_array_add(words, g_strdup(word->text));
    }
    for (guint i = 0; i < words->len && i < panel->free_words->len; i++)
        same = same && g_str_equal(words->pdata[i], panel->free_words->pdata[i]);
    if (!same || words->len != panel->free_words->len) {
        GtkWidget *child;

        while ((child = gtk_widget_get_first_child(GTK_WIDGET(panel->free_flow))))
            gtk_flow_box_remove(panel->free_flow, child);
        for (guint i = 0; i < words->len; i++)
            add_chip(panel, panel->free_flow, words->pdata[i]);
        g_ptr_array_unref(panel->free_words);
        panel->free_words = g_ptr_array_ref(words);
    }
    for (guint i = 0; list && i < list->len && n < words->len; i++) {
        const CaptionWord *word = &g_array_index(list, CaptionWord, i);
        GtkFlowBoxChild *child = gtk_flow_box_get_child_at_index(panel->free_flow, (int)n);

        if (word->known || word->count == 0)
            continue;
        set_count(panel, gtk_flow_box_child_get_child(child), (guint)word->count);
        gtk_widget_set_sensitive(GTK_WIDGET(child), writable);
        n++;
    }
}

void
torchlight_tags_panel_show(TorchlightTagsPanel *panel, const CaptionWords *words, guint n,
                           bool writable)
{
    g_autoptr(GArray) list = words ? caption_words_list(words) : NULL;
    g_autoptr(GHashTable) counts = g_hash_table_new(g_str_hash, g_str_equal);

    panel->n = n;
    for (guint i = 0; list && i < list->len; i++) {
        const CaptionWord *word = &g_array_index(list, CaptionWord, i);

        g_hash_table_insert(counts, (char *)word->text, GINT_TO_POINTER(word->count));
    }
    for (guint i = 0; i < panel->chips->len; i++) {
        GtkWidget *chip = panel->chips->pdata[i];

        set_count(panel, chip,
                  GPOINTER_TO_UINT(
                      g_hash_table_lookup(counts, g_object_get_data(G_OBJECT(chip), word_key))));
        gtk_widget_set_sensitive(chip, writable && n > 0);
    }
    gtk_widget_set_sensitive(panel->entry, writable && n > 0);
    show_free(panel, list, writable);
}

static void
torchlight_tags_panel_dispose(GObject *object)
{
    TorchlightTagsPanel *panel = TORCHLIGHT_TAGS_PANEL(object);

    g_clear_pointer(&panel->box, gtk_widget_unparent);
    g_clear_pointer(&panel->chips, g_ptr_array_unref);
    g_clear_pointer(&panel->free_words, g_ptr_array_unref);
    G_OBJECT_CLASS(torchlight_tags_panel_parent_class)->dispose(object);
}

static void
torchlight_tags_panel_class_init(TorchlightTagsPanelClass *class)
{
    G_OBJECT_CLASS(class)->dispose = torchlight_tags_panel_dispose;
    signals[SIGNAL_TOGGLE] =
        g_signal_new("toggle", G_TYPE_FROM_CLASS(class), G_SIGNAL_RUN_LAST, 0, NULL, NULL, NULL,
                     G_TYPE_NONE, 2, G_TYPE_STRING, G_TYPE_BOOLEAN);
    gtk_widget_class_set_layout_manager_type(GTK_WIDGET_CLASS(class), GTK_TYPE_BIN_LAYOUT);
}

static void
torchlight_tags_panel_init(TorchlightTagsPanel *panel)
{
    panel->chips = g_ptr_array_new();
    panel->free_words = g_ptr_array_new_with_free_func(g_free);
    panel->box = gtk_box_new(GTK_ORIENTATION_VERTICAL, 6);
    gtk_widget_add_css_class(panel->box, "sidepanel");
    gtk_widget_set_parent(panel->box, GTK_WIDGET(panel));
}
