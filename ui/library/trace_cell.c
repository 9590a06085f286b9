/* SPDX-License-Identifier: Apache-2.0 */
/* Cells of the grid. */
#include "ui/library/trace_cell.h"

#include <glib/gi18n.h>
#include <string.h>

#include "app/dataset/vocabulary.h"

enum { GAP = 6, MARK_GAP = 4, MAX_DRAWN_BYTES = 240, SMALL = 120 };

struct _TorchlightTraceCell {
    GtkWidget parent_instance;

    /* borrowed */
    Thumbnails *thumbnails;

    /* owned */
    TorchlightItem *item;
    GdkTexture *texture;
    ThumbnailRequest *request;
    gulong changed_handler;

    Palette palette;
    int size;
    int line_height;  /* of the texts; 0: not known yet */
    bool is_missing;  /* there is no file */
    bool is_no_trace; /* there is one, but no picture can be made of it */
};

G_DEFINE_FINAL_TYPE(TorchlightTraceCell, torchlight_trace_cell, GTK_TYPE_WIDGET)

/* The start of a text, one line, cut between characters. */
static char *
start_of(const char *text)
{
    size_t size = strnlen(text, MAX_DRAWN_BYTES + 1);
    char *start;

    if (size > MAX_DRAWN_BYTES) {
        size = MAX_DRAWN_BYTES;
        while (size > 0 && ((unsigned char)text[size] & 0xc0) == 0x80)
            size--;
    }
    start = g_strndup(text, size);
    return g_strdelimit(start, "\r\n\t", ' ');
}

char *
trace_cell_short_caption(const char *caption)
{
    static const char prefix[] = CAPTION_PREFIX ": ";
    bool skip = g_str_has_prefix(caption, prefix) && caption[sizeof prefix - 1];

    return start_of(skip ? caption + sizeof prefix - 1 : caption);
}

TorchlightItem *
torchlight_trace_cell_get_item(TorchlightTraceCell *cell)
{
    return cell->item;
}

/* --- what it shows --- */

static void
update_label(TorchlightTraceCell *cell)
{
    g_autofree char *caption = trace_cell_short_caption(torchlight_item_get_caption(cell->item));
    g_autofree char *label =
        g_strdup_printf("%s\n%s", torchlight_item_get_name(cell->item), caption);

    gtk_accessible_update_property(GTK_ACCESSIBLE(cell), GTK_ACCESSIBLE_PROPERTY_LABEL, label, -1);
}

static void
on_thumbnail(GdkTexture *texture, const GError *error, gpointer data)
{
    TorchlightTraceCell *cell = data;

    g_set_object(&cell->texture, texture);
    cell->is_missing = g_error_matches(error, G_FILE_ERROR, G_FILE_ERROR_NOENT) ||
                       g_error_matches(error, G_IO_ERROR, G_IO_ERROR_NOT_FOUND);
    cell->is_no_trace = error && !cell->is_missing;
    gtk_widget_queue_draw(GTK_WIDGET(cell));
}

static void
ask_for_picture(TorchlightTraceCell *cell)
{
    g_autofree char *path = torchlight_item_dup_path(cell->item);
    GdkTexture *texture = NULL;

    thumbnails_cancel(&cell->request);
    if (path)
        texture = thumbnails_get_sized(cell->thumbnails, torchlight_item_get_id(cell->item), path,
                                       cell->palette,
                                       cell->size * gtk_widget_get_scale_factor(GTK_WIDGET(cell)),
                                       on_thumbnail, cell, &cell->request);
    g_set_object(&cell->texture, texture);
    cell->is_missing = !path;
    cell->is_no_trace = false;
}

static void
on_changed(TorchlightTraceCell *cell, const char *key)
{
    if (g_strcmp0(key, "file") == 0)
        ask_for_picture(cell);
    update_label(cell);
    gtk_widget_queue_draw(GTK_WIDGET(cell));
}

void
torchlight_trace_cell_set_item(TorchlightTraceCell *cell, TorchlightItem *item, Palette palette)
{
    if (cell->item)
        g_clear_signal_handler(&cell->changed_handler, cell->item);
    thumbnails_cancel(&cell->request);
    g_set_object(&cell->item, item);
    cell->palette = palette;
    if (!item) {
        g_clear_object(&cell->texture);
        return;
    }
    cell->changed_handler = g_signal_connect_swapped(item, "changed", G_CALLBACK(on_changed), cell);
    ask_for_picture(cell);
    update_label(cell);
    gtk_widget_queue_draw(GTK_WIDGET(cell));
}

void
torchlight_trace_cell_set_size(TorchlightTraceCell *cell, int size)
{
    if (cell->size == size)
        return;
    cell->size = size;
    gtk_widget_queue_resize(GTK_WIDGET(cell));
}

