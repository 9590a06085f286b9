/* SPDX-License-Identifier: Apache-2.0 */
/* The programs of diffusion training and the order in which a step runs them. */
#include "compute/train/diffusion_trainer.h"

#include "compute/train/diffusion_graph.h"

#include <math.h>
#include <string.h>

#define FIRST_SCALE 65536
#define LARGEST_SCALE 16777216.0
#define N_GOOD 2000 /* as torch's GradScaler */

struct DiffusionTrainer {
    DiffusionTrainerOptions options;
    Rng *rng;
    DiffusionDraw draw;
    Gradients *gradients;
    DiffusionGraph inputs;
    Tensor *loss_scale_input; /* (1), NULL without loss_scaling */
    LossScale loss_scale;
    bool is_checkpointing;
    Program *gradient; /* a micro-batch: forward, backward, added to the gradients */
    Optimiser *optimiser;
    Program *update;
    DiffusionTrainerOptions validation_options; /* one sample */
    DiffusionDraw validation_draw;
    DiffusionGraph validation_inputs;
    Program *validation;  /* NULL before its first use */
    int n_drawn, n_added; /* micro-batches of the present step; those of this machine */
    DiffusionReduce reduce;
    void *reduce_data;
};

static Device *
device_of(const DiffusionTrainer *trainer)
{
    return trainer->options.unet->module->device;
}

static Graph *
record(DiffusionTrainer *trainer, bool checkpointing)
{
    Graph *graph = graph_new();
    graph->checkpointing = trainer->is_checkpointing = checkpointing;
    g_clear_pointer(&trainer->gradients, gradients_free);
    trainer->gradients = gradients_new(device_of(trainer), graph);
    diffusion_graph_record(&trainer->inputs, graph, &trainer->options);
    if (trainer->options.loss_scaling) {
        trainer->loss_scale_input = graph_input(graph, DTYPE_F32, &SHAPE(1));
        graph_backward_from(graph, trainer->inputs.loss, trainer->loss_scale_input);
    } else {
        graph_backward(graph, trainer->inputs.loss);
    }
    gradients_add_value(trainer->gradients, trainer->inputs.loss);
    return graph;
}

static bool
record_gradient(DiffusionTrainer *trainer, GError **error)
{
    const DiffusionTrainerOptions *o = &trainer->options;
    Graph *graph = record(trainer, o->checkpointing == CHECKPOINTING_ON);
    if (o->checkpointing == CHECKPOINTING_AUTO && o->memory_budget > 0 &&
        program_plan_memory(graph, device_of(trainer)) > o->memory_budget) {
        graph_free(graph);
        graph = record(trainer, true);
    }
    trainer->gradient = program_new(graph, device_of(trainer), error);
    return trainer->gradient && gradients_check(trainer->gradients, error);
}

static bool
record_update(DiffusionTrainer *trainer, GError **error)
{
    const DiffusionTrainerOptions *o = &trainer->options;
    trainer->optimiser = optimiser_new(device_of(trainer), &o->optimiser);
    if (o->weights && !optimiser_add_group(trainer->optimiser, o->weights, 1.0, error))
        return false;
    if (o->text_weights &&
        !optimiser_add_group(trainer->optimiser, o->text_weights, o->text_lr_scale, error))
        return false;
    Graph *graph = graph_new();
    optimiser_record(trainer->optimiser, graph, trainer->gradients);
    trainer->update = program_new(graph, device_of(trainer), error);
    return trainer->update != NULL;
}

DiffusionTrainer *
diffusion_trainer_new(const DiffusionTrainerOptions *options, GError **error)
{
    g_autoptr(DiffusionTrainer) trainer = g_new0(DiffusionTrainer, 1);
    trainer->options = *options;
    trainer->options.accumulation = MAX(1, options->accumulation);
    trainer->loss_scale.scale = options->loss_scaling ? FIRST_SCALE : 1;
    trainer->rng = rng_new(options->seed);
    diffusion_draw_init(&trainer->draw, options);
    if (!record_gradient(trainer, error) || !record_update(trainer, error))
        return NULL;
    return g_steal_pointer(&trainer);
}

void
diffusion_trainer_free(DiffusionTrainer *trainer)
{
    if (!trainer)
        return;
    program_free(trainer->validation);
    program_free(trainer->update);
    program_free(trainer->gradient);
    gradients_free(trainer->gradients);
    optimiser_free(trainer->optimiser);
    rng_free(trainer->rng);
    diffusion_draw_clear(&trainer->draw);
    diffusion_draw_clear(&trainer->validation_draw);
    g_free(trainer);
}

/* --- a step --- */

bool
diffusion_trainer_accumulate(DiffusionTrainer *trainer, const DiffusionBatch *batch,
                             GCancellable *cancellable, GError **error)
{
    double factor = 1.0 / trainer->options.accumulation, scale = trainer->loss_scale.scale;
    float scale_value = (float)scale;
    diffusion_draw_next(&trainer->draw, &trainer->options, trainer->rng);
    trainer->n_drawn++;
    return diffusion_graph_write(&trainer->inputs, trainer->gradient, batch, &trainer->draw,
                                 error) &&
           (!trainer->loss_scale_input ||
            program_write(trainer->gradient, trainer->loss_scale_input, &scale_value, error)) &&
           gradients_begin(trainer->gradients, trainer->gradient, trainer->n_added++ > 0,
                           factor / scale, factor, error) &&
           program_run(trainer->gradient, cancellable, error);
}

