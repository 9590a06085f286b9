/* SPDX-License-Identifier: Apache-2.0 */
/* Whether the training part of a split can be kept apart from the others. Private to app/jobs. */
#pragma once

#include "app/dataset/split_table.h"

/* False and an error that names both when a capture of the training part is, byte for byte, one of
 * another part. folder: of the captures; those that are not there are passed over. */
bool synthesis_check_parts(const SplitTable *split, const char *folder, GError **error);
