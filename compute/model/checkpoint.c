/* SPDX-License-Identifier: Apache-2.0 */
/* Which kind of file it is, where its parts are, and what stands beside it. */
#include "compute/model/checkpoint.h"

#include <gio/gio.h>
#include <glib/gi18n-lib.h>
#include <string.h>

#include "compute/json_text.h"

enum { MAX_BESIDE = 1 << 20 }; /* bytes of a .yaml or .json beside a checkpoint */

/* --- kinds --- */

/* A tensor that every file of a kind has, with what may stand before its name. */
typedef struct {
    const char *prefix, *name;
    NamesLayout layout;
} Mark;

static const Mark unet_marks[] = {
    {"model.diffusion_model.", "input_blocks.0.0.weight", NAMES_LDM},
    {"", "input_blocks.0.0.weight", NAMES_LDM},
    {"", "up_blocks.0.resnets.0.conv1.weight", NAMES_DIFFUSERS},
};
static const Mark vae_marks[] = {
    {"first_stage_model.", "encoder.down.0.block.0.conv1.weight", NAMES_LDM},
    {"", "encoder.down.0.block.0.conv1.weight", NAMES_LDM},
    {"", "encoder.down_blocks.0.resnets.0.conv1.weight", NAMES_DIFFUSERS},
};
static const Mark text_marks[] = {
    {"cond_stage_model.transformer.", "text_model.final_layer_norm.weight", NAMES_CLIP},
    {"cond_stage_model.transformer.", "final_layer_norm.weight", NAMES_CLIP_BARE},
    {"cond_stage_model.model.", "ln_final.weight", NAMES_OPENCLIP},
    {"", "text_model.final_layer_norm.weight", NAMES_CLIP},
};
static const Mark controlnet_marks[] = {
    {"control_model.", "input_hint_block.0.weight", NAMES_LDM},
    {"", "input_hint_block.0.weight", NAMES_LDM},
    {"", "controlnet_cond_embedding.conv_in.weight", NAMES_DIFFUSERS},
};
/* SDXL's size conditioning and its encoders; SD 3 and Flux. */
static const char *const other_marks[] = {
    "model.diffusion_model.label_emb.0.0.weight",
    "conditioner.embedders.0.transformer.text_model.final_layer_norm.weight",
    "conditioner.embedders.1.model.ln_final.weight",
    "add_embedding.linear_1.weight",
    "control_model.label_emb.0.0.weight",
    "model.diffusion_model.joint_blocks.0.x_block.attn.qkv.weight",
    "model.diffusion_model.double_blocks.0.img_attn.qkv.weight",
    "double_blocks.0.img_attn.qkv.weight",
};

static bool
find_mark(const WeightsFile *file, const Mark *marks, guint n, CheckpointNames *names)
{
    for (guint i = 0; i < n; i++) {
        g_autofree char *name = g_strconcat(marks[i].prefix, marks[i].name, NULL);
        if (!weights_find(file, name))
            continue;
        *names = (CheckpointNames){.prefix = marks[i].prefix, .layout = marks[i].layout};
        return true;
    }
    return false;
}

bool
checkpoint_find_unet(const WeightsFile *file, CheckpointNames *names)
{
    CheckpointNames control;

    /* An unprefixed ControlNet has the UNet's names too. */
    if (!find_mark(file, unet_marks, G_N_ELEMENTS(unet_marks), names))
        return false;
    return *names->prefix || !checkpoint_find_controlnet(file, &control);
}

bool
checkpoint_find_vae(const WeightsFile *file, CheckpointNames *names)
{
    return find_mark(file, vae_marks, G_N_ELEMENTS(vae_marks), names);
}

bool
checkpoint_find_text(const WeightsFile *file, CheckpointNames *names)
{
    return find_mark(file, text_marks, G_N_ELEMENTS(text_marks), names);
}

bool
checkpoint_find_controlnet(const WeightsFile *file, CheckpointNames *names)
{
    return find_mark(file, controlnet_marks, G_N_ELEMENTS(controlnet_marks), names);
}

