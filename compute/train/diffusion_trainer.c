/* SPDX-License-Identifier: Apache-2.0 */
/* One recorded step of diffusion training. */
#include "compute/train/diffusion_trainer.h"

#include "compute/model/timestep.h"
#include "compute/program.h"

#include <math.h>

struct DiffusionTrainer {
    DiffusionTrainerOptions options;
    Program *program;
    AdamW *adamw;
    Rng *rng;
    Tensor *latents, *noise, *signal, *sigma, *minus_sigma; /* inputs */
    Tensor *time, *ids, *control, *sample_weight;
    Tensor *loss;
    float *noise_values, *time_values;
    float *signal_values, *sigma_values, *minus_values, *weight_values; /* n */
    double *timesteps;
};

static Tensor *
record_target(DiffusionTrainer *trainer, Graph *graph)
{
    if (trainer->options.schedule->prediction == PREDICTION_EPSILON)
        return trainer->noise;
    trainer->minus_sigma = graph_input(graph, DTYPE_F32, &SHAPE(trainer->options.n));
    return op_mix(graph, trainer->noise, trainer->latents, trainer->signal, trainer->minus_sigma);
}

static void
record(DiffusionTrainer *trainer, Graph *graph)
{
    const DiffusionTrainerOptions *o = &trainer->options;
    Shape shape = SHAPE(o->n, o->unet->config.in_channels, o->height, o->width);
    trainer->latents = graph_input(graph, DTYPE_F32, &shape);
    trainer->noise = graph_input(graph, DTYPE_F32, &shape);
    trainer->signal = graph_input(graph, DTYPE_F32, &SHAPE(o->n));
    trainer->sigma = graph_input(graph, DTYPE_F32, &SHAPE(o->n));
    trainer->sample_weight = graph_input(graph, DTYPE_F32, &SHAPE(o->n));
    trainer->time = graph_input(graph, DTYPE_F32, &SHAPE(o->n, unet_time_width(&o->unet->config)));
    trainer->ids = graph_input(graph, DTYPE_I32, &SHAPE(o->n, o->n_tokens));
    Tensor *sample =
        op_mix(graph, trainer->latents, trainer->noise, trainer->signal, trainer->sigma);
    Tensor *context = text_encoder_forward(graph, o->text_encoder, trainer->ids, o->clip_skip);
    g_autoptr(GPtrArray) residuals = NULL;
    if (o->controlnet) {
        trainer->control = graph_input(graph, DTYPE_F32,
                                       &SHAPE(o->n, 3, (int64_t)o->height * o->control_factor,
                                              (int64_t)o->width * o->control_factor));
        Tensor *hint = controlnet_hint_forward(graph, o->controlnet, trainer->control);
        residuals =
            controlnet_forward(graph, o->controlnet, sample, trainer->time, context, hint, NULL);
    }
    Tensor *prediction = unet_forward(graph, o->unet, sample, trainer->time, context, residuals);
    Tensor *target = record_target(trainer, graph);
    trainer->loss =
        graph_keep(graph, op_mse_loss_weighted(graph, prediction, target, trainer->sample_weight));
    graph_backward(graph, trainer->loss);
    adamw_record(trainer->adamw, graph);
}

DiffusionTrainer *
diffusion_trainer_new(const DiffusionTrainerOptions *options, GError **error)
{
    g_autoptr(DiffusionTrainer) trainer = g_new0(DiffusionTrainer, 1);
    Device *device = options->unet->module->device;
    int n = options->n;
    trainer->options = *options;
    trainer->rng = rng_new(options->seed);
    trainer->adamw = adamw_new(device, &options->adamw);
    if (options->weights && !adamw_add_group(trainer->adamw, options->weights, 1.0, error))
        return NULL;
    if (options->text_weights &&
        !adamw_add_group(trainer->adamw, options->text_weights, options->text_lr_scale, error))
        return NULL;
    Graph *graph = graph_new();
    record(trainer, graph);
    trainer->program = program_new(graph, device, error);
    if (!trainer->program)
        return NULL;
    trainer->noise_values = g_new(float, tensor_count(trainer->noise));
    trainer->time_values = g_new(float, tensor_count(trainer->time));
    trainer->signal_values = g_new(float, n);
    trainer->sigma_values = g_new(float, n);
    trainer->minus_values = g_new(float, n);
    trainer->weight_values = g_new(float, n);
    trainer->timesteps = g_new(double, n);
    return g_steal_pointer(&trainer);
}

