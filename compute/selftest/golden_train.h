/* SPDX-License-Identifier: Apache-2.0 */
/* What the checks of training share. Private to compute/selftest. */
#pragma once

#include "compute/selftest/golden_private.h"

/* weights: of Weight *; grads: of Tensor *, NULL where there is none; against prefix "grad." NAME.
 */
void golden_compare_gradients(Run *run, const GPtrArray *weights, const GPtrArray *grads,
                              const char *prefix);
/* Keeps the gradients of the weights; of Tensor *, transfer container. */
GPtrArray *golden_keep_gradients(Graph *graph, const GPtrArray *weights);
/* Weights after a step of Adam, which may turn rounding noise into a step of its own. */
void golden_compare_lora_weights(Golden *g, const GPtrArray *weights, int step);

/* Parts in golden_train_loss.c: steps of the trainer's own graph, its loss, weights and targets. */
void golden_train_loss(Golden *g);
void golden_train_loss_once(Golden *g);
void golden_train_ten(Golden *g);
