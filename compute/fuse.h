/* SPDX-License-Identifier: Apache-2.0 */
/* Sums that follow a product become part of it: result + residual, result + LoRA, result + time
 * embedding. Done on the recording as it will run, gradients included, for devices whose kernels
 * take them (Device.fuses). */
#pragma once

#include "compute/graph.h"

void graph_fuse(Graph *graph);
