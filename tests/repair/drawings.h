/* SPDX-License-Identifier: Apache-2.0 */
/* Traces to repair: noise with and without structure, pictures of real captures, damaged ones. */
#pragma once

#include "app/trace/capture.h"

typedef enum {
    DRAW_TRITS, /* each trit -1, 0 or 1 alike */
    DRAW_BITS,  /* 0 and 1 */
    DRAW_ONES,
    DRAW_ZEROS,
    DRAW_HALF_BLUE, /* half of the trits -1, else 0 and 1 */
    DRAW_BLOCKS,    /* headers present or absent at random, some of their fields constant */
    DRAW_PADDED,    /* blocks, and then rows of absence with specks */
    N_DRAWINGS
} Drawing;

const char *drawing_name(Drawing drawing);
/* With some confidence when seed is odd. No side column is known. */
Trace *drawing_new(Drawing drawing, const Layout *layout, int n_rows, guint64 seed);

/* The first rows of data/samples/NAME, or NULL after skipping the test. */
Trace *sample_new(const char *name, const Layout *layout, int max_rows);
/* As a model would have drawn it: no side columns, share of the trits drawn anew. */
Trace *sample_as_picture(const Trace *sample, double share, guint64 seed);
/* As a damaged capture: share of the bits flipped. */
Trace *sample_with_flips(const Trace *sample, double share, guint64 seed);
