/* SPDX-License-Identifier: Apache-2.0 */
/* A set from its parameters to its folder. */
#include "app/jobs/synthesis_job.h"

#include <glib/gi18n-lib.h>
#include <string.h>

#include "app/jobs/generate_run.h"
#include "app/jobs/generate_session.h"
#include "app/jobs/generate_settings.h"
#include "app/jobs/paths.h"
#include "app/jobs/run_folder.h"
#include "app/jobs/synthesis_draw.h"
#include "app/jobs/synthesis_model.h"

/* Of the whole: reading the training part. */
static const double SHARE_READ = 0.02;

enum { MAX_WORKERS = 8 };

static const struct {
    const char *name, *kind;
} withouts[N_SYNTHESIS_WITHOUT] = {
    [SYNTHESIS_WITHOUT_NOTHING] = {NULL, "diffusion"},
    [SYNTHESIS_WITHOUT_LORA] = {"lora", "no-lora"},
    [SYNTHESIS_WITHOUT_CONTROL] = {"control", "no-control"},
    [SYNTHESIS_WITHOUT_COLOUR_CORRECTION] = {"colour-correction", "no-colour-correction"},
    [SYNTHESIS_WITHOUT_REPAIR] = {"repair", "no-repair"},
};

typedef struct {
    SynthesisParams *params;
    GenerateSession *session;
    SynthesisResult result;
} SynthesisData;

bool
synthesis_without_by_name(const char *name, SynthesisWithout *without, GError **error)
{
    for (int i = 0; i < N_SYNTHESIS_WITHOUT; i++) {
        *without = (SynthesisWithout)i;
        if (g_strcmp0(name, withouts[i].name) == 0)
            return true;
    }
    g_set_error(error, G_OPTION_ERROR, G_OPTION_ERROR_BAD_VALUE,
                _("“%s” is nothing that can be left out: choose lora, control, colour-correction "
                  "or repair."),
                name);
    return false;
}

SynthesisParams *
synthesis_params_new(void)
{
    SynthesisParams *params = g_new0(SynthesisParams, 1);

    synthesis_set_params_init(&params->set);
    params->generate = generate_params_new();
    return params;
}

void
synthesis_params_free(SynthesisParams *params)
{
    if (!params)
        return;
    synthesis_set_params_clear(&params->set);
    generate_params_free(params->generate);
    g_free(params);
}

static bool
check_params(const SynthesisParams *p, GError **error)
{
    if (!synthesis_set_params_check(&p->set, error))
        return false;
    if (p->without != SYNTHESIS_WITHOUT_LORA || p->generate->loras->len > 0)
        return true;
    g_set_error_literal(error, G_OPTION_ERROR, G_OPTION_ERROR_BAD_VALUE,
                        _("There is no LoRA to leave out: name the one that the other sets have."));
    return false;
}

/* The settings of the model as they count here. */
static GenerateParams *
settings_of(const SynthesisParams *p)
{
    GenerateParams *generate = generate_params_copy(p->generate);

    if (p->without == SYNTHESIS_WITHOUT_LORA)
        generate_params_clear_loras(generate);
    return generate;
}

/* Every caption as the prompt that it will be. */
static bool
check_prompts(const SynthesisReal *real, GenerateParams *generate, GError **error)
{
    for (guint i = 0; i < real->classes->len; i++) {
        const SynthesisClass *class = real->classes->pdata[i];

        g_free(generate->prompt);
        generate->prompt = g_strdup(class->caption);
        if (!generate_params_check(generate, error) ||
            !generate_check_words(generate, generate->prompt, error))
            return false;
    }
    return true;
}

/* What was drawn is finished and noted, whether or not all of it was. */
static bool
draw_and_finish(const Stage *stage, SynthesisData *data, const GPtrArray *items,
                SynthesisWriter *writer, GError **error)
{
    GError *local = NULL;
    bool done =
        synthesis_draw(stage, data->params, items, data->session, writer, &data->result, &local);
    bool finished = synthesis_writer_finish(writer, local ? NULL : error);

    if (local)
        g_propagate_error(error, local);
    return done && finished;
}

static bool
make_set(const Stage *stage, SynthesisData *data, const GenerateParams *generate,
         const SynthesisReal *real, GError **error)
{
    const SynthesisParams *p = data->params;
    g_autoptr(JsonObject) about = synthesis_model_describe(p, generate, error);
    g_autoptr(GPtrArray) items = synthesis_plan(real, &p->set);
    g_autoptr(SynthesisWriter) writer = NULL;
    const SynthesisWriterOptions options = {
        .kind = withouts[p->without].kind,
        .about = about,
        .keeps_drawn = true,
        .repairs = p->without != SYNTHESIS_WITHOUT_REPAIR,
        .by_thresholds = p->without == SYNTHESIS_WITHOUT_COLOUR_CORRECTION,
        .n_workers = CLAMP((int)g_get_num_processors() / 2, 1, MAX_WORKERS)};

    if (!about ||
        !(writer = synthesis_writer_new(stage->job, &p->set, real, &options, &data->result, error)))
        return false;
    data->result.n_there = synthesis_writer_count(writer, items);
    return draw_and_finish(stage, data, items, writer, error);
}

static bool
open_and_make(const Stage *stage, SynthesisData *data, const SynthesisReal *real, GError **error)
{
    g_autoptr(GenerateParams) generate = settings_of(data->params);
    gint64 start_us;
    bool done;

    stage_progress(stage, 0, _("opening the model"));
    if (!check_prompts(real, generate, error) ||
        !generate_session_begin(data->session, generate, stage->job, error))
        return false;
    data->result.n_classes = (int)real->classes->len;
    data->result.device = g_strdup(generate_session_device(data->session));
    start_us = g_get_monotonic_time();
    done = make_set(stage, data, generate, real, error);
    data->result.seconds = (double)(g_get_monotonic_time() - start_us) / G_USEC_PER_SEC;
    generate_session_end(data->session, done);
    return done;
}

static bool
work(TorchlightJob *job, void *data_, GError **error)
{
    SynthesisData *data = data_;
    const Stage whole = STAGE_WHOLE(job);
    const Stage read = stage_part(&whole, 0, SHARE_READ);
    const Stage make = stage_part(&whole, SHARE_READ, 1 - SHARE_READ);
    g_autoptr(SynthesisReal) real = NULL;

    return check_params(data->params, error) &&
           (real = synthesis_real_read(&read, &data->params->set, error)) &&
           open_and_make(&make, data, real, error);
}

static void
data_free(void *data_)
{
    SynthesisData *data = data_;

    synthesis_params_free(data->params);
    generate_session_unref(data->session);
    synthesis_result_clear(&data->result);
    g_free(data);
}

TorchlightJob *
synthesis_job_new(SynthesisParams *params, GenerateSession *session)
{
    SynthesisData *data = g_new0(SynthesisData, 1);

    data->params = params;
    data->session = session ? generate_session_ref(session) : generate_session_new();
    return torchlight_job_new(_("Make a synthetic set"), work, data, data_free);
}

const SynthesisResult *
synthesis_job_get_result(TorchlightJob *job)
{
    return &((SynthesisData *)torchlight_job_get_data(job))->result;
}
