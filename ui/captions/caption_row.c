/* SPDX-License-Identifier: Apache-2.0 */
/* Rows of the list of captions. */
#include "ui/captions/caption_row.h"

#include <glib/gi18n.h>
#include <string.h>

enum {
    PICTURE = 72,
    GAP = 12,
    LINES = 4,             /* name, two of the caption, tokens */
    EDIT_EXTRA = 48,       /* pixels that a row gets more while it is edited */
    MAX_DRAWN = 600,       /* bytes of a caption */
    MAX_EDITED = 20 << 10, /* bytes: laying out more takes longer than a frame */
};

struct _TorchlightCaptionRow {
    GtkWidget parent_instance;

    /* borrowed */
    TorchlightWorkspace *workspace;

    /* owned */
    TorchlightItem *item;
    CaptionTokens *tokens;
    GdkTexture *texture;
    ThumbnailRequest *request;
    GtkWidget *editor;     /* a scrolled window with a text view; NULL: not being edited */
    GtkTextBuffer *buffer; /* borrowed from it */
    gulong changed_handler;

    int line_height; /* 0: not known yet */
    bool is_writing; /* the project is being told, which tells us */
};

enum { SIGNAL_DONE, N_SIGNALS };

static guint signals[N_SIGNALS];

G_DEFINE_FINAL_TYPE(TorchlightCaptionRow, torchlight_caption_row, GTK_TYPE_WIDGET)

TorchlightItem *
torchlight_caption_row_get_item(TorchlightCaptionRow *row)
{
    return row->item;
}

/* The part of the caption that is drawn. */
static char *
drawn_caption(TorchlightCaptionRow *row)
{
    const char *caption = torchlight_item_get_caption(row->item);
    size_t size = strnlen(caption, MAX_DRAWN + 1);

    if (size > MAX_DRAWN) {
        size = MAX_DRAWN;
        while (size > 0 && ((unsigned char)caption[size] & 0xc0) == 0x80)
            size--;
    }
    return g_strndup(caption, size);
}

/* "14 of 77 tokens"; NULL without a tokenizer. */
static char *
tokens_text(TorchlightCaptionRow *row, bool *too_long)
{
    int n, limit;

    *too_long = false;
    if (!row->tokens)
        return NULL;
    n = caption_tokens_count(row->tokens, torchlight_item_get_caption(row->item));
    limit = caption_tokens_limit(row->tokens);
    *too_long = n > limit;
    return *too_long ? g_strdup_printf(_("%d tokens: the model reads only %d"), n, limit)
                     : g_strdup_printf(_("%d of %d tokens"), n, limit);
}

static void
update_label(TorchlightCaptionRow *row)
{
    g_autofree char *caption = drawn_caption(row);
    bool too_long;
    g_autofree char *tokens = tokens_text(row, &too_long);
    g_autofree char *label = g_strdup_printf("%s\n%s%s%s", torchlight_item_get_name(row->item),
                                             caption, tokens ? "\n" : "", tokens ? tokens : "");

    gtk_accessible_update_property(GTK_ACCESSIBLE(row), GTK_ACCESSIBLE_PROPERTY_LABEL, label, -1);
}

/* --- editing --- */

static void
end_editing(TorchlightCaptionRow *row)
{
    GtkWidget *editor = g_steal_pointer(&row->editor);

    if (!editor)
        return;
    row->buffer = NULL;
    gtk_widget_unparent(editor);
    gtk_widget_queue_resize(GTK_WIDGET(row));
}

static char *
buffer_text(GtkTextBuffer *buffer)
{
    GtkTextIter start, end;

    gtk_text_buffer_get_bounds(buffer, &start, &end);
    return gtk_text_buffer_get_text(buffer, &start, &end, TRUE);
}

static void
on_typed(TorchlightCaptionRow *row)
{
    TorchlightProject *project = torchlight_workspace_get_project(row->workspace);
    g_autofree char *text = buffer_text(row->buffer);
    g_autofree char *key = g_strconcat("caption-", torchlight_item_get_id(row->item), NULL);

    if (!project || g_str_equal(text, torchlight_item_get_caption(row->item)))
        return;
    row->is_writing = true;
    torchlight_project_begin_merged(project, _("Change Caption"), key);
    torchlight_project_set_string(project, row->item, "caption", *text ? text : NULL);
    torchlight_project_end(project);
    row->is_writing = false;
}

