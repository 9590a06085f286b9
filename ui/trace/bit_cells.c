/* SPDX-License-Identifier: Apache-2.0 */
/* Bits as small coloured squares. */
#include "ui/trace/bit_cells.h"

#include <string.h>

enum { CELL_WIDTH = 11, CELL_HEIGHT = 15, LINE_HEIGHT = 17, PER_LINE = 16, NIBBLE_GAP = 3 };

struct _TorchlightBitCells {
    GtkWidget parent_instance;

    int8_t trits[BIT_CELLS_MAX];
    int n, marked;
    Palette palette;
    PangoLayout *digits[2]; /* owned */
};

enum { SIGNAL_CLICKED, N_SIGNALS };

static guint signals[N_SIGNALS];

G_DEFINE_FINAL_TYPE(TorchlightBitCells, torchlight_bit_cells, GTK_TYPE_WIDGET)

static int
cell_x(int bit)
{
    int at = bit % PER_LINE;

    return at * CELL_WIDTH + at / 4 * NIBBLE_GAP + at / 8 * NIBBLE_GAP;
}

static int
width_of(int n)
{
    return n > 0 ? cell_x(MIN(n, PER_LINE) - 1) + CELL_WIDTH : 0;
}

void
torchlight_bit_cells_set(TorchlightBitCells *cells, const int8_t *trits, int n, Palette palette,
                         int marked)
{
    n = CLAMP(n, 0, BIT_CELLS_MAX);
    if (n == cells->n && palette == cells->palette && marked == cells->marked &&
        memcmp(trits, cells->trits, (size_t)n) == 0)
        return;
    if (n != cells->n)
        gtk_widget_queue_resize(GTK_WIDGET(cells));
    cells->n = n;
    cells->palette = palette;
    cells->marked = marked;
    memcpy(cells->trits, trits, (size_t)n);
    gtk_widget_queue_draw(GTK_WIDGET(cells));
}

static void
torchlight_bit_cells_measure(GtkWidget *widget, GtkOrientation orientation, int for_size,
                             int *minimum, int *natural, int *minimum_baseline,
                             int *natural_baseline)
{
    int n = TORCHLIGHT_BIT_CELLS(widget)->n;

    if (orientation == GTK_ORIENTATION_HORIZONTAL)
        *minimum = *natural = width_of(n);
    else
        *minimum = *natural = (n + PER_LINE - 1) / PER_LINE * LINE_HEIGHT;
}

static PangoLayout *
digit(TorchlightBitCells *cells, int value)
{
    if (!cells->digits[value]) {
        PangoAttrList *attributes = pango_attr_list_new();
        pango_attr_list_insert(attributes, pango_attr_scale_new(0.72));
        cells->digits[value] = gtk_widget_create_pango_layout(GTK_WIDGET(cells), value ? "1" : "0");
        pango_layout_set_attributes(cells->digits[value], attributes);
        pango_attr_list_unref(attributes);
    }
    return cells->digits[value];
}

/* By WCAG 2's luminance, about. */
GdkRGBA
colour_to_read_on(const uint8_t *rgb)
{
    double luminance =
        0.2126 * rgb[0] * rgb[0] + 0.7152 * rgb[1] * rgb[1] + 0.0722 * rgb[2] * rgb[2];
    float level = luminance > 0.2 * 255 * 255 ? 0 : 1;

    return (GdkRGBA){level, level, level, 1};
}

static void
draw_digit(TorchlightBitCells *cells, GtkSnapshot *snapshot, int value, const uint8_t *rgb, int x,
           int y)
{
    PangoLayout *layout = digit(cells, value);
    GdkRGBA colour = colour_to_read_on(rgb);
    int w, h;

    pango_layout_get_pixel_size(layout, &w, &h);
    gtk_snapshot_save(snapshot);
    gtk_snapshot_translate(snapshot, &GRAPHENE_POINT_INIT((float)(x + (CELL_WIDTH - 1 - w) / 2),
                                                          (float)(y + (CELL_HEIGHT - h) / 2)));
    gtk_snapshot_append_layout(snapshot, layout, &colour);
    gtk_snapshot_restore(snapshot);
}

