/* SPDX-License-Identifier: Apache-2.0 */
/* Where things are in the trace view: zoom, scrolling, and the room of ruler and side. */
#include "ui/trace/trace_view_private.h"

#include <math.h>

enum { SIDE_NARROW = 60, SIDE_WIDE = 148, WIDE_FROM = 560 };

const Layout *
trace_view_layout(TorchlightTraceView *view)
{
    return view->picture ? view->picture->trace->layout : layout_default();
}

/* A preview of another width than the layout's is stretched to it. */
void
trace_view_picture_size(TorchlightTraceView *view, int *width, int *height)
{
    const Pixels *pixels = view->preview   ? view->preview
                           : view->pixels  ? view->pixels
                           : view->picture ? view->picture->pixels
                                           : NULL;

    *width = pixels ? trace_view_layout(view)->n_columns : 0;
    *height = pixels ? (int)lround((double)pixels->height * *width / pixels->width) : 0;
}

static RulerLevel
level_of(double zoom)
{
    return zoom >= 10 ? RULER_BITS : zoom >= 0.4 ? RULER_FIELDS : RULER_HEADERS;
}

static int
ruler_height(double zoom)
{
    static const int heights[] = {[RULER_HEADERS] = HEADER_BAND + 2,
                                  [RULER_FIELDS] = HEADER_BAND + FIELD_BAND + TICK_BAND,
                                  [RULER_BITS] = HEADER_BAND + FIELD_BAND + BIT_BAND};

    return heights[level_of(zoom)];
}

RulerLevel
trace_view_ruler_level(TorchlightTraceView *view)
{
    return level_of(view->zoom);
}

int
trace_view_ruler_height(TorchlightTraceView *view)
{
    return ruler_height(view->zoom);
}

bool
trace_view_has_times(TorchlightTraceView *view)
{
    return view->zoom >= 12 && view->picture && !view->preview &&
           view->picture->trace->sides & TRACE_HAS_TIMES &&
           gtk_widget_get_width(GTK_WIDGET(view)) >= WIDE_FROM;
}

int
trace_view_side_width(TorchlightTraceView *view)
{
    return trace_view_has_times(view) ? SIDE_WIDE : SIDE_NARROW;
}

void
trace_view_area(TorchlightTraceView *view, double *width, double *height)
{
    GtkWidget *widget = GTK_WIDGET(view);

    *width = fmax(1, gtk_widget_get_width(widget) - trace_view_side_width(view));
    *height = fmax(1, gtk_widget_get_height(widget) - trace_view_ruler_height(view));
}

double
trace_view_adjustment_value(GtkAdjustment *adjustment)
{
    return adjustment ? gtk_adjustment_get_value(adjustment) : 0;
}

void
trace_view_origin(TorchlightTraceView *view, double *x, double *y)
{
    int w, h;
    double aw, ah;

    trace_view_picture_size(view, &w, &h);
    trace_view_area(view, &aw, &ah);
    double slack = aw - w * view->zoom;
    *x = trace_view_side_width(view) +
         (slack > 0 ? floor(slack / 2) : -floor(trace_view_adjustment_value(view->hadjustment)));
    *y = trace_view_ruler_height(view) - floor(trace_view_adjustment_value(view->vadjustment));
}

/* The ruler is higher at a higher zoom: the first level that its own zoom asks for. */
double
trace_view_fit_zoom(TorchlightTraceView *view)
{
    static const double levels[] = {ZOOM_MAX, 1.0, ZOOM_MIN};
    GtkWidget *widget = GTK_WIDGET(view);
    double width = fmax(1, gtk_widget_get_width(widget) - SIDE_NARROW), zoom = 1;
    int w, h;

    trace_view_picture_size(view, &w, &h);
    if (w == 0 || h == 0)
        return 1;
    for (size_t i = 0; i < G_N_ELEMENTS(levels); i++) {
        double height = fmax(1, gtk_widget_get_height(widget) - ruler_height(levels[i]));
        zoom = CLAMP(fmin(width / w, height / h), ZOOM_MIN, ZOOM_MAX);
        if (ruler_height(zoom) == ruler_height(levels[i]))
            break;
    }
    return zoom;
}

static void
configure(GtkAdjustment *adjustment, double value, double content, double page)
{
    double upper = fmax(content, page);

    if (adjustment)
        gtk_adjustment_configure(adjustment, CLAMP(value, 0, upper - page), 0, upper, page * 0.1,
                                 page * 0.9, page);
}

