/* SPDX-License-Identifier: Apache-2.0 */
/* Noising, denoising and the loss. */
#include "compute/train/diffusion_graph.h"

#include "compute/model/timestep.h"

#include <math.h>

static Tensor *
record_target(DiffusionGraph *in, Graph *graph, const DiffusionTrainerOptions *o)
{
    if (o->schedule->prediction == PREDICTION_EPSILON)
        return in->noise;
    in->minus_sigma = graph_input(graph, DTYPE_F32, &SHAPE(o->n));
    return op_mix(graph, in->noise, in->latents, in->signal, in->minus_sigma);
}

static Tensor *
record_context(DiffusionGraph *in, Graph *graph, const DiffusionTrainerOptions *o)
{
    if (!o->text_encoder) {
        Shape shape = SHAPE(o->n, o->n_tokens, o->unet->config.cross_attention_dim);
        in->context = graph_input(graph, DTYPE_F32, &shape);
        if (in->wants_context_grad)
            graph_want_grad(graph, in->context);
        return in->context;
    }
    in->ids = graph_input(graph, DTYPE_I32, &SHAPE(o->n, o->n_tokens));
    return text_encoder_forward(graph, o->text_encoder, in->ids, o->clip_skip);
}

static GPtrArray *
record_controlnet(DiffusionGraph *in, Graph *graph, const DiffusionTrainerOptions *o,
                  Tensor *sample, Tensor *context)
{
    int64_t factor = o->control_factor;
    if (!o->controlnet)
        return NULL;
    in->control =
        graph_input(graph, DTYPE_F32, &SHAPE(o->n, 3, o->height * factor, o->width * factor));
    Tensor *hint = controlnet_hint_forward(graph, o->controlnet, in->control);
    return controlnet_forward(graph, o->controlnet, sample, in->time, context, hint, NULL);
}

/* Until the end of the recording. */
static void
set_dropout_keys(DiffusionGraph *in, Graph *graph, const DiffusionTrainerOptions *o)
{
    in->dropout_keys = o->dropout ? graph_input(graph, DTYPE_I32, &SHAPE(o->n, 2)) : NULL;
    o->unet->module->dropout_keys = in->dropout_keys;
    if (o->text_encoder)
        o->text_encoder->module->dropout_keys = in->dropout_keys;
}

void
diffusion_graph_record(DiffusionGraph *in, Graph *graph, const DiffusionTrainerOptions *o)
{
    Shape shape = SHAPE(o->n, o->unet->config.in_channels, o->height, o->width);
    *in = (DiffusionGraph){
        .wants_context_grad = in->wants_context_grad,
        .latents = graph_input(graph, DTYPE_F32, &shape),
        .noise = graph_input(graph, DTYPE_F32, &shape),
        .signal = graph_input(graph, DTYPE_F32, &SHAPE(o->n)),
        .sigma = graph_input(graph, DTYPE_F32, &SHAPE(o->n)),
        .sample_weight = graph_input(graph, DTYPE_F32, &SHAPE(o->n)),
        .time = graph_input(graph, DTYPE_F32, &SHAPE(o->n, unet_time_width(&o->unet->config))),
    };
    set_dropout_keys(in, graph, o);
    in->sample = op_mix(graph, in->latents, in->noise, in->signal, in->sigma);
    Tensor *context = record_context(in, graph, o);
    g_autoptr(GPtrArray) residuals = record_controlnet(in, graph, o, in->sample, context);
    in->prediction = unet_forward(graph, o->unet, in->sample, in->time, context, residuals);
    in->target = record_target(in, graph, o);
    Tensor *prediction = in->prediction, *target = in->target;
    if (o->weighted) {
        in->root_weights = graph_input(graph, DTYPE_F32, &shape);
        prediction = op_mul(graph, prediction, in->root_weights);
        target = op_mul(graph, target, in->root_weights);
    }
    in->loss =
        graph_keep(graph, op_mse_loss_weighted(graph, prediction, target, in->sample_weight));
    o->unet->module->dropout_keys = NULL;
    if (o->text_encoder)
        o->text_encoder->module->dropout_keys = NULL;
}

bool
diffusion_graph_write(const DiffusionGraph *in, Program *program, const DiffusionBatch *batch,
                      const DiffusionDraw *draw, GError **error)
{
    const struct {
        Tensor *tensor;
        const void *data;
    } inputs[] = {
        {in->latents, batch->latents},
        {in->noise, draw->noise},
        {in->signal, draw->signal},
        {in->sigma, draw->sigma},
        {in->time, draw->time},
        {in->ids, batch->ids},
        {in->context, batch->context},
        {in->control, batch->control},
        {in->minus_sigma, draw->minus},
        {in->sample_weight, draw->weight},
        {in->dropout_keys, draw->dropout_keys},
        {in->root_weights, batch->root_weights},
    };
    for (guint i = 0; i < G_N_ELEMENTS(inputs); i++) {
        if (inputs[i].tensor && !program_write(program, inputs[i].tensor, inputs[i].data, error))
            return false;
    }
    return true;
}

