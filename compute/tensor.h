/* SPDX-License-Identifier: Apache-2.0 */
/* Tensors of a recorded graph, and Weights: tensors that live on a device across graphs.
 * Row-major, last index fastest; images are NCHW, tokens (B, T, C). */
#pragma once

#include <glib.h>
#include <stdbool.h>
#include <stdint.h>

#include "compute/device.h"

#define TENSOR_MAX_DIMS 4

/* The 16-bit types only say how values are stored, and only on a Vulkan device: arithmetic is f32
 * everywhere. The numbers are known to shaders/storage.glsl. */
typedef enum { DTYPE_F32, DTYPE_I32, DTYPE_F16, DTYPE_BF16 } DType;

size_t dtype_size(DType dtype);      /* bytes an element */
const char *dtype_name(DType dtype); /* "f16" */
bool dtype_is_half(DType dtype);     /* 16 bits */

typedef struct {
    int n_dims;
    int64_t dim[TENSOR_MAX_DIMS]; /* 1 past n_dims */
} Shape;

/* SHAPE(2, 5): a Shape by value; &SHAPE(2, 5) lives to the end of the block. */
#define SHAPE(...) ((Shape)SHAPE_INIT(__VA_ARGS__))
/* The same as a constant initialiser: SHAPE_INIT(2, 5). */
#define SHAPE_PICK_(_1, _2, _3, _4, n_, ...) n_
#define SHAPE_INIT(...)                                                                            \
    {                                                                                              \
        SHAPE_PICK_(__VA_ARGS__, 4, 3, 2, 1),                                                      \
        {                                                                                          \
            SHAPE_PICK_(__VA_ARGS__, SHAPE_4_, SHAPE_3_, SHAPE_2_, SHAPE_1_)(__VA_ARGS__)          \
        }                                                                                          \
    }
#define SHAPE_1_(a) a, 1, 1, 1
#define SHAPE_2_(a, b) a, b, 1, 1
#define SHAPE_3_(a, b, c) a, b, c, 1
#define SHAPE_4_(a, b, c, d) a, b, c, d
Shape shape_make(int n_dims, const int64_t *dim);
int64_t shape_count(const Shape *shape); /* elements */
bool shape_equal(const Shape *a, const Shape *b);
char *shape_to_string(const Shape *shape); /* "2x4x17x16"; the caller frees */

/* What programs made for the device from now on store results in, and what models keep frozen
 * weights in: device_set_precision. */
DType device_storage(const Device *device);

/* A named tensor in device memory that outlives graphs: model weights, LoRA factors, optimiser
 * moments. Owned by whoever made it; graphs borrow it and must be freed first. */
typedef struct {
    char *name;
    DType dtype;
    Shape shape;
    bool trainable;       /* graphs compute its gradient */
    DeviceBuffer *buffer; /* owned */
} Weight;

/* Zero-filled. */
Weight *weight_new(Device *device, const char *name, DType dtype, const Shape *shape,
                   GError **error);
void weight_free(Weight *weight);
/* The whole tensor, as the host has it: int32_t for I32, else float, which a 16-bit weight rounds
 * to nearest even. */
bool weight_write(Weight *weight, const void *data, GError **error);
bool weight_read(const Weight *weight, void *data, GError **error);
/* The same as it is stored: weight_size() bytes. */
bool weight_write_stored(Weight *weight, const void *data, GError **error);
/* Stores the values in another float dtype; graphs that use the weight must not be there yet. */
bool weight_set_dtype(Weight *weight, DType dtype, GError **error);
size_t weight_size(const Weight *weight); /* bytes */

typedef enum {
    TENSOR_INPUT,  /* written by the host before a run */
    TENSOR_WEIGHT, /* lives in its Weight's buffer */
    TENSOR_RESULT, /* made by a node */
} TensorKind;

typedef struct Tensor {
    int id; /* index in the graph */
    TensorKind kind;
    DType dtype;
    Shape shape;
    bool wants_grad;      /* a gradient flows through it */
    bool keep;            /* readable after a run */
    bool exact;           /* a result that stays f32 whatever the device stores */
    Weight *weight;       /* TENSOR_WEIGHT only, borrowed */
    struct Tensor *grad;  /* after graph_backward, NULL where there is none */
    struct Tensor *alias; /* shares the memory of this one (op_reshape), or NULL */
    int producer;         /* index of the node that makes it, as recorded; -1 for none */
} Tensor;

static inline int64_t
tensor_count(const Tensor *t)
{
    return shape_count(&t->shape);
}
