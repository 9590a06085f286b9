/* SPDX-License-Identifier: Apache-2.0 */
/* Previews of what is being sampled, without the VAE but for a strip now and then. */
#include "compute/sample/generator_private.h"

#include <string.h>

/* Of a preview, across and down, for a latent pixel; and how many rows of latent pixels a preview
 * is fit to at a time, of which those next to the cut are left out. */
enum { PREVIEW_SCALE = 4, STRIP_ROWS = 8, STRIP_CUT = 1, N_STRIPS = 2 };

static bool
record_strip(Generator *g, int rows, int w, GError **error)
{
    const Pipeline *p = g->pipeline;
    Graph *graph = graph_new();

    g->strip_z = graph_input(graph, DTYPE_F32, &SHAPE(1, p->vae->config.latent_channels, rows, w));
    g->strip_image = graph_keep(graph, vae_decode(graph, p->vae, g->strip_z));
    g->strip = program_new(graph, p->device, error);
    return g->strip != NULL;
}

/* Learns from rows from first on. */
static bool
learn_strip(Generator *g, const float *latent, int first, int rows, GCancellable *cancellable,
            GError **error)
{
    const VaeConfig *vae = &g->pipeline->vae->config;
    int h = g->height, w = g->width, cut = rows > 2 * STRIP_CUT ? STRIP_CUT : 0;
    gsize strip, plane;
    g_autofree float *z = NULL, *scaled = NULL, *image = NULL;

    strip = (gsize)rows * w;
    plane = (gsize)h * w;
    z = g_new(float, strip * vae->latent_channels);
    scaled = g_new(float, strip * vae->latent_channels);
    image = g_new(float, tensor_count(g->strip_image));
    for (int c = 0; c < vae->latent_channels; c++)
        memcpy(z + c * strip, latent + c * plane + (gsize)first * w, sizeof *z * strip);
    for (gsize i = 0; i < strip * (gsize)vae->latent_channels; i++)
        scaled[i] = z[i] / (float)vae->scaling_factor;
    if (!program_write(g->strip, g->strip_z, scaled, error) ||
        !program_run(g->strip, cancellable, error) ||
        !program_read(g->strip, g->strip_image, image, error))
        return false;
    latent_preview_learn(g->preview, z, image, rows, w, cut, rows - 2 * cut, vae_factor(vae));
    return true;
}

bool
generator_fit_preview(Generator *g, const float *latent, GCancellable *cancellable, GError **error)
{
    const VaeConfig *vae = &g->pipeline->vae->config;
    int h = g->height, w = g->width, rows = MIN(h, STRIP_ROWS);

    g_return_val_if_fail(g->height, false);
    if (!g->preview)
        g->preview = latent_preview_new(vae->latent_channels, MIN(vae_factor(vae), PREVIEW_SCALE));
    if (!g->strip && !record_strip(g, rows, w, error))
        return false;
    for (int i = 0; i < N_STRIPS; i++) {
        int first = (h - rows) * (2 * i + 1) / (2 * N_STRIPS);

        if (!learn_strip(g, latent, first, rows, cancellable, error))
            return false;
    }
    latent_preview_fit(g->preview);
    return true;
}

bool
generator_has_preview(const Generator *g)
{
    return g->preview && latent_preview_is_fit(g->preview);
}

void
generator_preview_size(const Generator *g, int *width, int *height)
{
    int scale = MIN(vae_factor(&g->pipeline->vae->config), PREVIEW_SCALE);

    *width = g->width * scale;
    *height = g->height * scale;
}

void
generator_draw_preview(const Generator *g, const float *latent, uint8_t *rgb)
{
    latent_preview_draw(g->preview, latent, g->height, g->width, rgb);
}

const float *
generator_noisy_latent(const Generator *g)
{
    return g->noisy;
}

double
generator_time(const Generator *g)
{
    return g->now;
}
