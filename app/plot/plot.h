/* SPDX-License-Identifier: Apache-2.0 */
/* Plot: what a figure shows, as plain values: axes and series. plot_draw.h draws it on any cairo_t,
 * plot_export.h writes it to a file, plot_widget.h shows it in a window.
 *
 * A new way of drawing is a new PlotKind: its extent in plot.c (plot_range), its strokes in
 * plot_draw.c, its columns in plot_export.c. */
#pragma once

#include <glib.h>
#include <stdbool.h>

typedef enum {
    PLOT_LINE, /* points joined in order; a y that is NAN is a gap */
} PlotKind;

typedef struct {
    double x, y;
} PlotPoint;

typedef struct {
    char *name; /* for the legend, the readout and CSV; translated */
    PlotKind kind;
    int colour;     /* index into the palette of plot_draw.c, taken modulo its length */
    bool faint;     /* drawn pale and behind the others: raw values under their smoothed line */
    GArray *points; /* PlotPoint, x ascending */
} PlotSeries;

typedef struct {
    char *label;      /* with its unit; NULL: none */
    double low, high; /* NAN: from the series */
    bool logarithmic; /* values up to 0 are left out */
} PlotAxis;

typedef struct {
    char *title; /* NULL: none */
    PlotAxis x, y;
    GPtrArray *series; /* PlotSeries, owned, in the order of the legend */
} Plot;

Plot *plot_new(void);
void plot_free(Plot *plot);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(Plot, plot_free)

void plot_set_title(Plot *plot, const char *title);
void plot_axis_set(PlotAxis *axis, const char *label, double low, double high);
/* Adds an empty series; borrowed. */
PlotSeries *plot_add_series(Plot *plot, PlotKind kind, const char *name, int colour);
void plot_series_append(PlotSeries *series, double x, double y);
void plot_clear_series(Plot *plot);
/* Whether there is nothing to draw. */
bool plot_is_empty(const Plot *plot);

typedef struct {
    double x_low, x_high, y_low, y_high;
} PlotRange;

/* What the axes show: as set, else a little more than the series need; never empty. */
PlotRange plot_range(const Plot *plot);
/* Round numbers (1, 2 or 5 times a power of ten; powers of ten when logarithmic) within low..high,
 * at most n_max of them, as doubles. The caller unrefs. */
GArray *plot_ticks(double low, double high, int n_max, bool logarithmic);
/* A number at a tick, as short as the step allows; the caller frees. */
char *plot_tick_text(double value, double step);
/* The index of the point of a series nearest to x; -1 when it has none. */
int plot_series_find(const PlotSeries *series, double x);
/* What a person who cannot see it would want to know, one sentence a series; the caller frees. */
char *plot_describe(const Plot *plot);
