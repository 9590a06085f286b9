/* SPDX-License-Identifier: Apache-2.0 */
/* Drawing of the canvas. The map is drawn in tiles of the screen, each a texture of its own that is
 * kept until something in it changes: a stroke makes one or two anew, and GTK draws no others. */
#include "ui/map/map_canvas_private.h"

#include <math.h>

enum { MAX_TILES = 400 };

static gpointer
tile_key(int tx, int ty)
{
    return GINT_TO_POINTER((ty << 12 | tx) + 1);
}

void
map_canvas_drop_tiles(TorchlightMapCanvas *canvas)
{
    if (canvas->tiles)
        g_hash_table_remove_all(canvas->tiles);
}

/* Device pixels a map pixel. */
static double
device_zoom(TorchlightMapCanvas *canvas)
{
    return canvas->zoom * gtk_widget_get_scale_factor(GTK_WIDGET(canvas));
}

void
map_canvas_drop_tiles_at(TorchlightMapCanvas *canvas, ControlRect rect)
{
    const double zoom = device_zoom(canvas);

    if (rect.width <= 0 || rect.height <= 0)
        return;
    const int left = (int)(rect.x * zoom) / TILE, top = (int)(rect.y * zoom) / TILE;
    const int right = (int)((rect.x + rect.width) * zoom) / TILE;
    const int bottom = (int)((rect.y + rect.height) * zoom) / TILE;
    if ((int64_t)(right - left + 1) * (bottom - top + 1) > MAX_TILES) {
        map_canvas_drop_tiles(canvas);
        return;
    }
    for (int ty = top; ty <= bottom; ty++) {
        for (int tx = left; tx <= right; tx++)
            g_hash_table_remove(canvas->tiles, tile_key(tx, ty));
    }
}

/* How much of the map is seen over the picture, of 256. */
static int
weight_of_map(TorchlightMapCanvas *canvas)
{
    return !canvas->picture || canvas->show == MAP_SHOW_MAP ? 256
           : canvas->show == MAP_SHOW_PICTURE               ? 0
                                                            : (int)lround(canvas->opacity * 256);
}

/* Sums of red, green and blue of part of a row. */
static inline void
add_pixels(const uint8_t *restrict picture, const uint8_t *restrict map, int first, int end,
           int weight, uint32_t sum[3])
{
    for (int x = first; x < end; x++) {
        const uint32_t grey = (uint32_t)map[x] * (uint32_t)weight;
        for (int c = 0; c < 3; c++)
            sum[c] += grey + (picture ? picture[3 * x + c] : 0u) * (256u - (uint32_t)weight);
    }
}

/* The source pixels of device pixel `at`: one where they are enlarged, else all that fall on it. */
static inline void
source_of(double zoom, int at, int n, int *first, int *end)
{
    *first = MIN((int)(at / zoom), n - 1);
    *end = zoom >= 1 ? *first + 1 : CLAMP((int)((at + 1) / zoom), *first + 1, n);
}

static void
fill_row(TorchlightMapCanvas *canvas, double zoom, int x0, int width, int top, int bottom,
         uint32_t *to)
{
    const ControlMap *map = canvas->map;
    const int weight = weight_of_map(canvas);

    for (int i = 0; i < width; i++) {
        uint32_t sum[3] = {0, 0, 0};
        int first, end;
        source_of(zoom, x0 + i, map->width, &first, &end);
        for (int y = top; y < bottom; y++)
            add_pixels(canvas->picture ? canvas->picture->pixels + (size_t)y * map->width * 3
                                       : NULL,
                       map->pixels + (size_t)y * map->width, first, end, weight, sum);
        const uint32_t n = (uint32_t)(end - first) * (uint32_t)(bottom - top) << 8;
        to[i] = 0xff000000u | (sum[0] / n) << 16 | (sum[1] / n) << 8 | sum[2] / n;
    }
}

