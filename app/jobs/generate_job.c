/* SPDX-License-Identifier: Apache-2.0 */
/* Sampling pictures and writing them with what made them. */
#include "app/jobs/generate_job.h"

#include <glib/gi18n-lib.h>
#include <math.h>
#include <string.h>

#include "app/dataset/vocabulary.h"
#include "app/jobs/check.h"
#include "app/jobs/generate_files.h"
#include "app/jobs/paths.h"
#include "app/jobs/picture.h"
#include "app/jobs/run_folder.h"
#include "app/jobs/stages.h"
#include "compute/sample/generator.h"

typedef struct {
    GenerateParams *params;
    GenerateResult result;
} GenerateData;

/* All that a running generation holds. */
typedef struct {
    const Stage *stage;
    const GenerateParams *params;
    const Layout *layout;
    Device *device;
    Pipeline *pipeline;
    Generator *generator;
    GeneratorOptions options;
    float *control; /* (3, height, width) or NULL */
    float *picture; /* (3, height, width) */
    GenerateSums sums;
    int index; /* of the image in the making */
} Generation;

/* Decoding a picture takes about as long as this many steps. */
static const double DECODE_STEPS = 1.5;

GenerateParams *
generate_params_new(void)
{
    const GeneratorOptions defaults = GENERATOR_DEFAULTS;
    GenerateParams *params = g_new(GenerateParams, 1);

    *params = (GenerateParams){.loras = g_array_new(FALSE, FALSE, sizeof(GenerateLora)),
                               .control_weight = defaults.control_weight,
                               .control_start = defaults.control_start,
                               .control_end = defaults.control_end,
                               .steps = defaults.n_steps,
                               .guidance = defaults.guidance,
                               .count = 1};
    return params;
}

void
generate_params_add_lora(GenerateParams *params, const char *path, double weight)
{
    GenerateLora lora = {g_strdup(path), weight};

    g_array_append_val(params->loras, lora);
}

void
generate_params_free(GenerateParams *params)
{
    if (!params)
        return;
    for (guint i = 0; i < params->loras->len; i++)
        g_free(g_array_index(params->loras, GenerateLora, i).path);
    g_array_unref(params->loras);
    g_free(params->model);
    g_free(params->controlnet);
    g_free(params->device);
    g_free(params->prompt);
    g_free(params->negative);
    g_free(params->control);
    g_free(params->sampler);
    g_free(params->layout);
    g_free(params->output);
    g_free(params);
}

const char *
generate_sampler_name(int n)
{
    return n >= 0 && n < sampler_n_names() ? sampler_name(n) : NULL;
}

static void
image_result_free(void *data)
{
    GenerateImage *image = data;

    image_free(image->image);
    trace_free(image->trace);
    g_free(image);
}

void
generate_result_clear(GenerateResult *result)
{
    g_clear_pointer(&result->images, g_ptr_array_unref);
    g_clear_pointer(&result->device, g_free);
}

static bool
check_params(const GenerateParams *p, GError **error)
{
    if (!p->prompt || !*p->prompt || !g_utf8_validate(p->prompt, -1, NULL)) {
        g_set_error_literal(error, G_OPTION_ERROR, G_OPTION_ERROR_BAD_VALUE,
                            _("There is no prompt: say in UTF-8 what to draw, as a caption of the "
                              "training pictures would."));
        return false;
    }
    for (guint i = 0; i < p->loras->len; i++) {
        if (!check_range(_("The weight of a LoRA"), g_array_index(p->loras, GenerateLora, i).weight,
                         -10, 10, error))
            return false;
    }
    return check_range(_("The number of steps"), p->steps, 1, 999, error) &&
           check_range(_("The guidance"), p->guidance, 0, 100, error) &&
           check_range(_("The control weight"), p->control_weight, 0, 2, error) &&
           check_range(_("The start of control"), p->control_start, 0, 1, error) &&
           check_range(_("The end of control"), p->control_end, p->control_start, 1, error) &&
           check_range(_("Clip skip"), p->clip_skip, 0, 64, error) &&
           check_range(_("The number of pictures"), p->count, 1, 100000, error) &&
           check_range(_("The width"), p->width, 0, 8192, error) &&
           check_range(_("The height"), p->height, 0, 8192, error);
}

static void
generation_clear(Generation *g)
{
    g_clear_pointer(&g->generator, generator_free);
    g_clear_pointer(&g->pipeline, pipeline_free);
    g_clear_pointer(&g->device, device_close);
    g_free(g->control);
    g_free(g->picture);
    generate_sums_clear(&g->sums);
}

