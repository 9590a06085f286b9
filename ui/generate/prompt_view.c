/* SPDX-License-Identifier: Apache-2.0 */
/* The text, its list of words, and the line below. */
#include "ui/generate/prompt_view.h"

#include <glib/gi18n.h>
#include <string.h>

enum { MAX_OFFERS = 8, MAX_BYTES = 16384 };

struct _TorchlightPromptView {
    GtkWidget parent_instance;

    GtkWidget *heading, *frame, *text, *status, *warning;
    GtkPopover *popover;
    GtkListBox *offers;

    char *label;
    bool warns;
    CaptionWords *words;
    CaptionTokens *tokens;
    bool inserting; /* the text changes by us: nothing is to be offered */
};

enum { PROP_LABEL = 1, PROP_WARNS, N_PROPS };
static GParamSpec *props[N_PROPS];
static guint changed_signal;

G_DEFINE_FINAL_TYPE(TorchlightPromptView, torchlight_prompt_view, GTK_TYPE_WIDGET)

static GtkTextBuffer *
buffer_of(TorchlightPromptView *view)
{
    return gtk_text_view_get_buffer(GTK_TEXT_VIEW(view->text));
}

static char *
whole_text(TorchlightPromptView *view)
{
    GtkTextIter start, end;

    gtk_text_buffer_get_bounds(buffer_of(view), &start, &end);
    return gtk_text_buffer_get_text(buffer_of(view), &start, &end, FALSE);
}

char *
torchlight_prompt_view_dup_text(TorchlightPromptView *view)
{
    char *text = g_strstrip(whole_text(view));

    if (g_str_has_suffix(text, ",")) /* left behind by a completion */
        text[strlen(text) - 1] = '\0';
    return g_strdelimit(text, "\n\t", ' ');
}

/* Bytes of text before the cursor. */
static int
cursor_of(TorchlightPromptView *view, const char *text)
{
    GtkTextIter iter;

    gtk_text_buffer_get_iter_at_mark(buffer_of(view), &iter,
                                     gtk_text_buffer_get_insert(buffer_of(view)));
    return (int)(g_utf8_offset_to_pointer(text, gtk_text_iter_get_offset(&iter)) - text);
}

/* --- what is offered --- */

static GtkWidget *
offer_row(const CaptionWord *word)
{
    GtkWidget *box = gtk_box_new(GTK_ORIENTATION_HORIZONTAL, 12);
    GtkWidget *label = gtk_label_new(word->text);
    g_autofree char *count = word->count ? g_strdup_printf("%d", word->count) : g_strdup("");
    GtkWidget *often = gtk_label_new(count);

    gtk_label_set_ellipsize(GTK_LABEL(label), PANGO_ELLIPSIZE_END);
    gtk_label_set_xalign(GTK_LABEL(label), 0);
    gtk_widget_set_hexpand(label, TRUE);
    gtk_widget_add_css_class(often, "dim-label");
    gtk_widget_add_css_class(often, "numeric");
    gtk_box_append(GTK_BOX(box), label);
    gtk_box_append(GTK_BOX(box), often);
    gtk_widget_set_margin_top(box, 4);
    gtk_widget_set_margin_bottom(box, 4);
    g_object_set_data_full(G_OBJECT(box), "word", g_strdup(word->text), g_free);
    return box;
}

static void
clear_offers(TorchlightPromptView *view)
{
    GtkListBoxRow *row;

    while ((row = gtk_list_box_get_row_at_index(view->offers, 0)))
        gtk_list_box_remove(view->offers, GTK_WIDGET(row));
}

