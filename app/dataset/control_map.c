/* SPDX-License-Identifier: Apache-2.0 */
/* The map itself: what its pixels come of, edits as a whole, loaded pictures made to fit. */
#include "app/dataset/control_map.h"

#include <string.h>

#include "app/dataset/control_map_private.h"

ControlMap *
control_map_new(int width, int height)
{
    const size_t n = (size_t)width * height;
    ControlMap *map;

    g_return_val_if_fail(width > 0 && height > 0, NULL);
    map = g_new0(ControlMap, 1);
    *map = (ControlMap){.width = width,
                        .height = height,
                        .base = g_malloc0(n),
                        .marks = g_malloc0(n),
                        .pixels = g_malloc0(n),
                        .before = g_malloc0(n),
                        .changed = {0, 0, width, height}};
    return map;
}

void
control_map_free(ControlMap *map)
{
    if (!map)
        return;
    g_free(map->base);
    g_free(map->marks);
    g_free(map->pixels);
    g_free(map->before);
    g_free(map);
}

ControlMap *
control_map_dup(const ControlMap *map)
{
    const size_t n = (size_t)map->width * map->height;
    ControlMap *copy = control_map_new(map->width, map->height);

    memcpy(copy->base, map->base, n);
    memcpy(copy->marks, map->marks, n);
    memcpy(copy->pixels, map->pixels, n);
    return copy;
}

ControlRect
control_rect_intersect(ControlRect a, ControlRect b)
{
    const int x = MAX(a.x, b.x), y = MAX(a.y, b.y);
    const int right = MIN(a.x + a.width, b.x + b.width);
    const int bottom = MIN(a.y + a.height, b.y + b.height);

    if (right <= x || bottom <= y)
        return (ControlRect){0, 0, 0, 0};
    return (ControlRect){x, y, right - x, bottom - y};
}

ControlRect
control_rect_union(ControlRect a, ControlRect b)
{
    if (a.width <= 0 || a.height <= 0)
        return b;
    if (b.width <= 0 || b.height <= 0)
        return a;
    const int x = MIN(a.x, b.x), y = MIN(a.y, b.y);
    return (ControlRect){x, y, MAX(a.x + a.width, b.x + b.width) - x,
                         MAX(a.y + a.height, b.y + b.height) - y};
}

/* Marks and what is beneath to pixels; value: of each mark that is one. */
static void
compose_row(const uint8_t *restrict base, const uint8_t *restrict marks, const uint8_t *value,
            int n, uint8_t *restrict pixels)
{
    for (int i = 0; i < n; i++) {
        const uint8_t mark = marks[i];
        pixels[i] = mark >= MARK_BLACK      ? value[mark]
                    : mark == MARK_INVERTED ? (uint8_t)(255 - base[i])
                                            : base[i];
    }
}

static void
compose(ControlMap *map, ControlRect rect)
{
    uint8_t value[256] = {0};

    for (int mark = MARK_BLACK; mark <= MARK_WHITE; mark++)
        value[mark] = (uint8_t)(((mark - MARK_BLACK) * 255 + 126) / 253);
    for (int y = rect.y; y < rect.y + rect.height; y++) {
        const size_t at = (size_t)y * map->width + rect.x;
        compose_row(map->base + at, map->marks + at, value, rect.width, map->pixels + at);
    }
    map->changed = control_rect_union(map->changed, rect);
}

void
control_map_touch(ControlMap *map, ControlRect rect)
{
    rect = control_rect_intersect(rect, control_map_all(map));
    if (rect.width == 0)
        return;
    compose(map, rect);
    map->edited = control_rect_union(map->edited, rect);
}

void
control_map_set_base(ControlMap *map, const Image *base)
{
    const size_t n = (size_t)map->width * map->height;

    g_return_if_fail(!base || (base->width == map->width && base->height == map->height &&
                               base->n_channels == 1));
    if (base)
        memcpy(map->base, base->pixels, n);
    else
        memset(map->base, 0, n);
    compose(map, control_map_all(map));
}

bool
control_map_has_marks(const ControlMap *map)
{
    const size_t n = (size_t)map->width * map->height;

    return n > 0 && (map->marks[0] != 0 || memcmp(map->marks, map->marks + 1, n - 1) != 0);
}

ControlRect
control_map_take_changed(ControlMap *map)
{
    const ControlRect changed = map->changed;

    map->changed = (ControlRect){0, 0, 0, 0};
    return changed;
}

void
control_map_begin(ControlMap *map)
{
    g_return_if_fail(!map->editing);
    memcpy(map->before, map->marks, (size_t)map->width * map->height);
    map->editing = true;
    map->edited = (ControlRect){0, 0, 0, 0};
}

void
control_map_rewind(ControlMap *map)
{
    const ControlRect rect = map->edited;

    g_return_if_fail(map->editing);
    for (int y = rect.y; y < rect.y + rect.height; y++) {
        const size_t at = (size_t)y * map->width + rect.x;
        memcpy(map->marks + at, map->before + at, rect.width);
    }
    compose(map, rect);
    map->edited = (ControlRect){0, 0, 0, 0};
}

ControlDelta *
control_map_end(ControlMap *map)
{
    g_return_val_if_fail(map->editing, NULL);
    map->editing = false;
    return control_delta_new(map, map->edited);
}

/* The largest of the pixels that become pixel `to` of `n_to`; where the picture grows, the one. */
static void
source_span(int to, int n_to, int n_from, int *first, int *end)
{
    *first = (int)((int64_t)to * n_from / n_to);
    *end = MAX(*first + 1, (int)((int64_t)(to + 1) * n_from / n_to));
}

static void
scale_row(const Image *image, int first_row, int end_row, int width, uint8_t *to)
{
    for (int x = 0; x < width; x++) {
        int first, end;
        uint8_t largest = 0;

        source_span(x, width, image->width, &first, &end);
        for (int v = first_row; v < end_row; v++) {
            const uint8_t *row = image->pixels + (size_t)v * image->width;
            for (int u = first; u < end; u++)
                largest = MAX(largest, row[u]);
        }
        to[x] = largest;
    }
}

Image *
control_image_fit(const Image *image, int width, int height, ControlFit fit)
{
    Image *fitted;

    g_return_val_if_fail(image->n_channels == 1 && width > 0 && height > 0, NULL);
    fitted = image_new(width, height, 1);
    for (int y = 0; y < height; y++) {
        uint8_t *to = fitted->pixels + (size_t)y * width;
        int first, end;

        source_span(y, height, image->height, &first, &end);
        if (fit == CONTROL_SCALE)
            scale_row(image, first, end, width, to);
        else if (y < image->height)
            memcpy(to, image->pixels + (size_t)y * image->width, MIN(width, image->width));
    }
    return fitted;
}
