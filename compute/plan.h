/* SPDX-License-Identifier: Apache-2.0 */
/* Gives every tensor of a graph its place by lifetime in a few large buffers. */
#pragma once

#include "compute/graph.h"

typedef struct {
    int buffer;    /* index of the arena buffer, -1: the tensor lives in its Weight, or is unused */
    size_t offset; /* bytes */
} Place;

/* Inputs and kept results stand in the first n_private buffers, which are the program's own: they
 * are there between runs. All else is there only while the program runs. */
typedef struct {
    int n_buffers, n_private;
    size_t *buffer_size; /* bytes */
    Place *places;       /* by tensor id */
    size_t peak;         /* bytes of all arena buffers */
} Plan;

/* max_buffer: largest arena buffer in bytes; alignment of offsets in bytes. in_place: results take
 * the memory of inputs that nobody reads after them, where the op allows it. Error when one tensor
 * is larger than max_buffer. */
Plan *plan_new(const Graph *graph, size_t max_buffer, size_t alignment, bool in_place,
               GError **error);
void plan_free(Plan *plan);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(Plan, plan_free)
