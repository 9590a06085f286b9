/* SPDX-License-Identifier: Apache-2.0 */
/* A picture of a trace, large. */
#include "ui/learn/learn_picture.h"

#include <math.h>

#include "ui/trace/trace_picture.h"

enum { MIN_WIDTH = 200, SIGNAL_POINTED = 0, N_SIGNALS };

static guint signals[N_SIGNALS];

struct _TorchlightLearnPicture {
    GtkWidget parent;

    Pixels *pixels;
    cairo_surface_t *narrow; /* the picture as wide as the widget: bits sharp down, mean across */
    int min_height;
    bool pointable;
    int first, n, row; /* what is marked */
    int column;        /* where the arrow keys are */
};

G_DEFINE_FINAL_TYPE(TorchlightLearnPicture, torchlight_learn_picture, GTK_TYPE_WIDGET)

/* Columns that are narrower than a pixel are averaged; rows, which mostly are higher, stay sharp.
 */
static void
make_narrow(TorchlightLearnPicture *self, int width)
{
    int height = self->pixels->height;
    cairo_t *cairo;

    if (self->narrow && cairo_image_surface_get_width(self->narrow) == width)
        return;
    g_clear_pointer(&self->narrow, cairo_surface_destroy);
    self->narrow = cairo_image_surface_create(CAIRO_FORMAT_RGB24, width, height);
    cairo = cairo_create(self->narrow);
    cairo_scale(cairo, (double)width / self->pixels->width, 1);
    cairo_set_source_surface(cairo, self->pixels->levels[0], 0, 0);
    cairo_pattern_set_filter(cairo_get_source(cairo), width < self->pixels->width
                                                          ? CAIRO_FILTER_GOOD
                                                          : CAIRO_FILTER_NEAREST);
    cairo_pattern_set_extend(cairo_get_source(cairo), CAIRO_EXTEND_PAD);
    cairo_paint(cairo);
    cairo_destroy(cairo);
}

static void
draw_picture(TorchlightLearnPicture *self, cairo_t *cairo, double width, double height)
{
    double y = height / self->pixels->height;
    int device_width = (int)(width * gtk_widget_get_scale_factor(GTK_WIDGET(self)));

    make_narrow(self, MAX(1, device_width));
    cairo_save(cairo);
    cairo_scale(cairo, width / MAX(1, device_width), y);
    cairo_set_source_surface(cairo, self->narrow, 0, 0);
    cairo_pattern_set_filter(cairo_get_source(cairo),
                             y >= 1 ? CAIRO_FILTER_NEAREST : CAIRO_FILTER_GOOD);
    cairo_pattern_set_extend(cairo_get_source(cairo), CAIRO_EXTEND_PAD);
    cairo_paint(cairo);
    cairo_restore(cairo);
}

/* The rest is veiled, the packet is between two lines. */
static void
draw_mark(TorchlightLearnPicture *self, cairo_t *cairo, double width, double height)
{
    double x = width * self->first / self->pixels->width;
    double w = fmax(2, width * self->n / self->pixels->width);
    double y = height * self->row / self->pixels->height;
    double h = fmax(2, height / self->pixels->height);

    cairo_set_source_rgba(cairo, 0, 0, 0, 0.4);
    cairo_rectangle(cairo, 0, 0, x, height);
    cairo_rectangle(cairo, x + w, 0, width - x - w, height);
    cairo_fill(cairo);
    for (int i = 0; i < 2; i++) { /* white around black shows on every colour */
        cairo_set_source_rgb(cairo, 1 - i, 1 - i, 1 - i);
        cairo_set_line_width(cairo, i ? 1 : 3);
        cairo_rectangle(cairo, 0, y, width, h);
        cairo_rectangle(cairo, x, 0, w, height);
        cairo_stroke(cairo);
    }
}

static void
torchlight_learn_picture_snapshot(GtkWidget *widget, GtkSnapshot *snapshot)
{
    TorchlightLearnPicture *self = TORCHLIGHT_LEARN_PICTURE(widget);
    double width = gtk_widget_get_width(widget), height = gtk_widget_get_height(widget);
    graphene_rect_t bounds = GRAPHENE_RECT_INIT(0, 0, (float)width, (float)height);
    cairo_t *cairo = gtk_snapshot_append_cairo(snapshot, &bounds);

    if (self->pixels) {
        draw_picture(self, cairo, width, height);
        if (self->n > 0)
            draw_mark(self, cairo, width, height);
    }
    cairo_destroy(cairo);
    if (gtk_widget_has_visible_focus(widget))
        gtk_snapshot_render_focus(snapshot, gtk_widget_get_style_context(widget), 0, 0, width,
                                  height);
}

static void
torchlight_learn_picture_measure(GtkWidget *widget, GtkOrientation orientation, int for_size,
                                 int *minimum, int *natural, int *minimum_baseline,
                                 int *natural_baseline)
{
    TorchlightLearnPicture *self = TORCHLIGHT_LEARN_PICTURE(widget);

    *minimum = *natural = orientation == GTK_ORIENTATION_HORIZONTAL ? MIN_WIDTH : self->min_height;
}

/* --- pointing --- */

