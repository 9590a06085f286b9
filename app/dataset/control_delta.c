/* SPDX-License-Identifier: Apache-2.0 */
/* What an edit of a control map changed, packed: runs of equal marks, or the marks as they are
 * where runs would be larger. */
#include <string.h>

#include "app/dataset/control_map_private.h"

typedef struct {
    bool runs; /* control_pack_runs */
    size_t size;
    uint8_t *bytes;
} Packed;

struct ControlDelta {
    ControlRect rect;
    Packed before, after;
};

size_t
control_pack_runs(const uint8_t *marks, size_t n, uint8_t *to, size_t room)
{
    size_t size = 0;

    for (size_t i = 0; i < n;) {
        size_t end = i + 1;
        while (end < n && end - i < 256 && marks[end] == marks[i])
            end++;
        if (size + 2 > room)
            return 0;
        to[size++] = marks[i];
        to[size++] = (uint8_t)(end - i - 1);
        i = end;
    }
    return size;
}

bool
control_unpack_runs(const uint8_t *bytes, size_t size, uint8_t *marks, size_t n)
{
    size_t at = 0;

    for (size_t i = 0; i + 1 < size; i += 2) {
        const size_t run = (size_t)bytes[i + 1] + 1;
        if (run > n - at)
            return false;
        memset(marks + at, bytes[i], run);
        at += run;
    }
    return at == n && size % 2 == 0;
}

static Packed
pack(const ControlMap *map, const uint8_t *plane, ControlRect rect)
{
    const size_t n = (size_t)rect.width * rect.height;
    uint8_t *marks = g_malloc(n), *runs = g_malloc(n);

    for (int y = 0; y < rect.height; y++)
        memcpy(marks + (size_t)y * rect.width, plane + (size_t)(rect.y + y) * map->width + rect.x,
               rect.width);
    const size_t size = control_pack_runs(marks, n, runs, n);
    if (size == 0) {
        g_free(runs);
        return (Packed){false, n, marks};
    }
    g_free(marks);
    return (Packed){true, size, g_realloc(runs, size)};
}

static void
unpack(const Packed *packed, uint8_t *marks, size_t n)
{
    if (packed->runs)
        control_unpack_runs(packed->bytes, packed->size, marks, n);
    else
        memcpy(marks, packed->bytes, n);
}

/* What differs of a row, within first to *end. */
static bool
differing_part(const uint8_t *a, const uint8_t *b, int first, int *from, int *end)
{
    int low = first, high = *end;

    while (low < high && a[low] == b[low])
        low++;
    while (high > low && a[high - 1] == b[high - 1])
        high--;
    *from = low;
    *end = high;
    return high > low;
}

static ControlRect
shrink(const ControlMap *map, ControlRect rect)
{
    ControlRect small = {0, 0, 0, 0};

    for (int y = rect.y; y < rect.y + rect.height; y++) {
        const size_t at = (size_t)y * map->width;
        int from, end = rect.x + rect.width;
        if (differing_part(map->before + at, map->marks + at, rect.x, &from, &end))
            small = control_rect_union(small, (ControlRect){from, y, end - from, 1});
    }
    return small;
}

ControlDelta *
control_delta_new(const ControlMap *map, ControlRect rect)
{
    ControlDelta *delta;

    rect = shrink(map, rect);
    if (rect.width == 0)
        return NULL;
    delta = g_new(ControlDelta, 1);
    *delta = (ControlDelta){rect, pack(map, map->before, rect), pack(map, map->marks, rect)};
    return delta;
}

void
control_delta_free(ControlDelta *delta)
{
    if (!delta)
        return;
    g_free(delta->before.bytes);
    g_free(delta->after.bytes);
    g_free(delta);
}

ControlRect
control_delta_rect(const ControlDelta *delta)
{
    return delta->rect;
}

size_t
control_delta_size(const ControlDelta *delta)
{
    return sizeof *delta + delta->before.size + delta->after.size;
}

void
control_map_apply(ControlMap *map, const ControlDelta *delta, bool redo)
{
    const ControlRect rect = delta->rect;
    const size_t n = (size_t)rect.width * rect.height;
    g_autofree uint8_t *marks = g_malloc(n);

    g_return_if_fail(!map->editing && rect.x + rect.width <= map->width &&
                     rect.y + rect.height <= map->height);
    unpack(redo ? &delta->after : &delta->before, marks, n);
    for (int y = 0; y < rect.height; y++)
        memcpy(map->marks + (size_t)(rect.y + y) * map->width + rect.x,
               marks + (size_t)y * rect.width, rect.width);
    control_map_touch(map, rect);
}
