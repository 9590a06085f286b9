/* SPDX-License-Identifier: Apache-2.0 */
/* Sampling with every step decoded. */
#include "app/jobs/learn_film.h"

#include <glib/gi18n-lib.h>

#include "app/jobs/paths.h"
#include "app/jobs/picture.h"
#include "app/trace/layout.h"
#include "compute/sample/generator.h"
#include "compute/sample/rng.h"

typedef struct {
    const Stage *stage;
    const LearnParams *params;
    RunFolder *folder;
    Generator *generator;
    int width;
    float *picture;
    GError *error; /* of a step, where the sampler knows only that it was stopped */
} Film;

static bool
write_frame(Film *film, const float *latent, int step)
{
    TorchlightJob *job = film->stage->job;
    g_autofree char *name = g_strdup_printf("step-%d.png", step);
    g_autofree char *path = run_folder_file(film->folder, name);
    g_autoptr(Image) image = NULL;

    if (!generator_decode(film->generator, latent, film->picture,
                          torchlight_job_get_cancellable(job), &film->error))
        return false;
    image = image_from_floats(film->picture, film->width, film->params->rows);
    return image_write_png(image, path, NULL, &film->error);
}

/* What the sampler starts from: the same seed gives the same noise. */
static bool
write_noise(Film *film)
{
    g_autoptr(Rng) rng = rng_new(film->params->seed);
    int n = generator_latent_size(film->generator);
    g_autofree float *latent = g_new(float, n);

    rng_normal(rng, latent, n);
    return write_frame(film, latent, 0);
}

static bool
on_step(int step, int n_steps, const float *x0, void *data)
{
    Film *film = data;

    stage_progress(film->stage, (double)step / n_steps, _("step %d of %d"), step, n_steps);
    return (step > 1 || write_noise(film)) && write_frame(film, x0, step) &&
           torchlight_job_checkpoint(film->stage->job, &film->error);
}

bool
learn_film(const Stage *stage, const LearnParams *params, RunFolder *folder, GError **error)
{
    GeneratorOptions options = GENERATOR_DEFAULTS;
    Film film = {
        .stage = stage, .params = params, .folder = folder, .width = layout_default()->n_columns};
    g_autofree char *model = paths_bundled_model();
    g_autoptr(Device) device = device_open(NULL, error);
    g_autoptr(Pipeline) pipeline = device ? pipeline_open(device, model, error) : NULL;
    g_autoptr(Generator) generator = pipeline ? generator_new(pipeline) : NULL;
    g_autofree float *picture = g_new(float, (gsize)3 * film.width * params->rows);
    g_autofree float *last = g_new(float, (gsize)3 * film.width * params->rows);
    bool done;

    if (!generator)
        return false;
    film.generator = generator;
    film.picture = picture;
    options.width = film.width;
    options.height = params->rows;
    options.prompt = params->prompt;
    options.n_steps = params->steps;
    options.guidance = params->guidance;
    options.seed = params->seed;
    done = generator_run(generator, &options, last, on_step, &film,
                         torchlight_job_get_cancellable(stage->job), error);
    if (film.error) {
        g_clear_error(error);
        g_propagate_error(error, film.error);
    }
    return done;
}