/* Enter is done, for a caption is one line; with Shift it is a new line all the same. */
static gboolean
on_key(GtkEventControllerKey *controller, guint key, guint code, GdkModifierType state,
       TorchlightCaptionRow *row)
{
    bool enter = key == GDK_KEY_Return || key == GDK_KEY_KP_Enter;

    if ((!enter || (state & GDK_SHIFT_MASK)) && key != GDK_KEY_Escape)
        return FALSE;
    g_signal_emit(row, signals[SIGNAL_DONE], 0, enter && (state & GDK_CONTROL_MASK) ? 1 : 0);
    return TRUE;
}

static gboolean
end_in_idle(gpointer row)
{
    end_editing(row);
    return G_SOURCE_REMOVE;
}

/* Not at once: the focus is on its way elsewhere. */
static void
on_focus_left(TorchlightCaptionRow *row)
{
    g_idle_add_full(G_PRIORITY_DEFAULT, end_in_idle, g_object_ref(row), g_object_unref);
}

static void
make_editor(TorchlightCaptionRow *row)
{
    GtkWidget *view = gtk_text_view_new();
    GtkEventController *keys = gtk_event_controller_key_new();
    GtkEventController *focus = gtk_event_controller_focus_new();
    g_autofree char *label =
        g_strdup_printf(_("Caption of %s"), torchlight_item_get_name(row->item));

    row->editor = gtk_scrolled_window_new();
    row->buffer = gtk_text_view_get_buffer(GTK_TEXT_VIEW(view));
    gtk_text_buffer_set_enable_undo(row->buffer, FALSE); /* that is the project's */
    gtk_text_buffer_set_text(row->buffer, torchlight_item_get_caption(row->item), -1);
    gtk_text_view_set_wrap_mode(GTK_TEXT_VIEW(view), GTK_WRAP_WORD_CHAR);
    gtk_text_view_set_accepts_tab(GTK_TEXT_VIEW(view), FALSE);
    gtk_text_view_set_left_margin(GTK_TEXT_VIEW(view), 6);
    gtk_text_view_set_right_margin(GTK_TEXT_VIEW(view), 6);
    gtk_text_view_set_top_margin(GTK_TEXT_VIEW(view), 3);
    gtk_widget_add_css_class(row->editor, "captioneditor");
    gtk_accessible_update_property(GTK_ACCESSIBLE(view), GTK_ACCESSIBLE_PROPERTY_LABEL, label, -1);
    gtk_event_controller_set_propagation_phase(keys, GTK_PHASE_CAPTURE);
    g_signal_connect(keys, "key-pressed", G_CALLBACK(on_key), row);
    gtk_widget_add_controller(view, keys);
    g_signal_connect_swapped(focus, "leave", G_CALLBACK(on_focus_left), row);
    gtk_widget_add_controller(view, focus);
    g_signal_connect_swapped(row->buffer, "changed", G_CALLBACK(on_typed), row);
    gtk_scrolled_window_set_child(GTK_SCROLLED_WINDOW(row->editor), view);
    gtk_widget_set_parent(row->editor, GTK_WIDGET(row));
    gtk_widget_queue_resize(GTK_WIDGET(row));
    gtk_widget_grab_focus(view);
}

/* Not at once: the list takes the focus at the end of the click that asked for it. */
static gboolean
edit_in_idle(gpointer data)
{
    TorchlightCaptionRow *row = data;

    if (row->item && !row->editor && gtk_widget_get_mapped(GTK_WIDGET(row)))
        make_editor(row);
    return G_SOURCE_REMOVE;
}

void
torchlight_caption_row_edit(TorchlightCaptionRow *row)
{
    TorchlightProject *project = torchlight_workspace_get_project(row->workspace);

    if (!row->item || row->editor || !project || !torchlight_project_is_writable(project))
        return;
    if (strlen(torchlight_item_get_caption(row->item)) > MAX_EDITED)
        torchlight_workspace_toast(
            row->workspace,
            _("The caption is longer than a model ever reads: use Change Many to shorten it."));
    else
        g_idle_add_full(G_PRIORITY_DEFAULT_IDLE, edit_in_idle, g_object_ref(row), g_object_unref);
}

