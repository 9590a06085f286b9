/* SPDX-License-Identifier: Apache-2.0 */
/* Pixels and their smaller levels; a part of a trace in words. */
#include "ui/trace/trace_picture.h"

#include <glib/gi18n.h>
#include "app/trace/packet_text.h"

static cairo_surface_t *
surface_of(const Image *image)
{
    cairo_surface_t *surface =
        cairo_image_surface_create(CAIRO_FORMAT_RGB24, image->width, image->height);
    cairo_surface_flush(surface);
    uint8_t *data = cairo_image_surface_get_data(surface);
    int stride = cairo_image_surface_get_stride(surface);
    int green = image->n_channels == 3 ? 1 : 0, blue = image->n_channels == 3 ? 2 : 0;

    for (int y = 0; data && y < image->height; y++) {
        const uint8_t *from = image->pixels + (size_t)y * image->width * image->n_channels;
        uint32_t *to = (uint32_t *)(void *)(data + (size_t)y * stride);
        for (int x = 0; x < image->width; x++, from += image->n_channels)
            to[x] = (uint32_t)from[0] << 16 | (uint32_t)from[green] << 8 | from[blue];
    }
    cairo_surface_mark_dirty(surface);
    return surface;
}

/* The mean of four pixels, each channel apart. */
static inline uint32_t
mean_of(uint32_t a, uint32_t b, uint32_t c, uint32_t d)
{
    uint32_t odd = (a & 0xff00ff) + (b & 0xff00ff) + (c & 0xff00ff) + (d & 0xff00ff);
    uint32_t even = (a >> 8 & 0xff) + (b >> 8 & 0xff) + (c >> 8 & 0xff) + (d >> 8 & 0xff);

    return ((odd + 0x20002) >> 2 & 0xff00ff) | ((even + 2) >> 2 & 0xff) << 8;
}

static cairo_surface_t *
halve(cairo_surface_t *whole)
{
    int width = MAX(1, cairo_image_surface_get_width(whole) / 2);
    int height = MAX(1, cairo_image_surface_get_height(whole) / 2);
    int last = cairo_image_surface_get_height(whole) - 1;
    cairo_surface_t *half = cairo_image_surface_create(CAIRO_FORMAT_RGB24, width, height);
    cairo_surface_flush(half);
    const uint8_t *from = cairo_image_surface_get_data(whole);
    uint8_t *to = cairo_image_surface_get_data(half);
    int from_stride = cairo_image_surface_get_stride(whole);
    int to_stride = cairo_image_surface_get_stride(half);
    int step = cairo_image_surface_get_width(whole) > 1 ? 1 : 0;

    for (int y = 0; to && y < height; y++) {
        const uint32_t *a = (const void *)(from + (size_t)(2 * y) * from_stride);
        const uint32_t *b = (const void *)(from + (size_t)MIN(2 * y + 1, last) * from_stride);
        uint32_t *row = (void *)(to + (size_t)y * to_stride);
        for (int x = 0; x < width; x++)
            row[x] = mean_of(a[2 * x], a[2 * x + step], b[2 * x], b[2 * x + step]);
    }
    cairo_surface_mark_dirty(half);
    return half;
}

Pixels *
pixels_new(const Image *image)
{
    Pixels *pixels = g_atomic_rc_box_new0(Pixels);

    pixels->width = image->width;
    pixels->height = image->height;
    pixels->levels[pixels->n_levels++] = surface_of(image);
    while (pixels->n_levels < PIXELS_MAX_LEVELS && image->width >> pixels->n_levels >= 32 &&
           image->height >> pixels->n_levels >= 1) {
        cairo_surface_t *half = halve(pixels->levels[pixels->n_levels - 1]);
        pixels->levels[pixels->n_levels++] = half;
    }
    return pixels;
}

Pixels *
pixels_ref(Pixels *pixels)
{
    return g_atomic_rc_box_acquire(pixels);
}

static void
pixels_clear(gpointer data)
{
    Pixels *pixels = data;

    for (int i = 0; i < pixels->n_levels; i++)
        cairo_surface_destroy(pixels->levels[i]);
}

void
pixels_unref(Pixels *pixels)
{
    if (pixels)
        g_atomic_rc_box_release_full(pixels, pixels_clear);
}

