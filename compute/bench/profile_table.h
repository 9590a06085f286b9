/* SPDX-License-Identifier: Apache-2.0 */
/* The events of a profile, added up for a table or laid out in time for a viewer. */
#pragma once

#include "compute/profile.h"

typedef enum { PROFILE_BY_OP, PROFILE_BY_LAYER, PROFILE_BY_KERNEL } ProfileBy;

typedef struct {
    char *name;
    int calls;          /* operations, or dispatches by kernel */
    double seconds;     /* of one run */
    double share;       /* of all rows */
    double flop, bytes; /* of one run; by kernel 0, for an operation may be several dispatches */
} ProfileRow;

/* Rows by falling time, n_runs the runs that the events are of. The caller unrefs. */
GPtrArray *profile_table(const GArray *events, ProfileBy by, int n_runs);
/* The Trace Event Format of Chrome and Perfetto: an object with traceEvents, complete events ("X")
 * in microseconds. The caller frees. */
char *profile_trace(const GArray *events, const char *device);
