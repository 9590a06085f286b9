/* SPDX-License-Identifier: Apache-2.0 */
/* Two traces of one layout compared bit by bit, row by row. */
#pragma once

#include "app/trace/image.h"

typedef struct {
    gint64 n_bits; /* that differ */
    int n_rows;    /* with such bits */
} Difference;

/* The difference as a picture, as high as the longer of the two; where one has ended, its bits are
 * absent. What is the same is drawn in the colours of b, darkened; what differs in plain yellow,
 * which no palette has, so that single bits are found. NULL when the layouts are not the same.
 * difference may be NULL. */
Image *trace_draw_difference(const Trace *a, const Trace *b, Palette palette,
                             Difference *difference);