/* Size and map: what was asked for, else the map's, else the paper's. */
static bool
read_control(Generation *g, GError **error)
{
    const GenerateParams *p = g->params;
    GeneratorOptions *o = &g->options;
    g_autoptr(Image) map = p->control ? image_read_png(p->control, 3, NULL, error) : NULL;
    size_t n;

    if (p->control && !map)
        return false;
    o->width = p->width ? p->width : map ? map->width : o->width;
    o->height = p->height ? p->height : map ? map->height : o->height;
    if (!map)
        return true;
    if (map->width != o->width || map->height != o->height) {
        g_set_error(error, G_IO_ERROR, G_IO_ERROR_INVALID_ARGUMENT,
                    _("The control map “%s” is %d × %d and the picture %d × %d pixels: make them "
                      "the same."),
                    p->control, map->width, map->height, o->width, o->height);
        return false;
    }
    n = (size_t)3 * map->width * map->height;
    g->control = g_new(float, n);
    image_to_floats(map, 0, map->height, g->control);
    for (size_t i = 0; i < n; i++)
        g->control[i] = (g->control[i] + 1) / 2;
    o->control = g->control;
    return true;
}

static bool
check_words(const GenerateParams *p, GError **error)
{
    g_autofree char *path = p->any_words || p->loras->len ? NULL : paths_vocabulary(p->model);
    g_autoptr(Vocabulary) vocabulary = path ? vocabulary_read(path, error) : NULL;
    g_autofree char *unknown = NULL;
    g_autofree char *words = NULL;
    const char *nearest;

    if (!path)
        return true;
    if (!vocabulary)
        return false;
    unknown = vocabulary_find_unknown(vocabulary, p->prompt);
    if (!unknown)
        return true;
    nearest = vocabulary_find_nearest(vocabulary, unknown);
    words = vocabulary_to_text(vocabulary);
    if (nearest)
        g_set_error(error, G_IO_ERROR, G_IO_ERROR_NOT_FOUND,
                    _("“%s” is no word of the captions that the model knows (“%s”): do you mean "
                      "“%s”? Separate words by commas, or allow any words."),
                    unknown, path, nearest);
    else
        g_set_error(error, G_IO_ERROR, G_IO_ERROR_NOT_FOUND,
                    _("“%s” is no word of the captions that the model knows (“%s”): separate by "
                      "commas words from %s, or allow any words."),
                    unknown, path, words);
    return false;
}

static bool
open_parts(Generation *g, GError **error)
{
    const GenerateParams *p = g->params;
    g_autofree char *bundled = p->model ? NULL : paths_bundled_model();

    stage_progress(g->stage, 0, _("opening the model"));
    g->device = device_open(p->device, error);
    if (!g->device)
        return false;
    g->pipeline = pipeline_open(g->device, p->model ? p->model : bundled, error);
    if (!g->pipeline ||
        (p->controlnet && !pipeline_open_controlnet(g->pipeline, p->controlnet, error)))
        return false;
    for (guint i = 0; i < p->loras->len; i++) {
        const GenerateLora *lora = &g_array_index(p->loras, GenerateLora, i);
        int n_unmatched = 0;

        if (!pipeline_add_lora(g->pipeline, lora->path, lora->weight, &n_unmatched, error))
            return false;
        if (n_unmatched)
            torchlight_job_log(g->stage->job,
                               _("“%s” holds %d tensors that this model has no layer for; they "
                                 "are left out."),
                               lora->path, n_unmatched);
    }
    g->generator = generator_new(g->pipeline);
    return torchlight_job_checkpoint(g->stage->job, error);
}

static bool
set_options(Generation *g, GError **error)
{
    const GenerateParams *p = g->params;
    const GeneratorOptions defaults = GENERATOR_DEFAULTS;
    GeneratorOptions *o = &g->options;

    *o = defaults;
    o->prompt = p->prompt;
    o->negative = p->negative;
    o->control_weight = p->control_weight;
    o->control_start = p->control_start;
    o->control_end = p->control_end;
    o->sampler = p->sampler;
    o->n_steps = p->steps;
    o->guidance = p->guidance;
    o->clip_skip = p->clip_skip;
    g->layout = p->layout ? layout_by_name(p->layout, error) : layout_default();
    return g->layout && read_control(g, error);
}

