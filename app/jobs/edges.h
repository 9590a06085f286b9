/* SPDX-License-Identifier: Apache-2.0 */
/* The control map of a picture as a file: quick, so no job. */
#pragma once

#include <glib.h>
#include <stdbool.h>

typedef struct {
    const char *input, *output; /* PNG */
    const char *device;         /* NULL: the default */
    double low, high;           /* thresholds of the gradient, see picture.h */
    bool l2_gradient;
} EdgesParams;

typedef struct {
    int width, height;
    gint64 n_edges; /* pixels on an edge */
} EdgesResult;

bool edges_run(const EdgesParams *params, EdgesResult *result, GError **error);
