/* SPDX-License-Identifier: Apache-2.0 */
/* What turns gradients into better weights: AdamW (Loshchilov and Hutter 2019, arXiv 1711.05101),
 * AdamW with moments of 8 bits (Dettmers et al. 2022, arXiv 2110.02861), Lion (Chen et al. 2023,
 * arXiv 2302.06675) and SGD, as compute/ops.h has them; clipping by the global gradient norm; a
 * moving average of the weights. All state lives on the device, and the update is part of a graph.
 * A step whose gradients are not finite changes nothing and does not count. */
#pragma once

#include "compute/train/gradients.h"

typedef enum {
    OPTIMISER_ADAMW,
    OPTIMISER_ADAMW8, /* weights of fewer than 4096 elements keep moments of 32 bits */
    OPTIMISER_LION,
    OPTIMISER_SGD,
    N_OPTIMISERS
} OptimiserKind;

typedef struct {
    OptimiserKind kind;
    double beta1, beta2; /* of all but SGD */
    double eps;          /* of AdamW */
    double momentum;     /* of SGD */
    bool nesterov;       /* of SGD */
    double weight_decay;
    double max_norm;  /* global gradient norm to clip to, 0: no clipping */
    double ema_decay; /* of the average of the weights, 0: none is kept */
} OptimiserOptions;

#define OPTIMISER_DEFAULTS                                                                         \
    {                                                                                              \
        .kind = OPTIMISER_ADAMW, .beta1 = 0.9, .beta2 = 0.999, .eps = 1e-8, .momentum = 0.9,       \
        .nesterov = true, .weight_decay = 0.01                                                     \
    }

typedef struct Optimiser Optimiser;

Optimiser *optimiser_new(Device *device, const OptimiserOptions *options);
void optimiser_free(Optimiser *optimiser);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(Optimiser, optimiser_free)
/* Weights (of Weight *, borrowed; they must outlive the Optimiser) whose learning rate is lr_scale
 * times the step's. Their average begins as they are now. */
bool optimiser_add_group(Optimiser *optimiser, const GPtrArray *weights, double lr_scale,
                         GError **error);
/* Records the update of every weight that has a gradient: in this graph, after graph_backward
 * (gradients NULL), or accumulated ones. */
void optimiser_record(Optimiser *optimiser, Graph *graph, const Gradients *gradients);
/* Before each program_run: writes the step's learning rate and bias corrections. */
bool optimiser_begin_step(Optimiser *optimiser, Program *program, double lr, GError **error);
/* After it: counts the step, unless *norm, the global gradient norm before clipping, is not finite,
 * in which case nothing was changed. */
bool optimiser_end_step(Optimiser *optimiser, Program *program, double *norm, GError **error);

gint64 optimiser_n_steps(const Optimiser *optimiser);
int optimiser_n_weights(const Optimiser *optimiser);
Weight *optimiser_weight(const Optimiser *optimiser, int i);
/* The moving average of weight i, NULL where none is kept. */
Weight *optimiser_average(const Optimiser *optimiser, int i);

/* For checkpoints: everything beside the weights themselves. The j-th state of weight i with its
 * short name ("m"); NULL past the end. I32 states hold four codes a word. */
void optimiser_set_n_steps(Optimiser *optimiser, gint64 n_steps);
Weight *optimiser_state(const Optimiser *optimiser, int i, int j, const char **name);
