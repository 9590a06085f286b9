/* SPDX-License-Identifier: Apache-2.0 */
/* Draws a Plot on a cairo_t: title, axes with ticks, grid, series, legend. The same strokes for a
 * widget, a PNG and an SVG. */
#pragma once

#include <cairo.h>

#include "app/plot/plot.h"

typedef struct {
    double width, height;    /* of the whole figure, in units of the context */
    bool dark;               /* light strokes for a dark ground */
    bool high_contrast;      /* full foreground instead of greys */
    bool with_ground;        /* fills the ground first: for files */
    const char *font_family; /* NULL: Sans */
    double text_size;        /* of labels, in units of the context */
    double hover_x;          /* a position on the x axis to read out; NAN: none */
} PlotStyle;

/* Where the axes stand: from data to the context and back. */
typedef struct {
    double left, top, width, height; /* of the inner area */
    PlotRange range;
    bool x_logarithmic, y_logarithmic;
} PlotFrame;

/* The colour of a series on a light or a dark ground. */
void plot_series_colour(int colour, bool dark, double rgb[3]);
/* frame may be NULL. */
void plot_draw(cairo_t *cairo, const Plot *plot, const PlotStyle *style, PlotFrame *frame);
double plot_frame_x(const PlotFrame *frame, double value);
double plot_frame_y(const PlotFrame *frame, double value);
/* The value of the x axis under a position of the context. */
double plot_frame_x_value(const PlotFrame *frame, double position);