static bool
has_ending(const WeightsFile *file, const char *const *endings)
{
    for (int i = 0; i < weights_n_entries(file); i++)
        for (int j = 0; endings[j]; j++)
            if (g_str_has_suffix(weights_entry(file, i)->name, endings[j]))
                return true;
    return false;
}

CheckpointKind
checkpoint_kind(const WeightsFile *file)
{
    static const char *const lora[] = {".lora_down.weight", ".lora_A.weight",
                                       ".lora.down.weight", ".lora_linear_layer.down.weight",
                                       "_lora.down.weight", ".hada_w1_a",
                                       ".lokr_w1",          NULL};
    CheckpointNames names;
    bool unet = checkpoint_find_unet(file, &names), vae = checkpoint_find_vae(file, &names);
    bool text = checkpoint_find_text(file, &names);

    for (guint i = 0; i < G_N_ELEMENTS(other_marks); i++)
        if (weights_find(file, other_marks[i]))
            return CHECKPOINT_OTHER;
    if (unet && vae && text)
        return CHECKPOINT_MODEL;
    if (checkpoint_find_controlnet(file, &names))
        return CHECKPOINT_CONTROLNET;
    if (unet)
        return CHECKPOINT_UNET;
    if (vae)
        return CHECKPOINT_VAE;
    if (text)
        return CHECKPOINT_TEXT_ENCODER;
    if (has_ending(file, lora))
        return CHECKPOINT_LORA;
    if (weights_find(file, "emb_params") || weights_find(file, "<*>"))
        return CHECKPOINT_EMBEDDING;
    return CHECKPOINT_UNKNOWN;
}

const char *
checkpoint_kind_text(CheckpointKind kind)
{
    switch (kind) {
    case CHECKPOINT_MODEL:
        return _("a whole model");
    case CHECKPOINT_UNET:
        return _("a UNet alone");
    case CHECKPOINT_VAE:
        return _("a VAE alone");
    case CHECKPOINT_TEXT_ENCODER:
        return _("a text encoder alone");
    case CHECKPOINT_CONTROLNET:
        return _("a ControlNet");
    case CHECKPOINT_LORA:
        return _("a LoRA");
    case CHECKPOINT_EMBEDDING:
        return _("the embedding of a word (textual inversion)");
    case CHECKPOINT_OTHER:
        return _("of another family than Stable Diffusion 1.x and 2.x (SDXL, SD 3 or Flux)");
    case CHECKPOINT_UNKNOWN:
        break;
    }
    return _("a file of tensors of an unknown kind");
}

/* --- what the UNet predicts --- */

/* The path of the file with another ending. */
static char *
beside(const char *path, const char *ending)
{
    size_t n = strlen(path);

    if (g_str_has_suffix(path, ".safetensors"))
        n -= strlen(".safetensors");
    return g_strdup_printf("%.*s%s", (int)n, path, ending);
}

/* Text behind "key" and its colon or quotes, of a .yaml or .json alike; NULL when absent. */
static char *
value_in(const char *path, const char *key)
{
    size_t size;
    g_autofree char *text = g_file_test(path, G_FILE_TEST_IS_REGULAR)
                                ? json_text_load(path, MAX_BESIDE, &size, NULL)
                                : NULL;
    const char *at = text ? strstr(text, key) : NULL;

    if (!at)
        return NULL;
    at += strlen(key);
    at += strspn(at, "\"': \t");
    return g_strndup(at, strspn(at, "abcdefghijklmnopqrstuvwxyz_"));
}

bool
checkpoint_check_prediction(const char *prediction, GError **error)
{
    if (g_str_equal(prediction, "epsilon") || g_str_equal(prediction, "v"))
        return true;
    g_set_error(error, G_IO_ERROR, G_IO_ERROR_INVALID_ARGUMENT,
                _("A model cannot predict “%s”: say epsilon or v."), prediction);
    return false;
}

static bool
is_v(const char *text)
{
    return g_str_equal(text, "v") || g_str_equal(text, "v_prediction");
}

