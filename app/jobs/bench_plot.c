/* SPDX-License-Identifier: Apache-2.0 */
#include "app/jobs/bench_plot.h"

#include <cairo-svg.h>
#include <glib/gi18n-lib.h>
#include <math.h>

enum { WIDTH = 640, HEIGHT = 420, LEFT = 70, RIGHT = 20, TOP = 40, BOTTOM = 60, FONT = 13 };

typedef struct {
    cairo_t *cr;
    const BenchResult *result;
    double x0, x1, y0, y1; /* decades of the logarithmic axes */
} Plot;

static double
value(const BenchLine *line, bool peer)
{
    return peer ? line->has_peer ? line->peer.ms : (double)NAN : line->ms;
}

static double
pixels(const BenchLine *line)
{
    return (double)line->latent_width * line->latent_height;
}

static double
place_x(const Plot *plot, double x)
{
    return LEFT + (log10(x) - plot->x0) / (plot->x1 - plot->x0) * (WIDTH - LEFT - RIGHT);
}

static double
place_y(const Plot *plot, double y)
{
    return HEIGHT - BOTTOM -
           (log10(y) - plot->y0) / (plot->y1 - plot->y0) * (HEIGHT - TOP - BOTTOM);
}

/* align: 0 left, 0.5 middle, 1 right of x. */
static void
draw_text(cairo_t *cr, const char *text, double x, double y, double align)
{
    cairo_text_extents_t extents;

    cairo_text_extents(cr, text, &extents);
    cairo_move_to(cr, x - align * extents.x_advance, y);
    cairo_show_text(cr, text);
}

static void
draw_axes(const Plot *plot)
{
    cairo_t *cr = plot->cr;

    cairo_set_line_width(cr, 1);
    for (double decade = plot->y0; decade <= plot->y1; decade++) {
        double y = place_y(plot, pow(10, decade));
        g_autofree char *label = g_strdup_printf("%g", pow(10, decade));

        cairo_set_source_rgb(cr, 0.85, 0.85, 0.85);
        cairo_move_to(cr, LEFT, y);
        cairo_line_to(cr, WIDTH - RIGHT, y);
        cairo_stroke(cr);
        cairo_set_source_rgb(cr, 0.2, 0.2, 0.2);
        draw_text(cr, label, LEFT - 8, y + FONT / 3.0, 1);
    }
    for (guint i = 0; i < plot->result->lines->len; i++) {
        const BenchLine *line = plot->result->lines->pdata[i];
        g_autofree char *label = g_strdup_printf("%d×%d", line->latent_width, line->latent_height);

        draw_text(cr, label, place_x(plot, pixels(line)), HEIGHT - BOTTOM + 20, 0.5);
    }
    draw_text(cr, _("size of the latent"), (LEFT + WIDTH - RIGHT) / 2.0, HEIGHT - 14, 0.5);
    draw_text(cr, _("milliseconds of a UNet forward pass"), LEFT, TOP - 20, 0);
}

static void
draw_curve(const Plot *plot, bool peer, const char *name, double red, double green, double blue)
{
    cairo_t *cr = plot->cr;
    double x = NAN, y = NAN;

    cairo_set_source_rgb(cr, red, green, blue);
    cairo_set_line_width(cr, 2);
    cairo_new_path(cr); /* text leaves a point behind */
    for (guint i = 0; i < plot->result->lines->len; i++) {
        const BenchLine *line = plot->result->lines->pdata[i];

        if (!(value(line, peer) > 0))
            continue;
        x = place_x(plot, pixels(line));
        y = place_y(plot, value(line, peer));
        cairo_line_to(cr, x, y);
    }
    cairo_stroke(cr);
    for (guint i = 0; i < plot->result->lines->len; i++) {
        const BenchLine *line = plot->result->lines->pdata[i];

        if (!(value(line, peer) > 0))
            continue;
        cairo_arc(cr, place_x(plot, pixels(line)), place_y(plot, value(line, peer)), 3.5, 0,
                  2 * G_PI);
        cairo_fill(cr);
    }
    if (isfinite(x))
        draw_text(cr, name, x - 8, y - 8, 1);
}

/* Whole decades around the times; false when there are none. */
static bool
find_range(Plot *plot)
{
    plot->x0 = plot->y0 = INFINITY;
    plot->x1 = plot->y1 = -INFINITY;
    for (guint i = 0; i < plot->result->lines->len; i++) {
        const BenchLine *line = plot->result->lines->pdata[i];

        plot->x0 = MIN(plot->x0, log10(pixels(line)));
        plot->x1 = MAX(plot->x1, log10(pixels(line)));
        for (int peer = 0; peer < 2; peer++) {
            if (value(line, peer) > 0) {
                plot->y0 = MIN(plot->y0, floor(log10(value(line, peer))));
                plot->y1 = MAX(plot->y1, ceil(log10(value(line, peer))));
            }
        }
    }
    plot->x0 -= 0.08;
    plot->x1 += 0.08;
    if (plot->y1 <= plot->y0)
        plot->y1 = plot->y0 + 1;
    return isfinite(plot->y0);
}

static void
draw(Plot *plot)
{
    cairo_t *cr = plot->cr;
    bool has_peer = false;

    for (guint i = 0; i < plot->result->lines->len; i++)
        has_peer = has_peer || ((BenchLine *)plot->result->lines->pdata[i])->has_peer;
    cairo_set_source_rgb(cr, 1, 1, 1);
    cairo_paint(cr);
    cairo_select_font_face(cr, "sans-serif", CAIRO_FONT_SLANT_NORMAL, CAIRO_FONT_WEIGHT_NORMAL);
    cairo_set_font_size(cr, FONT);
    draw_axes(plot);
    if (has_peer)
        draw_curve(plot, true, _("peer"), 0.75, 0.35, 0.1);
    draw_curve(plot, false, "Torchlight", 0.1, 0.35, 0.7);
}

static cairo_status_t
append(void *text, const unsigned char *data, unsigned int length)
{
    g_string_append_len(text, (const char *)data, (gssize)length);
    return CAIRO_STATUS_SUCCESS;
}

bool
bench_plot_write(const BenchResult *result, const char *path, GError **error)
{
    g_autoptr(GString) text = g_string_new(NULL);
    Plot plot = {.result = result};
    cairo_surface_t *surface;

    if (!find_range(&plot)) {
        g_set_error(error, G_IO_ERROR, G_IO_ERROR_FAILED,
                    _("%s was not drawn: nothing was measured."), path);
        return false;
    }
    surface = cairo_svg_surface_create_for_stream(append, text, WIDTH, HEIGHT);
    plot.cr = cairo_create(surface);
    draw(&plot);
    cairo_destroy(plot.cr);
    cairo_surface_destroy(surface);
    return g_file_set_contents(path, text->str, (gssize)text->len, error);
}