void
diffusion_trainer_free(DiffusionTrainer *trainer)
{
    if (!trainer)
        return;
    program_free(trainer->program);
    adamw_free(trainer->adamw);
    rng_free(trainer->rng);
    g_free(trainer->noise_values);
    g_free(trainer->time_values);
    g_free(trainer->signal_values);
    g_free(trainer->sigma_values);
    g_free(trainer->minus_values);
    g_free(trainer->weight_values);
    g_free(trainer->timesteps);
    g_free(trainer);
}

/* min(snr, gamma) / snr for epsilon, / (snr + 1) for v. */
static double
snr_weight(const DiffusionTrainerOptions *options, int t)
{
    if (options->min_snr_gamma <= 0)
        return 1.0;
    double snr = schedule_snr(options->schedule, t);
    double over = options->schedule->prediction == PREDICTION_V ? snr + 1.0 : snr;
    return fmin(snr, options->min_snr_gamma) / over;
}

static void
draw(DiffusionTrainer *trainer)
{
    const DiffusionTrainerOptions *o = &trainer->options;
    const Schedule *schedule = o->schedule;
    for (int i = 0; i < o->n; i++) {
        int t = (int)rng_int(trainer->rng, (uint32_t)schedule->n_train);
        trainer->timesteps[i] = t;
        trainer->signal_values[i] = (float)sqrt(schedule->alpha_cumprod[t]);
        trainer->sigma_values[i] = (float)sqrt(1.0 - schedule->alpha_cumprod[t]);
        trainer->minus_values[i] = -trainer->sigma_values[i];
        trainer->weight_values[i] = (float)snr_weight(o, t);
    }
    rng_normal(trainer->rng, trainer->noise_values, tensor_count(trainer->noise));
    timestep_embedding(&o->unet->config, trainer->timesteps, o->n, trainer->time_values);
}

static bool
write_inputs(DiffusionTrainer *trainer, const DiffusionBatch *batch, GError **error)
{
    const struct {
        Tensor *tensor;
        const void *data;
    } inputs[] = {
        {trainer->latents, batch->latents},
        {trainer->noise, trainer->noise_values},
        {trainer->signal, trainer->signal_values},
        {trainer->sigma, trainer->sigma_values},
        {trainer->time, trainer->time_values},
        {trainer->ids, batch->ids},
        {trainer->control, batch->control},
        {trainer->minus_sigma, trainer->minus_values},
        {trainer->sample_weight, trainer->weight_values},
    };
    for (guint i = 0; i < G_N_ELEMENTS(inputs); i++) {
        if (inputs[i].tensor &&
            !program_write(trainer->program, inputs[i].tensor, inputs[i].data, error))
            return false;
    }
    return true;
}

bool
diffusion_trainer_step(DiffusionTrainer *trainer, const DiffusionBatch *batch, double lr,
                       double *loss, GCancellable *cancellable, GError **error)
{
    float value = 0;
    draw(trainer);
    if (!write_inputs(trainer, batch, error) ||
        !adamw_begin_step(trainer->adamw, trainer->program, lr, error) ||
        !program_run(trainer->program, cancellable, error) ||
        !program_read(trainer->program, trainer->loss, &value, error))
        return false;
    if (!isfinite(value)) {
        g_set_error(error, G_IO_ERROR, G_IO_ERROR_FAILED,
                    "The loss became %g at step %" G_GINT64_FORMAT
                    ". Lower the learning rate (it was %g).",
                    (double)value, adamw_n_steps(trainer->adamw), lr);
        return false;
    }
    *loss = value;
    return true;
}

size_t
diffusion_trainer_memory(const DiffusionTrainer *trainer)
{
    return program_memory(trainer->program);
}

double
diffusion_trainer_work(const DiffusionTrainer *trainer)
{
    return program_work(trainer->program);
}

AdamW *
diffusion_trainer_adamw(DiffusionTrainer *trainer)
{
    return trainer->adamw;
}

Rng *
diffusion_trainer_rng(DiffusionTrainer *trainer)
{
    return trainer->rng;
}
