/* SPDX-License-Identifier: Apache-2.0 */
/* The VAE's posterior. moments (N, 2C, H, W) hold mean and logvar, logvar clamped to -30 .. 20.
 * gaussian_sample: mean + exp(logvar / 2) eps; kl_loss: its divergence from N(0, 1), the sum over
 * a sample and the mean over samples. Outside the clamp logvar takes no gradient. */
#include "compute/op.h"
#include "compute/ops.h"
#include "compute/ops/registry.h"

#include <math.h>

#define LOGVAR_MIN -30.0f
#define LOGVAR_MAX 20.0f

static const Op gaussian_sample_op, gaussian_sample_backward_op, kl_loss_op, kl_loss_backward_op;

static void
moments_check(const char *op, const Tensor *moments)
{
    if (moments->shape.n_dims < 2 || moments->shape.dim[1] % 2 != 0) {
        g_autofree char *sm = shape_to_string(&moments->shape);
        g_error("%s: %s does not hold a mean and a logvar", op, sm);
    }
}

Tensor *
op_gaussian_sample(Graph *g, Tensor *moments, Tensor *eps)
{
    moments_check("gaussian_sample", moments);
    Shape half = moments->shape;
    half.dim[1] /= 2;
    if (!shape_equal(&half, &eps->shape)) {
        g_autofree char *sm = shape_to_string(&moments->shape);
        g_autofree char *se = shape_to_string(&eps->shape);
        g_error("gaussian_sample: moments %s and eps %s do not fit", sm, se);
    }
    return graph_node(g, &gaussian_sample_op, 2, (Tensor *[]){moments, eps}, 1, &eps->shape, NULL)
        ->out[0];
}

Tensor *
op_kl_loss(Graph *g, Tensor *moments)
{
    moments_check("kl_loss", moments);
    return graph_node(g, &kl_loss_op, 1, &moments, 1, &SHAPE(1), NULL)->out[0];
}

static Tensor *
build_sample(Graph *g, Tensor *const *in, const OpAttrs *attrs)
{
    return op_gaussian_sample(g, in[0], in[1]);
}

static Tensor *
build_kl(Graph *g, Tensor *const *in, const OpAttrs *attrs)
{
    return op_kl_loss(g, in[0]);
}

static void
sample_backward(Graph *g, const Node *n, Tensor *const *dout, Tensor **din)
{
    Tensor *moments = n->in[0], *eps = n->in[1];
    Node *node = graph_node(g, &gaussian_sample_backward_op, 3, (Tensor *[]){moments, eps, dout[0]},
                            2, (Shape[]){moments->shape, eps->shape}, NULL);
    din[0] = moments->wants_grad ? node->out[0] : NULL;
    din[1] = eps->wants_grad ? node->out[1] : NULL;
}

static void
kl_backward(Graph *g, const Node *n, Tensor *const *dout, Tensor **din)
{
    din[0] = graph_node(g, &kl_loss_backward_op, 2, (Tensor *[]){n->in[0], dout[0]}, 1,
                        &n->in[0]->shape, NULL)
                 ->out[0];
}

/* --- CPU --- */

static float
clamped(float logvar)
{
    return logvar < LOGVAR_MIN ? LOGVAR_MIN : logvar > LOGVAR_MAX ? LOGVAR_MAX : logvar;
}

static bool
is_inside(float logvar)
{
    return logvar >= LOGVAR_MIN && logvar <= LOGVAR_MAX;
}

static void
sample_cpu(const Node *n, void *const *in, void *const *out)
{
    const int64_t batch = n->out[0]->shape.dim[0], half = tensor_count(n->out[0]) / batch;
    const float *moments = in[0], *eps = in[1];
    float *y = out[0];
#pragma omp parallel for schedule(static) if (batch * half > 4096)
    for (int64_t i = 0; i < batch * half; i++) {
        const float *at = moments + i / half * 2 * half + i % half;
        y[i] = at[0] + expf(0.5f * clamped(at[half])) * eps[i];
    }
}

static void
sample_backward_cpu(const Node *n, void *const *in, void *const *out)
{
    const int64_t batch = n->in[1]->shape.dim[0], half = tensor_count(n->in[1]) / batch;
    const float *moments = in[0], *eps = in[1], *dy = in[2];
    float *dmoments = out[0], *deps = out[1];
#pragma omp parallel for schedule(static) if (batch * half > 4096)
    for (int64_t i = 0; i < batch * half; i++) {
        int64_t at = i / half * 2 * half + i % half;
        float logvar = moments[at + half], std = expf(0.5f * clamped(logvar));
        dmoments[at] = dy[i];
        dmoments[at + half] = is_inside(logvar) ? 0.5f * std * eps[i] * dy[i] : 0.0f;
        deps[i] = std * dy[i];
    }
}

