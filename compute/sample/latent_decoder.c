/* SPDX-License-Identifier: Apache-2.0 */
/* The VAE's decoder as the generator uses it. */
#include "compute/sample/latent_decoder.h"

#include "compute/program.h"

struct LatentDecoder {
    const Pipeline *pipeline;
    int height, width;
    Program *program;
    Tensor *z, *image;
};

LatentDecoder *
latent_decoder_new(const Pipeline *p, int height, int width, GError **error)
{
    g_autoptr(LatentDecoder) d = g_new0(LatentDecoder, 1);
    Graph *graph = graph_new();

    d->pipeline = p;
    d->height = height;
    d->width = width;
    d->z = graph_input(graph, DTYPE_F32, &SHAPE(1, p->vae->config.latent_channels, height, width));
    d->image = graph_keep(graph, vae_decode(graph, p->vae, d->z));
    d->program = program_new(graph, p->device, error);
    return d->program ? g_steal_pointer(&d) : NULL;
}

void
latent_decoder_free(LatentDecoder *d)
{
    if (!d)
        return;
    program_free(d->program);
    g_free(d);
}

int
latent_decoder_height(const LatentDecoder *d)
{
    return d->height;
}

int
latent_decoder_width(const LatentDecoder *d)
{
    return d->width;
}

bool
latent_decoder_run(LatentDecoder *d, const float *latent, float *image, GCancellable *cancellable,
                   GError **error)
{
    int64_t n = tensor_count(d->z);
    g_autofree float *z = g_new(float, n);
    float factor = (float)(1.0 / d->pipeline->vae->config.scaling_factor);

    for (int64_t i = 0; i < n; i++)
        z[i] = latent[i] * factor;
    return program_write(d->program, d->z, z, error) &&
           program_run(d->program, cancellable, error) &&
           program_read(d->program, d->image, image, error);
}
