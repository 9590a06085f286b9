/* SPDX-License-Identifier: Apache-2.0 */
/* Attention on Vulkan, forward and backward, in tiles of 64 x 32: 15 KiB of shared memory, heads
 * of any width. No atomics: the same device gives the same bits. */
#pragma once

#include "compute/op.h"
#include "compute/ops/attention_cpu.h"

/* in: q, k, v; out: o, lse (B, heads, T). */
void attention_vulkan_forward(Dispatcher *d, const AttentionSizes *sizes, Tensor *const *in,
                              Tensor *const *out);
/* in: q, k, v, o, lse, gradient of o; out: dq, dk, dv, any of them NULL. */
void attention_vulkan_backward(Dispatcher *d, const AttentionSizes *sizes, Tensor *const *in,
                               Tensor *const *out);
