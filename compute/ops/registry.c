/* SPDX-License-Identifier: Apache-2.0 */
/* All ops, for selftest and tests. */
#include "compute/ops/registry.h"

/* clang-format off */
static const Op *const *const families[] = {
    elementwise_ops,
    reshape_ops,
    attention_ops,
    embedding_ops,
    gelu_ops,
    layer_norm_ops,
    linear_ops,
    loss_ops,
    optimiser_ops,
    adamw_ops,
    adamw8_ops,
    momentum_ops,
    softmax_ops,
    add_channel_ops,
    concat_ops,
    dropout_ops,
    conv2d_ops,
    gaussian_ops,
    group_norm_ops,
    mix_ops,
    tokens_ops,
    upsample_ops,
};
/* clang-format on */

const Op *
op_nth(int n)
{
    for (guint i = 0; i < G_N_ELEMENTS(families); i++) {
        for (const Op *const *op = families[i]; *op; op++) {
            if (n-- == 0)
                return *op;
        }
    }
    return NULL;
}
