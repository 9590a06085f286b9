/* SPDX-License-Identifier: Apache-2.0 */
/* Text beside or above what it is about. */
#include "ui/learn/learn_layout.h"

enum { WIDE = 820, GAP = 36, NARROW_GAP = 18 };

static const double TEXT_SHARE = 0.36; /* of the width */

struct _TorchlightLearnLayout {
    GtkLayoutManager parent;
};

G_DEFINE_FINAL_TYPE(TorchlightLearnLayout, torchlight_learn_layout, GTK_TYPE_LAYOUT_MANAGER)

static int
text_width(int width)
{
    return (int)(width * TEXT_SHARE) - GAP / 2;
}

/* The least: what is live takes what there is beyond that. */
static int
height_of(GtkWidget *child, int width)
{
    int minimum;

    gtk_widget_measure(child, GTK_ORIENTATION_VERTICAL, width, &minimum, NULL, NULL, NULL);
    return minimum;
}

static GtkSizeRequestMode
torchlight_learn_layout_get_request_mode(GtkLayoutManager *manager, GtkWidget *widget)
{
    return GTK_SIZE_REQUEST_HEIGHT_FOR_WIDTH;
}

static void
torchlight_learn_layout_measure(GtkLayoutManager *manager, GtkWidget *widget,
                                GtkOrientation orientation, int for_size, int *minimum,
                                int *natural, int *minimum_baseline, int *natural_baseline)
{
    GtkWidget *text = gtk_widget_get_first_child(widget);
    GtkWidget *live = gtk_widget_get_next_sibling(text);
    int least_text, least_live;

    gtk_widget_measure(text, GTK_ORIENTATION_HORIZONTAL, -1, &least_text, NULL, NULL, NULL);
    gtk_widget_measure(live, GTK_ORIENTATION_HORIZONTAL, -1, &least_live, NULL, NULL, NULL);
    if (orientation == GTK_ORIENTATION_HORIZONTAL) {
        *minimum = MAX(least_text, least_live);
        *natural = MAX(*minimum, WIDE);
    } else if (for_size < WIDE) {
        int width = MAX(for_size, MAX(least_text, least_live));

        *minimum = *natural = height_of(text, width) + NARROW_GAP + height_of(live, width);
    } else {
        int left = MAX(text_width(for_size), least_text);

        *minimum = *natural =
            MAX(height_of(text, left), height_of(live, MAX(for_size - left - GAP, least_live)));
    }
}

static void
place(GtkWidget *child, int x, int y, int width, int height)
{
    gtk_widget_allocate(child, width, height, -1,
                        gsk_transform_translate(NULL, &GRAPHENE_POINT_INIT((float)x, (float)y)));
}

static void
torchlight_learn_layout_allocate(GtkLayoutManager *manager, GtkWidget *widget, int width,
                                 int height, int baseline)
{
    GtkWidget *text = gtk_widget_get_first_child(widget);
    GtkWidget *live = gtk_widget_get_next_sibling(text);
    int least_text, least_live, left;

    gtk_widget_measure(text, GTK_ORIENTATION_HORIZONTAL, -1, &least_text, NULL, NULL, NULL);
    gtk_widget_measure(live, GTK_ORIENTATION_HORIZONTAL, -1, &least_live, NULL, NULL, NULL);
    if (width < WIDE) {
        int above = height_of(text, width), rest = height - above - NARROW_GAP;

        place(text, 0, 0, width, above);
        place(live, 0, above + NARROW_GAP, width, MAX(rest, height_of(live, width)));
        return;
    }
    left = MAX(text_width(width), least_text);
    if (gtk_widget_get_direction(widget) == GTK_TEXT_DIR_RTL) {
        place(text, width - left, 0, left, height);
        place(live, 0, 0, width - left - GAP, height);
    } else {
        place(text, 0, 0, left, height);
        place(live, left + GAP, 0, width - left - GAP, height);
    }
}

static void
torchlight_learn_layout_class_init(TorchlightLearnLayoutClass *class)
{
    GtkLayoutManagerClass *layout = GTK_LAYOUT_MANAGER_CLASS(class);

    layout->get_request_mode = torchlight_learn_layout_get_request_mode;
    layout->measure = torchlight_learn_layout_measure;
    layout->allocate = torchlight_learn_layout_allocate;
}

static void
torchlight_learn_layout_init(TorchlightLearnLayout *self)
{
}

GtkLayoutManager *
torchlight_learn_layout_new(void)
{
    return g_object_new(TORCHLIGHT_TYPE_LEARN_LAYOUT, NULL);
}
