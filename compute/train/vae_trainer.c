/* SPDX-License-Identifier: Apache-2.0 */
/* One recorded step of VAE training. */
#include "compute/train/vae_trainer.h"

#include "compute/program.h"

struct VaeTrainer {
    VaeTrainerOptions options;
    Program *program;
    Optimiser *optimiser;
    Rng *rng;
    Tensor *image, *eps, *loss;
    float *noise;
};

static void
record(VaeTrainer *trainer, Graph *graph, const Vae *vae)
{
    const VaeTrainerOptions *o = &trainer->options;
    int factor = vae_factor(&vae->config), channels = vae->config.latent_channels;
    int h = o->height / factor, w = o->width / factor;
    trainer->image =
        graph_input(graph, DTYPE_F32, &SHAPE(o->n, vae->config.in_channels, o->height, o->width));
    trainer->eps = graph_input(graph, DTYPE_F32, &SHAPE(o->n, channels, h, w));
    Tensor *moments = vae_encode(graph, vae, trainer->image);
    Tensor *image = vae_decode(graph, vae, op_gaussian_sample(graph, moments, trainer->eps));
    trainer->loss = graph_keep(graph, op_mse_loss(graph, image, trainer->image));
    /* op_kl_loss sums over a sample's elements; the weight is per element. */
    double kl_scale = o->kl_weight / ((double)channels * h * w);
    Tensor *kl = op_scale(graph, op_kl_loss(graph, moments), (float)kl_scale);
    graph_backward(graph, op_add(graph, trainer->loss, kl));
    optimiser_record(trainer->optimiser, graph, NULL);
}

VaeTrainer *
vae_trainer_new(Vae *vae, const VaeTrainerOptions *options, GError **error)
{
    g_autoptr(VaeTrainer) trainer = g_new0(VaeTrainer, 1);
    trainer->options = *options;
    trainer->rng = rng_new(options->seed);
    trainer->optimiser = optimiser_new(vae->module->device, &options->optimiser);
    g_autoptr(GPtrArray) weights = g_ptr_array_new();
    module_collect_trainable(vae->module, weights);
    if (!optimiser_add_group(trainer->optimiser, weights, 1.0, error))
        return NULL;
    Graph *graph = graph_new();
    record(trainer, graph, vae);
    trainer->program = program_new(graph, vae->module->device, error);
    if (!trainer->program)
        return NULL;
    trainer->noise = g_new(float, tensor_count(trainer->eps));
    return g_steal_pointer(&trainer);
}

void
vae_trainer_free(VaeTrainer *trainer)
{
    if (!trainer)
        return;
    program_free(trainer->program);
    optimiser_free(trainer->optimiser);
    rng_free(trainer->rng);
    g_free(trainer->noise);
    g_free(trainer);
}

bool
vae_trainer_step(VaeTrainer *trainer, const float *images, double lr, double *loss,
                 GCancellable *cancellable, GError **error)
{
    float value = 0;
    double norm;
    rng_normal(trainer->rng, trainer->noise, tensor_count(trainer->eps));
    if (!program_write(trainer->program, trainer->image, images, error) ||
        !program_write(trainer->program, trainer->eps, trainer->noise, error) ||
        !optimiser_begin_step(trainer->optimiser, trainer->program, lr, error) ||
        !program_run(trainer->program, cancellable, error) ||
        !program_read(trainer->program, trainer->loss, &value, error))
        return false;
    *loss = (double)value;
    return optimiser_end_step(trainer->optimiser, trainer->program, &norm, error);
}

size_t
vae_trainer_memory(const VaeTrainer *trainer)
{
    return program_memory(trainer->program);
}
