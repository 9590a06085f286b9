/* SPDX-License-Identifier: Apache-2.0 */
/* Draws a Figure of an evaluation on a cairo_t: the same strokes for a widget, a PNG and an SVG.
 * Groups, rows and classes go down the left side, values to the right, so that any number of them
 * and names of any length can be read; curves are drawn by plot_draw. */
#pragma once

#include "app/evaluate/figure.h"
#include "app/plot/plot_draw.h"

/* Where a value is drawn, to be pointed at. */
typedef struct {
    double x, y, width, height;
    guint series, index;
} FigureSpot;

/* style: its hover_x is not used; with_ground also draws the title and the explanation. spots:
 * FigureSpot elements, filled anew; may be NULL. */
void figure_draw(cairo_t *cairo, const Figure *figure, const PlotStyle *style, GArray *spots);
/* The height it needs at this width for all of its rows. */
double figure_height(const Figure *figure, double width, double text_size, bool with_ground);
/* The spot under a position, -1: none. */
int figure_spot_at(const GArray *spots, double x, double y);

/* Blue to yellow, the same to all kinds of colour vision, and as bright as the share (0..1) is
 * large: viridisLite's cividis (Nuñez, Anderton, Renslow 2018). */
void figure_scale_colour(double share, double rgb[3]);
