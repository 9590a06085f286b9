/* SPDX-License-Identifier: Apache-2.0 */
/* canny_classify and canny_spread: no gradients, integers only, the same on every device. They are
 * checked by tests/compute/test_canny.c. */
#include "compute/ops/canny.h"

#include <string.h>

#include "compute/vulkan/dispatch.h"

#define TILE 32u /* pixels of a side that a work group of canny_spread takes */

static const Op classify_op, spread_op;

Tensor *
op_canny_classify(Graph *g, Tensor *words, const CannyOptions *o)
{
    OpAttrs attrs = {.i = {o->width, o->height, o->n_channels, o->low, o->high, o->l2_gradient}};
    Tensor *map =
        graph_node(g, &classify_op, 1, &words, 1, &SHAPE(o->height, o->width), &attrs)->out[0];
    map->dtype = DTYPE_I32;
    return map;
}

Tensor *
op_canny_spread(Graph *g, Tensor *map, Tensor **changed)
{
    Node *node = graph_node(g, &spread_op, 1, &map, 2, (Shape[]){map->shape, SHAPE(1)}, NULL);
    node->out[0]->dtype = node->out[1]->dtype = DTYPE_I32;
    *changed = node->out[1];
    return node->out[0];
}

static CannyOptions
options_of(const Node *n)
{
    const int64_t *i = n->attrs.i;
    return (CannyOptions){(int32_t)i[0], (int32_t)i[1], (int32_t)i[2],
                          (int32_t)i[3], (int32_t)i[4], (int32_t)i[5]};
}

static void
classify_cpu(const Node *n, void *const *in, void *const *out)
{
    CannyOptions options = options_of(n);
    canny_cpu_classify(&options, in[0], out[0]);
}

static void
spread_cpu(const Node *n, void *const *in, void *const *out)
{
    const int64_t *dim = n->out[0]->shape.dim;
    memcpy(out[0], in[0], (size_t)(dim[0] * dim[1]) * sizeof(int32_t));
    canny_cpu_spread(dim[1], dim[0], out[0]);
    *(int32_t *)out[1] = 0;
}

static void
classify_vulkan(const Node *n, Dispatcher *d)
{
    CannyOptions push = options_of(n);
    G_STATIC_ASSERT(sizeof push == 24);
    int64_t n_pixels = (int64_t)push.width * push.height;
    /* scratch is only memory: the shaders keep integers in it */
    Tensor *magnitude = dispatch_scratch(d, n_pixels), *slope = dispatch_scratch(d, n_pixels);
    dispatch_1d(d, "canny_gradient", &push, sizeof push, (Tensor *[]){n->in[0], magnitude, slope},
                3, (uint64_t)n_pixels);
    dispatch_1d(d, "canny_classify", &push, sizeof push, (Tensor *[]){magnitude, slope, n->out[0]},
                3, (uint64_t)n_pixels);
}

static void
spread_vulkan(const Node *n, Dispatcher *d)
{
    const uint32_t h = (uint32_t)n->out[0]->shape.dim[0], w = (uint32_t)n->out[0]->shape.dim[1];
    const uint32_t push[2] = {w, h};
    struct {
        uint32_t n;
        float value;
    } zero = {1, 0.0f};
    dispatch_1d(d, "fill", &zero, sizeof zero, &n->out[1], 1, 1);
    dispatch(d, "canny_spread", push, sizeof push, (Tensor *[]){n->in[0], n->out[0], n->out[1]}, 3,
             (w + TILE - 1) / TILE, (h + TILE - 1) / TILE, 1);
}

static const Op classify_op = {
    .name = "canny_classify", .cpu = classify_cpu, .vulkan = classify_vulkan};
static const Op spread_op = {.name = "canny_spread", .cpu = spread_cpu, .vulkan = spread_vulkan};
