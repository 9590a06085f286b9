/* SPDX-License-Identifier: Apache-2.0 */
/* AdamW (Loshchilov and Hutter 2019, arXiv 1711.05101) over the trainable weights of a recorded
 * graph: moments live on the device, the update is part of the graph. Decoupled decay, bias
 * correction and eps as torch.optim.AdamW; optional clipping by the global gradient norm. */
#pragma once

#include "compute/program.h"

typedef struct {
    double beta1, beta2, eps, weight_decay;
    double max_norm; /* global gradient norm to clip to, 0: no clipping */
} AdamWOptions;

#define ADAMW_DEFAULTS                                                                             \
    {                                                                                              \
        .beta1 = 0.9, .beta2 = 0.999, .eps = 1e-8, .weight_decay = 0.01, .max_norm = 0             \
    }

typedef struct AdamW AdamW;

AdamW *adamw_new(Device *device, const AdamWOptions *options);
void adamw_free(AdamW *adamw);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(AdamW, adamw_free)
/* Weights (of Weight *, borrowed; they must outlive the AdamW) whose learning rate is lr_scale
 * times the step's. */
bool adamw_add_group(AdamW *adamw, const GPtrArray *weights, double lr_scale, GError **error);
/* After graph_backward: records the update of every weight that has a gradient in this graph. */
void adamw_record(AdamW *adamw, Graph *graph);
/* Before each program_run: counts the step and writes its learning rate and bias corrections. */
bool adamw_begin_step(AdamW *adamw, Program *program, double lr, GError **error);
/* The global gradient norm of the last step, before clipping; kept only with max_norm > 0. */
bool adamw_gradient_norm(const AdamW *adamw, Program *program, double *norm, GError **error);

/* For checkpoints. Moments of weight i in the order added: m and v. */
gint64 adamw_n_steps(const AdamW *adamw);
void adamw_set_n_steps(AdamW *adamw, gint64 n_steps);
int adamw_n_weights(const AdamW *adamw);
Weight *adamw_weight(const AdamW *adamw, int i);
void adamw_moments(const AdamW *adamw, int i, Weight **m, Weight **v);