void
trace_view_update_adjustments(TorchlightTraceView *view, double x, double y)
{
    int w, h;
    double aw, ah;

    trace_view_picture_size(view, &w, &h);
    trace_view_area(view, &aw, &ah);
    configure(view->hadjustment, x, floor(w * view->zoom), aw);
    configure(view->vadjustment, y, floor(h * view->zoom), ah);
}

void
trace_view_zoom_at(TorchlightTraceView *view, double zoom, double px, double py)
{
    double x0, y0;

    trace_view_origin(view, &x0, &y0);
    double column = (px - x0) / view->zoom, row = (py - y0) / view->zoom;
    view->zoom = CLAMP(zoom, ZOOM_MIN, ZOOM_MAX);
    trace_view_update_adjustments(view, column * view->zoom - (px - trace_view_side_width(view)),
                                  row * view->zoom - (py - trace_view_ruler_height(view)));
    gtk_widget_queue_draw(GTK_WIDGET(view));
    g_object_notify(G_OBJECT(view), "zoom");
}

/* About the chosen bit where it can be seen, else about the centre. */
static void
zoom_at_centre(TorchlightTraceView *view, double zoom)
{
    double aw, ah, x0, y0;
    double left = trace_view_side_width(view), top = trace_view_ruler_height(view);

    trace_view_area(view, &aw, &ah);
    trace_view_origin(view, &x0, &y0);
    double x = x0 + (view->chosen.column + 0.5) * view->zoom;
    double y = y0 + (view->chosen.row + 0.5) * view->zoom;
    bool has_x = view->chosen.column >= 0 && x >= left && x <= left + aw;
    bool has_y = view->chosen.row >= 0 && y >= top && y <= top + ah;

    view->fit = false;
    trace_view_zoom_at(view, zoom, has_x ? x : left + aw / 2, has_y ? y : top + ah / 2);
}

double
torchlight_trace_view_get_zoom(TorchlightTraceView *view)
{
    return view->zoom;
}

void
torchlight_trace_view_zoom_in(TorchlightTraceView *view)
{
    zoom_at_centre(view, zoom_step(view->zoom, true));
}

void
torchlight_trace_view_zoom_out(TorchlightTraceView *view)
{
    zoom_at_centre(view, zoom_step(view->zoom, false));
}

void
torchlight_trace_view_zoom_one(TorchlightTraceView *view)
{
    zoom_at_centre(view, 1.0);
}

void
torchlight_trace_view_zoom_fit(TorchlightTraceView *view)
{
    trace_view_zoom_at(view, trace_view_fit_zoom(view), 0, 0);
    view->fit = true;
}

void
torchlight_trace_view_zoom_to(TorchlightTraceView *view, int first_column, int n_columns)
{
    double aw, ah, zoom;

    g_return_if_fail(n_columns > 0);
    trace_view_area(view, &aw, &ah);
    zoom = CLAMP(aw / (n_columns * 1.1), ZOOM_MIN, ZOOM_MAX);
    zoom_at_centre(view, zoom >= 1 ? floor(zoom) : zoom);
    trace_view_area(view, &aw, &ah); /* the side may be wider now */
    if (view->hadjustment)
        gtk_adjustment_set_value(view->hadjustment,
                                 (first_column + n_columns / 2.0) * view->zoom - aw / 2);
}

void
torchlight_trace_view_follow(TorchlightTraceView *view, TorchlightTraceView *other)
{
    bool zoomed = view->zoom != other->zoom;

    view->fit = other->fit;
    view->zoom = other->zoom;
    trace_view_update_adjustments(view, trace_view_adjustment_value(other->hadjustment),
                                  trace_view_adjustment_value(other->vadjustment));
    gtk_widget_queue_draw(GTK_WIDGET(view));
    if (zoomed)
        g_object_notify(G_OBJECT(view), "zoom");
}

/* What is not seen comes to the middle when it is far away, else just into view. */
static void
reveal_range(GtkAdjustment *adjustment, double from, double to, double margin)
{
    if (!adjustment)
        return;
    double page = gtk_adjustment_get_page_size(adjustment);
    double value = gtk_adjustment_get_value(adjustment);
    if (to < value - page / 2 || from > value + page * 1.5)
        gtk_adjustment_set_value(adjustment, (from + to) / 2 - page / 2);
    else
        gtk_adjustment_clamp_page(adjustment, from - margin, fmin(to + margin, from + page));
}

void
trace_view_reveal(TorchlightTraceView *view, int row, int first_column, int n_columns)
{
    double zoom = view->zoom, margin = fmax(zoom, 24);

    if (row >= 0)
        reveal_range(view->vadjustment, row * zoom, (row + 1) * zoom, margin);
    if (n_columns > 0)
        reveal_range(view->hadjustment, first_column * zoom, (first_column + n_columns) * zoom,
                     margin);
}
