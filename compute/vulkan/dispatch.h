/* SPDX-License-Identifier: Apache-2.0 */
/* What a Dispatcher offers beyond dispatch() and dispatch_1d() of compute/op.h.
 *
 * Shaders mark every buffer they only read `readonly` and every one they only write `writeonly`:
 * barriers are placed from those marks. A shader that names gl_NumWorkGroups is never split. */
#pragma once

#include "compute/op.h"
#include "compute/vulkan/cooperative.h"
#include "compute/vulkan/tune.h"

#define DISPATCH_MAX_BINDINGS 12
#define DISPATCH_MAX_CONSTANTS 8

/* dispatch() with values for the shader's specialization constants: constant_id 0, 1, ... */
void dispatch_variant(Dispatcher *d, const char *shader, const uint32_t *constants, int n_constants,
                      const void *push, size_t push_size, Tensor *const *tensors, int n_tensors,
                      uint32_t gx, uint32_t gy, uint32_t gz);

/* Which of n ways this node takes, by their names, the plain one first (tune.h); otherwise: the one
 * to take where nothing was measured. what: which of the node's questions this is, with every size
 * that the answer may depend on. */
int dispatch_choose(Dispatcher *d, const char *what, TuneBy by, const char *const *names, int n,
                    int otherwise);

/* The cooperative matrices of the device; kind COOP_NONE where it has none. */
const CoopPick *dispatch_cooperative(const Dispatcher *d);

/* An f32 tensor of count elements (undefined at first) for the dispatches of this node only, for
 * partial sums. Owned by the dispatcher. */
Tensor *dispatch_scratch(Dispatcher *d, int64_t count);

/* The next dispatch takes about this many floating point operations: long ones are cut, so that
 * a slow GPU's watchdog never fires and cancelling is prompt. */
void dispatch_flop(Dispatcher *d, double flop);

/* Bytes that one binding of the device may span. */
size_t dispatch_max_range(const Dispatcher *d);