cairo_surface_t *
pixels_level(const Pixels *pixels, double zoom, double *scale)
{
    int level = 0;

    *scale = 1;
    while (level + 1 < pixels->n_levels && zoom <= *scale * 0.5) {
        *scale *= 0.5;
        level++;
    }
    return pixels->levels[level];
}

TracePicture *
trace_picture_new(const Trace *trace, int first_row, Palette palette)
{
    TracePicture *picture = g_atomic_rc_box_new0(TracePicture);
    int first = CLAMP(first_row, 0, MAX(0, trace->n_rows - 1));
    int n = MIN(trace->n_rows - first, IMAGE_ROWS);

    picture->first_row = first;
    picture->palette = palette;
    picture->trace = trace_slice(trace, first, MAX(n, 0));
    g_autoptr(Image) image = trace_draw(picture->trace, 0, MAX(n, 1), palette);
    picture->pixels = pixels_new(image);
    picture->packets = packet_info_table(picture->trace);
    return picture;
}

TracePicture *
trace_picture_ref(TracePicture *picture)
{
    return g_atomic_rc_box_acquire(picture);
}

static void
trace_picture_clear(gpointer data)
{
    TracePicture *picture = data;

    packet_info_table_free(picture->packets);
    trace_free(picture->trace);
    pixels_unref(picture->pixels);
}

void
trace_picture_unref(TracePicture *picture)
{
    if (picture)
        g_atomic_rc_box_release_full(picture, trace_picture_clear);
}

static char *
describe(const TracePicture *picture, int row, int column, bool with_bit)
{
    const Trace *trace = picture->trace;
    int bit, number = picture->first_row + row + 1;

    if (row < 0 || column < 0 || column >= trace->layout->n_columns)
        return NULL;
    if (row >= trace->n_rows || trace_row_is_empty(trace, row))
        return g_strdup_printf(_("Row %d: padding, no packet"), number);
    const LayoutField *entry = layout_field_at(trace->layout, column, &bit);
    int trit = trace_row(trace, row)[column], width = field_table[entry->field].width;
    g_autofree char *label = field_full_label(entry->field);
    GString *text = g_string_new(NULL);

    g_string_append_printf(text, _("Packet %d · %s"), number, label);
    if (trit < 0) {
        g_string_append_printf(text, " · %s", _("absent"));
        return g_string_free(text, FALSE);
    }
    g_autofree char *value = field_value_text(trace, row, entry->field);
    if (value)
        g_string_append_printf(text, " = %s", value);
    if (width > 1 && with_bit)
        g_string_append_printf(text, _(" · bit %d of %d is %d"), bit, width, trit);
    return g_string_free(text, FALSE);
}

char *
trace_picture_describe(const TracePicture *picture, int row, int column)
{
    return describe(picture, row, column, true);
}

char *
trace_picture_describe_field(const TracePicture *picture, int row, int column)
{
    return describe(picture, row, column, false);
}

char *
trace_picture_describe_packet(const TracePicture *picture, int row)
{
    int number = picture->first_row + row + 1;

    if (row < 0)
        return NULL;
    if (row >= picture->trace->n_rows || !*packet_info_row(picture->packets, row)->protocol)
        return g_strdup_printf(_("Row %d: padding, no packet"), number);
    g_autofree char *time = packet_info_time_text(picture->packets, row);
    g_autofree char *info = packet_info_text(picture->packets, row);
    g_autofree char *when = *time ? g_strdup_printf(_(" · %s s"), time) : g_strdup("");
    return g_strdup_printf(_("Packet %d%s · %s · %s"), number, when,
                           packet_info_row(picture->packets, row)->protocol, info);
}

char *
trace_picture_describe_column(const TracePicture *picture, int column)
{
    const char *meaning = trace_picture_meaning(picture, column);
    int bit;

    if (!meaning)
        return NULL;
    g_autofree char *label =
        field_full_label(layout_field_at(picture->trace->layout, column, &bit)->field);
    return g_strdup_printf(_("%s: %s"), label, meaning);
}

const char *
trace_picture_meaning(const TracePicture *picture, int column)
{
    int bit;

    if (column < 0 || column >= picture->trace->layout->n_columns)
        return NULL;
    return field_table[layout_field_at(picture->trace->layout, column, &bit)->field].meaning;
}