/* --- what it shows --- */

static void
on_thumbnail(GdkTexture *texture, const GError *error, gpointer data)
{
    TorchlightCaptionRow *row = data;

    g_set_object(&row->texture, texture);
    gtk_widget_queue_draw(GTK_WIDGET(row));
}

static void
on_changed(TorchlightCaptionRow *row, const char *key)
{
    if (row->buffer && !row->is_writing && g_strcmp0(key, "caption") == 0) {
        g_signal_handlers_block_by_func(row->buffer, on_typed, row);
        gtk_text_buffer_set_text(row->buffer, torchlight_item_get_caption(row->item), -1);
        g_signal_handlers_unblock_by_func(row->buffer, on_typed, row);
    }
    update_label(row);
    gtk_widget_queue_draw(GTK_WIDGET(row));
}

void
torchlight_caption_row_set_item(TorchlightCaptionRow *row, TorchlightItem *item,
                                CaptionTokens *tokens)
{
    g_autofree char *path = item ? torchlight_item_dup_path(item) : NULL;
    GdkTexture *texture = NULL;

    end_editing(row);
    if (row->item)
        g_clear_signal_handler(&row->changed_handler, row->item);
    thumbnails_cancel(&row->request);
    g_set_object(&row->item, item);
    g_clear_pointer(&row->tokens, caption_tokens_unref);
    row->tokens = tokens ? caption_tokens_ref(tokens) : NULL;
    if (path)
        texture = thumbnails_get_sized(thumbnails_of(G_OBJECT(row->workspace)),
                                       torchlight_item_get_id(item), path,
                                       torchlight_workspace_get_palette(row->workspace),
                                       PICTURE * gtk_widget_get_scale_factor(GTK_WIDGET(row)),
                                       on_thumbnail, row, &row->request);
    g_set_object(&row->texture, texture);
    if (!item)
        return;
    row->changed_handler = g_signal_connect_swapped(item, "changed", G_CALLBACK(on_changed), row);
    update_label(row);
    gtk_widget_queue_draw(GTK_WIDGET(row));
}

/* --- drawing --- */

static PangoLayout *
new_layout(TorchlightCaptionRow *row, const char *text, double scale)
{
    PangoLayout *layout = gtk_widget_create_pango_layout(GTK_WIDGET(row), text);
    PangoFontDescription *font = pango_font_description_copy(
        pango_context_get_font_description(pango_layout_get_context(layout)));

    if (pango_font_description_get_size_is_absolute(font))
        pango_font_description_set_absolute_size(font,
                                                 pango_font_description_get_size(font) * scale);
    else
        pango_font_description_set_size(font, (int)(pango_font_description_get_size(font) * scale));
    pango_layout_set_font_description(layout, font);
    pango_layout_set_ellipsize(layout, PANGO_ELLIPSIZE_END);
    pango_font_description_free(font);
    return layout;
}

static int
line_height(TorchlightCaptionRow *row)
{
    if (row->line_height == 0) {
        g_autoptr(PangoLayout) layout = new_layout(row, "X", 1);

        pango_layout_get_pixel_size(layout, NULL, &row->line_height);
    }
    return row->line_height;
}

static void
torchlight_caption_row_measure(GtkWidget *widget, GtkOrientation orientation, int for_size,
                               int *minimum, int *natural, int *minimum_baseline,
                               int *natural_baseline)
{
    TorchlightCaptionRow *row = TORCHLIGHT_CAPTION_ROW(widget);

    *minimum = *natural =
        orientation == GTK_ORIENTATION_HORIZONTAL
            ? PICTURE + GAP + 100
            : MAX(PICTURE, LINES * line_height(row)) + (row->editor ? EDIT_EXTRA : 0);
}

