/* SPDX-License-Identifier: Apache-2.0 */
/* Params, results, and the job around a run. */
#include "app/jobs/generate_job.h"

#include <glib/gi18n-lib.h>
#include <math.h>
#include <string.h>

#include "app/jobs/generate_control.h"
#include "app/jobs/generate_run.h"
#include "app/jobs/stages.h"
#include "compute/sample/generator.h"
#include "compute/sample/noise_source.h"

typedef struct {
    GenerateParams *params;
    GenerateRun run;
} GenerateData;

GenerateParams *
generate_params_new(void)
{
    const GeneratorOptions defaults = GENERATOR_DEFAULTS;
    const GeneratorControl control = GENERATOR_CONTROL_DEFAULTS;
    GenerateParams *params = g_new(GenerateParams, 1);

    *params = (GenerateParams){
        .loras = g_array_new(FALSE, FALSE, sizeof(GenerateLora)),
        .control_weight = control.weight,
        .control_start = control.start,
        .control_end = control.end,
        .more_controls = g_ptr_array_new_with_free_func((GDestroyNotify)generate_control_free),
        .steps = defaults.n_steps,
        .eta = defaults.eta,
        .guidance = defaults.guidance,
        .batch = 1,
        .strength = defaults.strength,
        .hires_strength = defaults.hires.strength,
        .count = 1};
    return params;
}

void
generate_params_add_lora(GenerateParams *params, const char *path, double weight)
{
    GenerateLora lora = {g_strdup(path), weight, NAN};

    g_array_append_val(params->loras, lora);
}

/* Cuts a number behind the last colon off. */
static bool
cut_number(char *text, double *number)
{
    char *colon = strrchr(text, ':'), *end = NULL;

    if (!colon || !colon[1])
        return false;
    *number = g_ascii_strtod(colon + 1, &end);
    if (*end)
        return false;
    *colon = '\0';
    return true;
}

GenerateLora
generate_lora_parse(const char *text, const char *dir)
{
    GenerateLora lora = {.weight = 1, .text_weight = NAN};
    double number;

    lora.path =
        dir && !g_path_is_absolute(text) ? g_build_filename(dir, text, NULL) : g_strdup(text);
    if (!g_file_test(lora.path, G_FILE_TEST_EXISTS) && cut_number(lora.path, &lora.weight) &&
        !g_file_test(lora.path, G_FILE_TEST_EXISTS) && cut_number(lora.path, &number)) {
        lora.text_weight = lora.weight;
        lora.weight = number;
    }
    return lora;
}

void
generate_params_add_lora_text(GenerateParams *params, const char *text, const char *dir)
{
    GenerateLora lora = generate_lora_parse(text, dir);

    g_array_append_val(params->loras, lora);
}

void
generate_params_clear_loras(GenerateParams *params)
{
    for (guint i = 0; i < params->loras->len; i++)
        g_free(g_array_index(params->loras, GenerateLora, i).path);
    g_array_set_size(params->loras, 0);
}

void
generate_params_free(GenerateParams *params)
{
    if (!params)
        return;
    generate_params_clear_loras(params);
    g_array_unref(params->loras);
    g_free(params->model);
    g_free(params->config);
    g_free(params->tokenizer);
    g_free(params->prediction);
    g_free(params->vae);
    g_free(params->precision);
    g_free(params->controlnet);
    g_free(params->device);
    g_free(params->prompt);
    g_free(params->negative);
    g_free(params->control);
    g_free(params->control_mode);
    g_free(params->control_convention);
    g_free(params->control_layers);
    g_ptr_array_unref(params->more_controls);
    g_free(params->sampler);
    g_free(params->schedule);
    g_free(params->noise);
    g_free(params->init);
    g_free(params->hires_upscaler);
    g_free(params->vae_tiling);
    g_free(params->layout);
    g_free(params->output);
    g_free(params->pictures);
    g_free(params);
}

const char *
generate_sampler_name(int n)
{
    return n >= 0 && n < sampler_n_names() ? sampler_name(n) : NULL;
}

