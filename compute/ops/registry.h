/* SPDX-License-Identifier: Apache-2.0 */
/* Every op file offers a NULL-terminated list of its ops that have test cases; registry.c joins
 * them. */
#pragma once

#include "compute/op.h"

extern const Op *const elementwise_ops[];
extern const Op *const reshape_ops[];
extern const Op *const attention_ops[];
extern const Op *const embedding_ops[];
extern const Op *const gelu_ops[];
extern const Op *const layer_norm_ops[];
extern const Op *const linear_ops[];
extern const Op *const loss_ops[];
extern const Op *const optimiser_ops[];
extern const Op *const adamw_ops[];
extern const Op *const adamw8_ops[];
extern const Op *const momentum_ops[];
extern const Op *const softmax_ops[];
extern const Op *const add_channel_ops[];
extern const Op *const concat_ops[];
extern const Op *const dropout_ops[];
extern const Op *const conv2d_ops[];
extern const Op *const gaussian_ops[];
extern const Op *const group_norm_ops[];
extern const Op *const mix_ops[];
extern const Op *const tokens_ops[];
extern const Op *const upsample_ops[];
