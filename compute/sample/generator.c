/* SPDX-License-Identifier: Apache-2.0 */
/* Sampling with a Pipeline: four programs (text, hint, one step, decode) and the loop over them. */
#include "compute/sample/generator.h"

#include "compute/model/timestep.h"
#include "compute/program.h"
#include "compute/sample/latent_preview.h"
#include "compute/sample/rng.h"

#include <string.h>

/* Of a preview, across and down, for a latent pixel; and how many rows of latent pixels a preview
 * is fit to at a time, of which those next to the cut are left out. */
enum { PREVIEW_SCALE = 4, STRIP_ROWS = 8, STRIP_CUT = 1, N_STRIPS = 2 };

typedef struct {
    int width, height, batch, clip_skip;
    bool control;
} Recorded; /* what the recorded programs depend on */

struct Generator {
    Pipeline *pipeline;
    Recorded shape;
    Program *text, *hint, *step, *decode;
    Tensor *ids, *context;  /* text: (2, T) -> (2, T, D) */
    Tensor *map, *hint_out; /* hint: (1, 3, H, W) -> (1, C0, h, w) */
    Tensor *sample, *time, *step_context, *step_hint, *scale, *prediction;
    Tensor *z, *image;
    int latent; /* floats of one latent */
    Program *strip;
    Tensor *strip_z, *strip_image; /* of strip: (1, C, STRIP_ROWS, w) -> (1, 3, ...) */
    LatentPreview *preview;        /* NULL before the first fit */
    float *noisy;                  /* in a step: the latent, scaled */
    double now;                    /* the time of the step */
};

Generator *
generator_new(Pipeline *pipeline)
{
    Generator *g = g_new0(Generator, 1);
    g->pipeline = pipeline;
    return g;
}

static void
clear_programs(Generator *g)
{
    g_clear_pointer(&g->text, program_free);
    g_clear_pointer(&g->hint, program_free);
    g_clear_pointer(&g->step, program_free);
    g_clear_pointer(&g->decode, program_free);
    g_clear_pointer(&g->strip, program_free);
}

void
generator_free(Generator *g)
{
    if (!g)
        return;
    clear_programs(g);
    latent_preview_free(g->preview);
    g_free(g->noisy);
    g_free(g);
}

int
generator_latent_size(const Generator *g)
{
    return g->latent;
}

static bool
record_text(Generator *g, GError **error)
{
    const Pipeline *p = g->pipeline;
    Graph *graph = graph_new();
    g->ids =
        graph_input(graph, DTYPE_I32, &SHAPE(g->shape.batch, tokenizer_max_length(p->tokenizer)));
    g->context =
        graph_keep(graph, text_encoder_forward(graph, p->text_encoder, g->ids, g->shape.clip_skip));
    g->text = program_new(graph, p->device, error);
    return g->text != NULL;
}

static bool
record_hint(Generator *g, GError **error)
{
    const Pipeline *p = g->pipeline;
    if (!g->shape.control)
        return true;
    Graph *graph = graph_new();
    g->map = graph_input(graph, DTYPE_F32, &SHAPE(1, 3, g->shape.height, g->shape.width));
    g->hint_out = graph_keep(graph, controlnet_hint_forward(graph, p->controlnet, g->map));
    g->hint = program_new(graph, p->device, error);
    return g->hint != NULL;
}

static bool
record_step(Generator *g, GError **error)
{
    const Pipeline *p = g->pipeline;
    const UNetConfig *unet = &p->unet->config;
    int n = g->shape.batch, factor = vae_factor(&p->vae->config);
    int h = g->shape.height / factor, w = g->shape.width / factor;
    Graph *graph = graph_new();
    g->sample = graph_input(graph, DTYPE_F32, &SHAPE(n, unet->in_channels, h, w));
    g->time = graph_input(graph, DTYPE_F32, &SHAPE(n, unet_time_width(unet)));
    g->step_context = graph_input(graph, DTYPE_F32, &g->context->shape);
    g_autoptr(GPtrArray) residuals = NULL;
    if (g->shape.control) {
        Shape shape = g->hint_out->shape;
        shape.dim[0] = n;
        g->step_hint = graph_input(graph, DTYPE_F32, &shape);
        g->scale = graph_input(graph, DTYPE_F32, &SHAPE(n));
        residuals = controlnet_forward(graph, p->controlnet, g->sample, g->time, g->step_context,
                                       g->step_hint, g->scale);
    }
    g->prediction = graph_keep(
        graph, unet_forward(graph, p->unet, g->sample, g->time, g->step_context, residuals));
    g->step = program_new(graph, p->device, error);
    return g->step != NULL;
}

