/* SPDX-License-Identifier: Apache-2.0 */
/* Canny's edges of a picture in two parts. */
#include "app/jobs/edge_field.h"

#include "app/jobs/picture.h"
#include "compute/canny.h"

struct EdgeField {
    gatomicrefcount n_refs;
    int width, height;
    bool l2;
    CannyField *canny;
};

EdgeField *
edge_field_new(const Image *image, bool l2, GError **error)
{
    g_autoptr(Image) grey = image_to_grey(image);
    CannyField *canny = canny_field_new(grey->pixels, grey->width, grey->height, 1, l2, error);
    EdgeField *field;

    if (!canny)
        return NULL;
    field = g_new0(EdgeField, 1);
    *field = (EdgeField){.width = grey->width, .height = grey->height, .l2 = l2, .canny = canny};
    g_atomic_ref_count_init(&field->n_refs);
    return field;
}

EdgeField *
edge_field_ref(EdgeField *field)
{
    g_atomic_ref_count_inc(&field->n_refs);
    return field;
}

void
edge_field_unref(EdgeField *field)
{
    if (!field || !g_atomic_ref_count_dec(&field->n_refs))
        return;
    canny_field_free(field->canny);
    g_free(field);
}

int
edge_field_width(const EdgeField *field)
{
    return field->width;
}

int
edge_field_height(const EdgeField *field)
{
    return field->height;
}

bool
edge_field_is_l2(const EdgeField *field)
{
    return field->l2;
}

Image *
edge_field_threshold(const EdgeField *field, double low, double high, GError **error)
{
    g_autoptr(Image) edges = image_new(field->width, field->height, 1);

    if (!canny_field_threshold(field->canny, low, high, edges->pixels, error))
        return NULL;
    return g_steal_pointer(&edges);
}
