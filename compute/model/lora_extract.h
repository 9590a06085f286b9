/* SPDX-License-Identifier: Apache-2.0 */
/* A LoRA out of the difference of two models, by truncated singular value decomposition. */
#pragma once

#include "compute/model/lora.h"

/* Called before layer i of n; false stops (reported as cancelled). May be NULL. */
typedef bool (*LoraExtractFunc)(int i, int n, void *data);

/* What makes `tuned` of `base`, as near as the ranks of options allow (its alphas and seed are not
 * used: alpha is the rank, and the same models give the same bytes). left: the part of the
 * difference that is not in it, by the Frobenius norm over the layers it has, 0 to 1. The two must
 * have the same layers. Subspace iteration (Halko, Martinsson, Tropp 2011, arXiv 0909.4061). */
Lora *lora_extract(Device *device, const LoraTarget *base, const LoraTarget *tuned,
                   const LoraOptions *options, double *left, LoraExtractFunc func, void *data,
                   GError **error);
