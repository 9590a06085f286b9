/* SPDX-License-Identifier: Apache-2.0 */
/* The recorded step of sampling: UNet, ControlNets, guidance. */
#include "compute/sample/guided_unet.h"

#include <string.h>

#include "compute/model/timestep.h"
#include "compute/program.h"
#include "compute/sample/guidance.h"

struct GuidedUnet {
    const Pipeline *pipeline;
    GuidedUnetShape shape;
    int batch;   /* n_images, twice that when guided */
    int64_t one; /* floats of the latent of one picture */
    Program *program;
    Tensor *sample, *time, *context, *prediction;
    Tensor *hint[MAX_CONTROLS];      /* (batch, C0, h, w); half the batch where positive_only */
    Tensor *scale[MAX_CONTROLS];     /* (batch, results) */
    double *factors[MAX_CONTROLS];   /* (results) */
    ControlHint *stem[MAX_CONTROLS]; /* made when the first map comes */
    float *both;                     /* (batch, C, h, w) */
    /* Steps that no control has a part in take one without; made when the first comes. */
    GuidedUnet *plain;
    Shape prompts;      /* of what guided_unet_set_context takes */
    float *prompt_text; /* what it took last */
};

/* x (1, n, rest) of the shape of `like` but for its n samples */
static Tensor *
as_samples(Graph *graph, Tensor *x, const Tensor *like)
{
    Shape shape = like->shape;

    shape.dim[0] = x->shape.dim[1];
    return op_reshape(graph, x, &shape);
}

/* The samples of x in a row: (1, N, ...). */
static Tensor *
in_a_row(Graph *graph, Tensor *x)
{
    int64_t n = x->shape.dim[0];

    return op_reshape(graph, x, &SHAPE(1, n, tensor_count(x) / n));
}

/* The latter half of the batch. */
static Tensor *
positive_half(Graph *graph, Tensor *x)
{
    int n = (int)x->shape.dim[0] / 2;

    return as_samples(graph, op_slice(graph, in_a_row(graph, x), n, n), x);
}

/* A whole batch, zero in its first half. */
static Tensor *
after_zeros(Graph *graph, Tensor *x)
{
    Tensor *row = in_a_row(graph, x);

    return as_samples(graph, op_concat(graph, op_fill(graph, &row->shape, 0), row), x);
}

/* Whether control k is computed for the positive half of a guided batch. */
static bool
is_half(const GuidedUnet *u, int k)
{
    return u->shape.guided && u->shape.positive_only[k];
}

static GPtrArray *
record_control(GuidedUnet *u, Graph *graph, int k)
{
    const ControlNet *net = u->shape.nets[k];
    int c0 = net->config.unet.block_out_channels[0], n_results = controlnet_n_results(&net->config);
    bool half = is_half(u, k);
    int batch = half ? u->batch / 2 : u->batch;
    Tensor *x = half ? positive_half(graph, u->sample) : u->sample;
    Tensor *time = half ? positive_half(graph, u->time) : u->time;
    Tensor *context = half ? positive_half(graph, u->context) : u->context;

    u->hint[k] = graph_input(graph, DTYPE_F32, &SHAPE(batch, c0, u->shape.height, u->shape.width));
    u->scale[k] = graph_input(graph, DTYPE_F32, &SHAPE(batch, n_results));
    u->factors[k] = g_new(double, n_results);
    for (int i = 0; i < n_results; i++)
        u->factors[k][i] = 1;
    GPtrArray *out = controlnet_forward(graph, net, x, time, context, u->hint[k], u->scale[k]);
    for (guint i = 0; half && i < out->len; i++)
        out->pdata[i] = after_zeros(graph, out->pdata[i]);
    return out;
}

/* What the ControlNets add to the skip tensors, all together; NULL without. */
static GPtrArray *
record_controls(GuidedUnet *u, Graph *graph)
{
    GPtrArray *sum = NULL;

    for (int k = 0; k < u->shape.n_controls; k++) {
        GPtrArray *own = record_control(u, graph, k);
        for (guint i = 0; sum && i < sum->len; i++)
            sum->pdata[i] = op_add(graph, sum->pdata[i], own->pdata[i]);
        if (sum)
            g_ptr_array_unref(own);
        else
            sum = own;
    }
    return sum;
}

GuidedUnet *
guided_unet_new(const Pipeline *p, const GuidedUnetShape *shape, const Shape *context,
                GError **error)
{
    const UNetConfig *config = &p->unet->config;
    g_autoptr(GuidedUnet) u = g_new0(GuidedUnet, 1);
    g_autoptr(GPtrArray) residuals = NULL;
    Graph *graph = graph_new();

    u->pipeline = p;
    u->shape = *shape;
    u->prompts = *context;
    u->prompt_text = g_new0(float, shape_count(context));
    u->batch = shape->n_images * (shape->guided ? 2 : 1);
    u->one = (int64_t)config->in_channels * shape->height * shape->width;
    u->sample = graph_input(graph, DTYPE_F32,
                            &SHAPE(u->batch, config->in_channels, shape->height, shape->width));
    u->time = graph_input(graph, DTYPE_F32, &SHAPE(u->batch, unet_time_width(config)));
    u->context = graph_input(graph, DTYPE_F32, &SHAPE(u->batch, context->dim[1], context->dim[2]));
    residuals = record_controls(u, graph);
    u->prediction =
        graph_keep(graph, unet_forward(graph, p->unet, u->sample, u->time, u->context, residuals));
    u->program = program_new(graph, p->device, error);
    u->both = g_new(float, u->one * u->batch);
    return u->program ? g_steal_pointer(&u) : NULL;
}

