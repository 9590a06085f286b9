/* SPDX-License-Identifier: Apache-2.0 */
/* Dividing traces at random into those to train on, to validate and to test with. Traces of one
 * capture go together: parts of the same connection on both sides would make a test too easy. */
#pragma once

#include <glib.h>

typedef enum { SPLIT_INTO_TRAIN, SPLIT_INTO_VALIDATION, SPLIT_INTO_TEST, N_SPLIT_PARTS } SplitPart;

/* captures: of each trace; NULL is one of its own. shares: weights from 0 on, at least one above
 * it. parts receives that of each trace. The shares are met as nearly as whole captures allow; the
 * same seed gives the same division. */
void split_by_capture(const char *const *captures, guint n, const double shares[N_SPLIT_PARTS],
                      guint64 seed, SplitPart *parts);
/* "train", "validation", "test". */
const char *split_part_name(SplitPart part);