/* Where texts start, and how wide they may be; the picture is at the start of the line. */
static void
text_place(TorchlightCaptionRow *row, int *x, int *width)
{
    bool rtl = gtk_widget_get_direction(GTK_WIDGET(row)) == GTK_TEXT_DIR_RTL;

    *width = MAX(gtk_widget_get_width(GTK_WIDGET(row)) - PICTURE - GAP, 1);
    *x = rtl ? 0 : PICTURE + GAP;
}

static void
torchlight_caption_row_size_allocate(GtkWidget *widget, int width, int height, int baseline)
{
    TorchlightCaptionRow *row = TORCHLIGHT_CAPTION_ROW(widget);
    int x, text_width, minimum, line = line_height(row);

    if (!row->editor)
        return;
    text_place(row, &x, &text_width);
    gtk_widget_measure(row->editor, GTK_ORIENTATION_VERTICAL, text_width, &minimum, NULL, NULL,
                       NULL);
    gtk_widget_size_allocate(
        row->editor, &(GtkAllocation){x, line + 3, text_width, MAX(height - 2 * line - 8, minimum)},
        baseline);
}

static void
append(TorchlightCaptionRow *row, GtkSnapshot *snapshot, PangoLayout *layout, int y, int lines,
       const GdkRGBA *colour)
{
    int x, width;

    text_place(row, &x, &width);
    pango_layout_set_width(layout, width * PANGO_SCALE);
    pango_layout_set_height(layout, -lines);
    pango_layout_set_wrap(layout, PANGO_WRAP_WORD_CHAR);
    gtk_snapshot_save(snapshot);
    gtk_snapshot_translate(snapshot, &GRAPHENE_POINT_INIT((float)x, (float)y));
    gtk_snapshot_append_layout(snapshot, layout, colour);
    gtk_snapshot_restore(snapshot);
}

/* Wavy lines under the words that the tokenizer splits badly. */
static void
mark_words(TorchlightCaptionRow *row, PangoLayout *layout, const char *text)
{
    g_autoptr(GArray) words = row->tokens ? caption_tokens_split_words(row->tokens, text) : NULL;
    PangoAttrList *marks;

    if (!words || words->len == 0)
        return;
    marks = pango_attr_list_new();
    for (guint i = 0; i < words->len; i++) {
        const CaptionPieces *word = &g_array_index(words, CaptionPieces, i);
        PangoAttribute *mark = pango_attr_underline_new(PANGO_UNDERLINE_ERROR);

        mark->start_index = (guint)word->start;
        mark->end_index = (guint)word->end;
        pango_attr_list_insert(marks, mark);
    }
    pango_layout_set_attributes(layout, marks);
    pango_attr_list_unref(marks);
}

static void
append_caption(TorchlightCaptionRow *row, GtkSnapshot *snapshot, GdkRGBA colour)
{
    g_autofree char *caption = drawn_caption(row);
    bool is_empty = !caption[strspn(caption, " \t\r\n")];
    g_autoptr(PangoLayout) layout = new_layout(row, is_empty ? _("No caption") : caption, 1);

    if (is_empty)
        colour.alpha *= 0.5f;
    else
        mark_words(row, layout, caption);
    append(row, snapshot, layout, line_height(row), 2, &colour);
}

static void
torchlight_caption_row_snapshot(GtkWidget *widget, GtkSnapshot *snapshot)
{
    TorchlightCaptionRow *row = TORCHLIGHT_CAPTION_ROW(widget);
    bool rtl = gtk_widget_get_direction(widget) == GTK_TEXT_DIR_RTL, too_long;
    int line = line_height(row), height = gtk_widget_get_height(widget);
    graphene_rect_t square = GRAPHENE_RECT_INIT(
        rtl ? (float)gtk_widget_get_width(widget) - PICTURE : 0, 0, PICTURE, PICTURE);
    GtkStyleContext *style = gtk_widget_get_style_context(widget);
    g_autoptr(PangoLayout) name = NULL;
    g_autoptr(PangoLayout) tokens = NULL;
    g_autofree char *text = NULL;
    GdkRGBA colour, dim, warning;
    GskRoundedRect outline;

    if (!row->item)
        return;
    gtk_style_context_get_color(style, &colour);
    dim = colour;
    dim.alpha *= 0.08f;
    gsk_rounded_rect_init_from_rect(&outline, &square, 6);
    gtk_snapshot_push_rounded_clip(snapshot, &outline);
    if (row->texture)
        gtk_snapshot_append_texture(snapshot, row->texture, &square);
    else
        gtk_snapshot_append_color(snapshot, &dim, &square);
    gtk_snapshot_pop(snapshot);

    dim.alpha = colour.alpha * 0.6f;
    name = new_layout(row, torchlight_item_get_name(row->item), PANGO_SCALE_SMALL);
    append(row, snapshot, name, 0, 1, &dim);
    if (row->editor)
        gtk_widget_snapshot_child(widget, row->editor, snapshot);
    else
        append_caption(row, snapshot, colour);
    text = tokens_text(row, &too_long);
    if (!text)
        return;
    if (!too_long || !gtk_style_context_lookup_color(style, "warning_color", &warning))
        warning = dim;
    tokens = new_layout(row, text, PANGO_SCALE_SMALL);
    append(row, snapshot, tokens, height - line, 1, &warning);
}

