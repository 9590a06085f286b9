/* SPDX-License-Identifier: Apache-2.0 */
/* Bits, large. */
#include "ui/learn/learn_trits.h"

#include <glib/gi18n.h>
#include <math.h>

#include "app/trace/image.h"

enum { MAX_TRITS = 64, A_LINE = 16, MIN_CELL = 12, MAX_CELL = 48 };

struct _TorchlightLearnTrits {
    GtkWidget parent;

    gint8 values[MAX_TRITS];
    int n, mark;
};

G_DEFINE_FINAL_TYPE(TorchlightLearnTrits, torchlight_learn_trits, GTK_TYPE_WIDGET)

static int
cell_size(int width)
{
    return CLAMP(width / A_LINE, MIN_CELL, MAX_CELL);
}

static void
draw_trit(TorchlightLearnTrits *self, cairo_t *cairo, PangoLayout *layout, int i, int cell)
{
    const uint8_t *colour = palette_colour(PALETTE_TORCHLIGHT, self->values[i]);
    const char *text = self->values[i] < 0 ? "–" : self->values[i] ? "1" : "0";
    double x = i % A_LINE * cell, y = i / A_LINE * cell;
    double ink = colour[0] * 0.3 + colour[1] * 0.59 + colour[2] * 0.11 > 110 ? 0 : 1;
    int width, height;

    cairo_set_source_rgb(cairo, colour[0] / 255.0, colour[1] / 255.0, colour[2] / 255.0);
    cairo_rectangle(cairo, x + 1, y + 1, cell - 2, cell - 2);
    cairo_fill(cairo);
    cairo_set_source_rgb(cairo, ink, ink, ink);
    pango_layout_set_text(layout, text, -1);
    pango_layout_get_pixel_size(layout, &width, &height);
    cairo_move_to(cairo, x + (cell - width) / 2.0, y + (cell - height) / 2.0);
    pango_cairo_show_layout(cairo, layout);
    if (i != self->mark)
        return;
    for (int k = 0; k < 2; k++) {
        cairo_set_source_rgb(cairo, 1 - k, 1 - k, 1 - k);
        cairo_set_line_width(cairo, k ? 2 : 4);
        cairo_rectangle(cairo, x + 2, y + 2, cell - 4, cell - 4);
        cairo_stroke(cairo);
    }
}

static void
torchlight_learn_trits_snapshot(GtkWidget *widget, GtkSnapshot *snapshot)
{
    TorchlightLearnTrits *self = TORCHLIGHT_LEARN_TRITS(widget);
    int width = gtk_widget_get_width(widget), height = gtk_widget_get_height(widget);
    graphene_rect_t bounds = GRAPHENE_RECT_INIT(0, 0, (float)width, (float)height);
    cairo_t *cairo = gtk_snapshot_append_cairo(snapshot, &bounds);
    PangoLayout *layout = gtk_widget_create_pango_layout(widget, "0");
    PangoFontDescription *font = pango_font_description_from_string("Monospace Bold");
    int cell = cell_size(width);

    pango_font_description_set_absolute_size(font, cell * 0.6 * PANGO_SCALE);
    pango_layout_set_font_description(layout, font);
    for (int i = 0; i < self->n; i++)
        draw_trit(self, cairo, layout, i, cell);
    pango_font_description_free(font);
    g_object_unref(layout);
    cairo_destroy(cairo);
}

static GtkSizeRequestMode
torchlight_learn_trits_get_request_mode(GtkWidget *widget)
{
    return GTK_SIZE_REQUEST_HEIGHT_FOR_WIDTH;
}

/* As high as two lines at least, so that what stands below keeps its place. */
static void
torchlight_learn_trits_measure(GtkWidget *widget, GtkOrientation orientation, int for_size,
                               int *minimum, int *natural, int *minimum_baseline,
                               int *natural_baseline)
{
    TorchlightLearnTrits *self = TORCHLIGHT_LEARN_TRITS(widget);
    int lines = MAX(2, (self->n + A_LINE - 1) / A_LINE);

    if (orientation == GTK_ORIENTATION_HORIZONTAL) {
        *minimum = A_LINE * MIN_CELL;
        *natural = A_LINE * MAX_CELL;
    } else {
        *minimum = *natural = lines * cell_size(for_size > 0 ? for_size : A_LINE * MIN_CELL);
    }
}

void
torchlight_learn_trits_set(TorchlightLearnTrits *self, const gint8 *values, int n, int mark)
{
    int shown = MIN(n, MAX_TRITS);
    int first = n <= MAX_TRITS ? 0 : CLAMP(mark - MAX_TRITS / 2, 0, n - MAX_TRITS);
    GString *said = g_string_new(NULL);

    memcpy(self->values, values + first, (gsize)shown);
    self->n = shown;
    self->mark = mark - first;
    for (int i = 0; i < shown; i++)
        g_string_append(said, self->values[i] < 0 ? "–" : self->values[i] ? "1" : "0");
    gtk_accessible_update_property(GTK_ACCESSIBLE(self), GTK_ACCESSIBLE_PROPERTY_DESCRIPTION,
                                   said->str, -1);
    g_string_free(said, TRUE);
    gtk_widget_queue_resize(GTK_WIDGET(self));
}

GtkWidget *
torchlight_learn_trits_new(void)
{
    return g_object_new(TORCHLIGHT_TYPE_LEARN_TRITS, NULL);
}

static void
torchlight_learn_trits_class_init(TorchlightLearnTritsClass *class)
{
    GtkWidgetClass *widget_class = GTK_WIDGET_CLASS(class);

    widget_class->snapshot = torchlight_learn_trits_snapshot;
    widget_class->measure = torchlight_learn_trits_measure;
    widget_class->get_request_mode = torchlight_learn_trits_get_request_mode;
    gtk_widget_class_set_accessible_role(widget_class, GTK_ACCESSIBLE_ROLE_IMG);
}

static void
torchlight_learn_trits_init(TorchlightLearnTrits *self)
{
    gtk_accessible_update_property(GTK_ACCESSIBLE(self), GTK_ACCESSIBLE_PROPERTY_LABEL,
                                   _("Bits of the field"), -1);
}
