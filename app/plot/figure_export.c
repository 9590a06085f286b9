/* SPDX-License-Identifier: Apache-2.0 */
/* Writing figures of an evaluation. */
#include "app/plot/figure_export.h"

#include <cairo-svg.h>
#include <glib/gi18n-lib.h>
#include <math.h>
#include <string.h>

#include "app/trace/atomic.h"
#include "app/plot/figure_draw.h"

static const double WIDTH = 840, TEXT_SIZE = 14, PNG_SCALE = 2;

static cairo_status_t
append_bytes(void *closure, const unsigned char *data, unsigned int length)
{
    g_byte_array_append(closure, data, length);
    return CAIRO_STATUS_SUCCESS;
}

static PlotStyle
style_of(const Figure *figure, double width, bool with_ground)
{
    return (PlotStyle){.width = width,
                       .height = figure_height(figure, width, TEXT_SIZE, with_ground),
                       .with_ground = with_ground,
                       .text_size = TEXT_SIZE,
                       .hover_x = NAN};
}

static cairo_status_t
render(const Figure *figure, PlotStyle style, bool svg, GByteArray *bytes)
{
    cairo_surface_t *surface =
        svg ? cairo_svg_surface_create_for_stream(append_bytes, bytes, style.width, style.height)
            : cairo_image_surface_create(CAIRO_FORMAT_RGB24, (int)(style.width * PNG_SCALE),
                                         (int)(style.height * PNG_SCALE));
    cairo_t *cairo = cairo_create(surface);
    cairo_status_t status;

    if (!svg)
        cairo_scale(cairo, PNG_SCALE, PNG_SCALE);
    figure_draw(cairo, figure, &style, NULL);
    status = cairo_status(cairo);
    cairo_destroy(cairo);
    if (status == CAIRO_STATUS_SUCCESS && !svg)
        status = cairo_surface_write_to_png_stream(surface, append_bytes, bytes);
    cairo_surface_finish(surface);
    if (status == CAIRO_STATUS_SUCCESS)
        status = cairo_surface_status(surface);
    cairo_surface_destroy(surface);
    return status;
}

static bool
check_drawn(cairo_status_t status, GError **error)
{
    if (status == CAIRO_STATUS_SUCCESS)
        return true;
    g_set_error(error, G_IO_ERROR, G_IO_ERROR_FAILED, _("The figure was not drawn: %s."),
                cairo_status_to_string(status));
    return false;
}

double
figure_svg_height(const Figure *figure, double width)
{
    return style_of(figure, width, false).height;
}

char *
figure_to_svg(const Figure *figure, double width, GError **error)
{
    g_autoptr(GByteArray) bytes = g_byte_array_new();
    const char *svg;

    if (!check_drawn(render(figure, style_of(figure, width, false), true, bytes), error))
        return NULL;
    g_byte_array_append(bytes, (const guint8 *)"", 1);
    svg = strstr((const char *)bytes->data, "<svg");
    return g_strdup(svg ? svg : (const char *)bytes->data);
}

bool
figure_export(const Figure *figure, const char *path, GError **error)
{
    g_autofree char *lower = g_ascii_strdown(path, -1);
    g_autoptr(GByteArray) bytes = g_byte_array_new();
    cairo_status_t status;

    if (g_str_has_suffix(lower, ".csv")) {
        g_autofree char *csv = figure_to_csv(figure);

        return atomic_file_write(path, csv, strlen(csv), error);
    }
    if (!g_str_has_suffix(lower, ".png") && !g_str_has_suffix(lower, ".svg")) {
        g_set_error(error, G_IO_ERROR, G_IO_ERROR_INVALID_FILENAME,
                    _("“%s” names no kind of figure: let it end in .png, .svg or .csv."), path);
        return false;
    }
    status = render(figure, style_of(figure, WIDTH, true), g_str_has_suffix(lower, ".svg"), bytes);
    if (!check_drawn(status, error))
        return false;
    return atomic_file_write(path, bytes->data, bytes->len, error);
}