static GskRenderNode *
make_tile(TorchlightMapCanvas *canvas, int tx, int ty, int scale)
{
    const double zoom = device_zoom(canvas);
    const int x0 = tx * TILE, y0 = ty * TILE;
    const int width = MIN(TILE, (int)floor(canvas->map->width * zoom) - x0);
    const int height = MIN(TILE, (int)floor(canvas->map->height * zoom) - y0);
    int last_top = -1;

    if (width <= 0 || height <= 0)
        return NULL;
    uint32_t *pixels = g_malloc((size_t)width * height * sizeof *pixels);
    for (int j = 0; j < height; j++) {
        uint32_t *row = pixels + (size_t)j * width;
        int top, bottom;
        source_of(zoom, y0 + j, canvas->map->height, &top, &bottom);
        if (zoom >= 1 && top == last_top)
            memcpy(row, row - width, (size_t)width * sizeof *row);
        else
            fill_row(canvas, zoom, x0, width, top, bottom, row);
        last_top = top;
    }
    g_autoptr(GBytes) bytes = g_bytes_new_take(pixels, (size_t)width * height * sizeof *pixels);
    g_autoptr(GdkTexture) texture =
        gdk_memory_texture_new(width, height, GDK_MEMORY_DEFAULT, bytes, (size_t)width * 4);
    return gsk_texture_node_new(texture,
                                &GRAPHENE_RECT_INIT((float)x0 / scale, (float)y0 / scale,
                                                    (float)width / scale, (float)height / scale));
}

/* The tiles that are seen, at the place of the map. */
static void
draw_tiles(TorchlightMapCanvas *canvas, GtkSnapshot *snapshot, double x0, double y0)
{
    const int scale = gtk_widget_get_scale_factor(GTK_WIDGET(canvas));
    const int side = TILE / scale;
    const int left = MAX(0, (int)floor((SIDE_WIDTH - x0) / side));
    const int top = MAX(0, (int)floor((RULER_HEIGHT - y0) / side));
    const int right = (int)floor((gtk_widget_get_width(GTK_WIDGET(canvas)) - x0) / side);
    const int bottom = (int)floor((gtk_widget_get_height(GTK_WIDGET(canvas)) - y0) / side);

    if (scale != canvas->tile_scale || g_hash_table_size(canvas->tiles) > MAX_TILES)
        map_canvas_drop_tiles(canvas);
    canvas->tile_scale = scale;
    gtk_snapshot_save(snapshot);
    gtk_snapshot_translate(snapshot, &GRAPHENE_POINT_INIT((float)x0, (float)y0));
    for (int ty = top; ty <= bottom; ty++) {
        for (int tx = left; tx <= right; tx++) {
            GskRenderNode *tile = g_hash_table_lookup(canvas->tiles, tile_key(tx, ty));
            if (!tile) {
                tile = make_tile(canvas, tx, ty, scale);
                if (!tile)
                    continue;
                g_hash_table_insert(canvas->tiles, tile_key(tx, ty), tile);
            }
            gtk_snapshot_append_node(snapshot, tile);
        }
    }
    gtk_snapshot_restore(snapshot);
}

static void
append_rect(GtkSnapshot *snapshot, const GdkRGBA *colour, double x, double y, double width,
            double height)
{
    gtk_snapshot_append_color(snapshot, colour,
                              &GRAPHENE_RECT_INIT((float)x, (float)y, (float)width, (float)height));
}

/* Lines between pixels where there is room. */
static void
draw_grid(TorchlightMapCanvas *canvas, GtkSnapshot *snapshot, double x0, double y0)
{
    static const GdkRGBA dark = {0.5f, 0.5f, 0.5f, 0.35f};
    const double right =
        fmin(gtk_widget_get_width(GTK_WIDGET(canvas)), x0 + canvas->map->width * canvas->zoom);
    const double bottom =
        fmin(gtk_widget_get_height(GTK_WIDGET(canvas)), y0 + canvas->map->height * canvas->zoom);

    if (canvas->zoom < 8)
        return;
    for (int x = MAX(0, map_canvas_place(canvas, SIDE_WIDTH, 0).x); x0 + x * canvas->zoom < right;
         x++)
        append_rect(snapshot, &dark, floor(x0 + x * canvas->zoom), RULER_HEIGHT, 1,
                    bottom - RULER_HEIGHT);
    for (int y = MAX(0, map_canvas_place(canvas, 0, RULER_HEIGHT).y);
         y0 + y * canvas->zoom < bottom; y++)
        append_rect(snapshot, &dark, SIDE_WIDTH, floor(y0 + y * canvas->zoom), right - SIDE_WIDTH,
                    1);
}

/* Where fields begin; where headers do, stronger. */
static void
draw_guide(TorchlightMapCanvas *canvas, GtkSnapshot *snapshot, double x0, double y0)
{
    static const GdkRGBA faint = {1, 0.85f, 0.2f, 0.45f}, strong = {1, 0.85f, 0.2f, 0.9f};
    const Layout *layout = canvas->layout;
    const double bottom =
        fmin(gtk_widget_get_height(GTK_WIDGET(canvas)), y0 + canvas->map->height * canvas->zoom);

    if (!canvas->guide || !layout || layout->n_columns != canvas->map->width)
        return;
    for (int i = 1; i < layout->n_fields; i++) {
        const LayoutField *entry = &layout->fields[i];
        const bool header = field_table[entry->field].header != field_table[entry[-1].field].header;
        append_rect(snapshot, header ? &strong : &faint,
                    floor(x0 + entry->first_column * canvas->zoom), RULER_HEIGHT, 1,
                    bottom - RULER_HEIGHT);
    }
}

