/* SPDX-License-Identifier: Apache-2.0 */
/* What the parts of figure_draw share: private to ui/plot. */
#pragma once

#include <pango/pangocairo.h>

#include "app/plot/figure_draw.h"

typedef struct {
    cairo_t *cairo;
    const Figure *figure;
    const PlotStyle *style;
    PangoFontDescription *font;
    GArray *spots;                   /* NULL: none are wanted */
    double left, top, width, height; /* of the area of values */
    double low, high;                /* of the values */
    bool logarithmic;
    double row; /* height of a group */
} Painting;

/* Heights in units of the text's size. */
#define HIGH_BAR 1.15
#define HIGH_VIOLIN 1.9
#define HIGH_CELL 1.45
#define HIGH_GAP 0.7

void painting_ink(const Painting *p, double strength); /* of text and lines, 0..1 */
void painting_series_ink(const Painting *p, int colour, double alpha);
/* ax, ay: which part of the text stands at (x, y): 0 left or top, 1 right or bottom. Text wider
 * than room (0: any) is cut with an ellipsis. */
void painting_text(const Painting *p, const char *text, double x, double y, double ax, double ay,
                   double room);
double painting_text_width(const Painting *p, const char *text);
/* Where a value stands; outside of the axis at its end. */
double painting_x(const Painting *p, double value);
/* Notes a spot. */
void painting_spot(const Painting *p, double x, double y, double width, double height, guint series,
                   guint index);

/* The names of series without repetition, borrowed; which of them series i is. */
GPtrArray *figure_legend(const Figure *figure);
int figure_legend_index(const GPtrArray *legend, const char *name);

void figure_paint_bars(const Painting *p);
void figure_paint_violins(const Painting *p);
/* Moves the top below the names of its columns. */
void figure_paint_heat_map(Painting *p);
