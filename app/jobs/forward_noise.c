/* SPDX-License-Identifier: Apache-2.0 */
/* Noise on pixels and on latents. */
#include "app/jobs/forward_noise.h"

#include <math.h>

#include "app/jobs/paths.h"
#include "app/jobs/picture.h"
#include "compute/program.h"
#include "compute/sample/pipeline.h"
#include "compute/sample/rng.h"
#include "compute/sample/schedule.h"

struct ForwardNoise {
    Device *device;
    Pipeline *pipeline;
    Schedule *schedule;
    Program *decode;
    Tensor *z, *decoded;
    int width, height;
    gsize n_pixels, n_latent; /* floats */
    float *pixels, *pixel_noise;
    float *latent, *latent_noise; /* scaled, as the UNet has it */
};

void
forward_noise_free(ForwardNoise *noise)
{
    if (!noise)
        return;
    program_free(noise->decode);
    schedule_free(noise->schedule);
    pipeline_free(noise->pipeline);
    device_close(noise->device);
    g_free(noise->pixels);
    g_free(noise->pixel_noise);
    g_free(noise->latent);
    g_free(noise->latent_noise);
    g_free(noise);
}

static bool
record_decode(ForwardNoise *noise, GError **error)
{
    const Vae *vae = noise->pipeline->vae;
    int factor = vae_factor(&vae->config);
    Graph *graph = graph_new();

    noise->z = graph_input(
        graph, DTYPE_F32,
        &SHAPE(1, vae->config.latent_channels, noise->height / factor, noise->width / factor));
    noise->decoded = graph_keep(graph, vae_decode(graph, vae, noise->z));
    noise->decode = program_new(graph, noise->device, error);
    return noise->decode != NULL;
}

/* The mean of the posterior, scaled. */
static bool
encode(ForwardNoise *noise, GCancellable *cancellable, GError **error)
{
    const Vae *vae = noise->pipeline->vae;
    Graph *graph = graph_new();
    Tensor *image = graph_input(graph, DTYPE_F32, &SHAPE(1, 3, noise->height, noise->width));
    Tensor *moments = graph_keep(graph, vae_encode(graph, vae, image));
    g_autoptr(Program) program = program_new(graph, noise->device, error);
    float factor = (float)vae->config.scaling_factor;
    gsize n;

    if (!program)
        return false;
    n = (gsize)tensor_count(moments);
    noise->n_latent = n / 2;
    noise->latent = g_new(float, n);
    if (!program_write(program, image, noise->pixels, error) ||
        !program_run(program, cancellable, error) ||
        !program_read(program, moments, noise->latent, error))
        return false;
    for (gsize i = 0; i < noise->n_latent; i++)
        noise->latent[i] *= factor;
    return true;
}

ForwardNoise *
forward_noise_new(const Image *picture, const char *model, const char *device, guint64 seed,
                  GCancellable *cancellable, GError **error)
{
    g_autoptr(ForwardNoise) noise = g_new0(ForwardNoise, 1);
    g_autofree char *bundled = model ? NULL : paths_bundled_model();
    g_autoptr(Rng) rng = rng_new(seed);

    noise->width = picture->width;
    noise->height = picture->height;
    noise->n_pixels = (gsize)3 * picture->width * picture->height;
    noise->pixels = g_new(float, noise->n_pixels);
    image_to_floats(picture, 0, picture->height, noise->pixels);
    noise->device = device_open(device, error);
    if (!noise->device)
        return NULL;
    noise->pipeline = pipeline_open(noise->device, model ? model : bundled, error);
    if (!noise->pipeline)
        return NULL;
    noise->schedule = schedule_new(&noise->pipeline->scheduler, error);
    if (!noise->schedule || !encode(noise, cancellable, error) || !record_decode(noise, error))
        return NULL;
    noise->pixel_noise = g_new(float, noise->n_pixels);
    noise->latent_noise = g_new(float, noise->n_latent);
    rng_normal(rng, noise->latent_noise, (int64_t)noise->n_latent);
    rng_normal(rng, noise->pixel_noise, (int64_t)noise->n_pixels);
    return g_steal_pointer(&noise);
}

int
forward_noise_n_steps(const ForwardNoise *noise)
{
    return noise->schedule->n_train;
}

double
forward_noise_signal(const ForwardNoise *noise, int t)
{
    return t <= 0 ? 1 : noise->schedule->alpha_cumprod[MIN(t, noise->schedule->n_train) - 1];
}

static void
mix(double signal, const float *x, const float *with, float *out, gsize n)
{
    float keep = (float)sqrt(signal), add = (float)sqrt(1 - signal);

    for (gsize i = 0; i < n; i++)
        out[i] = keep * x[i] + add * with[i];
}

Image *
forward_noise_pixels(const ForwardNoise *noise, int t)
{
    g_autofree float *mixed = g_new(float, noise->n_pixels);

    mix(forward_noise_signal(noise, t), noise->pixels, noise->pixel_noise, mixed, noise->n_pixels);
    return image_from_floats(mixed, noise->width, noise->height);
}

Image *
forward_noise_decode(ForwardNoise *noise, int t, GCancellable *cancellable, GError **error)
{
    g_autofree float *z = g_new(float, noise->n_latent);
    g_autofree float *pixels = g_new(float, noise->n_pixels);
    float factor = (float)(1 / noise->pipeline->vae->config.scaling_factor);

    mix(forward_noise_signal(noise, t), noise->latent, noise->latent_noise, z, noise->n_latent);
    for (gsize i = 0; i < noise->n_latent; i++)
        z[i] *= factor;
    if (!program_write(noise->decode, noise->z, z, error) ||
        !program_run(noise->decode, cancellable, error) ||
        !program_read(noise->decode, noise->decoded, pixels, error))
        return NULL;
    return image_from_floats(pixels, noise->width, noise->height);
}