void
diffusion_trainer_pass(DiffusionTrainer *trainer)
{
    diffusion_draw_next(&trainer->draw, &trainer->options, trainer->rng);
    trainer->n_drawn++;
}

static bool
reduce(DiffusionTrainer *trainer, GError **error)
{
    if (trainer->n_added == 0 && !gradients_clear(trainer->gradients, error))
        return false;
    trainer->n_drawn = trainer->n_added = 0;
    return !trainer->reduce ||
           trainer->reduce(gradients_weights(trainer->gradients), trainer->reduce_data, error);
}

static void
adapt_scale(DiffusionTrainer *trainer, DiffusionStep *step)
{
    LossScale *scale = &trainer->loss_scale;
    if (!trainer->options.loss_scaling)
        return;
    if (step->skipped) {
        step->rescaled = scale->scale > 1;
        scale->scale = fmax(1, scale->scale / 2);
        scale->n_good = 0;
    } else if (++scale->n_good >= N_GOOD) {
        scale->scale = fmin(LARGEST_SCALE, scale->scale * 2);
        scale->n_good = 0;
    }
}

bool
diffusion_trainer_update(DiffusionTrainer *trainer, double lr, DiffusionStep *step,
                         GCancellable *cancellable, GError **error)
{
    float loss = 0;
    g_return_val_if_fail(trainer->n_drawn == trainer->options.accumulation, false);
    if (!reduce(trainer, error) || !weight_read(gradients_value(trainer->gradients), &loss, error))
        return false;
    *step = (DiffusionStep){.loss = (double)loss, .norm = NAN, .skipped = true};
    if (!isfinite(loss))
        return true;
    if (!optimiser_begin_step(trainer->optimiser, trainer->update, lr, error) ||
        !program_run(trainer->update, cancellable, error) ||
        !optimiser_end_step(trainer->optimiser, trainer->update, &step->norm, error))
        return false;
    step->skipped = !isfinite(step->norm);
    adapt_scale(trainer, step);
    return true;
}

bool
diffusion_trainer_step(DiffusionTrainer *trainer, const DiffusionBatch *batches, double lr,
                       DiffusionStep *step, GCancellable *cancellable, GError **error)
{
    for (int i = 0; i < trainer->options.accumulation; i++) {
        if (!diffusion_trainer_accumulate(trainer, &batches[i], cancellable, error))
            return false;
    }
    return diffusion_trainer_update(trainer, lr, step, cancellable, error);
}

void
diffusion_trainer_set_reduce(DiffusionTrainer *trainer, DiffusionReduce func, void *data)
{
    trainer->reduce = func;
    trainer->reduce_data = data;
}

const GPtrArray *
diffusion_trainer_gradients(const DiffusionTrainer *trainer)
{
    return gradients_weights(trainer->gradients);
}

/* --- validation --- */

static bool
record_validation(DiffusionTrainer *trainer, GError **error)
{
    Graph *graph = graph_new();
    trainer->validation_options = trainer->options;
    trainer->validation_options.n = 1;
    trainer->validation_options.dropout = false;
    diffusion_draw_init(&trainer->validation_draw, &trainer->validation_options);
    diffusion_graph_record(&trainer->validation_inputs, graph, &trainer->validation_options);
    trainer->validation = program_new(graph, device_of(trainer), error);
    if (!trainer->validation)
        diffusion_draw_clear(&trainer->validation_draw);
    return trainer->validation != NULL;
}

bool
diffusion_trainer_validate(DiffusionTrainer *trainer, const DiffusionBatch *batch, int timestep,
                           const float *noise, double *loss, GCancellable *cancellable,
                           GError **error)
{
    const DiffusionGraph *inputs = &trainer->validation_inputs;
    DiffusionDraw *draw = &trainer->validation_draw;
    float value = 0;
    if (!trainer->validation && !record_validation(trainer, error))
        return false;
    diffusion_draw_at(draw, &trainer->validation_options, &timestep);
    memcpy(draw->noise, noise, sizeof *noise * (size_t)draw->n_noise);
    if (!diffusion_graph_write(inputs, trainer->validation, batch, draw, error) ||
        !program_run(trainer->validation, cancellable, error) ||
        !program_read(trainer->validation, inputs->loss, &value, error))
        return false;
    *loss = (double)value;
    return true;
}

/* --- what others ask --- */

bool
diffusion_trainer_is_checkpointing(const DiffusionTrainer *trainer)
{
    return trainer->is_checkpointing;
}

size_t
diffusion_trainer_memory(const DiffusionTrainer *trainer)
{
    return program_memory(trainer->gradient) + program_memory(trainer->update);
}

double
diffusion_trainer_work(const DiffusionTrainer *trainer)
{
    return program_work(trainer->gradient) * trainer->options.accumulation +
           program_work(trainer->update);
}

Optimiser *
diffusion_trainer_optimiser(DiffusionTrainer *trainer)
{
    return trainer->optimiser;
}

Rng *
diffusion_trainer_rng(DiffusionTrainer *trainer)
{
    return trainer->rng;
}

LossScale
diffusion_trainer_loss_scale(const DiffusionTrainer *trainer)
{
    return trainer->loss_scale;
}

void
diffusion_trainer_set_loss_scale(DiffusionTrainer *trainer, LossScale scale)
{
    trainer->loss_scale = scale;
}
