/* SPDX-License-Identifier: Apache-2.0 */
/* A pretraining run: stages in order, each kept in OUT.partial when done, fp16 model at the end. */
#include "app/jobs/pretrain_job.h"

#include "app/jobs/pretrain_stages.h"
#include "compute/model/folder.h"

#include <glib/gi18n-lib.h>
#include <glib/gstdio.h>
#include <json-glib/json-glib.h>
#include <string.h>

PretrainParams *
pretrain_params_new(void)
{
    PretrainParams *p = g_new0(PretrainParams, 1);
    p->seed = 1;
    p->vocab_size = 1024;
    p->vae_steps = 3000;
    p->vae_rows = 64;
    p->vae_columns = 1088;
    p->vae_batch = 4;
    p->vae_lr = 2e-3;
    p->kl_weight = 1e-3;
    p->absent_weight = 0.25;
    p->random_weight = 0.2;
    p->min_snr_gamma = 0;
    p->unet_steps = 1700;
    p->full_steps = 150;
    p->unet_rows = 256;
    p->unet_batch = 2;
    p->unet_lr = 8e-4;
    p->control_steps = 400;
    p->control_rows = 256;
    p->control_batch = 2;
    p->control_lr = 5e-4;
    p->caption_dropout = 0.1;
    return p;
}

void
pretrain_params_free(PretrainParams *p)
{
    if (!p)
        return;
    g_free(p->dataset);
    g_free(p->config_dir);
    g_free(p->output);
    g_free(p->device);
    g_free(p->init);
    g_free(p);
}

/* How much each stage weighs in the progress of the whole. */
static const double vae_share = 0.4, unet_share = 0.45, control_share = 0.15;

typedef struct {
    VaeConfig vae;
    UNetConfig unet;
    TextEncoderConfig text;
    ControlNetConfig control;
    SchedulerConfig scheduler;
    bool has_control;
} Configs;

static bool
read_configs(const char *dir, Configs *c, GError **error)
{
    g_autofree char *vae = g_build_filename(dir, "vae", "config.json", NULL);
    g_autofree char *unet = g_build_filename(dir, "unet", "config.json", NULL);
    g_autofree char *text = g_build_filename(dir, "text_encoder", "config.json", NULL);
    g_autofree char *control = g_build_filename(dir, "controlnet", "config.json", NULL);
    g_autofree char *scheduler = g_build_filename(dir, "scheduler", "scheduler_config.json", NULL);
    c->has_control = g_file_test(control, G_FILE_TEST_EXISTS);
    return vae_config_read_json(vae, &c->vae, error) &&
           unet_config_read_json(unet, &c->unet, error) &&
           text_encoder_config_read_json(text, &c->text, error) &&
           scheduler_config_read_json(scheduler, &c->scheduler, error) &&
           (!c->has_control || controlnet_config_read_json(control, &c->control, error));
}

static void
add_int(JsonBuilder *b, const char *name, gint64 value)
{
    json_builder_set_member_name(b, name);
    json_builder_add_int_value(b, value);
}

static void
add_double(JsonBuilder *b, const char *name, double value)
{
    json_builder_set_member_name(b, name);
    json_builder_add_double_value(b, value);
}

