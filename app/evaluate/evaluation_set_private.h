/* SPDX-License-Identifier: Apache-2.0 */
/* What the files that read sets share: private to app/evaluate. */
#pragma once

#include "app/evaluate/evaluation_set.h"

/* Whether the file is there and its first line names a capture or what a trace came from: then it
 * is of a synthetic set, not of a dataset. */
bool evaluation_metadata_is_of_set(const char *path);
/* Adds its traces. */
bool evaluation_set_read_metadata(EvaluationSet *set, const char *path, GError **error);