static void
torchlight_bit_cells_snapshot(GtkWidget *widget, GtkSnapshot *snapshot)
{
    TorchlightBitCells *cells = TORCHLIGHT_BIT_CELLS(widget);
    GdkRGBA frame;

    gtk_style_context_get_color(gtk_widget_get_style_context(widget), &frame);
    for (int bit = 0; bit < cells->n; bit++) {
        const uint8_t *rgb = palette_colour(cells->palette, cells->trits[bit]);
        GdkRGBA colour = {rgb[0] / 255.0f, rgb[1] / 255.0f, rgb[2] / 255.0f, 1};
        int x = cell_x(bit), y = bit / PER_LINE * LINE_HEIGHT + 1;

        if (bit == cells->marked)
            gtk_snapshot_append_color(
                snapshot, &frame,
                &GRAPHENE_RECT_INIT((float)x - 1, (float)y - 1, CELL_WIDTH + 1, CELL_HEIGHT + 2));
        gtk_snapshot_append_color(
            snapshot, &colour,
            &GRAPHENE_RECT_INIT((float)x, (float)y, CELL_WIDTH - 1, CELL_HEIGHT));
        if (cells->trits[bit] >= 0)
            draw_digit(cells, snapshot, cells->trits[bit], rgb, x, y);
    }
}

static void
on_pressed(GtkGestureClick *gesture, int n_press, double x, double y, TorchlightBitCells *cells)
{
    int line = (int)y / LINE_HEIGHT;

    for (int bit = line * PER_LINE; bit < MIN((line + 1) * PER_LINE, cells->n); bit++) {
        if (x < cell_x(bit) || x >= cell_x(bit) + CELL_WIDTH)
            continue;
        gtk_gesture_set_state(GTK_GESTURE(gesture), GTK_EVENT_SEQUENCE_CLAIMED);
        g_signal_emit(cells, signals[SIGNAL_CLICKED], 0, bit);
        return;
    }
}

static void
forget_digits(TorchlightBitCells *cells)
{
    g_clear_object(&cells->digits[0]);
    g_clear_object(&cells->digits[1]);
}

/* Another font. */
static void
torchlight_bit_cells_css_changed(GtkWidget *widget, GtkCssStyleChange *change)
{
    forget_digits(TORCHLIGHT_BIT_CELLS(widget));
    GTK_WIDGET_CLASS(torchlight_bit_cells_parent_class)->css_changed(widget, change);
}

static void
torchlight_bit_cells_dispose(GObject *object)
{
    forget_digits(TORCHLIGHT_BIT_CELLS(object));
    G_OBJECT_CLASS(torchlight_bit_cells_parent_class)->dispose(object);
}

static void
torchlight_bit_cells_class_init(TorchlightBitCellsClass *class)
{
    GtkWidgetClass *widget = GTK_WIDGET_CLASS(class);

    G_OBJECT_CLASS(class)->dispose = torchlight_bit_cells_dispose;
    widget->measure = torchlight_bit_cells_measure;
    widget->snapshot = torchlight_bit_cells_snapshot;
    widget->css_changed = torchlight_bit_cells_css_changed;
    signals[SIGNAL_CLICKED] = g_signal_new("clicked", G_TYPE_FROM_CLASS(class), G_SIGNAL_RUN_LAST,
                                           0, NULL, NULL, NULL, G_TYPE_NONE, 1, G_TYPE_INT);
    gtk_widget_class_set_css_name(widget, "bitcells");
    gtk_widget_class_set_accessible_role(widget, GTK_ACCESSIBLE_ROLE_PRESENTATION);
}

static void
torchlight_bit_cells_init(TorchlightBitCells *cells)
{
    GtkGesture *click = gtk_gesture_click_new();

    cells->marked = -1;
    g_signal_connect(click, "pressed", G_CALLBACK(on_pressed), cells);
    gtk_widget_add_controller(GTK_WIDGET(cells), GTK_EVENT_CONTROLLER(click));
}

GtkWidget *
torchlight_bit_cells_new(void)
{
    return g_object_new(TORCHLIGHT_TYPE_BIT_CELLS, NULL);
}
