/* SPDX-License-Identifier: Apache-2.0 */
/* Cells side by side on white, text by Pango. Cairo's surfaces end at 32767 pixels; ours well
 * before. */
#include "app/jobs/grid_picture.h"

#include <pango/pangocairo.h>
#include <string.h>

enum { MAX_SIDE = 8192, GAP = 12, MIN_FONT = 12, FONT_SHARE = 28, MAX_LABEL_SHARE = 2 };

struct GridPicture {
    char **columns, **rows, *caption;
    int n_columns, n_rows;
    int cell_width, cell_height; /* as drawn */
    int font;                    /* pixels */
    int left, top, bottom;       /* room for the labels */
    cairo_surface_t *surface;
};

static PangoLayout *
new_layout(const GridPicture *p, cairo_t *cr, const char *text, int width)
{
    PangoLayout *layout = pango_cairo_create_layout(cr);
    PangoFontDescription *font = pango_font_description_from_string("Sans");

    pango_font_description_set_absolute_size(font, p->font * PANGO_SCALE);
    pango_layout_set_font_description(layout, font);
    pango_font_description_free(font);
    pango_layout_set_text(layout, text, -1);
    pango_layout_set_width(layout, width * PANGO_SCALE);
    pango_layout_set_wrap(layout, PANGO_WRAP_WORD_CHAR);
    return layout;
}

/* The widest and highest of labels, none wider than width. */
static void
measure(const GridPicture *p, cairo_t *cr, char *const *labels, int width, int *widest,
        int *highest)
{
    *widest = *highest = 0;
    for (int i = 0; labels && labels[i]; i++) {
        PangoLayout *layout = new_layout(p, cr, labels[i], width);
        int w, h;

        pango_layout_get_pixel_size(layout, &w, &h);
        *widest = MAX(*widest, w);
        *highest = MAX(*highest, h);
        g_object_unref(layout);
    }
}

/* x, y: the middle of the label, or with left its upper left corner. */
static void
draw_label(const GridPicture *p, cairo_t *cr, const char *text, double x, double y, int width,
           bool left)
{
    PangoLayout *layout = new_layout(p, cr, text, width);
    int w, h;

    if (!left)
        pango_layout_set_alignment(layout, PANGO_ALIGN_CENTER);
    pango_layout_get_pixel_size(layout, &w, &h);
    cairo_move_to(cr, left ? x : x - width / 2.0, left ? y : y - h / 2.0);
    pango_cairo_show_layout(cr, layout);
    g_object_unref(layout);
}

static double
cell_x(const GridPicture *p, int column)
{
    return p->left + (double)column * (p->cell_width + GAP);
}

static double
cell_y(const GridPicture *p, int row)
{
    return p->top + (double)row * (p->cell_height + GAP);
}

static int
total_width(const GridPicture *p)
{
    return p->left + p->n_columns * (p->cell_width + GAP);
}

static int
cells_bottom(const GridPicture *p)
{
    return p->top + p->n_rows * (p->cell_height + GAP);
}

static void
draw_labels(GridPicture *p)
{
    cairo_t *cr = cairo_create(p->surface);

    cairo_set_source_rgb(cr, 1, 1, 1);
    cairo_paint(cr);
    cairo_set_source_rgb(cr, 0, 0, 0);
    for (int i = 0; p->columns && i < p->n_columns; i++)
        draw_label(p, cr, p->columns[i], cell_x(p, i) + p->cell_width / 2.0, p->top / 2.0,
                   p->cell_width, false);
    for (int i = 0; p->rows && i < p->n_rows; i++)
        draw_label(p, cr, p->rows[i], p->left / 2.0, cell_y(p, i) + p->cell_height / 2.0,
                   MAX(p->left - 2 * GAP, 1), false);
    draw_label(p, cr, p->caption, GAP, cells_bottom(p), total_width(p) - 2 * GAP, true);
    cairo_set_source_rgb(cr, 0.9, 0.9, 0.9);
    for (int y = 0; y < p->n_rows; y++) {
        for (int x = 0; x < p->n_columns; x++)
            cairo_rectangle(cr, cell_x(p, x), cell_y(p, y), p->cell_width, p->cell_height);
    }
    cairo_fill(cr);
    cairo_destroy(cr);
}