static void
find_prediction(Checkpoint *c, const char *said)
{
    g_autofree char *yaml = beside(c->path, ".yaml"), *json = beside(c->path, ".json");
    g_autofree char *in_yaml = value_in(yaml, "parameterization");
    g_autofree char *in_json = value_in(json, "prediction_type");
    const char *metadata = weights_metadata(c->file, "modelspec.prediction_type");
    const struct {
        const char *value, *source;
    } sources[] = {
        {said, _("as told")},
        {in_yaml, _("the .yaml beside it")},
        {in_json, _("the .json beside it")},
        {metadata, _("its metadata")},
        {weights_find(c->file, "v_pred") ? "v" : NULL, _("a tensor v_pred")},
        {c->unet.use_linear_projection ? "v" : NULL, _("assumed: SD 2.x")},
        {"epsilon", _("assumed: SD 1.x")},
    };

    for (guint i = 0; i < G_N_ELEMENTS(sources); i++) {
        if (!sources[i].value || !*sources[i].value)
            continue;
        c->scheduler.prediction_type = is_v(sources[i].value) ? PREDICTION_V : PREDICTION_EPSILON;
        c->prediction_source = sources[i].source;
        break;
    }
    c->scheduler.rescale_betas_zero_snr = weights_find(c->file, "ztsnr") != NULL;
}

/* --- configs and tokenizer --- */

static void
adopt_levels(CheckpointNames *names, const UNetConfig *config)
{
    names->n_levels = config->n_levels;
    for (int i = 0; i < config->n_levels; i++) {
        names->layers_per_block[i] = config->layers_per_block[i];
        names->up_attention[i] = config->up_attention[i];
    }
}

static bool
read_configs(Checkpoint *c, const CheckpointOptions *options, GError **error)
{
    const char *dir = options->config;
    g_autofree char *unet = g_build_filename(dir, "unet", "config.json", NULL);
    g_autofree char *vae = g_build_filename(dir, "vae", "config.json", NULL);
    g_autofree char *text = g_build_filename(dir, "text_encoder", "config.json", NULL);
    g_autofree char *scheduler = g_build_filename(dir, "scheduler", "scheduler_config.json", NULL);

    if (!unet_config_read_json(unet, &c->unet, error) ||
        !vae_config_read_json(vae, &c->vae, error) ||
        !text_encoder_config_read_json(text, &c->text_encoder, error) ||
        !scheduler_config_read_json(scheduler, &c->scheduler, error))
        return false;
    adopt_levels(&c->unet_names, &c->unet);
    c->vae_names.n_levels = c->vae.n_levels;
    c->prediction_source = _("scheduler_config.json");
    if (options->prediction)
        find_prediction(c, options->prediction);
    return true;
}

static bool
deduce_configs(Checkpoint *c, const CheckpointOptions *options, GError **error)
{
    scheduler_config_init_sd15(&c->scheduler);
    if (!checkpoint_deduce_unet(c->file, &c->unet_names, &c->unet, error) ||
        !checkpoint_deduce_vae(c->file, &c->vae_names, &c->vae, error) ||
        !checkpoint_deduce_text(c->file, &c->text_names, &c->text_encoder, error))
        return false;
    find_prediction(c, options->prediction);
    return true;
}

static bool
is_tokenizer(const char *dir)
{
    g_autofree char *vocabulary = g_build_filename(dir, "vocab.json", NULL);
    return g_file_test(vocabulary, G_FILE_TEST_EXISTS);
}

char *
checkpoint_find_tokenizer(const char *path, const CheckpointOptions *options)
{
    g_autofree char *parent = g_path_get_dirname(path), *stem = beside(path, "");
    char *places[] = {
        options->config ? g_build_filename(options->config, "tokenizer", NULL) : NULL,
        g_build_filename(parent, "tokenizer", NULL),
        g_build_filename(stem, "tokenizer", NULL),
        g_strdup(stem),
    };
    char *found = g_strdup(options->tokenizer); /* what was named is it, there or not */

    for (guint i = 0; i < G_N_ELEMENTS(places); i++) {
        if (!found && places[i] && is_tokenizer(places[i]))
            found = g_steal_pointer(&places[i]);
        g_free(places[i]);
    }
    return found;
}

