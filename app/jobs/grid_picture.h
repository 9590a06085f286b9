/* SPDX-License-Identifier: Apache-2.0 */
/* The picture of a grid: cells with the values of their settings above and beside, and below all
 * what they have in common. Private to app/jobs; the only place here that draws text (Pango). */
#pragma once

#include "app/trace/image.h"

typedef struct GridPicture GridPicture;

/* Labels are NULL-terminated, one a column and a row; NULL where that axis has none. caption goes
 * below. Cells of width x height are made smaller, so that the picture stays below 8192 pixels each
 * way. */
GridPicture *grid_picture_new(char *const *columns, char *const *rows, const char *caption,
                              int width, int height);
void grid_picture_free(GridPicture *picture); /* NULL is fine */
/* A cell of that size. */
void grid_picture_put(GridPicture *picture, int column, int row, const Image *cell);
/* The whole as it is so far; the caller frees. */
Image *grid_picture_render(const GridPicture *picture);