static bool
on_step(int step, int n_steps, const float *x0, void *data)
{
    Generation *g = data;
    const GenerateParams *p = g->params;
    TorchlightJob *job = g->stage->job;

    double fraction = (g->index + step / (n_steps + DECODE_STEPS)) / p->count;

    if (p->count > 1)
        stage_progress(g->stage, fraction, _("step %d of %d, picture %d of %d"), step, n_steps,
                       g->index + 1, p->count);
    else
        stage_progress(g->stage, fraction, _("step %d of %d"), step, n_steps);
    if (p->preview_every > 0 && step < n_steps && step % p->preview_every == 0 &&
        generator_decode(g->generator, x0, g->picture, torchlight_job_get_cancellable(job), NULL))
        torchlight_job_take_preview(
            job, image_from_floats(g->picture, g->options.width, g->options.height));
    return torchlight_job_checkpoint(job, NULL);
}

static bool
is_finite_picture(const Generation *g)
{
    size_t n = (size_t)3 * g->options.width * g->options.height;

    for (size_t i = 0; i < n; i++) {
        if (!isfinite(g->picture[i]))
            return false;
    }
    return true;
}

static GenerateImage *
generate_one(Generation *g, GError **error)
{
    g_autofree GenerateImage *image = g_new0(GenerateImage, 1);

    g->options.seed = image->seed = g->params->seed + (guint64)g->index;
    if (!generator_run(g->generator, &g->options, g->picture, on_step, g,
                       torchlight_job_get_cancellable(g->stage->job), error))
        return NULL;
    if (!is_finite_picture(g)) {
        g_set_error(error, G_IO_ERROR, G_IO_ERROR_FAILED,
                    _("The picture of seed %s came out as no numbers: lower the guidance (%g) or "
                      "the weights of LoRA and control."),
                    generate_seed_text(image->seed).text, g->params->guidance);
        return NULL;
    }
    image->image = image_from_floats(g->picture, g->options.width, g->options.height);
    if (image->image->width == g->layout->n_columns) {
        image->trace = trace_from_image(image->image, g->layout, PALETTE_TORCHLIGHT, NULL);
        if (image->trace)
            generate_note_provenance(image->trace, g->params, &g->sums, image->seed);
    }
    torchlight_job_take_preview(g->stage->job,
                                image_from_floats(g->picture, g->options.width, g->options.height));
    return g_steal_pointer(&image);
}

static bool
generate_all(Generation *g, RunFolder *folder, GenerateResult *result, GError **error)
{
    gint64 start_us = g_get_monotonic_time();

    g->picture = g_new(float, (size_t)3 * g->options.width * g->options.height);
    for (g->index = 0; g->index < g->params->count; g->index++) {
        GenerateImage *image = generate_one(g, error);

        if (!image)
            return false;
        g_ptr_array_add(result->images, image);
        if (folder &&
            !generate_write_image(folder, g->index, image, g->params, &g->sums, g->layout, error))
            return false;
    }
    result->seconds_per_image =
        (double)(g_get_monotonic_time() - start_us) / G_USEC_PER_SEC / g->params->count;
    return true;
}

bool
generate_stage(const Stage *stage, GenerateParams *params, GenerateResult *result, GError **error)
{
    Generation g = {.stage = stage, .params = params};
    g_autoptr(RunFolder) folder = NULL;
    GenerateResult made = {.images = g_ptr_array_new_with_free_func(image_result_free)};
    bool done = check_params(params, error) && check_words(params, error) &&
                set_options(&g, error) && generate_sums_init(&g.sums, params, error);

    if (done && params->output)
        done = (folder = run_folder_new(params->output, "generate", error)) != NULL;
    done = done && open_parts(&g, error) && generate_all(&g, folder, &made, error);
    if (done)
        made.device = g_strdup(device_description(g.device));
    if (done && folder) {
        generate_note_params(folder, params, &g.sums, g.options.width, g.options.height,
                             made.device);
        done = torchlight_job_checkpoint(stage->job, error) && run_folder_commit(folder, error);
    }
    generation_clear(&g);
    if (!done) {
        generate_result_clear(&made);
        return false;
    }
    *result = made;
    return true;
}

static void
data_free(void *data_)
{
    GenerateData *data = data_;

    generate_params_free(data->params);
    generate_result_clear(&data->result);
    g_free(data);
}

static bool
work(TorchlightJob *job, void *data_, GError **error)
{
    GenerateData *data = data_;

    return generate_stage(&STAGE_WHOLE(job), data->params, &data->result, error);
}

TorchlightJob *
generate_job_new(GenerateParams *params)
{
    GenerateData *data = g_new0(GenerateData, 1);

    data->params = params;
    return torchlight_job_new(_("Generate"), work, data, data_free);
}

const GenerateResult *
generate_job_get_result(TorchlightJob *job)
{
    return &((GenerateData *)torchlight_job_get_data(job))->result;
}
