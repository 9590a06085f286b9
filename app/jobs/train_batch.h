/* SPDX-License-Identifier: Apache-2.0 */
/* The pictures and captions of a training: which are learnt from and which held out, and the next
 * micro-batch. Private to app/jobs. */
#pragma once

#include "app/jobs/training.h"

/* Chooses the held-out pictures by the seed: at least one where any are asked for, and never all;
 * a picture is held out with all its repeats. Fills t->items and t->held_out. */
bool train_batch_split(Training *t, GError **error);
/* Fills t->latents and t->ids or t->context with the next micro-batch. Everything random is drawn
 * whoever makes it (is_mine), so that the ranks go on from the same numbers. */
bool train_batch_next(Training *t, bool is_mine, GError **error);

/* The loss of the held-out pictures, each at a few timesteps, always the same ones and with the
 * same noise. Changes nothing. */
bool train_batch_validate(Training *t, double *loss, GError **error);
