/* SPDX-License-Identifier: Apache-2.0 */
/* Single operations at the shapes that Stable Diffusion 1.5 has at a latent of 136x128. */
#include "compute/bench/item.h"

#include "compute/ops.h"

typedef enum {
    KIND_CONV,
    KIND_CONV_DX,
    KIND_CONV_DW,
    KIND_LINEAR,
    KIND_LORA,
    KIND_ATTENTION,
    KIND_ATTENTION_BACKWARD,
    KIND_GROUP_NORM,
    KIND_LAYER_NORM,
    KIND_GEGLU,
} OpKind;

/* conv: channels in and out, width, height, stride; linear, lora: in, out, tokens, rank;
 * attention: queries, keys, width of a head (8 heads); group_norm: channels, width, height;
 * layer_norm, geglu: tokens, channels. */
typedef struct {
    const char *name;
    OpKind kind;
    int a[5];
} OpShape;

static const OpShape shapes[] = {
    {"conv3x3 64>64 136x128", KIND_CONV, {64, 64, 136, 128, 1}},
    {"conv3x3 dx 64>64 136x128", KIND_CONV_DX, {64, 64, 136, 128, 1}},
    {"conv3x3 128>128 68x64", KIND_CONV, {128, 128, 68, 64, 1}},
    {"conv3x3 dx 128>128 68x64", KIND_CONV_DX, {128, 128, 68, 64, 1}},
    {"conv3x3 320>320 136x128", KIND_CONV, {320, 320, 136, 128, 1}},
    {"conv3x3 dx 320>320 136x128", KIND_CONV_DX, {320, 320, 136, 128, 1}},
    {"conv3x3 dw 320>320 136x128", KIND_CONV_DW, {320, 320, 136, 128, 1}},
    {"conv3x3 960>320 136x128", KIND_CONV, {960, 320, 136, 128, 1}},
    {"conv3x3 dx 960>320 136x128", KIND_CONV_DX, {960, 320, 136, 128, 1}},
    {"conv3x3 640>640 68x64", KIND_CONV, {640, 640, 68, 64, 1}},
    {"conv3x3 dx 640>640 68x64", KIND_CONV_DX, {640, 640, 68, 64, 1}},
    {"conv3x3 1280>1280 34x32", KIND_CONV, {1280, 1280, 34, 32, 1}},
    {"conv3x3 dx 1280>1280 34x32", KIND_CONV_DX, {1280, 1280, 34, 32, 1}},
    {"conv3x3 1280>1280 17x16", KIND_CONV, {1280, 1280, 17, 16, 1}},
    {"conv3x3 dx 1280>1280 17x16", KIND_CONV_DX, {1280, 1280, 17, 16, 1}},
    {"conv3x3 128>128 1088x1024", KIND_CONV, {128, 128, 1088, 1024, 1}},
    {"conv3x3 dx 128>128 1088x1024", KIND_CONV_DX, {128, 128, 1088, 1024, 1}},
    {"conv3x3 512>512 272x256", KIND_CONV, {512, 512, 272, 256, 1}},
    {"conv3x3 dx 512>512 272x256", KIND_CONV_DX, {512, 512, 272, 256, 1}},
    {"conv3x3 stride 2 320>320 136x128", KIND_CONV, {320, 320, 136, 128, 2}},
    {"conv3x3 4>320 136x128", KIND_CONV, {4, 320, 136, 128, 1}},
    {"conv3x3 320>4 136x128", KIND_CONV, {320, 4, 136, 128, 1}},
    {"linear 320>320 17408 tokens", KIND_LINEAR, {320, 320, 17408}},
    {"linear 320>2560 17408 tokens", KIND_LINEAR, {320, 2560, 17408}},
    {"linear 1280>320 17408 tokens", KIND_LINEAR, {1280, 320, 17408}},
    {"linear 640>5120 4352 tokens", KIND_LINEAR, {640, 5120, 4352}},
    {"linear 1280>10240 1088 tokens", KIND_LINEAR, {1280, 10240, 1088}},
    {"linear + LoRA 320>320 rank 16 17408 tokens", KIND_LORA, {320, 320, 17408, 16}},
    {"linear + LoRA 320>2560 rank 16 17408 tokens", KIND_LORA, {320, 2560, 17408, 16}},
    {"attention 1088 to 77, 8x160", KIND_ATTENTION, {1088, 77, 160}},
    {"attention 1088 8x160", KIND_ATTENTION, {1088, 1088, 160}},
    {"attention 1088 8x160 fwd+bwd", KIND_ATTENTION_BACKWARD, {1088, 1088, 160}},
    {"attention 4352 to 77, 8x80", KIND_ATTENTION, {4352, 77, 80}},
    {"attention 4352 8x80", KIND_ATTENTION, {4352, 4352, 80}},
    {"attention 4352 8x80 fwd+bwd", KIND_ATTENTION_BACKWARD, {4352, 4352, 80}},
    {"attention 17408 to 77, 8x40", KIND_ATTENTION, {17408, 77, 40}},
    {"attention 17408 8x40", KIND_ATTENTION, {17408, 17408, 40}},
    {"attention 17408 8x40 fwd+bwd", KIND_ATTENTION_BACKWARD, {17408, 17408, 40}},
    {"group_norm+silu 320 136x128", KIND_GROUP_NORM, {320, 136, 128}},
    {"group_norm+silu 1280 34x32", KIND_GROUP_NORM, {1280, 34, 32}},
    {"group_norm+silu 128 1088x1024", KIND_GROUP_NORM, {128, 1088, 1024}},
    {"layer_norm 17408x320", KIND_LAYER_NORM, {17408, 320}},
    {"geglu 17408x2560", KIND_GEGLU, {17408, 1280}},
    {"layer_norm 4352x640", KIND_LAYER_NORM, {4352, 640}},
    {"geglu 4352x5120", KIND_GEGLU, {4352, 2560}},
};