static bool
record_decode(Generator *g, GError **error)
{
    const Pipeline *p = g->pipeline;
    int factor = vae_factor(&p->vae->config);
    Graph *graph = graph_new();
    g->z = graph_input(graph, DTYPE_F32,
                       &SHAPE(1, p->vae->config.latent_channels, g->shape.height / factor,
                              g->shape.width / factor));
    g->image = graph_keep(graph, vae_decode(graph, p->vae, g->z));
    g->latent = (int)tensor_count(g->z);
    g->decode = program_new(graph, p->device, error);
    return g->decode != NULL;
}

/* Records the programs for these options unless they stand already. */
static bool
prepare(Generator *g, const GeneratorOptions *o, GError **error)
{
    Recorded shape = {0};
    shape.width = o->width;
    shape.height = o->height;
    shape.batch = o->guidance > 1.0 ? 2 : 1;
    shape.clip_skip = o->clip_skip;
    shape.control = o->control != NULL;
    if (g->step && memcmp(&shape, &g->shape, sizeof shape) == 0)
        return true;
    clear_programs(g);
    g->shape = shape;
    if (record_text(g, error) && record_hint(g, error) && record_step(g, error) &&
        record_decode(g, error))
        return true;
    clear_programs(g);
    return false;
}

static bool
check_options(const Generator *g, const GeneratorOptions *o, GError **error)
{
    int factor = vae_factor(&g->pipeline->vae->config);
    if (o->width <= 0 || o->height <= 0 || o->width % factor || o->height % factor ||
        o->width > 8192 || o->height > 8192) {
        g_set_error(error, G_IO_ERROR, G_IO_ERROR_INVALID_ARGUMENT,
                    "A picture of %dx%d cannot be made: both sides must be multiples of %d, up to "
                    "8192.",
                    o->width, o->height, factor);
        return false;
    }
    if (o->control && !g->pipeline->controlnet) {
        g_set_error(error, G_IO_ERROR, G_IO_ERROR_NOT_FOUND,
                    "%s has no controlnet folder, so a control map cannot guide it. Leave the map "
                    "out or choose a model with a ControlNet.",
                    g->pipeline->dir);
        return false;
    }
    return true;
}

/* Runs the text encoder (and the hint) and hands their results to the step program. */
static bool
condition(Generator *g, const GeneratorOptions *o, GCancellable *cancellable, GError **error)
{
    const Pipeline *p = g->pipeline;
    int length = tokenizer_max_length(p->tokenizer), n = g->shape.batch;
    g_autofree int32_t *ids = g_new(int32_t, (gsize)length * n);
    /* [negative, positive], as diffusers batches them. */
    if ((n == 2 && !pipeline_encode_caption(p, o->negative ? o->negative : "", ids, error)) ||
        !pipeline_encode_caption(p, o->prompt, ids + (n - 1) * length, error))
        return false;
    g_autofree float *context = g_new(float, tensor_count(g->context));
    if (!program_write(g->text, g->ids, ids, error) || !program_run(g->text, cancellable, error) ||
        !program_read(g->text, g->context, context, error) ||
        !program_write(g->step, g->step_context, context, error))
        return false;
    if (!g->shape.control)
        return true;
    int64_t size = tensor_count(g->hint_out);
    g_autofree float *hint = g_new(float, size *n);
    if (!program_write(g->hint, g->map, o->control, error) ||
        !program_run(g->hint, cancellable, error) ||
        !program_read(g->hint, g->hint_out, hint, error))
        return false;
    if (n == 2)
        memcpy(hint + size, hint, (gsize)size * sizeof *hint);
    return program_write(g->step, g->step_hint, hint, error);
}

/* Whether control acts in step i: as diffusers, off when the step begins before start or ends
 * after end. */
static bool
control_acts(const GeneratorOptions *o, int i, int n)
{
    return (double)i / n >= o->control_start - 1e-9 && (double)(i + 1) / n <= o->control_end + 1e-9;
}

/* The guided prediction for x at step i -> prediction. */
static bool
predict(Generator *g, const GeneratorOptions *o, const Sampler *sampler, int i, const float *x,
        float *both, GCancellable *cancellable, GError **error)
{
    int n = g->shape.batch, latent = g->latent;
    const UNetConfig *unet = &g->pipeline->unet->config;
    g_autofree float *time = g_new(float, (gsize)n *unet_time_width(unet));
    double t[2] = {sampler_timestep(sampler, i), sampler_timestep(sampler, i)};
    timestep_embedding(unet, t, n, time);
    sampler_scale_input(sampler, i, x, both, latent);
    if (n == 2)
        memcpy(both + latent, both, (gsize)latent * sizeof *both);
    float weight = control_acts(o, i, sampler_n_steps(sampler)) ? (float)o->control_weight : 0;
    float scale[2] = {weight, weight};
    if (!program_write(g->step, g->sample, both, error) ||
        !program_write(g->step, g->time, time, error) ||
        (g->shape.control && !program_write(g->step, g->scale, scale, error)) ||
        !program_run(g->step, cancellable, error) ||
        !program_read(g->step, g->prediction, both, error))
        return false;
    for (int j = 0; n == 2 && j < latent; j++)
        both[j] += (float)o->guidance * (both[latent + j] - both[j]);
    return true;
}

