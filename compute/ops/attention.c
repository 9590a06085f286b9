/* SPDX-License-Identifier: Apache-2.0 */
/* attention: softmax(q k' / sqrt(d)) v by head, in tiles (Dao, FlashAttention-2,
 * arXiv:2307.08691). A second result keeps the log of each query's sum for the backward pass. */
#include "compute/op.h"
#include "compute/ops.h"
#include "compute/ops/attention_cpu.h"
#include "compute/ops/attention_vulkan.h"

static const Op attention_op, attention_backward_op;

enum { HEADS, CAUSAL, WANTED }; /* attributes; WANTED, backward only: bit i for q, k, v */

static AttentionSizes
sizes_of(const Node *n)
{
    const Shape *q = &n->in[0]->shape, *k = &n->in[1]->shape;
    return (AttentionSizes){.b = q->dim[0],
                            .t = q->dim[1],
                            .s = k->dim[1],
                            .c = q->dim[2],
                            .heads = (int)n->attrs.i[HEADS],
                            .causal = n->attrs.i[CAUSAL] != 0};
}

Tensor *
op_attention(Graph *g, Tensor *q, Tensor *k, Tensor *v, int n_heads, bool causal)
{
    const Shape *sq = &q->shape, *sk = &k->shape;
    if (sq->n_dims != 3 || sk->n_dims != 3 || !shape_equal(sk, &v->shape) ||
        sk->dim[0] != sq->dim[0] || sk->dim[2] != sq->dim[2] || n_heads < 1 ||
        sq->dim[2] % n_heads) {
        g_autofree char *tq = shape_to_string(sq), *tk = shape_to_string(sk),
                        *tv = shape_to_string(&v->shape);
        g_error("attention: q %s, k %s, v %s and %d heads do not fit together", tq, tk, tv,
                n_heads);
    }
    OpAttrs attrs = {.i = {[HEADS] = n_heads, [CAUSAL] = causal}};
    Shape shapes[] = {*sq, SHAPE(sq->dim[0], n_heads, sq->dim[1])};
    return graph_node(g, &attention_op, 3, (Tensor *[]){q, k, v}, 2, shapes, &attrs)->out[0];
}

static Tensor *
build(Graph *g, Tensor *const *in, const OpAttrs *attrs)
{
    return op_attention(g, in[0], in[1], in[2], (int)attrs->i[HEADS], attrs->i[CAUSAL] != 0);
}

/* One node for all three gradients; what nobody wants shrinks to one element. */
static void
backward(Graph *g, const Node *n, Tensor *const *dout, Tensor **din)
{
    if (!dout[0])
        return;
    Tensor *in[] = {n->in[0], n->in[1], n->in[2], n->out[0], n->out[1], dout[0]};
    OpAttrs attrs = n->attrs;
    Shape shapes[3];
    for (int i = 0; i < 3; i++) {
        attrs.i[WANTED] |= (int64_t)n->in[i]->wants_grad << i;
        shapes[i] = n->in[i]->wants_grad ? n->in[i]->shape : SHAPE(1);
    }
    Node *node = graph_node(g, &attention_backward_op, 6, in, 3, shapes, &attrs);
    for (int i = 0; i < 3; i++)
        din[i] = n->in[i]->wants_grad ? node->out[i] : NULL;
}

static void
forward_cpu(const Node *n, void *const *in, void *const *out)
{
    AttentionSizes sizes = sizes_of(n);
    attention_cpu_forward(&sizes, in[0], in[1], in[2], out[0], out[1]);
}

static void
backward_cpu(const Node *n, void *const *in, void *const *out)
{
    AttentionSizes sizes = sizes_of(n);
    int64_t wanted = n->attrs.i[WANTED];
    attention_cpu_backward(&sizes, in[0], in[1], in[2], in[3], in[4], in[5],
                           wanted & 1 ? out[0] : NULL, wanted & 2 ? out[1] : NULL,
                           wanted & 4 ? out[2] : NULL);
}

static void
forward_vulkan(const Node *n, Dispatcher *d)
{
    AttentionSizes sizes = sizes_of(n);
    attention_vulkan_forward(d, &sizes, n->in, n->out);
}

static void
backward_vulkan(const Node *n, Dispatcher *d)
{
    AttentionSizes sizes = sizes_of(n);
    int64_t wanted = n->attrs.i[WANTED];
    Tensor *out[3];
    for (int i = 0; i < 3; i++)
        out[i] = wanted >> i & 1 ? n->out[i] : NULL;
    attention_vulkan_backward(d, &sizes, n->in, out);
}

/* Two products of T x S x C forward; backward makes the scores again, and the gradients are four
 * more (FlashAttention-2, section 3.1). */
static double
products_work(const Node *n, int n_products)
{
    AttentionSizes z = sizes_of(n);
    return 2.0 * n_products * (double)(z.b * z.t) * (double)(z.s * z.c) * (z.causal ? 0.5 : 1);
}

static double
forward_work(const Node *n)
{
    return products_work(n, 2);
}

static double
backward_work(const Node *n)
{
    return products_work(n, 5);
}

/* clang-format off */
#define QKV(b_, t_, s_, c_) {SHAPE_INIT(b_, t_, c_), SHAPE_INIT(b_, s_, c_), SHAPE_INIT(b_, s_, c_)}
static const OpCase cases[] = {
    {.name = "one head of 5", .in = QKV(2, 7, 7, 5), .attrs = {.i = {1}}},
    {.name = "131 to 77, 3 heads of 24", .in = QKV(1, 131, 77, 72), .attrs = {.i = {3}}},
    {.name = "causal 77, 2 heads of 32", .in = QKV(2, 77, 77, 64), .attrs = {.i = {2, 1}}},
    {.name = "several key tiles, heads of 40", .in = QKV(1, 70, 1089, 80), .attrs = {.i = {2}}},
    {.name = "causal 600, head of 17", .in = QKV(1, 600, 600, 17), .attrs = {.i = {1, 1}}},
    {.name = "head of 160", .in = QKV(1, 67, 33, 160), .attrs = {.i = {1}}},
    {.name = "large scores", .in = QKV(1, 33, 65, 16), .attrs = {.i = {2}}, .scale = 4, .tolerance = 4e-5f},
    {.name = "only keys wanted", .in = QKV(1, 33, 65, 16), .attrs = {.i = {2}}, .no_grad = 5},
};
/* clang-format on */

static const Op attention_op = {.name = "attention",
                                .build = build,
                                .backward = backward,
                                .exact_out = 1u << 1,
                                .cpu = forward_cpu,
                                .vulkan = forward_vulkan,
                                .work = forward_work,
                                .cases = cases,
                                .n_cases = G_N_ELEMENTS(cases)};
static const Op attention_backward_op = {.name = "attention_backward",
                                         .cpu = backward_cpu,
                                         .vulkan = backward_vulkan,
                                         .work = backward_work};

const Op *const attention_ops[] = {&attention_op, NULL};