/* Everything but the paths: another run from the same values gives the same model. */
static bool
write_params(const PretrainParams *p, int n_pictures, const char *dir, GError **error)
{
    g_autoptr(JsonBuilder) b = json_builder_new();
    json_builder_begin_object(b);
    add_int(b, "seed", (gint64)p->seed);
    add_int(b, "pictures", n_pictures);
    add_int(b, "vocab_size", p->vocab_size);
    add_int(b, "vae_steps", p->vae_steps);
    add_int(b, "vae_rows", p->vae_rows);
    add_int(b, "vae_columns", p->vae_columns);
    add_int(b, "vae_batch", p->vae_batch);
    add_double(b, "vae_lr", p->vae_lr);
    add_double(b, "kl_weight", p->kl_weight);
    add_int(b, "decoder_only", p->decoder_only);
    add_double(b, "latent_noise", p->latent_noise);
    add_double(b, "absent_weight", p->absent_weight);
    add_double(b, "random_weight", p->random_weight);
    add_double(b, "min_snr_gamma", p->min_snr_gamma);
    add_int(b, "unet_steps", p->unet_steps);
    add_int(b, "full_steps", p->full_steps);
    add_int(b, "unet_rows", p->unet_rows);
    add_int(b, "unet_batch", p->unet_batch);
    add_double(b, "unet_lr", p->unet_lr);
    add_int(b, "control_steps", p->control_steps);
    add_int(b, "control_rows", p->control_rows);
    add_int(b, "control_batch", p->control_batch);
    add_int(b, "joint_control", p->joint_control);
    add_double(b, "control_lr", p->control_lr);
    add_double(b, "caption_dropout", p->caption_dropout);
    json_builder_end_object(b);
    g_autoptr(JsonNode) root = json_builder_get_root(b);
    g_autoptr(JsonGenerator) generator = json_generator_new();
    json_generator_set_pretty(generator, TRUE);
    json_generator_set_root(generator, root);
    g_autofree char *path = g_build_filename(dir, "pretrain.json", NULL);
    return json_generator_to_file(generator, path, error);
}

static bool
copy_tokenizer(const char *from, const char *to, GError **error)
{
    static const char *const names[] = {"vocab.json", "merges.txt", "special_tokens_map.json",
                                        "tokenizer_config.json"};
    g_autofree char *dir = g_build_filename(to, "tokenizer", NULL);
    if (!folder_make(dir, error))
        return false;
    for (guint i = 0; i < G_N_ELEMENTS(names); i++) {
        g_autofree char *source = g_build_filename(from, "tokenizer", names[i], NULL);
        g_autofree char *target = g_build_filename(dir, names[i], NULL);
        g_autoptr(GFile) a = g_file_new_for_path(source), b = g_file_new_for_path(target);
        if (!g_file_copy(a, b, G_FILE_COPY_OVERWRITE, NULL, NULL, NULL, error))
            return false;
    }
    return true;
}

static bool
make_tokenizer(Pretrain *run, const char *dir, GError **error)
{
    if (run->params->init) {
        g_autofree char *tokenizer = g_build_filename(dir, "tokenizer", NULL);
        if (!copy_tokenizer(run->params->init, dir, error))
            return false;
        run->model->tokenizer = tokenizer_open(tokenizer, error);
        return run->model->tokenizer != NULL;
    }
    g_autofree char *path = g_build_filename(dir, "tokenizer", NULL);
    int n = latent_set_n(run->set);
    g_autofree const char **captions = g_new(const char *, n);
    for (int i = 0; i < n; i++)
        captions[i] = latent_set_caption(run->set, i);
    if (!tokenizer_train(captions, n, run->params->vocab_size, path, error))
        return false;
    run->model->tokenizer = tokenizer_open(path, error);
    return run->model->tokenizer != NULL;
}

static char *
stage_dir(const char *dir, const char *stage)
{
    return g_build_filename(dir, stage, NULL);
}

static bool
stage_is_done(const char *dir, const char *stage)
{
    g_autofree char *path = g_build_filename(dir, stage, "done", NULL);
    return g_file_test(path, G_FILE_TEST_EXISTS);
}

static bool
stage_finish(const char *dir, const char *stage, GError **error)
{
    g_autofree char *path = g_build_filename(dir, stage, "done", NULL);
    return g_file_set_contents(path, "", 0, error);
}

static bool
run_vae(Pretrain *run, const Configs *configs, const char *dir, GError **error)
{
    g_autofree char *path = stage_dir(dir, "vae");
    run->fraction_share = vae_share;
    if (stage_is_done(dir, "vae")) {
        run->model->vae = vae_open(run->device, path, error);
        if (!run->model->vae)
            return false;
    } else {
        g_autofree char *init =
            run->params->init ? g_build_filename(run->params->init, "vae", NULL) : NULL;
        run->model->vae =
            init ? vae_open(run->device, init, error)
                 : vae_new_random(run->device, &configs->vae, run->params->seed + 100, error);
        if (!run->model->vae || (run->params->vae_steps > 0 && !pretrain_vae(run, error)) ||
            !vae_save(run->model->vae, path, WEIGHTS_F32, error) ||
            !stage_finish(dir, "vae", error))
            return false;
    }
    latent_set_use_vae(run->set, run->model->vae);
    run->fraction_done += vae_share;
    return true;
}

