/* SPDX-License-Identifier: Apache-2.0 */
/* The samples of a LearnSet turned column by column, as growing trees reads them, and made once for
 * all trees of a forest. Samples stand at places 0 .. n-1, in order of their classes, so that of
 * most words of a column all bits are of one class. */
#pragma once

#include "app/evaluate/learn/learn_set.h"

typedef struct {
    const LearnSet *set;
    int n, n_classes;
    int *order;   /* (n): place -> index into set->samples */
    int *classes; /* (n): class of a place */

    int n_allowed; /* features that the mask leaves */
    int n_columns; /* of them, those that are not constant over all samples: kept below */
    int *features; /* (n_columns) */

    int n_words;   /* of a column of trits: places by 64 */
    guint64 *bits; /* (n_columns, 2, n_words): "is there", "is 1" */

    float *values; /* (n_columns, n) of floats */
    int *ranking;  /* (n_columns, n): places in rising order of value */
} TrainView;

TrainView *train_view_new(const LearnSet *set, FeatureMask mask, const LearnWatch *watch,
                          GError **error);
void train_view_free(TrainView *view);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(TrainView, train_view_free)

static inline float
train_view_value(const TrainView *view, int column, int place)
{
    const guint64 *bits;

    if (!view->bits)
        return view->values[(size_t)column * view->n + place];
    bits = view->bits + (size_t)column * 2 * view->n_words;
    if (!(bits[place / 64] >> place % 64 & 1))
        return -1;
    return bits[view->n_words + place / 64] >> place % 64 & 1;
}