static void
point(TorchlightLearnPicture *self, int column, int row)
{
    if (!self->pixels)
        return;
    self->column = CLAMP(column, 0, self->pixels->width - 1);
    row = CLAMP(row, 0, self->pixels->height - 1);
    g_signal_emit(self, signals[SIGNAL_POINTED], 0, self->column, row);
}

static void
on_motion(GtkEventControllerMotion *controller, double x, double y, TorchlightLearnPicture *self)
{
    GtkWidget *widget = GTK_WIDGET(self);

    if (self->pixels && self->pointable)
        point(self, (int)(x / MAX(1, gtk_widget_get_width(widget)) * self->pixels->width),
              (int)(y / MAX(1, gtk_widget_get_height(widget)) * self->pixels->height));
}

static gboolean
on_key(GtkEventControllerKey *controller, guint key, guint code, GdkModifierType state,
       TorchlightLearnPicture *self)
{
    int column = self->column, row = self->row;
    int step = state & GDK_CONTROL_MASK ? 8 : 1;

    if (!self->pointable)
        return FALSE;
    switch (key) {
    case GDK_KEY_Left:
        column -= step;
        break;
    case GDK_KEY_Right:
        column += step;
        break;
    case GDK_KEY_Up:
        row -= step;
        break;
    case GDK_KEY_Down:
        row += step;
        break;
    default:
        return FALSE;
    }
    point(self, column, row);
    return TRUE;
}

/* --- the object --- */

GtkWidget *
torchlight_learn_picture_new(const char *label)
{
    GtkWidget *widget = g_object_new(TORCHLIGHT_TYPE_LEARN_PICTURE, NULL);

    gtk_accessible_update_property(GTK_ACCESSIBLE(widget), GTK_ACCESSIBLE_PROPERTY_LABEL, label,
                                   -1);
    return widget;
}

void
torchlight_learn_picture_set_height(TorchlightLearnPicture *self, int height)
{
    self->min_height = height;
    gtk_widget_queue_resize(GTK_WIDGET(self));
}

void
torchlight_learn_picture_set_image(TorchlightLearnPicture *self, const Image *image)
{
    g_clear_pointer(&self->pixels, pixels_unref);
    g_clear_pointer(&self->narrow, cairo_surface_destroy);
    if (image)
        self->pixels = pixels_new(image);
    gtk_widget_queue_draw(GTK_WIDGET(self));
}

void
torchlight_learn_picture_describe(TorchlightLearnPicture *self, const char *text)
{
    gtk_accessible_update_property(GTK_ACCESSIBLE(self), GTK_ACCESSIBLE_PROPERTY_DESCRIPTION, text,
                                   -1);
}

void
torchlight_learn_picture_set_pointable(TorchlightLearnPicture *self, bool pointable)
{
    self->pointable = pointable;
    gtk_widget_set_focusable(GTK_WIDGET(self), pointable);
    gtk_widget_set_cursor_from_name(GTK_WIDGET(self), pointable ? "crosshair" : NULL);
}

void
torchlight_learn_picture_mark(TorchlightLearnPicture *self, int first, int n, int row)
{
    self->first = first;
    self->n = n;
    self->row = row;
    gtk_widget_queue_draw(GTK_WIDGET(self));
}

static void
torchlight_learn_picture_finalize(GObject *object)
{
    TorchlightLearnPicture *self = TORCHLIGHT_LEARN_PICTURE(object);

    pixels_unref(self->pixels);
    g_clear_pointer(&self->narrow, cairo_surface_destroy);
    G_OBJECT_CLASS(torchlight_learn_picture_parent_class)->finalize(object);
}

static void
torchlight_learn_picture_class_init(TorchlightLearnPictureClass *class)
{
    GtkWidgetClass *widget_class = GTK_WIDGET_CLASS(class);

    G_OBJECT_CLASS(class)->finalize = torchlight_learn_picture_finalize;
    widget_class->snapshot = torchlight_learn_picture_snapshot;
    widget_class->measure = torchlight_learn_picture_measure;
    signals[SIGNAL_POINTED] =
        g_signal_new("pointed", G_TYPE_FROM_CLASS(class), G_SIGNAL_RUN_LAST, 0, NULL, NULL, NULL,
                     G_TYPE_NONE, 2, G_TYPE_INT, G_TYPE_INT);
    gtk_widget_class_set_accessible_role(widget_class, GTK_ACCESSIBLE_ROLE_IMG);
}

static void
torchlight_learn_picture_init(TorchlightLearnPicture *self)
{
    GtkWidget *widget = GTK_WIDGET(self);
    GtkEventController *motion = gtk_event_controller_motion_new();
    GtkEventController *key = gtk_event_controller_key_new();

    self->min_height = 120;
    gtk_widget_set_hexpand(widget, TRUE);
    gtk_widget_set_vexpand(widget, TRUE);
    gtk_widget_set_overflow(widget, GTK_OVERFLOW_HIDDEN);
    gtk_widget_add_css_class(widget, "learn-picture");
    g_signal_connect(motion, "motion", G_CALLBACK(on_motion), self);
    g_signal_connect(key, "key-pressed", G_CALLBACK(on_key), self);
    gtk_widget_add_controller(widget, motion);
    gtk_widget_add_controller(widget, key);
}
