/* SPDX-License-Identifier: Apache-2.0 */
/* One recorded step of VAE training. */
#include "compute/train/vae_trainer.h"

#include <math.h>

#include "compute/program.h"

struct VaeTrainer {
    VaeTrainerOptions options;
    Program *program;
    Optimiser *optimiser;
    Rng *rng;
    Tensor *image, *eps, *loss, *kl_scale;
    Tensor *extra; /* NULL without latent_noise */
    /* With weights: their square roots, and the image times these. */
    Tensor *root, *rooted;
    float *noise, *roots;
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
    Tensor *z = op_gaussian_sample(graph, moments, trainer->eps);
    if (o->latent_noise > 0) {
        trainer->extra = graph_input(graph, DTYPE_F32, &trainer->eps->shape);
        z = op_add(graph, z, op_scale(graph, trainer->extra, (float)o->latent_noise));
    }
    Tensor *image = vae_decode(graph, vae, z);
    if (o->weighted) {
        trainer->root = graph_input(graph, DTYPE_F32, &trainer->image->shape);
        trainer->rooted = graph_input(graph, DTYPE_F32, &trainer->image->shape);
        image = op_mul(graph, image, trainer->root);
    }
    trainer->loss = graph_keep(
        graph, op_mse_loss(graph, image, o->weighted ? trainer->rooted : trainer->image));
    trainer->kl_scale = graph_input(graph, DTYPE_F32, &SHAPE(1));
    Tensor *kl = op_mul(graph, op_kl_loss(graph, moments), trainer->kl_scale);
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
    trainer->roots = options->weighted ? g_new(float, tensor_count(trainer->image)) : NULL;
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
    g_free(trainer->roots);
    g_free(trainer);
}

static bool
write_weights(VaeTrainer *trainer, const float *images, const float *weights, GError **error)
{
    int64_t n = tensor_count(trainer->image);
    if (!trainer->options.weighted)
        return true;
    for (int64_t i = 0; i < n; i++)
        trainer->roots[i] = sqrtf(weights[i]);
    if (!program_write(trainer->program, trainer->root, trainer->roots, error))
        return false;
    for (int64_t i = 0; i < n; i++)
        trainer->roots[i] *= images[i];
    return program_write(trainer->program, trainer->rooted, trainer->roots, error);
}

bool
vae_trainer_step(VaeTrainer *trainer, const float *images, const float *weights, double kl_weight,
                 double lr, double *loss, GCancellable *cancellable, GError **error)
{
    float value = 0;
    double norm;
    /* op_kl_loss sums over a sample's elements; the weight is per element. */
    float kl_scale = (float)(kl_weight * trainer->options.n / (double)tensor_count(trainer->eps));
    if (trainer->extra) {
        rng_normal(trainer->rng, trainer->noise, tensor_count(trainer->eps));
        if (!program_write(trainer->program, trainer->extra, trainer->noise, error))
            return false;
    }
    rng_normal(trainer->rng, trainer->noise, tensor_count(trainer->eps));
    if (!program_write(trainer->program, trainer->image, images, error) ||
        !program_write(trainer->program, trainer->eps, trainer->noise, error) ||
        !program_write(trainer->program, trainer->kl_scale, &kl_scale, error) ||
        !write_weights(trainer, images, weights, error) ||
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
