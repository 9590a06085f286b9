/* SPDX-License-Identifier: Apache-2.0 */
/* Parts of a set of samples for cross-validation: groups (captures) stay whole, classes are spread
 * as evenly as can be. */
#pragma once

#include <glib.h>
#include <stdbool.h>

/* Of n samples with classes (n) and groups (n; NULL: each its own), which of k folds each is in:
 * (n) 0 .. k-1, the caller frees with g_free. A group counts as of its commonest class. Other seeds
 * give other folds: for repetitions. NULL and error when k < 2 or there are fewer groups than k. A
 * class of fewer groups than k is missing from some folds: see folds_thin_classes. */
int *folds_stratified(const int *classes, const int *groups, int n, int k, guint64 seed,
                      GError **error);
/* How many classes have fewer groups than k, and so are not in every fold; the smallest such class
 * into *worst (may be NULL), -1 when there is none. */
int folds_thin_classes(const int *classes, const int *groups, int n, int k, int *worst);
/* Chooses up to per_class groups of each class by the seed; chosen (n) says of each sample whether
 * its group was. How many samples that is. */
int folds_choose_groups(const int *classes, const int *groups, int n, int per_class, guint64 seed,
                        bool *chosen);
