/* SPDX-License-Identifier: Apache-2.0 */
/* Shapes and Weights. */
#include "compute/tensor.h"

size_t
dtype_size(DType dtype)
{
    switch (dtype) {
    case DTYPE_F32:
    case DTYPE_I32:
        return 4;
    }
    g_return_val_if_reached(0);
}

Shape
shape_make(int n_dims, const int64_t *dim)
{
    Shape shape = {.n_dims = n_dims, .dim = {1, 1, 1, 1}};
    g_return_val_if_fail(n_dims >= 0 && n_dims <= TENSOR_MAX_DIMS, shape);
    for (int i = 0; i < n_dims; i++)
        shape.dim[i] = dim[i];
    return shape;
}

int64_t
shape_count(const Shape *shape)
{
    int64_t count = 1;
    for (int i = 0; i < shape->n_dims; i++)
        count *= shape->dim[i];
    return count;
}

bool
shape_equal(const Shape *a, const Shape *b)
{
    if (a->n_dims != b->n_dims)
        return false;
    for (int i = 0; i < a->n_dims; i++) {
        if (a->dim[i] != b->dim[i])
            return false;
    }
    return true;
}

char *
shape_to_string(const Shape *shape)
{
    GString *s = g_string_new(NULL);
    for (int i = 0; i < shape->n_dims; i++)
        g_string_append_printf(s, "%s%" G_GINT64_FORMAT, i ? "x" : "", shape->dim[i]);
    return g_string_free(s, FALSE);
}

Weight *
weight_new(Device *device, const char *name, DType dtype, const Shape *shape, GError **error)
{
    size_t size = (size_t)shape_count(shape) * dtype_size(dtype);
    DeviceBuffer *buffer = device_buffer_new(device, size, error);
    if (!buffer)
        return NULL;
    Weight *weight = g_new0(Weight, 1);
    weight->name = g_strdup(name);
    weight->dtype = dtype;
    weight->shape = *shape;
    weight->buffer = buffer;
    return weight;
}

void
weight_free(Weight *weight)
{
    if (!weight)
        return;
    device_buffer_free(weight->buffer);
    g_free(weight->name);
    g_free(weight);
}

size_t
weight_size(const Weight *weight)
{
    return (size_t)shape_count(&weight->shape) * dtype_size(weight->dtype);
}

bool
weight_write(Weight *weight, const void *data, GError **error)
{
    return device_buffer_write(weight->buffer, 0, data, weight_size(weight), error);
}

bool
weight_read(const Weight *weight, void *data, GError **error)
{
    return device_buffer_read(weight->buffer, 0, data, weight_size(weight), error);
}
