/* SPDX-License-Identifier: Apache-2.0 */
/* One op, one room: compute/ops/NAME.c and shaders/NAME*.comp hold all there is to know of an op:
 * shape rule, backward, CPU kernel, Vulkan dispatch, test cases. */
#pragma once

#include "compute/graph.h"

/* Records Vulkan dispatches. The file compute/vulkan/dispatch.c implements it. */
typedef struct Dispatcher Dispatcher;

/* One dispatch of shader "NAME" (shaders/NAME.comp): tensors bound as storage buffers in order
 * (binding 0, 1, ...), push constants (at most 128 bytes), work groups. A NULL tensor binds a
 * small zero buffer. Group counts beyond the device's limit are a programmer error: fold a long
 * 1-D range with dispatch_1d. Later dispatches see what earlier ones wrote. */
void dispatch(Dispatcher *d, const char *shader, const void *push, size_t push_size,
              Tensor *const *tensors, int n_tensors, uint32_t gx, uint32_t gy, uint32_t gz);
/* n work items in groups of 256 (local_size_x = 256), folded over y:
 * index = gl_WorkGroupID.y * 65535u * 256u + gl_GlobalInvocationID.x; the shader checks n. */
void dispatch_1d(Dispatcher *d, const char *shader, const void *push, size_t push_size,
                 Tensor *const *tensors, int n_tensors, uint64_t n);

/* A test case: shapes of the inputs (n_dims 0: absent), attributes, tolerance. */
typedef struct {
    const char *name;
    Shape in[NODE_MAX_IN];
    OpAttrs attrs;
    float scale;      /* of the random inputs, 0: 1 */
    float tolerance;  /* relative to the largest magnitude, 0: 1e-5 (forward), 4x for gradients */
    unsigned no_grad; /* bit i: input i takes no gradient (ids, constants) */
    int id_limit;     /* for I32 inputs: values 0 .. id_limit-1 */
    bool no_finite_difference; /* not smooth there (clamp, integer ops) */
} OpCase;

/* What a device that fuses may make part of the product before it. */
typedef enum {
    OP_NO_SUM,
    OP_SUM,         /* result 0 is in[0] + in[1] */
    OP_SUM_CHANNEL, /* result 0 (N, C, ...) is in[0] + in[1] (N, C) */
} OpSum;

struct Op {
    const char *name;
    /* Builds the node from inputs and attributes: used by the generic test runner (the public
     * function of the op is a typed wrapper around the same code). Returns the first result. */
    Tensor *(*build)(Graph *g, Tensor *const *in, const OpAttrs *attrs);
    /* Given the gradients of the results (NULL where none arrives) records those of the inputs
     * that want one (din[i] for node->in[i]->wants_grad; leave NULL otherwise). NULL: no gradient.
     */
    void (*backward)(Graph *g, const Node *n, Tensor *const *dout, Tensor **din);
    /* in[i]/out[i]: the tensors' data. Parallel inside through OpenMP; no other state.
     * The same bytes whatever the number of threads. */
    void (*cpu)(const Node *n, void *const *in, void *const *out);
    void (*vulkan)(const Node *n, Dispatcher *d);
    /* Floating-point operations of a node; NULL: about one per element of its results. For telling
     * beforehand how long something takes. */
    double (*work)(const Node *n);
    unsigned writes;    /* bit i: input i (a weight) is written in place, as the optimiser does */
    unsigned exact_out; /* bit i: result i stays f32 on a device that stores 16 bits: statistics,
                           losses and sums, whose shaders read and write nothing else */
    /* For devices that fuse (compute/fuse): */
    OpSum sum;
    int add_in;        /* an input, absent when recorded, of result 0's size, that is added to it */
    int channel_in;    /* the same of size (N, C) */
    unsigned in_place; /* bit i: result 0 may take the memory of input i, which add_in may too */
    unsigned i32_in;   /* bit i: input i is I32 in test cases */
    const OpCase *cases;
    int n_cases;
};

/* Every op, NULL past the end (for selftest and tests). */
const Op *op_nth(int n);

/* For backward functions: the sum of two gradients, either of which may be NULL. */
Tensor *grad_add(Graph *g, Tensor *a, Tensor *b);
