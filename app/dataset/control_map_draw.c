/* SPDX-License-Identifier: Apache-2.0 */
/* Drawing on a control map. Everything writes marks and then touches the rectangle it wrote in. */
#include <stdlib.h>
#include <string.h>

#include "app/dataset/control_map_private.h"

enum { FAR = 1 << 15 }; /* a stroke that leaves the map ends here */

/* Marks of row y from x on, clipped. */
static void
mark_span(ControlMap *map, int y, int x, int n, uint8_t mark)
{
    const int first = MAX(x, 0), end = MIN(x + n, map->width);

    if (y >= 0 && y < map->height && end > first)
        memset(map->marks + (size_t)y * map->width + first, mark, end - first);
}

/* How far row `row` of a round brush is from its square's left side; 2 and 3 across: a square and a
 * cross. Distances in half pixels. */
static int
brush_inset(int size, int row)
{
    const int v = 2 * row - (size - 1), most = size * size - 1;
    int inset = 0;

    while (2 * inset < size - 1) {
        const int u = 2 * inset - (size - 1);
        if (u * u + v * v < most)
            break;
        inset++;
    }
    return inset;
}

static void
stamp(ControlMap *map, int x, int y, int size, const int *insets, uint8_t mark)
{
    x -= (size - 1) / 2;
    y -= (size - 1) / 2;
    for (int row = 0; row < size; row++)
        mark_span(map, y + row, x + insets[row], size - 2 * insets[row], mark);
}

/* Bresenham's line, a stamp a pixel. */
void
control_map_line(ControlMap *map, int x0, int y0, int x1, int y1, int size, uint8_t mark)
{
    g_return_if_fail(map->editing && size >= 1 && size <= CONTROL_MAX_BRUSH);
    x0 = CLAMP(x0, -FAR, FAR);
    y0 = CLAMP(y0, -FAR, FAR);
    x1 = CLAMP(x1, -FAR, FAR);
    y1 = CLAMP(y1, -FAR, FAR);
    const ControlRect rect = {MIN(x0, x1) - size, MIN(y0, y1) - size, abs(x1 - x0) + 2 * size,
                              abs(y1 - y0) + 2 * size};
    const int dx = abs(x1 - x0), dy = -abs(y1 - y0);
    const int step_x = x0 < x1 ? 1 : -1, step_y = y0 < y1 ? 1 : -1;
    int insets[CONTROL_MAX_BRUSH], slack = dx + dy;

    for (int row = 0; row < size; row++)
        insets[row] = brush_inset(size, row);
    for (;;) {
        const int twice = 2 * slack;
        stamp(map, x0, y0, size, insets, mark);
        if (x0 == x1 && y0 == y1)
            break;
        if (twice >= dy) {
            slack += dy;
            x0 += step_x;
        }
        if (twice <= dx) {
            slack += dx;
            y0 += step_y;
        }
    }
    control_map_touch(map, rect);
}

void
control_map_outline(ControlMap *map, ControlRect rect, int size, uint8_t mark)
{
    const int right = rect.x + rect.width - 1, bottom = rect.y + rect.height - 1;

    if (rect.width <= 0 || rect.height <= 0)
        return;
    control_map_line(map, rect.x, rect.y, right, rect.y, size, mark);
    control_map_line(map, right, rect.y, right, bottom, size, mark);
    control_map_line(map, right, bottom, rect.x, bottom, size, mark);
    control_map_line(map, rect.x, bottom, rect.x, rect.y, size, mark);
}

void
control_map_fill(ControlMap *map, ControlRect rect, uint8_t mark)
{
    g_return_if_fail(map->editing);
    rect = control_rect_intersect(rect, control_map_all(map));
    for (int y = rect.y; y < rect.y + rect.height; y++)
        mark_span(map, y, rect.x, rect.width, mark);
    control_map_touch(map, rect);
}

/* A flood on its way: which pixels it has reached, and from where it still has to go on. */
typedef struct {
    ControlMap *map;
    uint8_t value; /* of the pixels it takes */
    uint8_t mark;
    uint8_t *reached; /* (height, width) */
    GArray *seeds;    /* int32_t */
    ControlRect rect;
} Flood;

static bool
flood_takes(const Flood *flood, size_t at)
{
    return flood->map->pixels[at] == flood->value && !flood->reached[at];
}

