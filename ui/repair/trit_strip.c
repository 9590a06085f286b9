/* SPDX-License-Identifier: Apache-2.0 */
/* Two lines of cells, drawn. */
#include "ui/repair/trit_strip.h"

#include <glib/gi18n.h>
#include <string.h>

enum { MOST_CELLS = 32, CELL = 9, GAP = 3 };

struct _TorchlightTritStrip {
    GtkWidget parent_instance;

    int n, chosen; /* cells, and the framed one among them */
    int8_t before[MOST_CELLS], after[MOST_CELLS];
    Palette palette;
};

G_DEFINE_FINAL_TYPE(TorchlightTritStrip, torchlight_trit_strip, GTK_TYPE_WIDGET)

void
torchlight_trit_strip_set(TorchlightTritStrip *strip, const RepairBit *bit, Palette palette)
{
    int width = field_table[bit->field].width;
    int first = width > MOST_CELLS ? bit->bit / MOST_CELLS * MOST_CELLS : 0;
    g_autofree char *before = repair_trits_to_text(bit->drawn, width);
    g_autofree char *after =
        bit->now ? repair_trits_to_text(bit->now, width) : g_strdup(_("absent"));
    g_autofree char *label = g_strdup_printf(_("Bits before: %s; after: %s"), before, after);

    strip->n = MIN(width - first, MOST_CELLS);
    strip->chosen = bit->bit - first;
    strip->palette = palette;
    memcpy(strip->before, bit->drawn + first, (size_t)strip->n);
    if (bit->now)
        memcpy(strip->after, bit->now + first, (size_t)strip->n);
    else
        memset(strip->after, -1, (size_t)strip->n);
    gtk_accessible_update_property(GTK_ACCESSIBLE(strip), GTK_ACCESSIBLE_PROPERTY_LABEL, label, -1);
    gtk_widget_queue_resize(GTK_WIDGET(strip));
}

static void
set_trit(cairo_t *cr, Palette palette, int trit)
{
    const uint8_t *rgb = palette_colour(palette, trit);

    cairo_set_source_rgb(cr, rgb[0] / 255.0, rgb[1] / 255.0, rgb[2] / 255.0);
}

/* What changed has a mark between the lines: colour is not all that tells it. */
static void
draw_cell(TorchlightTritStrip *strip, cairo_t *cr, int i, double x, double size, const GdkRGBA *ink)
{
    double below = size + GAP + 2;

    set_trit(cr, strip->palette, strip->before[i]);
    cairo_rectangle(cr, x, 1, size - 1, size - 1);
    cairo_fill(cr);
    set_trit(cr, strip->palette, strip->after[i]);
    cairo_rectangle(cr, x, below, size - 1, size - 1);
    cairo_fill(cr);
    gdk_cairo_set_source_rgba(cr, ink);
    if (strip->before[i] != strip->after[i]) {
        cairo_rectangle(cr, x, size + 1, size - 1, GAP - 1);
        cairo_fill(cr);
    }
    if (i == strip->chosen) {
        cairo_set_line_width(cr, 2);
        cairo_rectangle(cr, x - 1, 0, size + 1, below + size);
        cairo_stroke(cr);
    }
}

static void
torchlight_trit_strip_snapshot(GtkWidget *widget, GtkSnapshot *snapshot)
{
    TorchlightTritStrip *strip = TORCHLIGHT_TRIT_STRIP(widget);
    int width = gtk_widget_get_width(widget), height = gtk_widget_get_height(widget);
    double size = MIN(2.0 * CELL, (width - 2.0) / MAX(strip->n, 1));
    GdkRGBA ink;

    if (strip->n == 0 || width <= 0)
        return;
    gtk_style_context_get_color(gtk_widget_get_style_context(widget), &ink);
    cairo_t *cr =
        gtk_snapshot_append_cairo(snapshot, &GRAPHENE_RECT_INIT(0, 0, (float)width, (float)height));
    for (int i = 0; i < strip->n; i++)
        draw_cell(strip, cr, i, 1 + i * size, size, &ink);
    cairo_destroy(cr);
}

static void
torchlight_trit_strip_measure(GtkWidget *widget, GtkOrientation orientation, int for_size,
                              int *minimum, int *natural, int *minimum_baseline,
                              int *natural_baseline)
{
    TorchlightTritStrip *strip = TORCHLIGHT_TRIT_STRIP(widget);

    if (orientation == GTK_ORIENTATION_VERTICAL) {
        double size =
            for_size > 0 ? MIN(2.0 * CELL, (for_size - 2.0) / MAX(strip->n, 1)) : 2 * CELL;
        *minimum = *natural = (int)(2 * size) + GAP + 5;
    } else {
        *minimum = MAX(strip->n, 1) * 4 + 2;
        *natural = MAX(strip->n, 1) * CELL + 2;
    }
}

static GtkSizeRequestMode
torchlight_trit_strip_get_request_mode(GtkWidget *widget)
{
    return GTK_SIZE_REQUEST_HEIGHT_FOR_WIDTH;
}

static void
torchlight_trit_strip_class_init(TorchlightTritStripClass *class)
{
    GtkWidgetClass *widget = GTK_WIDGET_CLASS(class);

    widget->snapshot = torchlight_trit_strip_snapshot;
    widget->measure = torchlight_trit_strip_measure;
    widget->get_request_mode = torchlight_trit_strip_get_request_mode;
    gtk_widget_class_set_accessible_role(widget, GTK_ACCESSIBLE_ROLE_IMG);
}

static void
torchlight_trit_strip_init(TorchlightTritStrip *strip)
{
}