static void
kl_cpu(const Node *n, void *const *in, void *const *out)
{
    const int64_t batch = n->in[0]->shape.dim[0], half = tensor_count(n->in[0]) / batch / 2;
    const float *moments = in[0];
    double sum = 0;
    for (int64_t i = 0; i < batch * half; i++) {
        const float *at = moments + i / half * 2 * half + i % half;
        double mean = (double)at[0], logvar = (double)clamped(at[half]);
        sum += mean * mean + exp(logvar) - 1.0 - logvar;
    }
    *(float *)out[0] = (float)(0.5 * sum / (double)batch);
}

static void
kl_backward_cpu(const Node *n, void *const *in, void *const *out)
{
    const int64_t batch = n->in[0]->shape.dim[0], half = tensor_count(n->in[0]) / batch / 2;
    const float *moments = in[0];
    const float scale = *(const float *)in[1] / (float)batch;
    float *dmoments = out[0];
#pragma omp parallel for schedule(static) if (batch * half > 4096)
    for (int64_t i = 0; i < batch * half; i++) {
        int64_t at = i / half * 2 * half + i % half;
        float logvar = moments[at + half];
        dmoments[at] = scale * moments[at];
        dmoments[at + half] = is_inside(logvar) ? 0.5f * scale * (expf(logvar) - 1.0f) : 0.0f;
    }
}

/* --- Vulkan --- */

typedef struct {
    uint32_t n, half, batch; /* values of half the moments, of one sample's half, samples */
} Push;
G_STATIC_ASSERT(sizeof(Push) == 12);

static Push
push_of(const Node *n)
{
    uint32_t batch = (uint32_t)n->in[0]->shape.dim[0];
    uint32_t count = (uint32_t)(tensor_count(n->in[0]) / 2);
    return (Push){count, count / batch, batch};
}

static void
elementwise_vulkan(const Node *n, Dispatcher *d)
{
    Push push = push_of(n);
    Tensor *tensors[NODE_MAX_IN + NODE_MAX_OUT];
    for (int i = 0; i < n->n_in; i++)
        tensors[i] = n->in[i];
    for (int i = 0; i < n->n_out; i++)
        tensors[n->n_in + i] = n->out[i];
    dispatch_1d(d, n->op->name, &push, sizeof push, tensors, n->n_in + n->n_out, push.n);
}

static void
kl_vulkan(const Node *n, Dispatcher *d)
{
    Push push = push_of(n);
    dispatch(d, "kl_loss", &push, sizeof push, (Tensor *[]){n->in[0], n->out[0]}, 2, 1, 1, 1);
}

static const OpCase sample_cases[] = {
    {.name = "2x6x7x5", .in = {SHAPE_INIT(2, 6, 7, 5), SHAPE_INIT(2, 3, 7, 5)}},
    {.name = "clamped",
     .in = {SHAPE_INIT(1, 8, 17, 16), SHAPE_INIT(1, 4, 17, 16)},
     .scale = 13,
     .no_finite_difference = true},
};
static const OpCase kl_cases[] = {
    {.name = "2x6x7x5", .in = {SHAPE_INIT(2, 6, 7, 5)}},
    {.name = "clamped",
     .in = {SHAPE_INIT(3, 8, 17, 16)},
     .scale = 13,
     .no_finite_difference = true},
};

static const Op gaussian_sample_op = {.name = "gaussian_sample",
                                      .build = build_sample,
                                      .backward = sample_backward,
                                      .exact_out = 1u << 0, /* exp(logvar / 2) ends at 22026 */
                                      .cpu = sample_cpu,
                                      .vulkan = elementwise_vulkan,
                                      .cases = sample_cases,
                                      .n_cases = G_N_ELEMENTS(sample_cases)};
static const Op gaussian_sample_backward_op = {
    .name = "gaussian_sample_backward",
    .exact_out = 1u << 0 | 1u << 1,
    .cpu = sample_backward_cpu,
    .vulkan = elementwise_vulkan,
};
static const Op kl_loss_op = {.name = "kl_loss",
                              .build = build_kl,
                              .backward = kl_backward,
                              .exact_out = 1u << 0,
                              .cpu = kl_cpu,
                              .vulkan = kl_vulkan,
                              .cases = kl_cases,
                              .n_cases = G_N_ELEMENTS(kl_cases)};
static const Op kl_loss_backward_op = {
    .name = "kl_loss_backward",
    .exact_out = 1u << 0,
    .cpu = kl_backward_cpu,
    .vulkan = elementwise_vulkan,
};

const Op *const gaussian_ops[] = {&gaussian_sample_op, &kl_loss_op, NULL};
