/* SPDX-License-Identifier: Apache-2.0 */
/* What of a training that is too large would fit: found by planning it with less and less, without
 * running it. */
#pragma once

#include "app/jobs/train_params.h"

/* limit: bytes there are. A sentence with the settings to change and what it takes then; NULL when
 * nothing fits or it cannot be planned. The caller frees. */
char *train_advice(const TrainParams *params, guint64 limit);
/* Adds that sentence to an error that memory is short. */
void train_advice_add(GError *error, const TrainParams *params, guint64 limit);