void
diffusion_draw_init(DiffusionDraw *draw, const DiffusionTrainerOptions *o)
{
    size_t n = (size_t)o->n, channels = (size_t)o->unet->config.in_channels;
    draw->n_noise = (int64_t)(n * channels * (size_t)o->height * (size_t)o->width);
    draw->noise = g_new(float, draw->n_noise);
    draw->time = g_new(float, n *(size_t)unet_time_width(&o->unet->config));
    draw->signal = g_new(float, n);
    draw->sigma = g_new(float, n);
    draw->minus = g_new(float, n);
    draw->weight = g_new(float, n);
    draw->timesteps = g_new(double, n);
    draw->dropout_keys = g_new0(int32_t, 2 * n);
}

void
diffusion_draw_clear(DiffusionDraw *draw)
{
    g_clear_pointer(&draw->noise, g_free);
    g_clear_pointer(&draw->time, g_free);
    g_clear_pointer(&draw->signal, g_free);
    g_clear_pointer(&draw->sigma, g_free);
    g_clear_pointer(&draw->minus, g_free);
    g_clear_pointer(&draw->weight, g_free);
    g_clear_pointer(&draw->timesteps, g_free);
    g_clear_pointer(&draw->dropout_keys, g_free);
}

/* min(snr, gamma) / snr for epsilon, / (snr + 1) for v. Without any signal (zero-SNR schedules) the
 * first is 1, its limit, for nothing can be learnt from a noise that is the input itself. */
static double
snr_weight(const DiffusionTrainerOptions *o, int t)
{
    if (o->min_snr_gamma <= 0)
        return 1.0;
    double snr = schedule_snr(o->schedule, t);
    if (o->schedule->prediction == PREDICTION_V)
        return fmin(snr, o->min_snr_gamma) / (snr + 1.0);
    return snr > 0 ? fmin(snr, o->min_snr_gamma) / snr : 1.0;
}

static void
set_timestep(DiffusionDraw *draw, const DiffusionTrainerOptions *o, int i, int t)
{
    draw->timesteps[i] = t;
    draw->signal[i] = (float)sqrt(o->schedule->alpha_cumprod[t]);
    draw->sigma[i] = (float)sqrt(1.0 - o->schedule->alpha_cumprod[t]);
    draw->minus[i] = -draw->sigma[i];
    draw->weight[i] = (float)snr_weight(o, t);
}

/* One normal value a channel, added to all its noise. */
static void
offset_noise(float *noise, const DiffusionTrainerOptions *o, Rng *rng)
{
    int64_t plane = (int64_t)o->height * o->width;
    int n_channels = o->unet->config.in_channels;
    g_autofree float *offsets = g_new(float, n_channels);
    rng_normal(rng, offsets, n_channels);
    for (int i = 0; i < n_channels; i++) {
        for (int64_t j = 0; j < plane; j++)
            noise[i * plane + j] += (float)o->noise_offset * offsets[i];
    }
}

/* Sample by sample, so that how samples are shared out to micro-batches and machines does not
 * matter. */
void
diffusion_draw_next(DiffusionDraw *draw, const DiffusionTrainerOptions *o, Rng *rng)
{
    int64_t n_sample = draw->n_noise / o->n;
    for (int i = 0; i < o->n; i++) {
        set_timestep(draw, o, i, (int)rng_int(rng, (uint32_t)o->schedule->n_train));
        rng_normal(rng, draw->noise + i * n_sample, n_sample);
        if (o->noise_offset > 0)
            offset_noise(draw->noise + i * n_sample, o, rng);
        for (int k = 0; o->dropout && k < 2; k++)
            draw->dropout_keys[2 * i + k] = (int32_t)rng_next(rng);
    }
    timestep_embedding(&o->unet->config, draw->timesteps, o->n, draw->time);
}

void
diffusion_draw_at(DiffusionDraw *draw, const DiffusionTrainerOptions *o, const int *timesteps)
{
    for (int i = 0; i < o->n; i++)
        set_timestep(draw, o, i, CLAMP(timesteps[i], 0, o->schedule->n_train - 1));
    timestep_embedding(&o->unet->config, draw->timesteps, o->n, draw->time);
}
