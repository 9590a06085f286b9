/* SPDX-License-Identifier: Apache-2.0 */
/* dropout: elements, channels or whole samples become zero by chance (Srivastava et al. 2014). What
 * is dropped follows from a key for each sample, by integer arithmetic alone, so that it is the
 * same on every device, in the backward pass, and when a checkpointed part is computed again; the
 * gradient is the same op on the gradient. */
#include "compute/cpu/parallel.h"
#include "compute/op.h"
#include "compute/ops.h"
#include "compute/ops/registry.h"

#include <math.h>

#define PART 16384 /* elements a thread takes at a time */

static const Op dropout_op;

/* In a sample: element j belongs to group (j / inner) % n_groups. */
typedef struct {
    uint32_t n, per_sample, inner, n_groups, stream, threshold;
    float factor;
} Push;
G_STATIC_ASSERT(sizeof(Push) == 28);

/* attrs: i[0] kind, i[1] stream; f[0] p, f[1] factor */
static Push
push_of(const Node *n)
{
    const Shape *shape = &n->out[0]->shape;
    uint32_t count = (uint32_t)shape_count(shape);
    Push push = {.n = count,
                 .per_sample = count / (uint32_t)shape->dim[0],
                 .stream = (uint32_t)n->attrs.i[1],
                 .threshold = (uint32_t)lrint((double)n->attrs.f[0] * (1 << 24)),
                 .factor = n->attrs.f[1]};
    push.inner = n->attrs.i[0] == DROPOUT_SAMPLES ? push.per_sample : 1;
    push.n_groups = push.per_sample / push.inner;
    if (n->attrs.i[0] == DROPOUT_CHANNELS) {
        push.inner = shape->n_dims == 4 ? (uint32_t)(shape->dim[2] * shape->dim[3]) : 1;
        push.n_groups = (uint32_t)shape->dim[shape->n_dims == 4 ? 1 : shape->n_dims - 1];
    }
    return push;
}

static Tensor *
record(Graph *g, Tensor *x, Tensor *key, const OpAttrs *attrs)
{
    return graph_node(g, &dropout_op, 2, (Tensor *[]){x, key}, 1, &x->shape, attrs)->out[0];
}

Tensor *
op_dropout(Graph *g, Tensor *x, Tensor *key, DropoutKind kind, float p, bool rescaled,
           uint32_t stream)
{
    if (key->dtype != DTYPE_I32 || tensor_count(key) != 2 * x->shape.dim[0] || p < 0 || p >= 1) {
        g_autofree char *sx = shape_to_string(&x->shape), *sk = shape_to_string(&key->shape);
        g_error("dropout: x %s and keys %s do not fit, or the probability %g is not below 1", sx,
                sk, (double)p);
    }
    const OpAttrs attrs = {.i = {kind, stream}, .f = {p, rescaled ? 1 / (1 - p) : 1}};
    return record(g, x, key, &attrs);
}

static Tensor *
build(Graph *g, Tensor *const *in, const OpAttrs *attrs)
{
    return record(g, in[0], in[1], attrs);
}

static void
backward(Graph *g, const Node *n, Tensor *const *dout, Tensor **din)
{
    if (n->in[0]->wants_grad)
        din[0] = record(g, dout[0], n->in[1], &n->attrs);
}

/* Wellons' lowbias32: every bit of x acts on every bit of the result. The shader has the same. */
static inline uint32_t
mixed(uint32_t x)
{
    x ^= x >> 16;
    x *= 0x7feb352du;
    x ^= x >> 15;
    x *= 0x846ca68bu;
    return x ^ x >> 16;
}

static void
cpu(const Node *n, void *const *in, void *const *out)
{
    const Push push = push_of(n);
    const float *x = in[0];
    const uint32_t *key = in[1];
    float *y = out[0];
#pragma omp parallel for schedule(static, PART) if (push.n > PART)
    for (uint32_t i = 0; i < push.n; i++) {
        uint32_t sample = i / push.per_sample;
        uint32_t group = i % push.per_sample / push.inner % push.n_groups;
        uint32_t h = mixed(key[2 * sample] ^ mixed(key[2 * sample + 1] + push.stream));
        bool kept = mixed(h + group * 0x9e3779b9u) >> 8 >= push.threshold;
        y[i] = kept ? push.factor * x[i] : 0;
    }
}

static void
vulkan(const Node *n, Dispatcher *d)
{
    const Push push = push_of(n);
    dispatch_1d(d, "dropout", &push, sizeof push, (Tensor *[]){n->in[0], n->in[1], n->out[0]}, 3,
                push.n);
}

static const OpCase cases[] = {
    {.name = "elements",
     .in = {SHAPE_INIT(3, 7, 5), SHAPE_INIT(3, 2)},
     .attrs = {.i = {DROPOUT_ELEMENTS, 9}, .f = {0.3f, 1 / 0.7f}},
     .no_grad = 2,
     .id_limit = 1 << 30},
    {.name = "channels of tokens",
     .in = {SHAPE_INIT(2, 67, 9), SHAPE_INIT(2, 2)},
     .attrs = {.i = {DROPOUT_CHANNELS, 1}, .f = {0.5f, 2}},
     .no_grad = 2,
     .id_limit = 1 << 30},
    {.name = "channels of images",
     .in = {SHAPE_INIT(2, 9, 13, 11), SHAPE_INIT(2, 2)},
     .attrs = {.i = {DROPOUT_CHANNELS, 2}, .f = {0.5f, 2}},
     .no_grad = 2,
     .id_limit = 1 << 30},
    {.name = "samples",
     .in = {SHAPE_INIT(9, 5, 3), SHAPE_INIT(9, 2)},
     .attrs = {.i = {DROPOUT_SAMPLES, 3}, .f = {0.5f, 1}},
     .no_grad = 2,
     .id_limit = 1 << 30},
};

static const Op dropout_op = {.name = "dropout",
                              .build = build,
                              .backward = backward,
                              .cpu = cpu,
                              .vulkan = vulkan,
                              .i32_in = 2,
                              .cases = cases,
                              .n_cases = G_N_ELEMENTS(cases)};

const Op *const dropout_ops[] = {&dropout_op, NULL};
