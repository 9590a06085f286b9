/* SPDX-License-Identifier: Apache-2.0 */
/* Drawn tables for the tests of classifiers; learn_reference.py draws the same. */
#pragma once

#include "app/evaluate/learn/learn_set.h"

typedef struct {
    FeatureMatrix *matrix; /* of trits: one packet, the features in its first columns */
    int *samples, *classes;
    int n, n_classes;
} MadeTable;

/* Feature k of class c lies around 0.5 where k % n_classes is c, and around 0 elsewhere. */
void made_table_init(MadeTable *table, guint64 seed, int n, int n_features, int n_classes,
                     bool trits);
void made_table_clear(MadeTable *table);
LearnSet made_table_set(const MadeTable *table);
/* Share of the samples for which the largest of scores (n, n_classes) is the class. */
double made_table_accuracy(const MadeTable *table, const double *scores);