/* --- drawing --- */

/* Lines of text under the picture: the name and one or two of the caption. */
static int
n_lines(const TorchlightTraceCell *cell)
{
    return cell->size < SMALL ? 2 : 3;
}

static PangoLayout *
new_layout(TorchlightTraceCell *cell, const char *text, double scale)
{
    PangoLayout *layout = gtk_widget_create_pango_layout(GTK_WIDGET(cell), text);
    PangoContext *context = pango_layout_get_context(layout);
    PangoFontDescription *font =
        pango_font_description_copy(pango_context_get_font_description(context));

    if (pango_font_description_get_size_is_absolute(font))
        pango_font_description_set_absolute_size(font,
                                                 pango_font_description_get_size(font) * scale);
    else
        pango_font_description_set_size(font, (int)(pango_font_description_get_size(font) * scale));
    pango_layout_set_font_description(layout, font);
    pango_font_description_free(font);
    return layout;
}

static int
line_height(TorchlightTraceCell *cell)
{
    if (cell->line_height == 0) {
        g_autoptr(PangoLayout) layout = new_layout(cell, "X", PANGO_SCALE_SMALL);

        pango_layout_get_pixel_size(layout, NULL, &cell->line_height);
    }
    return cell->line_height;
}

static void
torchlight_trace_cell_measure(GtkWidget *widget, GtkOrientation orientation, int for_size,
                              int *minimum, int *natural, int *minimum_baseline,
                              int *natural_baseline)
{
    TorchlightTraceCell *cell = TORCHLIGHT_TRACE_CELL(widget);

    *minimum = *natural = orientation == GTK_ORIENTATION_HORIZONTAL
                              ? cell->size
                              : cell->size + GAP + n_lines(cell) * line_height(cell);
}

static void
append_text(TorchlightTraceCell *cell, GtkSnapshot *snapshot, const char *text, float y, int lines,
            const GdkRGBA *colour)
{
    g_autoptr(PangoLayout) layout = new_layout(cell, text, PANGO_SCALE_SMALL);
    int width = gtk_widget_get_width(GTK_WIDGET(cell));

    pango_layout_set_width(layout, width * PANGO_SCALE);
    pango_layout_set_height(layout, -lines);
    pango_layout_set_wrap(layout, PANGO_WRAP_WORD_CHAR);
    pango_layout_set_ellipsize(layout, lines > 1 ? PANGO_ELLIPSIZE_END : PANGO_ELLIPSIZE_MIDDLE);
    pango_layout_set_alignment(layout, PANGO_ALIGN_CENTER);
    gtk_snapshot_save(snapshot);
    gtk_snapshot_translate(snapshot, &GRAPHENE_POINT_INIT(0, y));
    gtk_snapshot_append_layout(snapshot, layout, colour);
    gtk_snapshot_restore(snapshot);
}

/* A word on a dark ground, which any picture lets be read; *x goes on. */
static void
append_mark(TorchlightTraceCell *cell, GtkSnapshot *snapshot, const char *text, bool is_error,
            float *x, float bottom)
{
    static const GdkRGBA white = {1, 1, 1, 1}, dark = {0, 0, 0, 0.72f}, red = {0.75f, 0, 0, 0.9f};
    g_autoptr(PangoLayout) layout = new_layout(cell, text, PANGO_SCALE_X_SMALL);
    GskRoundedRect outline;
    int width, height;

    pango_layout_get_pixel_size(layout, &width, &height);
    gsk_rounded_rect_init_from_rect(
        &outline, &GRAPHENE_RECT_INIT(*x, bottom - height - 2, width + 10, height + 2), 6);
    gtk_snapshot_push_rounded_clip(snapshot, &outline);
    gtk_snapshot_append_color(snapshot, is_error ? &red : &dark, &outline.bounds);
    gtk_snapshot_pop(snapshot);
    gtk_snapshot_save(snapshot);
    gtk_snapshot_translate(snapshot, &GRAPHENE_POINT_INIT(*x + 5, bottom - height - 1));
    gtk_snapshot_append_layout(snapshot, layout, &white);
    gtk_snapshot_restore(snapshot);
    *x += width + 10 + MARK_GAP;
}

