/* SPDX-License-Identifier: Apache-2.0 */
/* What the canvas's widget, input and drawing share. Private to ui/map/map_canvas*.c. */
#pragma once

#include "ui/map/map_canvas.h"
#include "ui/zoom.h"

enum {
    HEADER_BAND = 22, /* of the ruler */
    FIELD_BAND = 21,
    RULER_HEIGHT = HEADER_BAND + FIELD_BAND,
    SIDE_WIDTH = 60,
    TILE = 240, /* device pixels: whole at scales 1 to 6 */
};

typedef struct {
    int x, y; /* of the map; x < 0: none */
} MapPlace;

/* What a press began. */
typedef enum { GRIP_NONE, GRIP_STROKE, GRIP_COLUMNS, GRIP_ROWS, GRIP_PAN } Grip;

/* What the drawn rulers hang on: while it is the same, so are they. */
typedef struct {
    double x0, y0, zoom;
    int width, height;
    GdkRGBA colour, accent;
    MapSelect select;
    int select_first, select_n;
    const void *map, *layout;
} MapRulerKey;

struct _TorchlightMapCanvas {
    GtkWidget parent_instance;

    /* borrowed */
    ControlMap *map; /* NULL: empty */
    const Layout *layout;

    /* owned */
    Image *picture;        /* or NULL */
    GHashTable *tiles;     /* place -> GskRenderNode of what is drawn there */
    int tile_scale;        /* of the screen, that they were made for */
    GskRenderNode *rulers; /* as last drawn */
    MapRulerKey ruler_key;
    char *readout;
    GtkAdjustment *hadjustment, *vadjustment;
    GtkScrollablePolicy hpolicy, vpolicy;

    double zoom; /* screen pixels a map pixel */
    bool fit;    /* zoom follows the size of the widget */

    MapTool tool;
    int brush;
    bool filled, editable, guide;
    MapShow show;
    double opacity;

    MapSelect select;
    int select_first, select_n;

    MapPlace cursor;             /* under the pointer, or where the arrows moved it */
    double pointer_x, pointer_y; /* last known */
    bool by_keys;                /* the arrows moved it last */
    Grip grip;
    MapPlace from, last; /* of a stroke: where it began, and where it has come to */
    bool copy;           /* of a move: the original stays */
    double pan_x, pan_y; /* adjustments when panning began */
    double pinch_zoom;   /* zoom when a pinch began */
    double scrolled;     /* of a smooth Ctrl+wheel, not yet a step */
    bool whole_header;   /* a press in the band of headers */
};

/* --- map_canvas.c --- */

/* Top left of the map in widget coordinates; on whole pixels. */
void map_canvas_origin(TorchlightMapCanvas *canvas, double *x, double *y);
/* Room beside ruler and side. */
void map_canvas_area(TorchlightMapCanvas *canvas, double *width, double *height);
void map_canvas_zoom_at(TorchlightMapCanvas *canvas, double zoom, double x, double y);
/* The place under widget coordinates, which may be outside the map. */
MapPlace map_canvas_place(TorchlightMapCanvas *canvas, double x, double y);
void map_canvas_set_cursor(TorchlightMapCanvas *canvas, MapPlace place);
void map_canvas_reveal(TorchlightMapCanvas *canvas, MapPlace place);
void map_canvas_drop_tiles(TorchlightMapCanvas *canvas);

/* --- map_canvas_stroke.c --- */

void map_canvas_press(TorchlightMapCanvas *canvas, MapPlace place, bool copy);
void map_canvas_drag(TorchlightMapCanvas *canvas, MapPlace place);
void map_canvas_release(TorchlightMapCanvas *canvas);

/* --- map_canvas_input.c, map_canvas_draw.c, map_canvas_ruler.c --- */

void map_canvas_add_controllers(TorchlightMapCanvas *canvas);
void map_canvas_draw(TorchlightMapCanvas *canvas, GtkSnapshot *snapshot);
void map_canvas_drop_tiles_at(TorchlightMapCanvas *canvas, ControlRect rect);

void map_canvas_draw_rulers(TorchlightMapCanvas *canvas, GtkSnapshot *snapshot,
                            const GdkRGBA *accent);
