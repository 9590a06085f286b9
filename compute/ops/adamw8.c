/* SPDX-License-Identifier: Apache-2.0 */
/* adamw8: AdamW whose moments take 8 bits each (Dettmers et al. 2022, arXiv 2110.02861), as
 * bitsandbytes' block-wise kernel. A block is 256 elements, as there since version 0.44; a code
 * stands for a value of the dynamic map, times the largest magnitude of its block. The map has
 * seven decades; each is cut into twice as many equal steps as the one below it, a code for the
 * middle of each, and 0 and 1. m's map is signed, v's is not.
 * The update takes the moments as they are before they are rounded, and decays last.
 * Codes are packed by four into an I32 weight, the first in the lowest byte. */
#include "compute/cpu/parallel.h"
#include "compute/op.h"
#include "compute/ops.h"
#include "compute/ops/step.h"

#define BLOCK ADAMW8_BLOCK
#define ZERO 127 /* the signed code of 0 */

static const Op adamw8_op;

static int64_t
n_blocks(int64_t count)
{
    return (count + BLOCK - 1) / BLOCK;
}

/* inputs param, grad, m, v, max_m, max_v, hyper, sum */
void
op_adamw8(Graph *g, Tensor *param, Tensor *grad, Tensor *m, Tensor *v, Tensor *max_m, Tensor *max_v,
          Tensor *hyper, Tensor *sum)
{
    int64_t n = tensor_count(param), words = (n + 3) / 4;
    if (tensor_count(grad) != n || tensor_count(m) != words || tensor_count(v) != words ||
        tensor_count(max_m) != n_blocks(n) || tensor_count(max_v) != n_blocks(n) ||
        tensor_count(hyper) != 8) {
        g_autofree char *sp = shape_to_string(&param->shape), *sg = shape_to_string(&grad->shape);
        g_error("adamw8: weight %s, gradient %s and the moments do not fit together", sp, sg);
    }
    graph_node(g, &adamw8_op, 8, (Tensor *[]){param, grad, m, v, max_m, max_v, hyper, sum}, 0, NULL,
               NULL);
}

/* --- the maps --- */

typedef struct {
    float of_m[256], of_v[256]; /* ascending */
} Maps;

/* The value of a step of a decade that holds n of them. */
static float
decade_value(int decade, int n, int step)
{
    static const float power[] = {1e-6f, 1e-5f, 1e-4f, 1e-3f, 1e-2f, 1e-1f, 1};
    return power[decade] * (0.1f + 0.9f * ((float)step + 0.5f) / (float)n);
}

static void
maps_init(Maps *maps)
{
    float *m = maps->of_m, *v = maps->of_v;
    int rank = 1;
    m[ZERO] = v[0] = 0;
    m[255] = v[255] = 1;
    for (int decade = 0; decade < 7; decade++) {
        for (int step = 0; step < 1 << decade; step++, rank++) {
            m[ZERO + rank] = decade_value(decade, 1 << decade, step);
            m[ZERO - rank] = -m[ZERO + rank];
        }
    }
    rank = 1;
    for (int decade = 0; decade < 7; decade++) {
        for (int step = 0; step < 2 << decade; step++, rank++)
            v[rank] = decade_value(decade, 2 << decade, step);
    }
}

/* The code whose value is nearest. */
static int
nearest(const float *map, float x)
{
    int low = 0;
    for (int width = 128; width > 0; width >>= 1)
        low += low + width < 256 && map[low + width] <= x ? width : 0;
    return low < 255 && map[low + 1] - x < x - map[low] ? low + 1 : low;
}

/* --- CPU --- */

typedef struct {
    const float *hyper;
    float clip;
    Maps maps;
} Step;

