/* SPDX-License-Identifier: Apache-2.0 */
/* embedding: rows of a table by id, and add_position: the first T rows of a table added to tokens.
 * An id outside the table is taken as the nearest one inside. The table's gradient sums in the
 * order of the ids. */
#include "compute/op.h"
#include "compute/ops.h"

#include <string.h>

static const Op embedding_op, embedding_backward_op, add_position_op, add_position_backward_op;

/* --- embedding --- */

Tensor *
op_embedding(Graph *g, Tensor *ids, Tensor *table)
{
    if (ids->dtype != DTYPE_I32 || ids->shape.n_dims != 2 || table->shape.n_dims != 2) {
        g_autofree char *si = shape_to_string(&ids->shape), *st = shape_to_string(&table->shape);
        g_error("embedding: ids %s must be integers (B, T), table %s (V, C)", si, st);
    }
    Shape shape = SHAPE(ids->shape.dim[0], ids->shape.dim[1], table->shape.dim[1]);
    return graph_node(g, &embedding_op, 2, (Tensor *[]){ids, table}, 1, &shape, NULL)->out[0];
}

static Tensor *
embedding_build(Graph *g, Tensor *const *in, const OpAttrs *attrs)
{
    return op_embedding(g, in[0], in[1]);
}

static void
embedding_backward(Graph *g, const Node *n, Tensor *const *dout, Tensor **din)
{
    Tensor *in[] = {n->in[0], dout[0]};
    if (n->in[1]->wants_grad)
        din[1] = graph_node(g, &embedding_backward_op, 2, in, 1, &n->in[1]->shape, NULL)->out[0];
}

static int64_t
row_of(int32_t id, int64_t n_rows)
{
    return CLAMP(id, 0, n_rows - 1);
}

static void
embedding_cpu(const Node *n, void *const *in, void *const *out)
{
    int64_t count = tensor_count(n->in[0]);
    int64_t rows = n->in[1]->shape.dim[0], c = n->in[1]->shape.dim[1];
    const int32_t *ids = in[0];
    const float *table = in[1];
    float *y = out[0];
    for (int64_t i = 0; i < count; i++)
        memcpy(y + i * c, table + row_of(ids[i], rows) * c, (size_t)c * sizeof(float));
}

static void
embedding_backward_cpu(const Node *n, void *const *in, void *const *out)
{
    int64_t count = tensor_count(n->in[0]);
    int64_t rows = n->out[0]->shape.dim[0], c = n->out[0]->shape.dim[1];
    const int32_t *ids = in[0];
    const float *dy = in[1];
    float *dtable = out[0];
    memset(dtable, 0, (size_t)(rows * c) * sizeof(float));
    for (int64_t i = 0; i < count; i++) {
        float *row = dtable + row_of(ids[i], rows) * c;
        for (int64_t j = 0; j < c; j++)
            row[j] += dy[i * c + j];
    }
}

typedef struct {
    uint32_t n_ids, rows, c;
} Push;
G_STATIC_ASSERT(sizeof(Push) == 12);

static void
embedding_vulkan(const Node *n, Dispatcher *d)
{
    Push push = {(uint32_t)tensor_count(n->in[0]), (uint32_t)n->in[1]->shape.dim[0],
                 (uint32_t)n->in[1]->shape.dim[1]};
    dispatch_1d(d, "embedding", &push, sizeof push, (Tensor *[]){n->in[0], n->in[1], n->out[0]}, 3,
                (uint64_t)push.n_ids * push.c);
}

/* Zeroes, then for each id that occurs the sum of its rows. */
static void
embedding_backward_vulkan(const Node *n, Dispatcher *d)
{
    Push push = {(uint32_t)tensor_count(n->in[0]), (uint32_t)n->out[0]->shape.dim[0],
                 (uint32_t)n->out[0]->shape.dim[1]};
    struct {
        uint32_t n;
        float value;
    } fill = {push.rows * push.c, 0};
    G_STATIC_ASSERT(sizeof fill == 8);
    dispatch_1d(d, "fill", &fill, sizeof fill, (Tensor *[]){n->out[0]}, 1, fill.n);
    dispatch_1d(d, "embedding_backward", &push, sizeof push,
                (Tensor *[]){n->in[0], n->in[1], n->out[0]}, 3, (uint64_t)push.n_ids * push.c);
}

/* --- add_position --- */

Tensor *
op_add_position(Graph *g, Tensor *x, Tensor *position)
{
    if (x->shape.n_dims != 3 || position->shape.n_dims != 2 ||
        position->shape.dim[0] < x->shape.dim[1] || position->shape.dim[1] != x->shape.dim[2]) {
        g_autofree char *sx = shape_to_string(&x->shape), *sp = shape_to_string(&position->shape);
        g_error("add_position: tokens %s and positions %s do not fit together", sx, sp);
    }
    return graph_node(g, &add_position_op, 2, (Tensor *[]){x, position}, 1, &x->shape, NULL)
        ->out[0];
}

