/* SPDX-License-Identifier: Apache-2.0 */
/* The recorded step of sampling: UNet, ControlNets, guidance. */
#include "compute/sample/guided_unet.h"

#include <string.h>

#include "compute/model/timestep.h"
#include "compute/program.h"

struct GuidedUnet {
    const Pipeline *pipeline;
    GuidedUnetShape shape;
    int batch;   /* n_images, twice that when guided */
    int64_t one; /* floats of the latent of one picture */
    Program *program;
    Tensor *sample, *time, *context, *prediction;
    Tensor *hint[MAX_CONTROLS];  /* (batch, C0, h, w) */
    Tensor *scale[MAX_CONTROLS]; /* (batch) */
    float *both;                 /* (batch, C, h, w) */
};

/* What the ControlNets add to the skip tensors, all together; NULL without. */
static GPtrArray *
record_controls(GuidedUnet *u, Graph *graph)
{
    GPtrArray *sum = NULL;

    for (int k = 0; k < u->shape.n_controls; k++) {
        const ControlNet *net = u->shape.nets[k];
        int c0 = net->config.unet.block_out_channels[0];
        GPtrArray *own;

        u->hint[k] =
            graph_input(graph, DTYPE_F32, &SHAPE(u->batch, c0, u->shape.height, u->shape.width));
        u->scale[k] = graph_input(graph, DTYPE_F32, &SHAPE(u->batch));
        own =
            controlnet_forward(graph, net, u->sample, u->time, u->context, u->hint[k], u->scale[k]);
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
    program_free(u->program);
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
    return program_write(u->program, u->context, all, error);
}

bool
guided_unet_set_map(GuidedUnet *u, int k, const float *map, GCancellable *cancellable,
                    GError **error)
{
    int factor = vae_factor(&u->pipeline->vae->config);
    gsize n = tensor_count(u->hint[k]) / u->batch;
    g_autofree float *all = g_new(float, tensor_count(u->hint[k]));
    g_autofree float *hint =
        generator_control_hint(u->pipeline->device, u->shape.nets[k], map, u->shape.width * factor,
                               u->shape.height * factor, cancellable, error);

    if (!hint)
        return false;
    for (int b = 0; b < u->batch; b++)
        memcpy(all + b * n, hint, n * sizeof *all);
    return program_write(u->program, u->hint[k], all, error);
}

static bool
write_inputs(GuidedUnet *u, const GuidedUnetStep *step, GError **error)
{
    const UNetConfig *config = &u->pipeline->unet->config;
    g_autofree float *time = g_new(float, (gsize)u->batch *unet_time_width(config));
    g_autofree double *t = g_new(double, u->batch);
    g_autofree float *scale = g_new(float, u->batch);
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
        for (int b = 0; b < u->batch; b++)
            scale[b] = (float)step->weights[k];
        if (!program_write(u->program, u->scale[k], scale, error))
            return false;
    }
    return true;
}

bool
guided_unet_predict(GuidedUnet *u, const GuidedUnetStep *step, float *prediction,
                    GCancellable *cancellable, GError **error)
{
    gsize n = u->one * u->shape.n_images;

    if (!write_inputs(u, step, error) || !program_run(u->program, cancellable, error) ||
        !program_read(u->program, u->prediction, u->both, error))
        return false;
    for (gsize j = 0; u->shape.guided && j < n; j++)
        u->both[j] += (float)step->guidance * (u->both[n + j] - u->both[j]);
    memcpy(prediction, u->both, n * sizeof *prediction);
    return true;
}