static void
append_marks(TorchlightTraceCell *cell, GtkSnapshot *snapshot, float x, float bottom)
{
    const char *origin = torchlight_item_get_string(cell->item, "origin");
    const char *split = torchlight_item_get_string(cell->item, "split");

    x += MARK_GAP;
    bottom -= MARK_GAP;
    if (cell->is_missing)
        append_mark(cell, snapshot, _("Missing"), true, &x, bottom);
    else if (cell->is_no_trace)
        append_mark(cell, snapshot, _("No trace"), true, &x, bottom);
    if (g_strcmp0(origin, "generated") == 0)
        append_mark(cell, snapshot, _("Generated"), false, &x, bottom);
    else if (g_strcmp0(origin, "repaired") == 0)
        append_mark(cell, snapshot, _("Repaired"), false, &x, bottom);
    if (g_strcmp0(split, "test") == 0)
        append_mark(cell, snapshot, _("Test"), false, &x, bottom);
    else if (g_strcmp0(split, "validation") == 0)
        append_mark(cell, snapshot, _("Validation"), false, &x, bottom);
}

static void
torchlight_trace_cell_snapshot(GtkWidget *widget, GtkSnapshot *snapshot)
{
    TorchlightTraceCell *cell = TORCHLIGHT_TRACE_CELL(widget);
    float left = (float)(gtk_widget_get_width(widget) - cell->size) / 2;
    float y = (float)(cell->size + GAP);
    graphene_rect_t square = GRAPHENE_RECT_INIT(left, 0, cell->size, cell->size);
    g_autofree char *name = NULL;
    g_autofree char *caption = NULL;
    GdkRGBA colour, faint;
    GskRoundedRect outline;

    if (!cell->item)
        return;
    gtk_style_context_get_color(gtk_widget_get_style_context(widget), &colour);
    faint = colour;
    faint.alpha *= 0.08f;
    gsk_rounded_rect_init_from_rect(&outline, &square, 6);
    gtk_snapshot_push_rounded_clip(snapshot, &outline);
    if (cell->texture)
        gtk_snapshot_append_texture(snapshot, cell->texture, &square);
    else
        gtk_snapshot_append_color(snapshot, &faint, &square);
    append_marks(cell, snapshot, left, (float)cell->size);
    gtk_snapshot_pop(snapshot);

    name = start_of(torchlight_item_get_name(cell->item));
    caption = trace_cell_short_caption(torchlight_item_get_caption(cell->item));
    append_text(cell, snapshot, name, y, 1, &colour);
    colour.alpha *= 0.65f;
    append_text(cell, snapshot, caption, y + line_height(cell), n_lines(cell) - 1, &colour);
}

static void
torchlight_trace_cell_css_changed(GtkWidget *widget, GtkCssStyleChange *change)
{
    GTK_WIDGET_CLASS(torchlight_trace_cell_parent_class)->css_changed(widget, change);
    TORCHLIGHT_TRACE_CELL(widget)->line_height = 0;
}

/* What does not fit under the picture. */
static gboolean
torchlight_trace_cell_query_tooltip(GtkWidget *widget, int x, int y, gboolean keyboard,
                                    GtkTooltip *tooltip)
{
    TorchlightTraceCell *cell = TORCHLIGHT_TRACE_CELL(widget);
    g_autofree char *name = NULL;
    g_autofree char *caption = NULL;
    g_autofree char *text = NULL;

    if (!cell->item)
        return FALSE;
    name = start_of(torchlight_item_get_name(cell->item));
    caption = start_of(torchlight_item_get_caption(cell->item));
    text = g_strdup_printf("%s%s%s", name, *caption ? "\n" : "", caption);
    gtk_tooltip_set_text(tooltip, text);
    return TRUE;
}

static void
torchlight_trace_cell_dispose(GObject *object)
{
    torchlight_trace_cell_set_item(TORCHLIGHT_TRACE_CELL(object), NULL, 0);
    G_OBJECT_CLASS(torchlight_trace_cell_parent_class)->dispose(object);
}

static void
torchlight_trace_cell_class_init(TorchlightTraceCellClass *class)
{
    GtkWidgetClass *widget = GTK_WIDGET_CLASS(class);

    G_OBJECT_CLASS(class)->dispose = torchlight_trace_cell_dispose;
    widget->measure = torchlight_trace_cell_measure;
    widget->snapshot = torchlight_trace_cell_snapshot;
    widget->css_changed = torchlight_trace_cell_css_changed;
    widget->query_tooltip = torchlight_trace_cell_query_tooltip;
    gtk_widget_class_set_accessible_role(widget, GTK_ACCESSIBLE_ROLE_IMG);
    gtk_widget_class_set_css_name(widget, "tracecell");
}

static void
torchlight_trace_cell_init(TorchlightTraceCell *cell)
{
    gtk_widget_set_has_tooltip(GTK_WIDGET(cell), TRUE);
}

GtkWidget *
torchlight_trace_cell_new(Thumbnails *thumbnails, int size)
{
    TorchlightTraceCell *cell = g_object_new(TORCHLIGHT_TYPE_TRACE_CELL, NULL);

    cell->thumbnails = thumbnails;
    cell->size = size;
    return GTK_WIDGET(cell);
}
