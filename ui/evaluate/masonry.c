/* SPDX-License-Identifier: Apache-2.0 */
/* Cards in columns. */
#include "ui/evaluate/masonry.h"

enum { MAX_COLUMNS = 8 };

struct _TorchlightMasonry {
    GtkLayoutManager parent;

    int min_width, gap;
};

G_DEFINE_FINAL_TYPE(TorchlightMasonry, torchlight_masonry, GTK_TYPE_LAYOUT_MANAGER)

static int
n_columns(const TorchlightMasonry *self, int width)
{
    return CLAMP((width + self->gap) / (self->min_width + self->gap), 1, MAX_COLUMNS);
}

/* Places the children where allocate is true; the height of the tallest column. */
static int
lay_out(TorchlightMasonry *self, GtkWidget *widget, int width, bool allocate)
{
    int columns = n_columns(self, width), heights[MAX_COLUMNS] = {0}, tallest = 0;
    int column_width = (width - (columns - 1) * self->gap) / columns;
    bool mirrored = gtk_widget_get_direction(widget) == GTK_TEXT_DIR_RTL;

    for (GtkWidget *child = gtk_widget_get_first_child(widget); child;
         child = gtk_widget_get_next_sibling(child)) {
        int column = 0, least, height, natural, place;

        if (!gtk_widget_should_layout(child))
            continue;
        for (int i = 1; i < columns; i++) {
            if (heights[i] < heights[column])
                column = i;
        }
        gtk_widget_measure(child, GTK_ORIENTATION_HORIZONTAL, -1, &least, NULL, NULL, NULL);
        gtk_widget_measure(child, GTK_ORIENTATION_VERTICAL, MAX(column_width, least), &height,
                           &natural, NULL, NULL);
        place = mirrored ? columns - 1 - column : column;
        if (allocate) {
            GskTransform *transform = gsk_transform_translate(
                NULL, &GRAPHENE_POINT_INIT((float)(place * (column_width + self->gap)),
                                           (float)heights[column]));

            gtk_widget_allocate(child, MAX(column_width, least), natural, -1, transform);
        }
        heights[column] += natural + self->gap;
        tallest = MAX(tallest, heights[column] - self->gap);
    }
    return tallest;
}

static GtkSizeRequestMode
torchlight_masonry_get_request_mode(GtkLayoutManager *manager, GtkWidget *widget)
{
    return GTK_SIZE_REQUEST_HEIGHT_FOR_WIDTH;
}

static void
torchlight_masonry_measure(GtkLayoutManager *manager, GtkWidget *widget, GtkOrientation orientation,
                           int for_size, int *minimum, int *natural, int *minimum_baseline,
                           int *natural_baseline)
{
    TorchlightMasonry *self = TORCHLIGHT_MASONRY(manager);
    int widest = 0;

    if (orientation == GTK_ORIENTATION_VERTICAL) {
        *minimum = *natural = lay_out(self, widget, MAX(for_size, self->min_width), false);
        return;
    }
    for (GtkWidget *child = gtk_widget_get_first_child(widget); child;
         child = gtk_widget_get_next_sibling(child)) {
        int least = 0;

        gtk_widget_measure(child, GTK_ORIENTATION_HORIZONTAL, -1, &least, NULL, NULL, NULL);
        widest = MAX(widest, least);
    }
    *minimum = widest;
    *natural = MAX(widest, self->min_width);
}

static void
torchlight_masonry_allocate(GtkLayoutManager *manager, GtkWidget *widget, int width, int height,
                            int baseline)
{
    lay_out(TORCHLIGHT_MASONRY(manager), widget, width, true);
}

static void
torchlight_masonry_class_init(TorchlightMasonryClass *class)
{
    GtkLayoutManagerClass *layout = GTK_LAYOUT_MANAGER_CLASS(class);

    layout->get_request_mode = torchlight_masonry_get_request_mode;
    layout->measure = torchlight_masonry_measure;
    layout->allocate = torchlight_masonry_allocate;
}

static void
torchlight_masonry_init(TorchlightMasonry *self)
{
}

GtkLayoutManager *
torchlight_masonry_new(int min_width, int gap)
{
    TorchlightMasonry *self = g_object_new(TORCHLIGHT_TYPE_MASONRY, NULL);

    self->min_width = min_width;
    self->gap = gap;
    return GTK_LAYOUT_MANAGER(self);
}