const char *
bench_op_name(int n)
{
    return n >= 0 && n < (int)G_N_ELEMENTS(shapes) ? shapes[n].name : NULL;
}

typedef struct {
    Graph *graph;
    DType dtype; /* of what comes in, as a model's operations have it */
} Recording;

static Tensor *
input(const Recording *r, Shape shape)
{
    return graph_input(r->graph, r->dtype, &shape);
}

/* Keeps the gradient of the tensor from an upstream gradient that is an input. */
static void
keep_gradient(const Recording *r, Tensor *y, Tensor *const *of, int n)
{
    graph_backward_from(r->graph, y, input(r, y->shape));
    for (int i = 0; i < n; i++)
        graph_keep(r->graph, of[i]->grad);
}

static void
record_conv(const Recording *r, const OpShape *s, int batch)
{
    const ConvOptions options = {s->a[4], 1, 1, 1, 1};
    Tensor *x = input(r, SHAPE(batch, s->a[0], s->a[3], s->a[2]));
    Tensor *w = input(r, SHAPE(s->a[1], s->a[0], 3, 3));
    Tensor *bias = s->kind == KIND_CONV ? input(r, SHAPE(s->a[1])) : NULL;
    Tensor *of = s->kind == KIND_CONV_DX ? x : w;

    if (s->kind != KIND_CONV)
        graph_want_grad(r->graph, of);
    Tensor *y = op_conv2d(r->graph, x, w, bias, options);

    if (s->kind == KIND_CONV)
        graph_keep(r->graph, y);
    else
        keep_gradient(r, y, &of, 1);
}

static void
record_linear(const Recording *r, const OpShape *s, int batch)
{
    Tensor *x = input(r, SHAPE(batch, s->a[2], s->a[0]));
    Tensor *w = input(r, SHAPE(s->a[1], s->a[0]));
    Tensor *y = op_linear(r->graph, x, w, input(r, SHAPE(s->a[1])));

    if (s->kind == KIND_LORA) {
        Tensor *down = input(r, SHAPE(s->a[3], s->a[0]));
        Tensor *up = input(r, SHAPE(s->a[1], s->a[3]));

        y = op_add(r->graph, y, op_linear(r->graph, op_linear(r->graph, x, down, NULL), up, NULL));
    }
    graph_keep(r->graph, y);
}

