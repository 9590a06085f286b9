/* SPDX-License-Identifier: Apache-2.0 */
/* The control map of a picture as a file: quick, so no job. */
#pragma once

#include <glib.h>
#include <stdbool.h>

/* Lines that are drawn over the edges. */
typedef enum {
    EDGES_NO_GUIDE,
    EDGES_GUIDE_FIELDS,  /* where each field of the picture's layout begins */
    EDGES_GUIDE_HEADERS, /* where each header does */
} EdgesGuide;

typedef struct {
    const char *input, *output; /* PNG */
    const char *device;         /* NULL: the default */
    double low, high;           /* thresholds of the gradient, see picture.h */
    bool l2_gradient;
    EdgesGuide guide;
} EdgesParams;

typedef struct {
    int width, height;
    gint64 n_edges; /* pixels on an edge or a line */
} EdgesResult;

bool edges_run(const EdgesParams *params, EdgesResult *result, GError **error);