void
guided_unet_free(GuidedUnet *u)
{
    if (!u)
        return;
    guided_unet_free(u->plain);
    program_free(u->program);
    g_free(u->prompt_text);
    for (int k = 0; k < u->shape.n_controls; k++) {
        g_free(u->factors[k]);
        control_hint_free(u->stem[k]);
    }
    g_free(u->both);
    g_free(u);
}

const GuidedUnetShape *
guided_unet_shape(const GuidedUnet *u)
{
    return &u->shape;
}

bool
guided_unet_set_context(GuidedUnet *u, const float *context, GError **error)
{
    gsize n = tensor_count(u->context) / u->batch;
    g_autofree float *all = g_new(float, tensor_count(u->context));

    for (int b = 0; b < u->batch; b++)
        memcpy(all + b * n, context + (b / u->shape.n_images) * n, n * sizeof *all);
    if (context != u->prompt_text)
        memcpy(u->prompt_text, context, n * (u->shape.guided ? 2 : 1) * sizeof *context);
    return program_write(u->program, u->context, all, error) &&
           (!u->plain || guided_unet_set_context(u->plain, context, error));
}

bool
guided_unet_set_maps(GuidedUnet *u, int k, const float *maps, int n_maps, GCancellable *cancellable,
                     GError **error)
{
    gsize factor = (gsize)vae_factor(&u->pipeline->vae->config);
    gsize width = u->shape.width * factor, height = u->shape.height * factor;
    gsize batch = u->hint[k]->shape.dim[0], n = tensor_count(u->hint[k]) / batch;
    g_autofree float *all = g_new(float, tensor_count(u->hint[k]));

    g_return_val_if_fail(n_maps == 1 || n_maps == u->shape.n_images, false);
    if (!u->stem[k] && !(u->stem[k] = control_hint_new(u->pipeline->device, u->shape.nets[k],
                                                       (int)width, (int)height, error)))
        return false;
    for (int i = 0; i < n_maps; i++) {
        if (!control_hint_run(u->stem[k], maps + 3 * width * height * i, all + n * i, cancellable,
                              error))
            return false;
    }
    for (gsize b = (gsize)n_maps; b < batch; b++)
        memcpy(all + b * n, all + b % n_maps * n, n * sizeof *all);
    return program_write(u->program, u->hint[k], all, error);
}

void
guided_unet_set_factors(GuidedUnet *u, int k, const double *factors)
{
    memcpy(u->factors[k], factors, sizeof *factors * (gsize)u->scale[k]->shape.dim[1]);
}

static bool
write_scale(GuidedUnet *u, int k, double weight, GError **error)
{
    int64_t batch = u->scale[k]->shape.dim[0], n = u->scale[k]->shape.dim[1];
    g_autofree float *scale = g_new(float, batch *n);

    for (int64_t i = 0; i < batch * n; i++)
        scale[i] = (float)(weight * u->factors[k][i % n]);
    return program_write(u->program, u->scale[k], scale, error);
}

static bool
write_inputs(GuidedUnet *u, const GuidedUnetStep *step, GError **error)
{
    const UNetConfig *config = &u->pipeline->unet->config;
    g_autofree float *time = g_new(float, (gsize)u->batch *unet_time_width(config));
    g_autofree double *t = g_new(double, u->batch);
    gsize n = u->one * u->shape.n_images;

    for (int b = 0; b < u->batch; b++)
        t[b] = step->timestep;
    timestep_embedding(config, t, u->batch, time);
    memcpy(u->both, step->input, n * sizeof *u->both);
    if (u->shape.guided)
        memcpy(u->both + n, step->input, n * sizeof *u->both);
    if (!program_write(u->program, u->sample, u->both, error) ||
        !program_write(u->program, u->time, time, error))
        return false;
    for (int k = 0; k < u->shape.n_controls; k++) {
        if (!write_scale(u, k, step->weights[k], error))
            return false;
    }
    return true;
}

static bool
is_controlled(const GuidedUnet *u, const GuidedUnetStep *step)
{
    for (int k = 0; k < u->shape.n_controls; k++) {
        if (step->weights[k] != 0)
            return true;
    }
    return false;
}

static bool
make_plain(GuidedUnet *u, GError **error)
{
    GuidedUnetShape shape = {.height = u->shape.height,
                             .width = u->shape.width,
                             .n_images = u->shape.n_images,
                             .guided = u->shape.guided,
                             .clip_skip = u->shape.clip_skip};

    if (u->plain)
        return true;
    u->plain = guided_unet_new(u->pipeline, &shape, &u->prompts, error);
    return u->plain && guided_unet_set_context(u->plain, u->prompt_text, error);
}

bool
guided_unet_predict(GuidedUnet *u, const GuidedUnetStep *step, float *prediction,
                    GCancellable *cancellable, GError **error)
{
    gsize n = u->one * u->shape.n_images;

    if (u->shape.n_controls > 0 && !is_controlled(u, step))
        return make_plain(u, error) &&
               guided_unet_predict(u->plain, step, prediction, cancellable, error);
    if (!write_inputs(u, step, error) || !program_run(u->program, cancellable, error) ||
        !program_read(u->program, u->prediction, u->both, error))
        return false;
    if (u->shape.guided)
        guidance_apply(u->both, u->both + n, u->shape.n_images, u->one, step->guidance,
                       step->rescale);
    memcpy(prediction, u->both, n * sizeof *prediction);
    return true;
}
