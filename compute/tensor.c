/* SPDX-License-Identifier: Apache-2.0 */
/* Shapes and Weights. */
#include "compute/tensor.h"

#include "compute/device_class.h"
#include "compute/weights.h"

#define PIECE 65536 /* values converted at a time */

size_t
dtype_size(DType dtype)
{
    switch (dtype) {
    case DTYPE_F32:
    case DTYPE_I32:
        return 4;
    case DTYPE_F16:
    case DTYPE_BF16:
        return 2;
    }
    g_return_val_if_reached(0);
}

const char *
dtype_name(DType dtype)
{
    static const char *const names[] = {"f32", "i32", "f16", "bf16"};
    return names[dtype];
}

bool
dtype_is_half(DType dtype)
{
    return dtype == DTYPE_F16 || dtype == DTYPE_BF16;
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

DType
device_storage(const Device *device)
{
    return device->storage;
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
weight_write_stored(Weight *weight, const void *data, GError **error)
{
    return device_buffer_write(weight->buffer, 0, data, weight_size(weight), error);
}

bool
weight_write(Weight *weight, const void *data, GError **error)
{
    if (!dtype_is_half(weight->dtype))
        return weight_write_stored(weight, data, error);
    uint16_t *piece = g_new(uint16_t, PIECE);
    const float *values = data;
    size_t n = (size_t)shape_count(&weight->shape);
    bool ok = true;
    for (size_t done = 0; ok && done < n; done += PIECE) {
        size_t length = MIN(n - done, (size_t)PIECE);
        if (weight->dtype == DTYPE_F16)
            weights_f16_from_f32_n(values + done, piece, length);
        for (size_t i = 0; weight->dtype == DTYPE_BF16 && i < length; i++)
            piece[i] = weights_bf16_from_f32(values[done + i]);
        ok = device_buffer_write(weight->buffer, 2 * done, piece, 2 * length, error);
    }
    g_free(piece);
    return ok;
}

bool
weight_read(const Weight *weight, void *data, GError **error)
{
    if (!dtype_is_half(weight->dtype))
        return device_buffer_read(weight->buffer, 0, data, weight_size(weight), error);
    uint16_t *piece = g_new(uint16_t, PIECE);
    float *values = data;
    size_t n = (size_t)shape_count(&weight->shape);
    bool ok = true;
    for (size_t done = 0; ok && done < n; done += PIECE) {
        size_t length = MIN(n - done, (size_t)PIECE);
        ok = device_buffer_read(weight->buffer, 2 * done, piece, 2 * length, error);
        if (weight->dtype == DTYPE_F16)
            weights_f32_from_f16_n(piece, values + done, length);
        for (size_t i = 0; weight->dtype == DTYPE_BF16 && i < length; i++)
            values[done + i] = weights_f32_from_bf16(piece[i]);
    }
    g_free(piece);
    return ok;
}

bool
weight_set_dtype(Weight *weight, DType dtype, GError **error)
{
    g_return_val_if_fail(weight->dtype != DTYPE_I32 && dtype != DTYPE_I32, false);
    if (weight->dtype == dtype)
        return true;
    float *values = g_try_new(float, MAX(shape_count(&weight->shape), 1));
    Weight *other = NULL;
    bool ok = values != NULL;
    if (!ok)
        g_set_error(error, G_IO_ERROR, G_IO_ERROR_NO_SPACE,
                    "No memory for weight %s. Close other programs or take a smaller model.",
                    weight->name);
    ok = ok && weight_read(weight, values, error) &&
         (other = weight_new(weight->buffer->device, weight->name, dtype, &weight->shape, error)) &&
         weight_write(other, values, error);
    if (ok) {
        DeviceBuffer *buffer = weight->buffer;
        weight->buffer = other->buffer;
        weight->dtype = dtype;
        other->buffer = buffer;
    }
    weight_free(other);
    g_free(values);
    return ok;
}
