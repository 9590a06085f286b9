/* SPDX-License-Identifier: Apache-2.0 */
/* image_to_tokens (N, C, H, W) -> (N, H*W, C) and tokens_to_image: both swap two dimensions of
 * (N, A, B), each the other's gradient. */
#include "compute/op.h"
#include "compute/ops.h"
#include "compute/ops/registry.h"

#define BLOCK 16 /* a square of this side is swapped at a time */

static const Op image_to_tokens_op, tokens_to_image_op;

Tensor *
op_image_to_tokens(Graph *g, Tensor *x)
{
    const int64_t *dim = x->shape.dim;
    if (x->shape.n_dims != 4) {
        g_autofree char *sx = shape_to_string(&x->shape);
        g_error("image_to_tokens: %s is no image", sx);
    }
    return graph_node(g, &image_to_tokens_op, 1, &x, 1, &SHAPE(dim[0], dim[2] * dim[3], dim[1]),
                      NULL)
        ->out[0];
}

Tensor *
op_tokens_to_image(Graph *g, Tensor *x, int h, int w)
{
    const int64_t *dim = x->shape.dim;
    if (x->shape.n_dims != 3 || dim[1] != (int64_t)h * w) {
        g_autofree char *sx = shape_to_string(&x->shape);
        g_error("tokens_to_image: %s is not %d x %d pixels", sx, h, w);
    }
    return graph_node(g, &tokens_to_image_op, 1, &x, 1, &SHAPE(dim[0], dim[2], h, w), NULL)->out[0];
}

static Tensor *
build_to_tokens(Graph *g, Tensor *const *in, const OpAttrs *attrs)
{
    return op_image_to_tokens(g, in[0]);
}

static Tensor *
build_to_image(Graph *g, Tensor *const *in, const OpAttrs *attrs)
{
    return op_tokens_to_image(g, in[0], (int)attrs->i[0], (int)attrs->i[1]);
}

static void
to_tokens_backward(Graph *g, const Node *n, Tensor *const *dout, Tensor **din)
{
    const int64_t *dim = n->in[0]->shape.dim;
    din[0] = op_tokens_to_image(g, dout[0], (int)dim[2], (int)dim[3]);
}

static void
to_image_backward(Graph *g, const Node *n, Tensor *const *dout, Tensor **din)
{
    din[0] = op_image_to_tokens(g, dout[0]);
}

/* The node as x (N, A, B) -> (N, B, A). */
static void
sizes_of(const Node *n, int64_t *batch, int64_t *a, int64_t *b)
{
    const int64_t *dim = n->in[0]->shape.dim;
    *batch = dim[0];
    *a = dim[1];
    *b = dim[2] * dim[3];
}

/* --- CPU --- */

/* to[j * a + i] = from[i * b + j] for a square of n_i x n_j */
static void
square_swap(const float *restrict from, int64_t b, float *restrict to, int64_t a, int64_t n_i,
            int64_t n_j)
{
    if (n_i == BLOCK && n_j == BLOCK) {
        for (int j = 0; j < BLOCK; j++)
            for (int i = 0; i < BLOCK; i++)
                to[j * a + i] = from[i * b + j];
        return;
    }
    for (int64_t j = 0; j < n_j; j++)
        for (int64_t i = 0; i < n_i; i++)
            to[j * a + i] = from[i * b + j];
}

static void
cpu(const Node *n, void *const *in, void *const *out)
{
    int64_t batch, a, b;
    sizes_of(n, &batch, &a, &b);
    const float *x = in[0];
    float *y = out[0];
    const int64_t down = (a + BLOCK - 1) / BLOCK, across = (b + BLOCK - 1) / BLOCK;
#pragma omp parallel for collapse(2) schedule(static) if (batch * a * b > 16384)
    for (int64_t k = 0; k < batch; k++) {
        for (int64_t column = 0; column < across; column++) {
            const float *from = x + k * a * b + column * BLOCK;
            float *to = y + k * a * b + column * BLOCK * a;
            for (int64_t row = 0; row < down; row++)
                square_swap(from + row * BLOCK * b, b, to + row * BLOCK, a,
                            MIN(BLOCK, a - row * BLOCK), MIN(BLOCK, b - column * BLOCK));
        }
    }
}

/* --- Vulkan --- */

static void
vulkan(const Node *n, Dispatcher *d)
{
    int64_t batch, a, b;
    sizes_of(n, &batch, &a, &b);
    const uint32_t push[2] = {(uint32_t)a, (uint32_t)b};
    dispatch(d, "transpose", push, sizeof push, (Tensor *[]){n->in[0], n->out[0]}, 2,
             (uint32_t)((b + 15) / 16), (uint32_t)((a + 15) / 16), (uint32_t)batch);
}

static const OpCase to_tokens_cases[] = {
    {.name = "2x3x7x5", .in = {SHAPE_INIT(2, 3, 7, 5)}},
    {.name = "1x33x17x16", .in = {SHAPE_INIT(1, 33, 17, 16)}},
};
/* attributes: h, w */
static const OpCase to_image_cases[] = {
    {.name = "2x35x3", .in = {SHAPE_INIT(2, 35, 3)}, .attrs = {.i = {7, 5}}},
    {.name = "1x272x67", .in = {SHAPE_INIT(1, 272, 67)}, .attrs = {.i = {17, 16}}},
};

static const Op image_to_tokens_op = {.name = "image_to_tokens",
                                      .build = build_to_tokens,
                                      .backward = to_tokens_backward,
                                      .cpu = cpu,
                                      .vulkan = vulkan,
                                      .cases = to_tokens_cases,
                                      .n_cases = G_N_ELEMENTS(to_tokens_cases)};
static const Op tokens_to_image_op = {.name = "tokens_to_image",
                                      .build = build_to_image,
                                      .backward = to_image_backward,
                                      .cpu = cpu,
                                      .vulkan = vulkan,
                                      .cases = to_image_cases,
                                      .n_cases = G_N_ELEMENTS(to_image_cases)};

const Op *const tokens_ops[] = {&image_to_tokens_op, &tokens_to_image_op, NULL};
