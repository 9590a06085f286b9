/* SPDX-License-Identifier: Apache-2.0 */
/* A control map that a hand works on: what lies beneath (Canny's edges, or a picture that was
 * loaded) and the marks drawn over it. What is beneath may change, as when a threshold moves: the
 * marks stay. Both together are the pixels, a grey picture that a ControlNet is given.
 *
 * Changes come between control_map_begin and control_map_end, which returns what was changed as a
 * delta to undo and redo it by. Not thread-safe; a thread is given a copy. */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "app/trace/image.h"

enum {
    /* Marks, a byte a pixel. From MARK_BLACK on they are a value, see mark_of. */
    MARK_NONE = 0,     /* what lies beneath is seen */
    MARK_INVERTED = 1, /* what lies beneath, inverted */
    MARK_BLACK = 2,
    MARK_WHITE = 255,
};

enum { CONTROL_MAX_BRUSH = 128 }; /* pixels across */

/* The mark of a grey value; exact for black and white, else to the nearest of 254. */
static inline uint8_t
mark_of(uint8_t value)
{
    return (uint8_t)(MARK_BLACK + (value * 253 + 127) / 255);
}

typedef struct {
    int x, y, width, height; /* empty when width or height is 0 */
} ControlRect;

/* What an edit changed: a rectangle of marks before and after, packed. At most twice as many bytes
 * as the rectangle has pixels, and a stroke's are few. */
typedef struct ControlDelta ControlDelta;

typedef struct {
    int width, height;
    uint8_t *base;   /* (height, width): what lies beneath */
    uint8_t *marks;  /* (height, width) MARK_* */
    uint8_t *pixels; /* (height, width): what comes of both */
    uint8_t *before; /* (height, width): marks when the edit began */
    bool editing;
    ControlRect edited;  /* since the edit began */
    ControlRect changed; /* pixels, since control_map_take_changed */
} ControlMap;

ControlMap *control_map_new(int width, int height); /* black, no marks */
ControlMap *control_map_dup(const ControlMap *map); /* no edit in it */
void control_map_free(ControlMap *map);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(ControlMap, control_map_free)

/* A grey picture of the map's size; NULL: black. No edit: nothing to undo. */
void control_map_set_base(ControlMap *map, const Image *base);
bool control_map_has_marks(const ControlMap *map);

/* The rectangle of pixels that changed since the last call. */
ControlRect control_map_take_changed(ControlMap *map);
ControlRect control_rect_union(ControlRect a, ControlRect b);
ControlRect control_rect_intersect(ControlRect a, ControlRect b);

void control_map_begin(ControlMap *map);
/* NULL when nothing is other than before. */
ControlDelta *control_map_end(ControlMap *map);
/* Back to how it was when the edit began; the edit goes on. For shapes that follow the pointer. */
void control_map_rewind(ControlMap *map);

void control_delta_free(ControlDelta *delta); /* NULL is fine */
G_DEFINE_AUTOPTR_CLEANUP_FUNC(ControlDelta, control_delta_free)
ControlRect control_delta_rect(const ControlDelta *delta);
size_t control_delta_size(const ControlDelta *delta); /* bytes of memory */
/* The delta has to be of this map, and to be the last one that is not undone, or the first that is.
 */
void control_map_apply(ControlMap *map, const ControlDelta *delta, bool redo);

/* All below are clipped to the map and belong between begin and end. Coordinates are pixels, from
 * the top left. A brush is round, `size` pixels across, 1 to CONTROL_MAX_BRUSH. */
void control_map_line(ControlMap *map, int x0, int y0, int x1, int y1, int size, uint8_t mark);
/* Its outline, the brush along its border pixels. */
void control_map_outline(ControlMap *map, ControlRect rect, int size, uint8_t mark);
void control_map_fill(ControlMap *map, ControlRect rect, uint8_t mark);
/* The pixels of the same value that hang together with (x, y), side by side. */
void control_map_flood(ControlMap *map, int x, int y, uint8_t mark);
/* The pixels of a rectangle to where (x, y) is its top left; those that were moved leave black. */
void control_map_copy(ControlMap *map, ControlRect from, int x, int y, bool move);
void control_map_invert(ControlMap *map, ControlRect rect);
/* Lines, a pixel wide, where fields begin; headers: only where headers do. A map of another width
 * than the layout's has them where the layout scaled to it has. */
void control_map_draw_fields(ControlMap *map, const Layout *layout, bool headers, uint8_t mark);

static inline ControlRect
control_map_all(const ControlMap *map)
{
    return (ControlRect){0, 0, map->width, map->height};
}

static inline ControlRect
control_map_columns(const ControlMap *map, int first, int n)
{
    return (ControlRect){first, 0, n, map->height};
}

static inline ControlRect
control_map_rows(const ControlMap *map, int first, int n)
{
    return (ControlRect){0, first, map->width, n};
}

/* A loaded picture of another size than the map's, made to fit. */
typedef enum {
    CONTROL_SCALE, /* to the map's size; edges of a larger picture are kept */
    CONTROL_PLACE, /* as it is at the top left: what is too much is cut off, the rest is black */
} ControlFit;

/* One channel. */
Image *control_image_fit(const Image *image, int width, int height, ControlFit fit);