/* Keeps the latent after step i, with the noise it still holds, at the spread of a clean one: that
 * is how DDIM and its like walk anyway; Euler and its like carry it at sqrt(1 + sigma^2). */
static void
note_noisy(Generator *g, const Sampler *sampler, int i, const float *x)
{
    int n_steps = sampler_n_steps(sampler);

    g->noisy = g_renew(float, g->noisy, g->latent);
    g->now = sampler_timestep(sampler, i);
    if (i + 1 < n_steps)
        sampler_scale_input(sampler, i + 1, x, g->noisy, g->latent);
    else
        memcpy(g->noisy, x, sizeof *x * (gsize)g->latent);
}

static bool
sample(Generator *g, const GeneratorOptions *o, Sampler *sampler, float *x, GeneratorStep on_step,
       void *data, GCancellable *cancellable, GError **error)
{
    int latent = g->latent, n_steps = sampler_n_steps(sampler);
    g_autoptr(Rng) rng = rng_new(o->seed);
    g_autofree float *both = g_new(float, (gsize)latent * 2);
    g_autofree float *noise = g_new(float, latent);
    rng_normal(rng, x, latent);
    for (int j = 0; j < latent; j++)
        x[j] *= (float)sampler_init_sigma(sampler);
    for (int i = 0; i < n_steps; i++) {
        if (!predict(g, o, sampler, i, x, both, cancellable, error))
            return false;
        if (on_step) { /* the other half of `both` is free now */
            sampler_predict_x0(sampler, i, x, both, both + latent, latent);
        }
        bool noisy = sampler_wants_noise(sampler, i);
        if (noisy)
            rng_normal(rng, noise, latent);
        sampler_step(sampler, i, x, both, noisy ? noise : NULL, latent);
        if (on_step) {
            note_noisy(g, sampler, i, x);
        }
        if (on_step && !on_step(i + 1, n_steps, both + latent, data)) {
            g_set_error_literal(error, G_IO_ERROR, G_IO_ERROR_CANCELLED, "Sampling was cancelled.");
            return false;
        }
    }
    return true;
}

bool
generator_decode(Generator *g, const float *latent, float *image, GCancellable *cancellable,
                 GError **error)
{
    g_autofree float *z = g_new(float, g->latent);
    float factor = (float)(1.0 / g->pipeline->vae->config.scaling_factor);
    for (int i = 0; i < g->latent; i++)
        z[i] = latent[i] * factor;
    return program_write(g->decode, g->z, z, error) && program_run(g->decode, cancellable, error) &&
           program_read(g->decode, g->image, image, error);
}

bool
generator_run(Generator *g, const GeneratorOptions *o, float *image, GeneratorStep on_step,
              void *data, GCancellable *cancellable, GError **error)
{
    SchedulerConfig config = g->pipeline->scheduler;
    if (!check_options(g, o, error) ||
        (o->sampler && !sampler_config_named(o->sampler, &g->pipeline->scheduler, &config, error)))
        return false;
    g_autoptr(Sampler) sampler = sampler_new(&config, o->n_steps, error);
    if (!sampler || !prepare(g, o, error) || !condition(g, o, cancellable, error))
        return false;
    g_autofree float *x = g_new(float, g->latent);
    return sample(g, o, sampler, x, on_step, data, cancellable, error) &&
           generator_decode(g, x, image, cancellable, error);
}

/* --- previews --- */

static void
latent_size(const Generator *g, int *h, int *w)
{
    int factor = vae_factor(&g->pipeline->vae->config);

    *h = g->shape.height / factor;
    *w = g->shape.width / factor;
}

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
    int h, w, cut = rows > 2 * STRIP_CUT ? STRIP_CUT : 0;
    gsize strip, plane;
    g_autofree float *z = NULL, *scaled = NULL, *image = NULL;

    latent_size(g, &h, &w);
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
    int h, w, rows;

    g_return_val_if_fail(g->decode, false);
    latent_size(g, &h, &w);
    rows = MIN(h, STRIP_ROWS);
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

    latent_size(g, height, width);
    *width *= scale;
    *height *= scale;
}

void
generator_draw_preview(const Generator *g, const float *latent, uint8_t *rgb)
{
    int h, w;

    latent_size(g, &h, &w);
    latent_preview_draw(g->preview, latent, h, w, rgb);
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
