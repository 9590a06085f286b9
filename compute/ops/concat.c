/* SPDX-License-Identifier: Apache-2.0 */
/* concat and slice along dimension 1. Both, and their gradients, copy blocks: of each n of the
 * batch, len values from one place to another. */
#include "compute/op.h"
#include "compute/ops.h"
#include "compute/ops/registry.h"

#include <string.h>

static const Op concat_op, slice_op, slice_backward_op;

static int64_t
inner_count(const Tensor *t)
{
    return t->shape.dim[2] * t->shape.dim[3];
}

Tensor *
op_concat(Graph *g, Tensor *a, Tensor *b)
{
    Shape shape = a->shape;
    shape.dim[1] += b->shape.dim[1];
    Shape same = b->shape;
    same.dim[1] = a->shape.dim[1];
    if (a->shape.n_dims < 2 || !shape_equal(&same, &a->shape)) {
        g_autofree char *sa = shape_to_string(&a->shape), *sb = shape_to_string(&b->shape);
        g_error("concat: %s and %s do not join", sa, sb);
    }
    return graph_node(g, &concat_op, 2, (Tensor *[]){a, b}, 1, &shape, NULL)->out[0];
}

Tensor *
op_slice(Graph *g, Tensor *x, int first, int n)
{
    Shape shape = x->shape;
    shape.dim[1] = n;
    if (x->shape.n_dims < 2 || first < 0 || n < 1 || first + n > x->shape.dim[1]) {
        g_autofree char *sx = shape_to_string(&x->shape);
        g_error("slice: %s has no %d from %d", sx, n, first);
    }
    return graph_node(g, &slice_op, 1, &x, 1, &shape, &(OpAttrs){.i = {first}})->out[0];
}

static Tensor *
build_concat(Graph *g, Tensor *const *in, const OpAttrs *attrs)
{
    return op_concat(g, in[0], in[1]);
}

static Tensor *
build_slice(Graph *g, Tensor *const *in, const OpAttrs *attrs)
{
    return op_slice(g, in[0], (int)attrs->i[0], (int)attrs->i[1]);
}

static void
concat_backward(Graph *g, const Node *n, Tensor *const *dout, Tensor **din)
{
    int first = 0;
    for (int i = 0; i < 2; i++) {
        int count = (int)n->in[i]->shape.dim[1];
        if (n->in[i]->wants_grad)
            din[i] = op_slice(g, dout[0], first, count);
        first += count;
    }
}

static void
slice_backward(Graph *g, const Node *n, Tensor *const *dout, Tensor **din)
{
    din[0] = graph_node(g, &slice_backward_op, 1, dout, 1, &n->in[0]->shape, &n->attrs)->out[0];
}

/* --- CPU --- */

/* For each n: len values from `from` (rows of from_stride) to `to` (rows of to_stride). */
static void
block_copy(int64_t n, int64_t len, const float *from, int64_t from_stride, float *to,
           int64_t to_stride)
{
    const int64_t part = 16384, parts = (len + part - 1) / part;
#pragma omp parallel for schedule(static) if (n * len > 65536)
    for (int64_t k = 0; k < n * parts; k++) {
        int64_t row = k / parts, first = k % parts * part;
        memcpy(to + row * to_stride + first, from + row * from_stride + first,
               (size_t)MIN(part, len - first) * sizeof *to);
    }
}

static void
concat_cpu(const Node *n, void *const *in, void *const *out)
{
    const int64_t batch = n->out[0]->shape.dim[0], stride = tensor_count(n->out[0]) / batch;
    float *y = out[0];
    for (int i = 0; i < 2; i++) {
        int64_t len = tensor_count(n->in[i]) / batch;
        block_copy(batch, len, in[i], len, y, stride);
        y += len;
    }
}

static void
slice_cpu(const Node *n, void *const *in, void *const *out)
{
    const int64_t batch = n->out[0]->shape.dim[0];
    const int64_t len = tensor_count(n->out[0]) / batch;
    block_copy(batch, len, (const float *)in[0] + n->attrs.i[0] * inner_count(n->in[0]),
               tensor_count(n->in[0]) / batch, out[0], len);
}

