/* SPDX-License-Identifier: Apache-2.0 */
/* Figures: what an evaluation found, as named plots that know no widget. A file of figures is JSON:
 *
 *   {"format": "torchlight-figures", "version": 1, "title": TEXT, "parameters": {...},
 *    "figures": [{"id": TEXT, "kind": "bars" | "curve" | "heat-map" | "violin",
 *                 "title": TEXT, "explanation": TEXT, "source": TEXT,
 *                 "x": AXIS, "y": AXIS, "series": [SERIES, ...],
 *                 "numbers": [{"name": TEXT, "value": N, "low": N, "high": N}, ...]}, ...]}
 *   AXIS    {"label": TEXT, "unit": TEXT, "names": [TEXT, ...], "logarithmic": BOOL,
 *            "min": N, "max": N}
 *   SERIES  {"name": TEXT, "class": TEXT, "x": [N, ...], "y": [N, ...], "low": [N, ...],
 *            "high": [N, ...]}
 *
 * All but id, kind, title and series may be left out; null stands for a number that is not known.
 * What each kind holds:
 *   bars      x.names are the groups; each series has a y per group, low and high are its interval
 *   curve     x and y of each series go together; low and high are a band
 *   heat-map  x.names are the columns, y.names the rows; series i is row i, with a y per column
 *   violin    x.names are the groups; a series has in y the values of one group ("class") in rising
 *             order, or evenly spaced quantiles of them */
#pragma once

#include <json-glib/json-glib.h>
#include <math.h>
#include <stdbool.h>

typedef enum {
    FIGURE_BARS,
    FIGURE_CURVE,
    FIGURE_HEAT_MAP,
    FIGURE_VIOLIN,
    N_FIGURE_KINDS
} FigureKind;

typedef struct {
    char *label, *unit; /* owned; "" when there is none */
    GPtrArray *names;   /* char*, owned; empty on an axis of numbers */
    bool logarithmic;
    double min, max; /* NAN: as the data have it */
} FigureAxis;

typedef struct {
    char *name;                 /* owned: "real", for the legend */
    char *class;                /* owned: of which the values are; "" when of all */
    GArray *x, *y, *low, *high; /* double, NAN for not known; empty when there are none */
} FigureSeries;

typedef struct {
    char *name;              /* owned */
    double value, low, high; /* low and high NAN without an interval */
} FigureNumber;

typedef struct {
    char *id; /* owned: "packet-sizes", for file names: letters, digits, - and _ */
    FigureKind kind;
    char *title, *explanation, *source; /* owned; explanation is one sentence */
    FigureAxis x, y;
    GPtrArray *series;  /* FigureSeries, owned */
    GPtrArray *numbers; /* FigureNumber, owned */
} Figure;

typedef struct {
    char *title;            /* owned */
    JsonObject *parameters; /* owned: what was compared, and how; never NULL */
    GPtrArray *figures;     /* Figure, owned */
} Figures;

/* id and texts are copied. Figures are shared by reference and not changed after they were shown.
 */
Figure *figure_new(const char *id, FigureKind kind, const char *title);
Figure *figure_ref(Figure *figure);
void figure_free(Figure *figure); /* lets go of a reference */
G_DEFINE_AUTOPTR_CLEANUP_FUNC(Figure, figure_free)
void figure_explain(Figure *figure, const char *explanation, const char *source);
void figure_axis_label(FigureAxis *axis, const char *label, const char *unit);
void figure_axis_add_name(FigureAxis *axis, const char *name);
/* Borrowed: it is the figure's. */
FigureSeries *figure_add_series(Figure *figure, const char *name, const char *class);
/* A point of a series; x is left out where NAN, the interval where low is NAN. */
void figure_series_add(FigureSeries *series, double x, double y, double low, double high);
void figure_add_number(Figure *figure, const char *name, double value, double low, double high);

Figures *figures_new(const char *title);
void figures_free(Figures *figures);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(Figures, figures_free)

const char *figure_kind_name(FigureKind kind);

/* Element i of a series' numbers; NAN past the end. */
static inline double
figure_at(const GArray *numbers, guint i)
{
    return i < numbers->len ? g_array_index(numbers, double, i) : (double)NAN;
}

static inline FigureSeries *
figure_series(const Figure *figure, guint i)
{
    return figure->series->pdata[i];
}

/* The file's text; the caller frees. */
char *figures_to_json(const Figures *figures);
/* Text from anywhere; path is for the message. NULL and error where it is no such file, with the
 * figure that is wrong. Ids become safe for file names. */
Figures *figures_from_json(const char *text, gsize size, const char *path, GError **error);
bool figures_write(const Figures *figures, const char *path, GError **error);
Figures *figures_read(const char *path, GError **error);

/* RFC 4180, a line a number: series,class,x,y,low,high. The caller frees. */
char *figure_to_csv(const Figure *figure);
/* What the plot shows, for who cannot see it: its kind, then the main numbers. The caller frees. */
char *figure_describe(const Figure *figure);
/* One value of it: "web, Real: 0.25 (0.1 to 0.5)"; the caller frees. */
char *figure_readout(const Figure *figure, guint series, guint index);
/* "0.031", "1 240": short enough for a label; "–" for NAN. The caller frees. */
char *figure_number_text(double value);
