/* SPDX-License-Identifier: Apache-2.0 */
/* Writing figures. */
#include "app/plot/plot_export.h"

#include <cairo-svg.h>
#include <glib/gi18n-lib.h>
#include <string.h>

#include "app/trace/atomic.h"

enum { PNG_SCALE = 2 };

static void
append_quoted(GString *text, const char *name)
{
    g_string_append_c(text, '"');
    for (; name && *name; name++) {
        if (*name == '"')
            g_string_append_c(text, '"');
        g_string_append_c(text, *name);
    }
    g_string_append_c(text, '"');
}

char *
plot_to_csv(const Plot *plot)
{
    GString *text = g_string_new("series,x,y\n");

    for (guint i = 0; i < plot->series->len; i++) {
        const PlotSeries *series = plot->series->pdata[i];

        for (guint j = 0; j < series->points->len; j++) {
            const PlotPoint *point = &g_array_index(series->points, PlotPoint, j);
            char x[G_ASCII_DTOSTR_BUF_SIZE], y[G_ASCII_DTOSTR_BUF_SIZE];

            append_quoted(text, series->name);
            g_string_append_printf(text, ",%s,%s\n", g_ascii_formatd(x, sizeof x, "%.9g", point->x),
                                   g_ascii_formatd(y, sizeof y, "%.9g", point->y));
        }
    }
    return g_string_free(text, FALSE);
}

static cairo_status_t
append_bytes(void *closure, const unsigned char *data, unsigned int length)
{
    g_byte_array_append(closure, data, length);
    return CAIRO_STATUS_SUCCESS;
}

static cairo_status_t
render(const Plot *plot, const PlotStyle *style, bool svg, GByteArray *bytes)
{
    cairo_surface_t *surface =
        svg ? cairo_svg_surface_create_for_stream(append_bytes, bytes, style->width, style->height)
            : cairo_image_surface_create(CAIRO_FORMAT_RGB24, (int)style->width * PNG_SCALE,
                                         (int)style->height * PNG_SCALE);
    cairo_t *cairo = cairo_create(surface);
    cairo_status_t status;

    if (!svg)
        cairo_scale(cairo, PNG_SCALE, PNG_SCALE);
    plot_draw(cairo, plot, style, NULL);
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

bool
plot_export(const Plot *plot, const PlotStyle *style, const char *path, GError **error)
{
    g_autofree char *lower = g_ascii_strdown(path, -1);
    g_autoptr(GByteArray) bytes = g_byte_array_new();
    cairo_status_t status = CAIRO_STATUS_SUCCESS;

    if (g_str_has_suffix(lower, ".csv")) {
        g_autofree char *text = plot_to_csv(plot);

        return atomic_file_write(path, text, strlen(text), error);
    }
    if (!g_str_has_suffix(lower, ".png") && !g_str_has_suffix(lower, ".svg")) {
        g_set_error(error, G_IO_ERROR, G_IO_ERROR_INVALID_FILENAME,
                    _("“%s” names no kind of figure: let it end in .png, .svg or .csv."), path);
        return false;
    }
    status = render(plot, style, g_str_has_suffix(lower, ".svg"), bytes);
    if (status != CAIRO_STATUS_SUCCESS) {
        g_set_error(error, G_IO_ERROR, G_IO_ERROR_FAILED, _("The figure was not drawn: %s."),
                    cairo_status_to_string(status));
        return false;
    }
    return atomic_file_write(path, bytes->data, bytes->len, error);
}
