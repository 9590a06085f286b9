/* SPDX-License-Identifier: Apache-2.0 */
#include "compute/sample/tiles.h"

#include <glib.h>
#include <string.h>

TileLine
tile_line(int length, int size, int overlap)
{
    if (size >= length)
        return (TileLine){length, length, 1};
    return (TileLine){length, size, (length - overlap + size - overlap - 1) / (size - overlap)};
}

int
tile_line_start(const TileLine *line, int i)
{
    return line->n > 1 ? i * (line->length - line->size) / (line->n - 1) : 0;
}

/* Before all weights are made to add up to 1; at is the middle of a cell. */
static double
raw_weight(const TileLine *line, int i, double at)
{
    double start = tile_line_start(line, i), end = start + line->size, weight = 1;

    if (at < start || at > end)
        return 0;
    if (i > 0) {
        double shared = tile_line_start(line, i - 1) + line->size - start;

        weight = MIN(weight, (at - start) / MAX(shared, 1e-9));
    }
    if (i + 1 < line->n) {
        double shared = end - tile_line_start(line, i + 1);

        weight = MIN(weight, (end - at) / MAX(shared, 1e-9));
    }
    return weight;
}

void
tile_line_weights(const TileLine *line, int i, int scale, float *weights)
{
    int start = tile_line_start(line, i);

    for (int k = 0; k < line->size * scale; k++) {
        double at = start + (k + 0.5) / scale, sum = 0;

        for (int j = 0; j < line->n; j++)
            sum += raw_weight(line, j, at);
        weights[k] = (float)(raw_weight(line, i, at) / sum);
    }
}

void
tile_cut(const TileWindow *t, const float *planes, float *tile)
{
    for (int c = 0; c < t->n; c++) {
        for (int y = 0; y < t->h; y++)
            memcpy(tile + ((gsize)c * t->h + y) * t->w,
                   planes + ((gsize)c * t->height + t->y + y) * t->width + t->x,
                   sizeof *tile * (gsize)t->w);
    }
}

void
tile_add(const TileWindow *t, const float *tile, const float *rows, const float *columns,
         float *planes)
{
    for (int c = 0; c < t->n; c++) {
        for (int y = 0; y < t->h; y++) {
            const float *from = tile + ((gsize)c * t->h + y) * t->w;
            float *to = planes + ((gsize)c * t->height + t->y + y) * t->width + t->x;

            for (int x = 0; x < t->w; x++)
                to[x] += rows[y] * columns[x] * from[x];
        }
    }
}