/* The text encoder and the UNet that training starts from. */
static bool
new_denoiser(Pretrain *run, const Configs *configs, GError **error)
{
    Pipeline *model = run->model;
    const PretrainParams *p = run->params;
    if (p->init) {
        g_autofree char *unet = g_build_filename(p->init, "unet", NULL);
        g_autofree char *text = g_build_filename(p->init, "text_encoder", NULL);
        model->unet = unet_open(run->device, unet, error);
        model->text_encoder = model->unet ? text_encoder_open(run->device, text, error) : NULL;
        return model->text_encoder != NULL;
    }
    TextEncoderConfig config = configs->text;
    config.vocab_size = tokenizer_n_tokens(model->tokenizer);
    model->unet = unet_new_random(run->device, &configs->unet, p->seed + 101, error);
    if (!model->unet)
        return false;
    model->text_encoder = text_encoder_new_random(run->device, &config, p->seed + 102, error);
    return model->text_encoder != NULL;
}

static bool
run_unet(Pretrain *run, const Configs *configs, const char *dir, GError **error)
{
    g_autofree char *unet = stage_dir(dir, "unet");
    g_autofree char *text = stage_dir(dir, "text_encoder");
    Pipeline *model = run->model;
    run->fraction_share = unet_share;
    if (stage_is_done(dir, "unet")) {
        model->unet = unet_open(run->device, unet, error);
        model->text_encoder = model->unet ? text_encoder_open(run->device, text, error) : NULL;
        run->fraction_done += unet_share;
        return model->text_encoder != NULL;
    }
    if (!new_denoiser(run, configs, error) ||
        (run->params->unet_steps > 0 && !pretrain_unet(run, error)))
        return false;
    run->fraction_done += unet_share;
    return unet_save(model->unet, unet, WEIGHTS_F32, error) &&
           text_encoder_save(model->text_encoder, text, WEIGHTS_F32, error) &&
           stage_finish(dir, "unet", error);
}

/* The ControlNet that training starts from. */
static bool
new_control(Pretrain *run, const Configs *configs, GError **error)
{
    Pipeline *model = run->model;
    const char *init = run->params->init;
    g_autofree char *path = init ? g_build_filename(init, "controlnet", NULL) : NULL;
    if (path && g_file_test(path, G_FILE_TEST_IS_DIR)) {
        model->controlnet = controlnet_open(run->device, path, error);
        return model->controlnet != NULL;
    }
    model->controlnet =
        controlnet_new_random(run->device, &configs->control, run->params->seed + 103, error);
    return model->controlnet && controlnet_copy_unet(model->controlnet, model->unet, error);
}

static bool
run_control(Pretrain *run, const Configs *configs, const char *dir, GError **error)
{
    g_autofree char *path = stage_dir(dir, "controlnet"), *unet = stage_dir(dir, "unet");
    Pipeline *model = run->model;
    run->fraction_share = control_share;
    if (!configs->has_control)
        return true;
    if (stage_is_done(dir, "controlnet")) {
        model->controlnet = controlnet_open(run->device, path, error);
        return model->controlnet != NULL;
    }
    return new_control(run, configs, error) &&
           (run->params->control_steps == 0 || pretrain_control(run, error)) &&
           controlnet_save(model->controlnet, path, WEIGHTS_F32, error) &&
           (!run->params->joint_control || unet_save(model->unet, unet, WEIGHTS_F32, error)) &&
           stage_finish(dir, "controlnet", error);
}

