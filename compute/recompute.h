/* SPDX-License-Identifier: Apache-2.0 */
/* Gradient checkpointing (Chen et al. 2016, arXiv 1604.06174): what a segment of a graph computes
 * on the way to its results is not kept for the backward pass but computed once more just before
 * it. The same ops on the same values: the gradients are equal bit by bit. Private to compute. */
#pragma once

#include "compute/graph.h"

typedef struct Recompute Recompute;

/* Over the nodes recorded so far, cut at the graph's marks. Without checkpointing it is one segment
 * and nothing is recorded again. */
Recompute *recompute_new(Graph *graph);
void recompute_free(Recompute *recompute);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(Recompute, recompute_free)

/* The node whose backward is to be recorded in place of node i; to be asked for in falling order of
 * i. The gradients that have come to the results of node i are those of its results. */
const Node *recompute_node(Recompute *recompute, guint i);
/* After its backward was recorded. */
void recompute_done(Recompute *recompute, guint i);
