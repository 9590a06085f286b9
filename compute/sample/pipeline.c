/* SPDX-License-Identifier: Apache-2.0 */
/* Opening a model and seeing that its parts fit together. */
#include "compute/sample/pipeline.h"

static bool
check_fit(const Pipeline *p, GError **error)
{
    const UNetConfig *unet = &p->unet->config;
    const TextEncoderConfig *text = &p->text_encoder->config;
    if (unet->cross_attention_dim != text->hidden_size) {
        g_set_error(error, G_IO_ERROR, G_IO_ERROR_INVALID_DATA,
                    "%s: the UNet expects a context of width %d, the text encoder gives %d. Use "
                    "parts of one model.",
                    p->dir, unet->cross_attention_dim, text->hidden_size);
        return false;
    }
    if (unet->in_channels != p->vae->config.latent_channels ||
        unet->out_channels != unet->in_channels) {
        g_set_error(
            error, G_IO_ERROR, G_IO_ERROR_INVALID_DATA,
            "%s: the UNet takes %d channels and gives %d, the VAE's latent has %d. Use parts "
            "of one model.",
            p->dir, unet->in_channels, unet->out_channels, p->vae->config.latent_channels);
        return false;
    }
    if (tokenizer_n_tokens(p->tokenizer) > text->vocab_size ||
        tokenizer_max_length(p->tokenizer) > text->max_position_embeddings) {
        g_set_error(
            error, G_IO_ERROR, G_IO_ERROR_INVALID_DATA,
            "%s: the tokenizer has %d tokens and captions of %d, the text encoder %d and %d. "
            "Use the tokenizer that belongs to the model.",
            p->dir, tokenizer_n_tokens(p->tokenizer), tokenizer_max_length(p->tokenizer),
            text->vocab_size, text->max_position_embeddings);
        return false;
    }
    return true;
}

static bool
open_folder(Pipeline *p, GError **error)
{
    g_autofree char *index = g_build_filename(p->dir, "model_index.json", NULL);
    g_autofree char *tokenizer = g_build_filename(p->dir, "tokenizer", NULL);
    g_autofree char *text = g_build_filename(p->dir, "text_encoder", NULL);
    g_autofree char *vae = g_build_filename(p->dir, "vae", NULL);
    g_autofree char *unet = g_build_filename(p->dir, "unet", NULL);
    g_autofree char *control = g_build_filename(p->dir, "controlnet", NULL);
    g_autofree char *scheduler =
        g_build_filename(p->dir, "scheduler", "scheduler_config.json", NULL);
    ModelIndex parts;
    if (!model_index_read_json(index, &parts, error) ||
        !scheduler_config_read_json(scheduler, &p->scheduler, error))
        return false;
    if (!(p->tokenizer = tokenizer_open(tokenizer, error)) ||
        !(p->text_encoder = text_encoder_open(p->device, text, error)) ||
        !(p->vae = vae_open(p->device, vae, error)) ||
        !(p->unet = unet_open(p->device, unet, error)))
        return false;
    if (g_file_test(control, G_FILE_TEST_IS_DIR) && !pipeline_open_controlnet(p, control, error))
        return false;
    return check_fit(p, error);
}

static bool
open_file(Pipeline *p, const CheckpointOptions *options, GError **error)
{
    g_autoptr(Checkpoint) c = checkpoint_open(p->dir, options, error);
    if (!c || !checkpoint_require_tokenizer(c, error))
        return false;
    ModuleSource text = checkpoint_text_source(c), vae = checkpoint_vae_source(c);
    ModuleSource unet = checkpoint_unet_source(c);
    p->scheduler = c->scheduler;
    p->tokenizer = c->openclip ? tokenizer_open_openclip(c->tokenizer, error)
                               : tokenizer_open(c->tokenizer, error);
    if (!p->tokenizer ||
        !(p->text_encoder = text_encoder_load(p->device, &c->text_encoder, &text, error)) ||
        !(p->vae = vae_load(p->device, &c->vae, &vae, error)) ||
        !(p->unet = unet_load(p->device, &c->unet, &unet, error)))
        return false;
    return check_fit(p, error);
}

/* Puts another VAE in the model's place. */
static bool
replace_vae(Pipeline *p, const char *path, GError **error)
{
    Vae *vae = vae_open_for(p->device, path, &p->vae->config, error);
    if (!vae)
        return false;
    vae_free(p->vae);
    p->vae = vae;
    return check_fit(p, error);
}