const char *
generate_schedule_name(int n)
{
    return n >= 0 && n < sampler_n_schedules() ? sampler_schedule_name(n) : NULL;
}

const char *
generate_noise_name(int n)
{
    return noise_source_name(n);
}

const char *
generate_upscaler_name(int n)
{
    return generator_upscaler_name(n);
}

const char *
generate_tiling_name(int n)
{
    return vae_tiling_name(n);
}

bool
generate_sampler_split(const char *name, int *sampler, int *schedule)
{
    sampler_name_split(name, sampler, schedule);
    return *sampler >= 0;
}

void
generate_result_clear(GenerateResult *result)
{
    g_clear_pointer(&result->images, g_ptr_array_unref);
    g_clear_pointer(&result->device, g_free);
}

static void
frame_clear(void *data)
{
    GenerateFrame *frame = data;

    image_free(frame->noisy);
    image_free(frame->believed);
}

GenerateFrame *
generate_frame_ref(GenerateFrame *frame)
{
    return g_atomic_rc_box_acquire(frame);
}

void
generate_frame_unref(GenerateFrame *frame)
{
    g_atomic_rc_box_release_full(frame, frame_clear);
}

bool
generate_stage(const Stage *stage, GenerateParams *params, GenerateResult *result, GError **error)
{
    GenerateRun run;
    bool done;

    generate_run_init(&run, params, NULL);
    done = generate_run_all(&run, stage, error);
    if (done) {
        *result = run.result;
        run.result = (GenerateResult){0};
    }
    generate_run_clear(&run);
    return done;
}

static void
data_free(void *data_)
{
    GenerateData *data = data_;

    generate_run_clear(&data->run);
    generate_params_free(data->params);
    g_free(data);
}

static bool
work(TorchlightJob *job, void *data_, GError **error)
{
    GenerateData *data = data_;

    return generate_run_all(&data->run, &STAGE_WHOLE(job), error);
}

TorchlightJob *
generate_job_new(GenerateParams *params, GenerateSession *session)
{
    GenerateData *data = g_new0(GenerateData, 1);

    data->params = params;
    generate_run_init(&data->run, params, session);
    return torchlight_job_new(_("Generate"), work, data, data_free);
}

static GenerateData *
data_of(TorchlightJob *job)
{
    return torchlight_job_get_data(job);
}

const GenerateResult *
generate_job_get_result(TorchlightJob *job)
{
    return &data_of(job)->run.result;
}

const GenerateParams *
generate_job_get_params(TorchlightJob *job)
{
    return data_of(job)->params;
}

void
generate_job_skip(TorchlightJob *job)
{
    g_atomic_int_set(&data_of(job)->run.skip, 1);
}

int
generate_job_n_done(TorchlightJob *job)
{
    GenerateRun *run = &data_of(job)->run;
    int n;

    g_mutex_lock(&run->mutex);
    n = (int)run->result.images->len;
    g_mutex_unlock(&run->mutex);
    return n;
}

const GenerateImage *
generate_job_get_image(TorchlightJob *job, int n)
{
    GenerateRun *run = &data_of(job)->run;
    const GenerateImage *image = NULL;

    g_mutex_lock(&run->mutex);
    if (n >= 0 && n < (int)run->result.images->len)
        image = run->result.images->pdata[n];
    g_mutex_unlock(&run->mutex);
    return image;
}

static void *
copy_frame(const void *frame, void *data)
{
    return generate_frame_ref((GenerateFrame *)frame);
}

GPtrArray *
generate_job_dup_film(TorchlightJob *job)
{
    GenerateRun *run = &data_of(job)->run;
    GPtrArray *film;

    g_mutex_lock(&run->mutex);
    film = g_ptr_array_copy(run->film, (GCopyFunc)copy_frame, NULL);
    g_mutex_unlock(&run->mutex);
    g_ptr_array_set_free_func(film, (GDestroyNotify)generate_frame_unref);
    return film;
}