static void
record_attention(const Recording *r, const OpShape *s, int batch)
{
    const int heads = 8, width = heads * s->a[2];
    Tensor *in[3] = {input(r, SHAPE(batch, s->a[0], width)), input(r, SHAPE(batch, s->a[1], width)),
                     input(r, SHAPE(batch, s->a[1], width))};

    for (int i = 0; i < 3 && s->kind == KIND_ATTENTION_BACKWARD; i++)
        graph_want_grad(r->graph, in[i]);
    Tensor *y = op_attention(r->graph, in[0], in[1], in[2], heads, false);

    graph_keep(r->graph, y);
    if (s->kind == KIND_ATTENTION_BACKWARD)
        keep_gradient(r, y, in, 3);
}

/* Returns the bytes that must move at least. */
static double
record_pointwise(const Recording *r, const OpShape *s, int batch)
{
    double n = (double)batch * s->a[0] * s->a[1] * (double)dtype_size(r->dtype);

    if (s->kind == KIND_GROUP_NORM) {
        Tensor *x = input(r, SHAPE(batch, s->a[0], s->a[2], s->a[1]));
        Tensor *w = input(r, SHAPE(s->a[0])), *b = input(r, SHAPE(s->a[0]));

        graph_keep(r->graph, op_group_norm(r->graph, x, w, b, 32, 1e-5f, true));
        return 2 * n * s->a[2];
    }
    if (s->kind == KIND_LAYER_NORM) {
        Tensor *w = input(r, SHAPE(s->a[1])), *b = input(r, SHAPE(s->a[1]));
        Tensor *x = input(r, SHAPE(batch, s->a[0], s->a[1]));

        graph_keep(r->graph, op_layer_norm(r->graph, x, w, b, 1e-5f));
        return 2 * n;
    }
    graph_keep(r->graph, op_geglu(r->graph, input(r, SHAPE(batch, s->a[0], 2 * (int64_t)s->a[1]))));
    return 3 * n;
}

/* Of products: a count of multiplications and additions, as the peer counts. */
static double
product_flop(const OpShape *s, double batch)
{
    const int *a = s->a;
    double pixels = (double)(a[2] / MAX(a[4], 1)) * (double)(a[3] / MAX(a[4], 1));

    switch (s->kind) {
    case KIND_CONV:
    case KIND_CONV_DX:
    case KIND_CONV_DW:
        return 18.0 * batch * a[0] * a[1] * pixels;
    case KIND_LINEAR:
        return 2.0 * batch * a[0] * a[1] * a[2];
    case KIND_LORA:
        return 2.0 * batch * a[2] * ((double)a[0] * a[1] + (double)a[3] * (a[0] + a[1]));
    case KIND_ATTENTION:
        return 4.0 * batch * a[0] * a[1] * 8 * a[2];
    case KIND_ATTENTION_BACKWARD:
        return 12.0 * batch * a[0] * a[1] * 8 * a[2];
    default:
        return 0;
    }
}

BenchItem *
bench_op_item(Device *device, int n, int batch, GError **error)
{
    const OpShape *s = &shapes[n];
    g_autoptr(BenchItem) item = bench_item_new(s->name);
    Recording r = {graph_new(), device_storage(device)};
    double bytes = 0;

    switch (s->kind) {
    case KIND_CONV:
    case KIND_CONV_DX:
    case KIND_CONV_DW:
        record_conv(&r, s, batch);
        break;
    case KIND_LINEAR:
    case KIND_LORA:
        record_linear(&r, s, batch);
        break;
    case KIND_ATTENTION:
    case KIND_ATTENTION_BACKWARD:
        record_attention(&r, s, batch);
        break;
    default:
        bytes = record_pointwise(&r, s, batch);
    }
    if (!bench_item_take_graph(item, device, r.graph, error))
        return NULL;
    item->flop = product_flop(s, batch);
    item->bytes = bytes;
    return g_steal_pointer(&item);
}