bool
checkpoint_require_tokenizer(const Checkpoint *c, GError **error)
{
    g_autofree char *parent = g_path_get_dirname(c->path);

    if (c->tokenizer)
        return true;
    g_set_error(error, G_IO_ERROR, G_IO_ERROR_NOT_FOUND,
                _("%s: a model in one file has no tokenizer in it. Put vocab.json and merges.txt "
                  "(and special_tokens_map.json) of %s into %s%stokenizer, or name the folder "
                  "that has them."),
                c->path,
                c->openclip ? "stabilityai/stable-diffusion-2-1" : "openai/clip-vit-large-patch14",
                parent, G_DIR_SEPARATOR_S);
    return false;
}

Checkpoint *
checkpoint_open(const char *path, const CheckpointOptions *options, GError **error)
{
    static const CheckpointOptions none = {NULL, NULL, NULL, NULL};
    g_autoptr(Checkpoint) c = g_new0(Checkpoint, 1);

    options = options ? options : &none;
    c->path = g_strdup(path);
    c->file = weights_open(path, error);
    if (!c->file)
        return NULL;
    CheckpointKind kind = checkpoint_kind(c->file);
    if (kind != CHECKPOINT_MODEL) {
        g_set_error(error, G_IO_ERROR, G_IO_ERROR_INVALID_DATA,
                    _("%s is %s, not a model. Choose a model of Stable Diffusion 1.x or 2.x: a "
                      "folder in the diffusers layout, or a .safetensors file with UNet, VAE and "
                      "text encoder."),
                    path, checkpoint_kind_text(kind));
        return NULL;
    }
    checkpoint_find_unet(c->file, &c->unet_names);
    checkpoint_find_vae(c->file, &c->vae_names);
    checkpoint_find_text(c->file, &c->text_names);
    c->openclip = c->text_names.layout == NAMES_OPENCLIP;
    if (!(options->config ? read_configs(c, options, error) : deduce_configs(c, options, error)))
        return NULL;
    c->tokenizer = checkpoint_find_tokenizer(path, options);
    return g_steal_pointer(&c);
}

void
checkpoint_free(Checkpoint *checkpoint)
{
    if (!checkpoint)
        return;
    weights_free(checkpoint->file);
    g_free(checkpoint->tokenizer);
    g_free(checkpoint->path);
    g_free(checkpoint);
}

bool
checkpoint_vae_names(const WeightsFile *file, const VaeConfig *base, CheckpointNames *names,
                     GError **error)
{
    if (!checkpoint_find_vae(file, names)) {
        g_set_error(error, G_IO_ERROR, G_IO_ERROR_INVALID_DATA,
                    _("%s is %s, not a VAE. Choose a VAE of Stable Diffusion."), weights_path(file),
                    checkpoint_kind_text(checkpoint_kind(file)));
        return false;
    }
    names->n_levels = base->n_levels;
    return true;
}

/* --- sources --- */

static ModuleSource
source_of(const WeightsFile *file, const CheckpointNames *names, ModuleRename rename)
{
    return (ModuleSource){.file = file, .rename = rename, .data = names};
}

ModuleSource
checkpoint_unet_source(const Checkpoint *c)
{
    return source_of(c->file, &c->unet_names, checkpoint_unet_name);
}

ModuleSource
checkpoint_vae_source(const Checkpoint *c)
{
    return source_of(c->file, &c->vae_names, checkpoint_vae_name);
}

ModuleSource
checkpoint_text_source(const Checkpoint *c)
{
    return source_of(c->file, &c->text_names, checkpoint_text_name);
}

ModuleSource
checkpoint_controlnet_source(const WeightsFile *file, const CheckpointNames *names)
{
    return source_of(file, names, checkpoint_controlnet_name);
}
