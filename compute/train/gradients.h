/* SPDX-License-Identifier: Apache-2.0 */
/* Gradients that outlive their graph: one Weight for each trainable weight, into which a run writes
 * or adds. Between runs they can be read, written, summed over machines. */
#pragma once

#include "compute/program.h"

typedef struct Gradients Gradients;

/* Before graph_backward: from then on the gradient of every trainable weight is accumulated as soon
 * as it is whole. The Gradients must outlive the graph. */
Gradients *gradients_new(Device *device, Graph *graph);
void gradients_free(Gradients *gradients);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(Gradients, gradients_free)
/* A value that is accumulated as well, such as the loss (1): found by gradients_value. */
void gradients_add_value(Gradients *gradients, Tensor *value);
/* After graph_backward: whether there was memory for all. */
bool gradients_check(const Gradients *gradients, GError **error);

/* Of Weight *, borrowed: the gradients in the order of their making, and last the value. What adds
 * up over parts of a batch on other machines is each of them, element by element. */
const GPtrArray *gradients_weights(const Gradients *gradients);
/* Of a weight; NULL where there is none. */
Weight *gradients_find(const Gradients *gradients, const Weight *weight);
Weight *gradients_value(const Gradients *gradients);

/* Before a run: adds := false forgets what was there; factor scales what comes: 1 / n over n runs,
 * divided by the factor of the loss when that was scaled. The value is scaled by value_factor. */
bool gradients_begin(Gradients *gradients, Program *program, bool adds, double factor,
                     double value_factor, GError **error);
/* All to zero, the value too. */
bool gradients_clear(Gradients *gradients, GError **error);