static void
point_at_cursor(TorchlightPromptView *view)
{
    GtkTextIter iter;
    GdkRectangle place;
    double x, y;

    gtk_text_buffer_get_iter_at_mark(buffer_of(view), &iter,
                                     gtk_text_buffer_get_insert(buffer_of(view)));
    gtk_text_view_get_iter_location(GTK_TEXT_VIEW(view->text), &iter, &place);
    gtk_text_view_buffer_to_window_coords(GTK_TEXT_VIEW(view->text), GTK_TEXT_WINDOW_WIDGET,
                                          place.x, place.y, &place.x, &place.y);
    gtk_widget_translate_coordinates(view->text, GTK_WIDGET(view), place.x, place.y, &x, &y);
    place.x = (int)x;
    place.y = (int)y;
    gtk_popover_set_pointing_to(view->popover, &place);
}

/* asked: by a key, so that words are offered where none has been begun, too. */
static void
offer(TorchlightPromptView *view, bool asked)
{
    g_autofree char *text = whole_text(view);
    int cursor = cursor_of(view, text);
    g_autoptr(GArray) words = NULL;
    CaptionSpan span;

    if (!view->words || strlen(text) > MAX_BYTES)
        return;
    span = caption_words_at(text, cursor);
    clear_offers(view);
    if (asked || span.start < cursor) {
        words = caption_words_complete(view->words, text, cursor, MAX_OFFERS);
        for (guint i = 0; i < words->len; i++)
            gtk_list_box_append(view->offers, offer_row(&g_array_index(words, CaptionWord, i)));
    }
    if (!words || words->len == 0) {
        gtk_popover_popdown(view->popover);
        return;
    }
    gtk_list_box_select_row(view->offers, gtk_list_box_get_row_at_index(view->offers, 0));
    point_at_cursor(view);
    gtk_popover_popup(view->popover);
}

static void
take_offer(TorchlightPromptView *view, GtkListBoxRow *row)
{
    const char *word = g_object_get_data(G_OBJECT(gtk_list_box_row_get_child(row)), "word");
    g_autofree char *text = whole_text(view);
    int cursor = cursor_of(view, text);
    g_autofree char *after = caption_words_insert(text, &cursor, word);
    GtkTextIter start, end, iter;

    view->inserting = true;
    gtk_text_buffer_begin_user_action(buffer_of(view));
    gtk_text_buffer_get_bounds(buffer_of(view), &start, &end);
    gtk_text_buffer_delete(buffer_of(view), &start, &end);
    gtk_text_buffer_insert(buffer_of(view), &start, after, -1);
    gtk_text_buffer_get_iter_at_offset(buffer_of(view), &iter,
                                       (int)g_utf8_pointer_to_offset(after, after + cursor));
    gtk_text_buffer_place_cursor(buffer_of(view), &iter);
    gtk_text_buffer_end_user_action(buffer_of(view));
    view->inserting = false;
    gtk_popover_popdown(view->popover);
}

static void
on_offer_activated(GtkListBox *offers, GtkListBoxRow *row, TorchlightPromptView *view)
{
    take_offer(view, row);
}

static void
select_offer(TorchlightPromptView *view, int step)
{
    GtkListBoxRow *row = gtk_list_box_get_selected_row(view->offers);
    GtkListBoxRow *next = gtk_list_box_get_row_at_index(
        view->offers, row ? gtk_list_box_row_get_index(row) + step : 0);

    if (next)
        gtk_list_box_select_row(view->offers, next);
}

static gboolean
on_key(GtkEventControllerKey *keys, guint key, guint code, GdkModifierType state,
       TorchlightPromptView *view)
{
    bool open = gtk_widget_get_visible(GTK_WIDGET(view->popover));
    GtkListBoxRow *row = gtk_list_box_get_selected_row(view->offers);
    bool control = state & GDK_CONTROL_MASK;

    if (control && key == GDK_KEY_space) {
        offer(view, true);
        return TRUE;
    }
    if (control && (key == GDK_KEY_Return || key == GDK_KEY_KP_Enter)) {
        gtk_popover_popdown(view->popover);
        return gtk_widget_activate_action(GTK_WIDGET(view), "generate.run", NULL);
    }
    if (control || !open)
        return FALSE;
    if (key == GDK_KEY_Down || key == GDK_KEY_Up)
        select_offer(view, key == GDK_KEY_Down ? 1 : -1);
    else if ((key == GDK_KEY_Tab || key == GDK_KEY_Return || key == GDK_KEY_KP_Enter) && row)
        take_offer(view, row);
    else if (key == GDK_KEY_Escape)
        gtk_popover_popdown(view->popover);
    else
        return FALSE;
    return TRUE;
}