/* The finished model in half precision beside the partial one, then renamed. */
static bool
save_model(Pretrain *run, const Configs *configs, const char *partial, GError **error)
{
    const Pipeline *model = run->model;
    const char *output = run->params->output;
    g_autofree char *dir = g_strconcat(output, ".finished", NULL);
    g_autofree char *vae = stage_dir(dir, "vae"), *unet = stage_dir(dir, "unet");
    g_autofree char *text = stage_dir(dir, "text_encoder");
    g_autofree char *control = stage_dir(dir, "controlnet");
    g_autofree char *scheduler_dir = stage_dir(dir, "scheduler");
    g_autofree char *scheduler = g_build_filename(scheduler_dir, "scheduler_config.json", NULL);
    g_autofree char *index = g_build_filename(dir, "model_index.json", NULL);
    if (!folder_make(scheduler_dir, error) || !vae_save(model->vae, vae, WEIGHTS_F16, error) ||
        !unet_save(model->unet, unet, WEIGHTS_F16, error) ||
        !text_encoder_save(model->text_encoder, text, WEIGHTS_F16, error) ||
        (model->controlnet && !controlnet_save(model->controlnet, control, WEIGHTS_F16, error)) ||
        !copy_tokenizer(partial, dir, error) ||
        !scheduler_config_write_json(&configs->scheduler, scheduler, error) ||
        !model_index_write_json(configs->scheduler.kind, index, error) ||
        !write_params(run->params, latent_set_n(run->set), dir, error))
        return false;
    if (g_rename(dir, output) != 0) {
        g_set_error(error, G_IO_ERROR, G_IO_ERROR_FAILED,
                    _("Could not rename %s to %s. Do it by hand: the model is complete."), dir,
                    output);
        return false;
    }
    return true;
}

static bool
train(Pretrain *run, GError **error)
{
    Configs configs;
    g_autofree char *partial = g_strconcat(run->params->output, ".partial", NULL);
    if (!read_configs(run->params->config_dir, &configs, error) || !folder_make(partial, error))
        return false;
    run->schedule = schedule_new(&configs.scheduler, error);
    torchlight_job_progress(run->job, 0, _("reading the pictures"));
    return run->schedule &&
           latent_set_prepare(run->set, configs.has_control,
                              torchlight_job_get_cancellable(run->job), error) &&
           make_tokenizer(run, partial, error) &&
           latent_set_encode_captions(run->set, run->model, error) &&
           run_vae(run, &configs, partial, error) && run_unet(run, &configs, partial, error) &&
           run_control(run, &configs, partial, error) && save_model(run, &configs, partial, error);
}

static bool
check_params(const PretrainParams *p, GError **error)
{
    int least = p->init ? 0 : 1;
    if (p->vae_steps >= least && p->unet_steps >= least && p->control_steps >= least &&
        p->full_steps >= 0 && p->vae_rows > 0 && p->vae_columns > 0 && p->unet_rows > 0 &&
        p->control_rows > 0 && p->vae_batch > 0 && p->unet_batch > 0 && p->control_batch > 0 &&
        p->vocab_size > 0)
        return true;
    g_set_error_literal(error, G_IO_ERROR, G_IO_ERROR_INVALID_ARGUMENT,
                        _("Steps, crops, batches and the vocabulary start at 1. Give larger "
                          "values."));
    return false;
}

static bool
pretrain(TorchlightJob *job, void *data, GError **error)
{
    const PretrainParams *params = data;
    if (!check_params(params, error))
        return false;
    if (g_file_test(params->output, G_FILE_TEST_EXISTS)) {
        g_set_error(error, G_IO_ERROR, G_IO_ERROR_EXISTS,
                    _("%s exists already. Choose another folder for the model."), params->output);
        return false;
    }
    g_autoptr(Device) device = device_open(params->device, error);
    if (!device)
        return false;
    g_autoptr(LatentSet) set = latent_set_open(params->dataset, error);
    if (!set)
        return false;
    Pipeline *model = g_new0(Pipeline, 1);
    model->dir = g_strdup(params->output);
    model->device = device;
    model->loras = g_ptr_array_new();
    Pretrain run = {.job = job, .params = params, .set = set, .device = device, .model = model};
    bool ok = train(&run, error);
    g_clear_pointer(&set, latent_set_free); /* its programs borrow the VAE */
    pipeline_free(model);
    schedule_free(run.schedule);
    return ok;
}

TorchlightJob *
pretrain_job_new(PretrainParams *params)
{
    return torchlight_job_new(_("Pretraining"), pretrain, params,
                              (GDestroyNotify)pretrain_params_free);
}
