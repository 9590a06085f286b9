/* SPDX-License-Identifier: Apache-2.0 */
/* What repair did to a damaged real trace, bit by bit, beside what the trace was. */
#pragma once

#include "app/trace/trace.h"

/* Bits of one field. */
typedef struct {
    guint64 n_flipped, n_restored;
    guint64 n_intact, n_wronged; /* of fields of which no bit was flipped; of them changed */
} Score;

/* By field, apart for the cells whose value the rest of the packet or of its flow determines:
 * [1]. */
typedef struct {
    Score of[N_FIELDS][2];
    int n_rows, n_lost; /* rows of the originals; of them not in what came out */
} Scores;

/* original, given and repaired have one layout; row_of (repaired->n_rows) is the row of given that
 * each repaired row came from. */
void scores_add(Scores *scores, const Trace *original, const Trace *given, const Trace *repaired,
                const int *row_of);
/* scores (char* -> Scores*) as FOLDER/fields.csv, a line a group, field and kind of cell. */
void scores_write(GHashTable *scores, const char *folder);