static void
slice_backward_cpu(const Node *n, void *const *in, void *const *out)
{
    const int64_t batch = n->in[0]->shape.dim[0];
    const int64_t len = tensor_count(n->in[0]) / batch, stride = tensor_count(n->out[0]) / batch;
    const int64_t first = n->attrs.i[0] * inner_count(n->in[0]);
    float *dx = out[0];
    for (int64_t k = 0; k < batch; k++) {
        memset(dx + k * stride, 0, (size_t)first * sizeof *dx);
        memset(dx + k * stride + first + len, 0, (size_t)(stride - first - len) * sizeof *dx);
    }
    block_copy(batch, len, in[0], len, dx + first, stride);
}

/* --- Vulkan --- */

typedef struct {
    uint32_t n, len;                  /* values in all, values of a row */
    uint32_t from_stride, from_first; /* rows */
    uint32_t to_stride, to_first;
} Push;
G_STATIC_ASSERT(sizeof(Push) == 24);

static void
block_dispatch(Dispatcher *d, Push push, Tensor *from, Tensor *to)
{
    dispatch_1d(d, "copy_block", &push, sizeof push, (Tensor *[]){from, to}, 2, push.n);
}

static void
concat_vulkan(const Node *n, Dispatcher *d)
{
    const int64_t batch = n->out[0]->shape.dim[0], stride = tensor_count(n->out[0]) / batch;
    uint32_t first = 0;
    for (int i = 0; i < 2; i++) {
        uint32_t len = (uint32_t)(tensor_count(n->in[i]) / batch);
        block_dispatch(
            d, (Push){(uint32_t)tensor_count(n->in[i]), len, len, 0, (uint32_t)stride, first},
            n->in[i], n->out[0]);
        first += len;
    }
}

static void
slice_vulkan(const Node *n, Dispatcher *d)
{
    const int64_t batch = n->out[0]->shape.dim[0];
    uint32_t len = (uint32_t)(tensor_count(n->out[0]) / batch);
    block_dispatch(d,
                   (Push){(uint32_t)tensor_count(n->out[0]), len,
                          (uint32_t)(tensor_count(n->in[0]) / batch),
                          (uint32_t)(n->attrs.i[0] * inner_count(n->in[0])), len, 0},
                   n->in[0], n->out[0]);
}

static void
slice_backward_vulkan(const Node *n, Dispatcher *d)
{
    const int64_t batch = n->in[0]->shape.dim[0];
    uint32_t len = (uint32_t)(tensor_count(n->in[0]) / batch);
    struct {
        uint32_t n;
        float value;
    } fill = {(uint32_t)tensor_count(n->out[0]), 0};
    dispatch_1d(d, "fill", &fill, sizeof fill, n->out, 1, fill.n);
    block_dispatch(d,
                   (Push){(uint32_t)tensor_count(n->in[0]), len, len, 0,
                          (uint32_t)(tensor_count(n->out[0]) / batch),
                          (uint32_t)(n->attrs.i[0] * inner_count(n->in[0]))},
                   n->in[0], n->out[0]);
}

static const OpCase concat_cases[] = {
    {.name = "2x3 + 2x4 images", .in = {SHAPE_INIT(2, 3, 7, 5), SHAPE_INIT(2, 4, 7, 5)}},
    {.name = "tokens", .in = {SHAPE_INIT(3, 5, 7), SHAPE_INIT(3, 2, 7)}},
    {.name = "large", .in = {SHAPE_INIT(2, 9, 67, 65), SHAPE_INIT(2, 1, 67, 65)}},
};
/* attributes: first, n */
static const OpCase slice_cases[] = {
    {.name = "middle", .in = {SHAPE_INIT(2, 7, 5, 3)}, .attrs = {.i = {2, 3}}},
    {.name = "first of tokens", .in = {SHAPE_INIT(3, 5, 7)}, .attrs = {.i = {0, 1}}},
    {.name = "last", .in = {SHAPE_INIT(1, 4, 67, 65)}, .attrs = {.i = {3, 1}}},
};

static const Op concat_op = {.name = "concat",
                             .build = build_concat,
                             .backward = concat_backward,
                             .cpu = concat_cpu,
                             .vulkan = concat_vulkan,
                             .cases = concat_cases,
                             .n_cases = G_N_ELEMENTS(concat_cases)};
static const Op slice_op = {.name = "slice",
                            .build = build_slice,
                            .backward = slice_backward,
                            .cpu = slice_cpu,
                            .vulkan = slice_vulkan,
                            .cases = slice_cases,
                            .n_cases = G_N_ELEMENTS(slice_cases)};
static const Op slice_backward_op = {
    .name = "slice_backward", .cpu = slice_backward_cpu, .vulkan = slice_backward_vulkan};

const Op *const concat_ops[] = {&concat_op, &slice_op, NULL};