static void
on_focus_out(TorchlightPromptView *view)
{
    gtk_popover_popdown(view->popover);
}

/* --- the line below --- */

static void
show_unknown(TorchlightPromptView *view, const char *text)
{
    g_autoptr(GArray) unknown =
        view->words && view->warns ? caption_words_unknown(view->words, text) : NULL;
    const CaptionUnknown *first =
        unknown && unknown->len ? &g_array_index(unknown, CaptionUnknown, 0) : NULL;
    g_autofree char *sentence = NULL;

    if (first && first->nearest)
        sentence = g_strdup_printf(_("“%s” is no word that the model knows: do you mean “%s”?"),
                                   first->word, first->nearest);
    else if (first)
        sentence = g_strdup_printf(_("“%s” is no word that the model knows."), first->word);
    gtk_label_set_label(GTK_LABEL(view->warning), sentence ? sentence : "");
    gtk_widget_set_visible(view->warning, sentence != NULL);
}

static void
show_status(TorchlightPromptView *view)
{
    g_autofree char *text = torchlight_prompt_view_dup_text(view);
    g_autofree char *count = NULL;
    int n, limit;

    gtk_widget_set_visible(view->status, view->tokens && *text);
    if (strlen(text) <= MAX_BYTES)
        show_unknown(view, text);
    if (!view->tokens)
        return;
    n = caption_tokens_count(view->tokens, text);
    limit = caption_tokens_limit(view->tokens);
    count = g_strdup_printf(ngettext("%d of %d token", "%d of %d tokens", limit), n, limit);
    gtk_label_set_label(GTK_LABEL(view->status), count);
    if (n > limit)
        gtk_widget_add_css_class(view->status, "error");
    else
        gtk_widget_remove_css_class(view->status, "error");
}

static void
on_changed(TorchlightPromptView *view)
{
    show_status(view);
    g_signal_emit(view, changed_signal, 0);
    if (!view->inserting && gtk_widget_has_focus(view->text))
        offer(view, false);
}

/* --- for others --- */

void
torchlight_prompt_view_take_words(TorchlightPromptView *view, CaptionWords *words,
                                  CaptionTokens *tokens)
{
    g_clear_pointer(&view->words, caption_words_free);
    g_clear_pointer(&view->tokens, caption_tokens_unref);
    view->words = words;
    view->tokens = tokens;
    show_status(view);
}

void
torchlight_prompt_view_set_text(TorchlightPromptView *view, const char *text)
{
    view->inserting = true;
    gtk_text_buffer_set_text(buffer_of(view), text ? text : "", -1);
    view->inserting = false;
}

void
torchlight_prompt_view_focus(TorchlightPromptView *view)
{
    gtk_widget_grab_focus(view->text);
}

static void
torchlight_prompt_view_set_property(GObject *object, guint id, const GValue *value,
                                    GParamSpec *pspec)
{
    TorchlightPromptView *view = TORCHLIGHT_PROMPT_VIEW(object);

    if (id == PROP_LABEL) {
        view->label = g_value_dup_string(value);
        gtk_label_set_label(GTK_LABEL(view->heading), view->label);
    } else if (id == PROP_WARNS) {
        view->warns = g_value_get_boolean(value);
    } else {
        G_OBJECT_WARN_INVALID_PROPERTY_ID(object, id, pspec);
    }
}

