/* SPDX-License-Identifier: Apache-2.0 */
/* Which real captures are to train with and which to test with: as a split
 * table says (app/dataset/split_table.h), whose captions serve captures that have none; or made by
 * chance. Traces of one capture are always in one part. */
#pragma once

#include "app/evaluate/evaluation_set.h"

/* Puts the traces of a real set into the parts that the file says. What it does not name is left
 * out, with a note; so are captions that differ from the file's, which stay. Errors name the line:
 * a missing column, a part of another name, a capture in two parts; and the file when none of its
 * captures is in the set. */
bool evaluation_split_read(EvaluationSet *real, const char *path, GError **error);

/* Divides a real set by chance: captures that a synthetic set came from are to train with, and of
 * the others, class by class (the whole caption is the class), about share_test are for the test.
 * The same seed gives the same parts. */
void evaluation_split_make(EvaluationSet *real, const GPtrArray *synthetic_sets, double share_test,
                           guint64 seed);

/* How many traces are in each part. */
void evaluation_split_count(const EvaluationSet *real, int counts[N_SPLIT_PARTS]);
/* The table; the caller frees. */
char *evaluation_split_to_csv(const EvaluationSet *real);