static void
block_step(const Step *step, int n, float *restrict param, const float *restrict grad,
           uint8_t *restrict m, uint8_t *restrict v, float *max_m, float *max_v)
{
    const float *h = step->hyper;
    float rest1 = step_rest(h[1]), rest2 = step_rest(h[2]), root = sqrtf(h[6]);
    float size = h[0] * root / h[5], eps = root * h[3], decay = 1 - h[0] * h[4];
    float next_m[BLOCK], next_v[BLOCK], top_m = 0, top_v = 0;
    for (int i = 0; i < n; i++) {
        float g = grad[i] * step->clip;
        next_m[i] = h[1] * (step->maps.of_m[m[i]] * *max_m) + rest1 * g;
        next_v[i] = h[2] * (step->maps.of_v[v[i]] * *max_v) + rest2 * g * g;
        param[i] = (param[i] - size * (next_m[i] / (sqrtf(next_v[i]) + eps))) * decay;
        top_m = fmaxf(top_m, fabsf(next_m[i]));
        top_v = fmaxf(top_v, next_v[i]);
    }
    for (int i = 0; i < n; i++) {
        int code = top_m > 0 ? nearest(step->maps.of_m, next_m[i] / top_m) : ZERO;
        /* As bitsandbytes: what is negative does not become 0. */
        m[i] = (uint8_t)(next_m[i] < 0 && code == ZERO ? ZERO - 1 : code);
        v[i] = (uint8_t)(top_v > 0 ? nearest(step->maps.of_v, next_v[i] / top_v) : 0);
    }
    *max_m = top_m;
    *max_v = top_v;
}

static void
adamw8_cpu(const Node *n, void *const *in, void *const *out)
{
    int64_t count = tensor_count(n->in[0]);
    float *param = in[0], *max_m = in[4], *max_v = in[5];
    const float *grad = in[1];
    uint8_t *m = in[2], *v = in[3]; /* little-endian words, byte by byte */
    Step step = {.hyper = in[6]};
    if (!step_clip(step.hyper[7], in[7], &step.clip))
        return;
    maps_init(&step.maps);
#pragma omp parallel for schedule(static) if (count > STEP_GRAIN)
    for (int64_t b = 0; b < n_blocks(count); b++) {
        int64_t first = b * BLOCK;
        block_step(&step, (int)MIN(BLOCK, count - first), param + first, grad + first, m + first,
                   v + first, max_m + b, max_v + b);
    }
}

static void
adamw8_vulkan(const Node *n, Dispatcher *d)
{
    struct {
        uint32_t n, has_sum;
    } push = {(uint32_t)tensor_count(n->in[0]), n->in[7] != NULL};
    uint32_t blocks = (uint32_t)n_blocks(push.n), across = MIN(blocks, 65535);
    G_STATIC_ASSERT(sizeof push == 8);
    dispatch(d, "adamw8", &push, sizeof push, n->in, 8, across, (blocks + 65534) / 65535, 1);
}

/* For the runner, which draws inputs 0 .. 3: the largest of the blocks positive, hyper close to
 * 0.5; the result shows the weight after two steps, in which codes are written and read again. */
static Tensor *
adamw8_build(Graph *g, Tensor *const *in, const OpAttrs *attrs)
{
    Tensor *hyper = op_add(g, op_scale(g, in[6], 0.01f), op_fill(g, &in[6]->shape, 0.5f));
    Tensor *max_m = op_mul(g, in[4], in[4]), *max_v = op_mul(g, in[5], in[5]);
    Tensor *sum = in[7] ? op_mul(g, in[7], in[7]) : NULL;
    for (int i = 0; i < 2; i++)
        op_adamw8(g, in[0], in[1], in[2], in[3], max_m, max_v, hyper, sum);
    return op_scale(g, in[0], 1);
}

/* clang-format off */
#define CASE(n, words, blocks) \
    SHAPE_INIT(n), SHAPE_INIT(n), SHAPE_INIT(words), SHAPE_INIT(words), SHAPE_INIT(blocks), \
    SHAPE_INIT(blocks), SHAPE_INIT(8)
static const OpCase cases[] = {
    {.name = "201", .in = {CASE(201, 51, 1)}, .id_limit = G_MAXINT32, .tolerance = 1e-4f},
    {.name = "4099, clipped", .in = {CASE(4099, 1025, 17), SHAPE_INIT(1)}, .id_limit = G_MAXINT32,
     .tolerance = 1e-4f},
};
/* clang-format on */

static const Op adamw8_op = {.name = "adamw8",
                             .build = adamw8_build,
                             .cpu = adamw8_cpu,
                             .vulkan = adamw8_vulkan,
                             .writes = 1 << 0 | 1 << 2 | 1 << 3 | 1 << 4 | 1 << 5,
                             .i32_in = 1 << 2 | 1 << 3,
                             .cases = cases,
                             .n_cases = G_N_ELEMENTS(cases)};

const Op *const adamw8_ops[] = {&adamw8_op, NULL};