Pipeline *
pipeline_open_with(Device *device, const char *path, const CheckpointOptions *options,
                   GError **error)
{
    g_autoptr(Pipeline) p = g_new0(Pipeline, 1);
    p->dir = g_strdup(path);
    p->device = device;
    p->loras = g_ptr_array_new_with_free_func((GDestroyNotify)lora_free);
    if (!g_file_test(path, G_FILE_TEST_EXISTS)) {
        g_set_error(error, G_IO_ERROR, G_IO_ERROR_NOT_FOUND,
                    "%s is not there. A model is a folder in the diffusers layout "
                    "(model_index.json, unet/, vae/, text_encoder/, tokenizer/, scheduler/), or "
                    "a .safetensors file with all of that but the tokenizer.",
                    path);
        return NULL;
    }
    const char *prediction = options ? options->prediction : NULL;
    if (prediction && !checkpoint_check_prediction(prediction, error))
        return NULL;
    bool good = g_file_test(path, G_FILE_TEST_IS_DIR) ? open_folder(p, error)
                                                      : open_file(p, options, error);
    if (prediction)
        p->scheduler.prediction_type =
            g_str_equal(prediction, "v") ? PREDICTION_V : PREDICTION_EPSILON;
    good = good && (!options || !options->vae || replace_vae(p, options->vae, error));
    return good ? g_steal_pointer(&p) : NULL;
}

Pipeline *
pipeline_open(Device *device, const char *path, GError **error)
{
    return pipeline_open_with(device, path, NULL, error);
}

void
pipeline_remove_loras(Pipeline *p)
{
    LoraTarget target = pipeline_lora_target(p);
    for (guint i = 0; i < p->loras->len; i++)
        lora_detach(p->loras->pdata[i], &target);
    g_ptr_array_set_size(p->loras, 0);
}

void
pipeline_free(Pipeline *p)
{
    if (!p)
        return;
    pipeline_remove_loras(p);
    g_ptr_array_unref(p->loras);
    controlnet_free(p->controlnet);
    unet_free(p->unet);
    vae_free(p->vae);
    text_encoder_free(p->text_encoder);
    tokenizer_free(p->tokenizer);
    g_free(p->dir);
    g_free(p);
}

ControlNet *
pipeline_load_controlnet(const Pipeline *p, const char *path, GError **error)
{
    g_autoptr(ControlNet) controlnet =
        controlnet_open_for(p->device, path, &p->unet->config, error);
    if (!controlnet || !controlnet_check_unet(controlnet, &p->unet->config, error))
        return NULL;
    return g_steal_pointer(&controlnet);
}

bool
pipeline_open_controlnet(Pipeline *p, const char *path, GError **error)
{
    ControlNet *controlnet = pipeline_load_controlnet(p, path, error);
    if (!controlnet)
        return false;
    controlnet_free(p->controlnet);
    p->controlnet = controlnet;
    return true;
}

LoraTarget
pipeline_lora_target(const Pipeline *p)
{
    return (LoraTarget){
        .part = {[LORA_UNET] = p->unet ? p->unet->module : NULL,
                 [LORA_TEXT_ENCODER] = p->text_encoder ? p->text_encoder->module : NULL}};
}

bool
pipeline_add_lora(Pipeline *p, const char *path, double multiplier, double text_multiplier,
                  int *n_unmatched, GError **error)
{
    LoraTarget target = pipeline_lora_target(p);
    Lora *lora = lora_open(p->device, path, &target, error);
    if (!lora)
        return false;
    g_ptr_array_add(p->loras, lora);
    const float multipliers[LORA_N_PARTS] = {
        [LORA_UNET] = (float)multiplier, [LORA_TEXT_ENCODER] = (float)text_multiplier};
    lora_attach_parts(lora, &target, multipliers);
    if (n_unmatched)
        *n_unmatched = (int)lora->unmatched->len;
    return true;
}

bool
pipeline_encode_caption(const Pipeline *p, const char *caption, int32_t *ids, GError **error)
{
    bool truncated;
    tokenizer_encode(p->tokenizer, caption, ids, NULL, &truncated);
    if (!truncated)
        return true;
    g_set_error(error, G_IO_ERROR, G_IO_ERROR_INVALID_ARGUMENT,
                "The caption \"%s\" is longer than the %d tokens that the model reads. Shorten it.",
                caption, tokenizer_max_length(p->tokenizer) - 2);
    return false;
}