/* The pieces of the words that are marked. */
static gboolean
torchlight_caption_row_query_tooltip(GtkWidget *widget, int x, int y, gboolean keyboard,
                                     GtkTooltip *tooltip)
{
    TorchlightCaptionRow *row = TORCHLIGHT_CAPTION_ROW(widget);
    g_autofree char *caption = row->item ? drawn_caption(row) : NULL;
    g_autoptr(GArray) words =
        caption && row->tokens ? caption_tokens_split_words(row->tokens, caption) : NULL;
    g_autoptr(GString) text = g_string_new(NULL);

    if (!words || words->len == 0 || row->editor)
        return FALSE;
    g_string_append(text, _("The model knows these words only in pieces:"));
    for (guint i = 0; i < MIN(words->len, 12); i++)
        g_string_append_printf(text, "\n%s", g_array_index(words, CaptionPieces, i).pieces);
    gtk_tooltip_set_text(tooltip, text->str);
    return TRUE;
}

static void
torchlight_caption_row_css_changed(GtkWidget *widget, GtkCssStyleChange *change)
{
    GTK_WIDGET_CLASS(torchlight_caption_row_parent_class)->css_changed(widget, change);
    TORCHLIGHT_CAPTION_ROW(widget)->line_height = 0;
}

static void
torchlight_caption_row_dispose(GObject *object)
{
    TorchlightCaptionRow *row = TORCHLIGHT_CAPTION_ROW(object);

    torchlight_caption_row_set_item(row, NULL, NULL);
    G_OBJECT_CLASS(torchlight_caption_row_parent_class)->dispose(object);
}

static void
torchlight_caption_row_class_init(TorchlightCaptionRowClass *class)
{
    GtkWidgetClass *widget = GTK_WIDGET_CLASS(class);

    G_OBJECT_CLASS(class)->dispose = torchlight_caption_row_dispose;
    widget->measure = torchlight_caption_row_measure;
    widget->size_allocate = torchlight_caption_row_size_allocate;
    widget->snapshot = torchlight_caption_row_snapshot;
    widget->query_tooltip = torchlight_caption_row_query_tooltip;
    widget->css_changed = torchlight_caption_row_css_changed;
    signals[SIGNAL_DONE] = g_signal_new("done", G_TYPE_FROM_CLASS(class), G_SIGNAL_RUN_LAST, 0,
                                        NULL, NULL, NULL, G_TYPE_NONE, 1, G_TYPE_INT);
    gtk_widget_class_set_accessible_role(widget, GTK_ACCESSIBLE_ROLE_IMG);
    gtk_widget_class_set_css_name(widget, "captionrow");
}

static void
torchlight_caption_row_init(TorchlightCaptionRow *row)
{
    gtk_widget_set_has_tooltip(GTK_WIDGET(row), TRUE);
}

GtkWidget *
torchlight_caption_row_new(TorchlightWorkspace *workspace)
{
    TorchlightCaptionRow *row = g_object_new(TORCHLIGHT_TYPE_CAPTION_ROW, NULL);

    row->workspace = workspace;
    return GTK_WIDGET(row);
}