/* Room for what has to be written, measured on a surface of one pixel. */
static void
make_room(GridPicture *p)
{
    cairo_surface_t *surface = cairo_image_surface_create(CAIRO_FORMAT_RGB24, 1, 1);
    cairo_t *cr = cairo_create(surface);
    char *const caption[] = {p->caption, NULL};
    int widest, highest;

    measure(p, cr, p->columns, p->cell_width, &widest, &highest);
    p->top = p->columns ? highest + 2 * GAP : GAP;
    measure(p, cr, p->rows, p->cell_width / MAX_LABEL_SHARE, &widest, &highest);
    p->left = p->rows ? widest + 2 * GAP : GAP;
    measure(p, cr, caption, total_width(p) - 2 * GAP, &widest, &highest);
    p->bottom = highest + GAP;
    cairo_destroy(cr);
    cairo_surface_destroy(surface);
}

GridPicture *
grid_picture_new(char *const *columns, char *const *rows, const char *caption, int width,
                 int height)
{
    GridPicture *p = g_new0(GridPicture, 1);
    int shrink;

    p->columns = g_strdupv((char **)columns);
    p->rows = g_strdupv((char **)rows);
    p->caption = g_strdup(caption);
    p->n_columns = columns ? (int)g_strv_length(p->columns) : 1;
    p->n_rows = rows ? (int)g_strv_length(p->rows) : 1;
    shrink = 1 + MAX(p->n_columns * width, p->n_rows * height) / (MAX_SIDE * 3 / 4);
    p->cell_width = MAX(width / shrink, 1);
    p->cell_height = MAX(height / shrink, 1);
    p->font = MAX(p->cell_width / FONT_SHARE, MIN_FONT);
    make_room(p);
    p->surface = cairo_image_surface_create(CAIRO_FORMAT_RGB24, MIN(total_width(p), MAX_SIDE),
                                            MIN(cells_bottom(p) + p->bottom, MAX_SIDE));
    draw_labels(p);
    return p;
}

void
grid_picture_free(GridPicture *p)
{
    if (!p)
        return;
    g_strfreev(p->columns);
    g_strfreev(p->rows);
    g_free(p->caption);
    cairo_surface_destroy(p->surface);
    g_free(p);
}

static cairo_surface_t *
surface_of(const Image *image)
{
    cairo_surface_t *surface =
        cairo_image_surface_create(CAIRO_FORMAT_RGB24, image->width, image->height);
    unsigned char *data = cairo_image_surface_get_data(surface);
    int stride = cairo_image_surface_get_stride(surface);

    for (int y = 0; data && y < image->height; y++) {
        uint32_t *row = (uint32_t *)(void *)(data + (size_t)y * stride);

        for (int x = 0; x < image->width; x++) {
            const uint8_t *p = image->pixels + 3 * ((size_t)y * image->width + x);

            row[x] = (uint32_t)p[0] << 16 | (uint32_t)p[1] << 8 | p[2];
        }
    }
    cairo_surface_mark_dirty(surface);
    return surface;
}

void
grid_picture_put(GridPicture *p, int column, int row, const Image *cell)
{
    cairo_t *cr = cairo_create(p->surface);
    cairo_surface_t *surface = surface_of(cell);

    cairo_translate(cr, cell_x(p, column), cell_y(p, row));
    cairo_rectangle(cr, 0, 0, p->cell_width, p->cell_height);
    cairo_clip(cr);
    cairo_scale(cr, (double)p->cell_width / cell->width, (double)p->cell_height / cell->height);
    cairo_set_source_surface(cr, surface, 0, 0);
    cairo_pattern_set_filter(cairo_get_source(cr), p->cell_width == cell->width
                                                       ? CAIRO_FILTER_NEAREST
                                                       : CAIRO_FILTER_GOOD);
    cairo_paint(cr);
    cairo_surface_destroy(surface);
    cairo_destroy(cr);
}

Image *
grid_picture_render(const GridPicture *p)
{
    int width = cairo_image_surface_get_width(p->surface);
    int height = cairo_image_surface_get_height(p->surface);
    int stride = cairo_image_surface_get_stride(p->surface);
    Image *image = image_new(width, height, 3);
    const unsigned char *data;

    cairo_surface_flush(p->surface);
    data = cairo_image_surface_get_data(p->surface);
    for (int y = 0; data && y < height; y++) {
        const uint32_t *row = (const uint32_t *)(const void *)(data + (size_t)y * stride);

        for (int x = 0; x < width; x++) {
            uint8_t *to = image->pixels + 3 * ((size_t)y * width + x);

            to[0] = (uint8_t)(row[x] >> 16);
            to[1] = (uint8_t)(row[x] >> 8);
            to[2] = (uint8_t)row[x];
        }
    }
    return image;
}
