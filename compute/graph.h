/* SPDX-License-Identifier: Apache-2.0 */
/* A Graph is recorded once per shape and replayed. Model code calls the op functions of
 * compute/ops.h; graph_backward extends the recording with the gradients that somebody wants;
 * program_new plans memory and compiles it for a device.
 * Shape mistakes are programmer errors (g_error with the op's name and shapes). */
#pragma once

#include "compute/tensor.h"

#define NODE_MAX_IN 8
#define NODE_MAX_OUT 4

typedef struct Op Op;

/* Small constants of one node: meanings are the op's own. */
typedef struct {
    int64_t i[12];
    float f[6];
} OpAttrs;

typedef struct {
    const Op *op;
    int n_in, n_out;
    Tensor *in[NODE_MAX_IN]; /* NULL where an optional input is absent */
    Tensor *out[NODE_MAX_OUT];
    OpAttrs attrs;
} Node;

typedef struct Graph Graph;
/* Told of a weight whose gradient (weight->grad) is whole; may record nodes. */
typedef void (*GraphGradientFunc)(Graph *graph, Tensor *weight, void *data);

struct Graph {
    GPtrArray *tensors;         /* Tensor, owned */
    GPtrArray *nodes;           /* Node, owned, in execution order */
    GHashTable *weight_tensors; /* Weight -> Tensor */
    GraphGradientFunc on_gradient;
    void *on_gradient_data;
    double fused_work;  /* of the nodes that graph_fuse made part of others */
    GArray *marks;      /* guint: nodes recorded before each mark */
    bool checkpointing; /* before graph_backward: keep only what crosses marks */
};

Graph *graph_new(void);
void graph_free(Graph *graph);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(Graph, graph_free)

Tensor *graph_input(Graph *graph, DType dtype, const Shape *shape);
/* The same Weight gives the same Tensor; it wants a gradient when it is trainable. */
Tensor *graph_weight(Graph *graph, Weight *weight);
/* The end of a part of a model (a residual block, a transformer block), from whose beginning it can
 * be computed again: a segment for checkpointing (graph->checkpointing). */
void graph_mark(Graph *graph);
/* Marks t readable after a run; returns t. */
Tensor *graph_keep(Graph *graph, Tensor *t);
/* Asks for the gradient of an input. Before the ops that use it are recorded. */
void graph_want_grad(Graph *graph, Tensor *t);

/* For op files: records a node with n_out results of the given shapes, f32 until graph_settle.
 * Results want a gradient when any input does and the op has a backward. */
Node *graph_node(Graph *graph, const Op *op, int n_in, Tensor *const *in, int n_out,
                 const Shape *out_shapes, const OpAttrs *attrs);

/* Appends the gradients of the scalar loss for every tensor that wants one and leads to it.
 * Afterwards tensor->grad is set. May be called once per graph. */
void graph_backward(Graph *graph, Tensor *loss);
/* The same from a given upstream gradient dy of y (for tests of whole blocks). */
void graph_backward_from(Graph *graph, Tensor *y, Tensor *dy);

/* Before graph_backward: func is called for each trainable weight as soon as no later node adds to
 * its gradient, so that what it records frees the gradient's memory early. */
void graph_on_gradient(Graph *graph, GraphGradientFunc func, void *data);

/* Says how results are stored: `storage` (F32, F16 or BF16), but f32 where the op or the host, who
 * reads what is kept as float, wants it. Called by program_new with the device's storage. */
void graph_settle(Graph *graph, DType storage);
/* Floating-point operations of one run, about; of a node and of all. */
double node_work(const Node *node);
double graph_work(const Graph *graph);
/* Cuts what no kept tensor and no writing op needs. Called by program_new. */
void graph_prune(Graph *graph);
