/* SPDX-License-Identifier: Apache-2.0 */
/* What every trace of a class gives to the figures of memorisation. Private to fidelity. */
#pragma once

#include "app/evaluate/fidelity/memorisation.h"

/* Whom the values are of: generated traces, or real ones for the floor. */
typedef enum { OF_GENERATED, OF_REAL, N_OF } Of;

typedef enum {
    VALUE_COPY,
    VALUE_TO_TRAINED,
    VALUE_TO_HELD_OUT,
    VALUE_NEARER,
    VALUE_COPIED_ROWS,
    N_VALUES
} Value;

/* Lists that grow by the traces of a class, or by those of all classes. */
typedef struct {
    int n[N_ROLES], n_with_parent;
    struct {
        GArray *hashes;           /* guint64, of whole traces */
        GArray *values[N_VALUES]; /* double; NAN where not known */
        GArray *scores[N_ATTACKS];
        GArray *is_member; /* bool, beside the scores */
    } of[N_OF][N_SCOPES];
} MemorisationValues;

typedef struct {
    PackedTrace *packed; /* owned */
    GArray *parents;     /* PackedTrace*, borrowed */
} MemorisedTrace;

MemorisationValues *memorisation_values_new(void);
void memorisation_values_free(void *values);
void memorisation_values_append(MemorisationValues *values, const MemorisationValues *more);

/* Of a class: its traces by role (MemorisedTrace elements). NULL only when stopped. */
MemorisationValues *memorisation_values_of(GPtrArray *const traces[N_ROLES], guint64 seed,
                                           GCancellable *cancellable, GError **error);