static void
draw_selection(TorchlightMapCanvas *canvas, GtkSnapshot *snapshot, const GdkRGBA *accent, double x0,
               double y0)
{
    ControlRect rect;

    if (torchlight_map_canvas_get_selection(canvas, &rect) == MAP_SELECT_NONE)
        return;
    GdkRGBA inside = *accent;
    inside.alpha = 0.25f;
    const double x = floor(x0 + rect.x * canvas->zoom), y = floor(y0 + rect.y * canvas->zoom);
    const double width = fmax(1, rect.width * canvas->zoom);
    const double height = fmax(1, rect.height * canvas->zoom);
    append_rect(snapshot, &inside, x, y, width, height);
    gtk_snapshot_append_border(
        snapshot,
        &GSK_ROUNDED_RECT_INIT((float)x - 1, (float)y - 1, (float)width + 2, (float)height + 2),
        (float[]){1, 1, 1, 1}, (GdkRGBA[]){*accent, *accent, *accent, *accent});
}

/* What the brush would cover, in black and white, so that it is seen on everything. */
static void
draw_brush(TorchlightMapCanvas *canvas, GtkSnapshot *snapshot, double x0, double y0)
{
    const bool sized = canvas->tool != MAP_TOOL_FILL && canvas->tool != MAP_TOOL_MOVE &&
                       !(canvas->tool == MAP_TOOL_RECTANGLE && canvas->filled);
    const int size = sized ? canvas->brush : 1;
    const MapPlace at = canvas->cursor;

    if (at.x < 0 || at.y < 0 || at.x >= canvas->map->width || at.y >= canvas->map->height)
        return;
    const double side = size * canvas->zoom;
    const double x = x0 + (at.x - (size - 1) / 2) * canvas->zoom;
    const double y = y0 + (at.y - (size - 1) / 2) * canvas->zoom;
    const float radius = size > 2 ? (float)side / 2 : 0;
    for (int ring = 1; ring >= 0; ring--) {
        const GdkRGBA colour = ring ? (GdkRGBA){0, 0, 0, 0.9f} : (GdkRGBA){1, 1, 1, 0.95f};
        const float out = (float)(fmax(0, (6 - side) / 2) + 1 + ring);
        GskRoundedRect shape;
        gsk_rounded_rect_init_from_rect(
            &shape,
            &GRAPHENE_RECT_INIT((float)floor(x) - out, (float)floor(y) - out,
                                (float)ceil(side) + 2 * out, (float)ceil(side) + 2 * out),
            radius > 0 ? radius + out : 0);
        gtk_snapshot_append_border(snapshot, &shape, (float[]){1, 1, 1, 1},
                                   (GdkRGBA[]){colour, colour, colour, colour});
    }
}

void
map_canvas_draw(TorchlightMapCanvas *canvas, GtkSnapshot *snapshot)
{
    GtkWidget *widget = GTK_WIDGET(canvas);
    const int width = gtk_widget_get_width(widget), height = gtk_widget_get_height(widget);
    GdkRGBA accent;
    double x0, y0;

    if (!canvas->map || width <= SIDE_WIDTH || height <= RULER_HEIGHT)
        return;
    if (!gtk_style_context_lookup_color(gtk_widget_get_style_context(widget), "accent_bg_color",
                                        &accent))
        accent = (GdkRGBA){0.2f, 0.5f, 0.9f, 1};
    map_canvas_origin(canvas, &x0, &y0);
    gtk_snapshot_push_clip(snapshot,
                           &GRAPHENE_RECT_INIT(SIDE_WIDTH, RULER_HEIGHT, (float)width - SIDE_WIDTH,
                                               (float)height - RULER_HEIGHT));
    draw_tiles(canvas, snapshot, x0, y0);
    draw_grid(canvas, snapshot, x0, y0);
    draw_guide(canvas, snapshot, x0, y0);
    draw_selection(canvas, snapshot, &accent, x0, y0);
    draw_brush(canvas, snapshot, x0, y0);
    gtk_snapshot_pop(snapshot);
    map_canvas_draw_rulers(canvas, snapshot, &accent);
}