static void
torchlight_prompt_view_dispose(GObject *object)
{
    TorchlightPromptView *view = TORCHLIGHT_PROMPT_VIEW(object);
    GtkWidget *child;

    if (view->popover)
        gtk_widget_unparent(GTK_WIDGET(g_steal_pointer(&view->popover)));
    while ((child = gtk_widget_get_first_child(GTK_WIDGET(view))))
        gtk_widget_unparent(child);
    g_clear_pointer(&view->words, caption_words_free);
    g_clear_pointer(&view->tokens, caption_tokens_unref);
    g_clear_pointer(&view->label, g_free);
    G_OBJECT_CLASS(torchlight_prompt_view_parent_class)->dispose(object);
}

static void
torchlight_prompt_view_class_init(TorchlightPromptViewClass *class)
{
    GObjectClass *object = G_OBJECT_CLASS(class);

    object->set_property = torchlight_prompt_view_set_property;
    object->dispose = torchlight_prompt_view_dispose;
    props[PROP_LABEL] =
        g_param_spec_string("label", NULL, NULL, "", G_PARAM_WRITABLE | G_PARAM_STATIC_STRINGS);
    props[PROP_WARNS] =
        g_param_spec_boolean("warns", NULL, NULL, TRUE, G_PARAM_WRITABLE | G_PARAM_STATIC_STRINGS);
    g_object_class_install_properties(object, N_PROPS, props);
    changed_signal = g_signal_new("changed", G_TYPE_FROM_CLASS(class), G_SIGNAL_RUN_LAST, 0, NULL,
                                  NULL, NULL, G_TYPE_NONE, 0);
    gtk_widget_class_set_layout_manager_type(GTK_WIDGET_CLASS(class), GTK_TYPE_BOX_LAYOUT);
    gtk_widget_class_set_css_name(GTK_WIDGET_CLASS(class), "prompt");
}

static void
make_popover(TorchlightPromptView *view)
{
    GtkWidget *scrolled = gtk_scrolled_window_new();

    view->popover = GTK_POPOVER(gtk_popover_new());
    view->offers = GTK_LIST_BOX(gtk_list_box_new());
    gtk_list_box_set_selection_mode(view->offers, GTK_SELECTION_BROWSE);
    gtk_list_box_set_activate_on_single_click(view->offers, TRUE);
    gtk_widget_set_can_focus(GTK_WIDGET(view->offers), FALSE);
    gtk_accessible_update_property(GTK_ACCESSIBLE(view->offers), GTK_ACCESSIBLE_PROPERTY_LABEL,
                                   _("Words"), -1);
    gtk_scrolled_window_set_child(GTK_SCROLLED_WINDOW(scrolled), GTK_WIDGET(view->offers));
    gtk_scrolled_window_set_policy(GTK_SCROLLED_WINDOW(scrolled), GTK_POLICY_NEVER,
                                   GTK_POLICY_AUTOMATIC);
    gtk_scrolled_window_set_propagate_natural_height(GTK_SCROLLED_WINDOW(scrolled), TRUE);
    gtk_scrolled_window_set_max_content_height(GTK_SCROLLED_WINDOW(scrolled), 280);
    gtk_widget_set_size_request(scrolled, 200, -1);
    gtk_popover_set_child(view->popover, scrolled);
    gtk_popover_set_autohide(view->popover, FALSE); /* the text keeps the focus */
    gtk_popover_set_has_arrow(view->popover, FALSE);
    gtk_popover_set_position(view->popover, GTK_POS_BOTTOM);
    gtk_widget_add_css_class(GTK_WIDGET(view->offers), "offers");
    gtk_widget_set_parent(GTK_WIDGET(view->popover), GTK_WIDGET(view));
    g_signal_connect(view->offers, "row-activated", G_CALLBACK(on_offer_activated), view);
}