/* A seed in each run of row y between first and end. */
static void
flood_seed(Flood *flood, int y, int first, int end)
{
    const size_t row = (size_t)y * flood->map->width;
    bool inside = false;

    if (y < 0 || y >= flood->map->height)
        return;
    for (int x = first; x < end; x++) {
        const bool takes = flood_takes(flood, row + x);
        if (takes && !inside) {
            const int32_t seed = (int32_t)(row + x);
            g_array_append_val(flood->seeds, seed);
        }
        inside = takes;
    }
}

static void
flood_run(Flood *flood, int32_t seed)
{
    const int width = flood->map->width, y = seed / width;
    const size_t row = (size_t)y * width;
    int first = seed % width, end = first;

    if (!flood_takes(flood, seed))
        return;
    while (first > 0 && flood_takes(flood, row + first - 1))
        first--;
    while (end < width && flood_takes(flood, row + end))
        end++;
    memset(flood->reached + row + first, 1, end - first);
    memset(flood->map->marks + row + first, flood->mark, end - first);
    flood->rect = control_rect_union(flood->rect, (ControlRect){first, y, end - first, 1});
    flood_seed(flood, y - 1, first, end);
    flood_seed(flood, y + 1, first, end);
}

void
control_map_flood(ControlMap *map, int x, int y, uint8_t mark)
{
    g_return_if_fail(map->editing);
    if (x < 0 || x >= map->width || y < 0 || y >= map->height)
        return;
    const int32_t start = y * map->width + x;
    Flood flood = {.map = map,
                   .value = map->pixels[start],
                   .mark = mark,
                   .reached = g_malloc0((size_t)map->width * map->height),
                   .seeds = g_array_new(FALSE, FALSE, sizeof(int32_t))};
    g_array_append_val(flood.seeds, start);
    while (flood.seeds->len > 0) {
        const int32_t seed = g_array_index(flood.seeds, int32_t, flood.seeds->len - 1);
        g_array_set_size(flood.seeds, flood.seeds->len - 1);
        flood_run(&flood, seed);
    }
    control_map_touch(map, flood.rect);
    g_free(flood.reached);
    g_array_unref(flood.seeds);
}

void
control_map_copy(ControlMap *map, ControlRect from, int x, int y, bool move)
{
    g_return_if_fail(map->editing);
    x = CLAMP(x, -FAR, FAR) - from.x; /* from here on, how far it goes */
    y = CLAMP(y, -FAR, FAR) - from.y;
    from = control_rect_intersect(from, control_map_all(map));
    if (from.width == 0)
        return;
    g_autofree uint8_t *taken = g_malloc((size_t)from.width * from.height);
    const ControlRect to = {from.x + x, from.y + y, from.width, from.height};
    const ControlRect seen = control_rect_intersect(to, control_map_all(map));
    for (int row = 0; row < from.height; row++)
        memcpy(taken + (size_t)row * from.width,
               map->pixels + (size_t)(from.y + row) * map->width + from.x, from.width);
    if (move)
        control_map_fill(map, from, MARK_BLACK);
    for (int v = seen.y; v < seen.y + seen.height; v++) {
        for (int u = seen.x; u < seen.x + seen.width; u++)
            map->marks[(size_t)v * map->width + u] =
                mark_of(taken[(size_t)(v - to.y) * from.width + (u - to.x)]);
    }
    control_map_touch(map, seen);
}

void
control_map_invert(ControlMap *map, ControlRect rect)
{
    g_return_if_fail(map->editing);
    rect = control_rect_intersect(rect, control_map_all(map));
    for (int y = rect.y; y < rect.y + rect.height; y++) {
        uint8_t *marks = map->marks + (size_t)y * map->width + rect.x;
        for (int i = 0; i < rect.width; i++)
            marks[i] = marks[i] >= MARK_BLACK ? (uint8_t)(MARK_BLACK + MARK_WHITE - marks[i])
                                              : (uint8_t)(MARK_INVERTED - marks[i]);
    }
    control_map_touch(map, rect);
}

void
control_map_draw_fields(ControlMap *map, const Layout *layout, bool headers, uint8_t mark)
{
    g_return_if_fail(map->editing);
    for (int i = 1; i < layout->n_fields; i++) {
        const LayoutField *entry = &layout->fields[i];
        const int first = (int)((int64_t)entry->first_column * map->width / layout->n_columns);

        if (!headers || field_table[entry->field].header != field_table[entry[-1].field].header)
            control_map_fill(map, control_map_columns(map, first, 1), mark);
    }
}