static Tensor *
add_position_build(Graph *g, Tensor *const *in, const OpAttrs *attrs)
{
    return op_add_position(g, in[0], in[1]);
}

static void
add_position_backward(Graph *g, const Node *n, Tensor *const *dout, Tensor **din)
{
    din[0] = n->in[0]->wants_grad ? dout[0] : NULL;
    if (n->in[1]->wants_grad) {
        OpAttrs attrs = {.i = {n->in[0]->shape.dim[0]}};
        din[1] =
            graph_node(g, &add_position_backward_op, 1, dout, 1, &n->in[1]->shape, &attrs)->out[0];
    }
}

static void
add_position_cpu(const Node *n, void *const *in, void *const *out)
{
    int64_t plane = n->in[0]->shape.dim[1] * n->in[0]->shape.dim[2];
    const float *x = in[0], *position = in[1];
    float *y = out[0];
    for (int64_t b = 0; b < n->in[0]->shape.dim[0]; b++) {
        for (int64_t i = 0; i < plane; i++)
            y[b * plane + i] = x[b * plane + i] + position[i];
    }
}

/* The sum over the batch; zero for the positions not used. */
static void
add_position_backward_cpu(const Node *n, void *const *in, void *const *out)
{
    int64_t batch = n->attrs.i[0], plane = tensor_count(n->in[0]) / batch;
    const float *dy = in[0];
    float *dposition = out[0];
    memset(dposition, 0, (size_t)tensor_count(n->out[0]) * sizeof(float));
    for (int64_t b = 0; b < batch; b++) {
        for (int64_t i = 0; i < plane; i++)
            dposition[i] += dy[b * plane + i];
    }
}

static void
add_position_vulkan(const Node *n, Dispatcher *d)
{
    struct {
        uint32_t n, plane;
    } push = {(uint32_t)tensor_count(n->in[0]),
              (uint32_t)(n->in[0]->shape.dim[1] * n->in[0]->shape.dim[2])};
    G_STATIC_ASSERT(sizeof push == 8);
    dispatch_1d(d, "add_position", &push, sizeof push, (Tensor *[]){n->in[0], n->in[1], n->out[0]},
                3, push.n);
}

static void
add_position_backward_vulkan(const Node *n, Dispatcher *d)
{
    struct {
        uint32_t n, plane, batch;
    } push = {(uint32_t)tensor_count(n->out[0]), (uint32_t)(tensor_count(n->in[0]) / n->attrs.i[0]),
              (uint32_t)n->attrs.i[0]};
    G_STATIC_ASSERT(sizeof push == 12);
    dispatch_1d(d, "add_position_backward", &push, sizeof push, (Tensor *[]){n->in[0], n->out[0]},
                2, push.n);
}

/* --- the ops --- */

static const OpCase embedding_cases[] = {
    {.name = "2x7 of 5x9", .in = {SHAPE_INIT(2, 7), SHAPE_INIT(5, 9)}, .id_limit = 5},
    {.name = "3x77 of 514x65", .in = {SHAPE_INIT(3, 77), SHAPE_INIT(514, 65)}, .id_limit = 514},
    {.name = "beyond the table", .in = {SHAPE_INIT(1, 11), SHAPE_INIT(3, 5)}, .id_limit = 6},
};
static const OpCase add_position_cases[] = {
    {.name = "2x5x7, 9 positions", .in = {SHAPE_INIT(2, 5, 7), SHAPE_INIT(9, 7)}},
    {.name = "3x77x65", .in = {SHAPE_INIT(3, 77, 65), SHAPE_INIT(77, 65)}},
};

static const Op embedding_op = {.name = "embedding",
                                .build = embedding_build,
                                .backward = embedding_backward,
                                .cpu = embedding_cpu,
                                .vulkan = embedding_vulkan,
                                .i32_in = 1,
                                .cases = embedding_cases,
                                .n_cases = G_N_ELEMENTS(embedding_cases)};
static const Op embedding_backward_op = {.name = "embedding_backward",
                                         .cpu = embedding_backward_cpu,
                                         .vulkan = embedding_backward_vulkan};
static const Op add_position_op = {.name = "add_position",
                                   .build = add_position_build,
                                   .backward = add_position_backward,
                                   .cpu = add_position_cpu,
                                   .vulkan = add_position_vulkan,
                                   .cases = add_position_cases,
                                   .n_cases = G_N_ELEMENTS(add_position_cases)};
static const Op add_position_backward_op = {.name = "add_position_backward",
                                            .cpu = add_position_backward_cpu,
                                            .vulkan = add_position_backward_vulkan};

const Op *const embedding_ops[] = {&embedding_op, &add_position_op, NULL};