static GtkWidget *
new_line(const char *class)
{
    GtkWidget *label = gtk_label_new(NULL);

    gtk_label_set_xalign(GTK_LABEL(label), 0);
    gtk_label_set_wrap(GTK_LABEL(label), TRUE);
    gtk_label_set_wrap_mode(GTK_LABEL(label), PANGO_WRAP_WORD_CHAR);
    gtk_widget_add_css_class(label, "caption");
    gtk_widget_add_css_class(label, class);
    gtk_widget_set_visible(label, FALSE);
    return label;
}

static void
torchlight_prompt_view_init(TorchlightPromptView *view)
{
    GtkEventController *keys = gtk_event_controller_key_new();
    GtkEventController *focus = gtk_event_controller_focus_new();

    view->warns = true;
    view->heading = gtk_label_new(NULL);
    view->frame = gtk_scrolled_window_new();
    view->text = gtk_text_view_new();
    view->status = new_line("dim-label");
    view->warning = new_line("warning");
    gtk_orientable_set_orientation(GTK_ORIENTABLE(gtk_widget_get_layout_manager(GTK_WIDGET(view))),
                                   GTK_ORIENTATION_VERTICAL);
    gtk_box_layout_set_spacing(GTK_BOX_LAYOUT(gtk_widget_get_layout_manager(GTK_WIDGET(view))), 6);
    gtk_label_set_xalign(GTK_LABEL(view->heading), 0);
    gtk_label_set_use_underline(GTK_LABEL(view->heading), TRUE);
    gtk_label_set_mnemonic_widget(GTK_LABEL(view->heading), view->text);
    gtk_widget_add_css_class(view->heading, "heading");
    gtk_text_view_set_wrap_mode(GTK_TEXT_VIEW(view->text), GTK_WRAP_WORD_CHAR);
    gtk_text_view_set_accepts_tab(GTK_TEXT_VIEW(view->text), FALSE);
    gtk_text_view_set_top_margin(GTK_TEXT_VIEW(view->text), 9);
    gtk_text_view_set_bottom_margin(GTK_TEXT_VIEW(view->text), 9);
    gtk_text_view_set_left_margin(GTK_TEXT_VIEW(view->text), 12);
    gtk_text_view_set_right_margin(GTK_TEXT_VIEW(view->text), 12);
    gtk_scrolled_window_set_child(GTK_SCROLLED_WINDOW(view->frame), view->text);
    gtk_scrolled_window_set_policy(GTK_SCROLLED_WINDOW(view->frame), GTK_POLICY_NEVER,
                                   GTK_POLICY_AUTOMATIC);
    gtk_scrolled_window_set_propagate_natural_height(GTK_SCROLLED_WINDOW(view->frame), TRUE);
    gtk_scrolled_window_set_min_content_height(GTK_SCROLLED_WINDOW(view->frame), 60);
    gtk_scrolled_window_set_max_content_height(GTK_SCROLLED_WINDOW(view->frame), 160);
    gtk_widget_add_css_class(view->frame, "card");
    gtk_widget_set_overflow(view->frame, GTK_OVERFLOW_HIDDEN);
    gtk_widget_set_parent(view->heading, GTK_WIDGET(view));
    gtk_widget_set_parent(view->frame, GTK_WIDGET(view));
    gtk_widget_set_parent(view->warning, GTK_WIDGET(view));
    gtk_widget_set_parent(view->status, GTK_WIDGET(view));
    make_popover(view);
    gtk_event_controller_set_propagation_phase(keys, GTK_PHASE_CAPTURE);
    g_signal_connect(keys, "key-pressed", G_CALLBACK(on_key), view);
    gtk_widget_add_controller(view->text, keys);
    g_signal_connect_swapped(focus, "leave", G_CALLBACK(on_focus_out), view);
    gtk_widget_add_controller(view->text, focus);
    g_signal_connect_swapped(buffer_of(view), "changed", G_CALLBACK(on_changed), view);
}
