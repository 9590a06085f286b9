/* SPDX-License-Identifier: Apache-2.0 */
/* Facts of model folders and their parts: headers are read and checked, no weight is. Single files
 * are inspect_checkpoint.c. */
#include <gio/gio.h>
#include <glib/gi18n-lib.h>
#include <string.h>

#include "app/jobs/inspect_private.h"
#include "compute/model/controlnet.h"
#include "compute/model/text_encoder.h"
#include "compute/model/tokenizer.h"
#include "compute/model/unet.h"
#include "compute/model/vae.h"

enum { MAX_LISTED = 10 };

void
inspect_add_tensors(Facts *facts, const WeightsFile *file, const char *prefix)
{
    gint64 counts[WEIGHTS_N_DTYPES] = {0}, n_elements = 0, n_tensors = 0;
    g_autoptr(GString) dtypes = g_string_new(NULL);

    for (int i = 0; i < weights_n_entries(file); i++) {
        const WeightsEntry *entry = weights_entry(file, i);

        if (!g_str_has_prefix(entry->name, prefix))
            continue;
        counts[entry->dtype]++;
        n_tensors++;
        if (entry->dtype <= WEIGHTS_F64) /* what is learned; position_ids are not */
            n_elements += entry->n_elements;
    }
    for (int dtype = 0; dtype < WEIGHTS_N_DTYPES; dtype++) {
        if (counts[dtype])
            g_string_append_printf(dtypes, "%s%s", dtypes->len ? ", " : "",
                                   weights_dtype_name((WeightsDtype)dtype));
    }
    facts_add_int(facts, "tensors", _("tensors"), n_tensors);
    facts_add_int(facts, "parameters", _("parameters"), n_elements);
    facts_add_text(facts, "dtypes", _("number types"), dtypes->str);
}

/* --- what a config says --- */

static void
add_levels(Facts *facts, const char *key, const char *label, const int *values, int n)
{
    g_autoptr(GString) text = g_string_new(NULL);

    for (int i = 0; i < n; i++)
        g_string_append_printf(text, "%s%d", i ? ", " : "", values[i]);
    facts_add_text(facts, key, label, text->str);
}

const char *
inspect_family(const UNetConfig *config)
{
    return config->use_linear_projection ? "Stable Diffusion 2.x" : "Stable Diffusion 1.x";
}

void
inspect_add_unet(Facts *facts, const UNetConfig *config)
{
    int n = config->n_levels;

    add_levels(facts, "channels", _("channels by level"), config->block_out_channels, n);
    add_levels(facts, "heads", _("heads by level"), config->n_heads, n);
    add_levels(facts, "layers", _("layers by level"), config->layers_per_block, n);
    facts_add_int(facts, "context", _("caption width"), config->cross_attention_dim);
    facts_add_text(facts, "projections", _("projections"),
                   config->use_linear_projection ? _("linear") : _("convolutions"));
    facts_add_int(facts, "latent_channels", _("latent channels"), config->in_channels);
}

void
inspect_add_controlnet(Facts *facts, const ControlNetConfig *config)
{
    inspect_add_unet(facts, &config->unet);
    add_levels(facts, "stem", _("channels of the stem"),
               config->conditioning_embedding_out_channels, config->n_conditioning_embedding);
}

void
inspect_add_vae(Facts *facts, const VaeConfig *config)
{
    add_levels(facts, "channels", _("channels by level"), config->block_out_channels,
               config->n_levels);
    facts_add_int(facts, "latent_channels", _("latent channels"), config->latent_channels);
    facts_add_int(facts, "factor", _("pixels a latent pixel"), 1 << (config->n_levels - 1));
    facts_add_number(facts, "scaling_factor", _("scaling factor"), config->scaling_factor);
}

void
inspect_add_text_encoder(Facts *facts, const TextEncoderConfig *config)
{
    facts_add_int(facts, "layers", _("layers"), config->n_layers);
    facts_add_int(facts, "width", _("width"), config->hidden_size);
    facts_add_int(facts, "heads", _("heads"), config->n_heads);
    facts_add_text(facts, "activation", _("activation"),
                   config->hidden_act == ACTIVATION_GELU ? "gelu" : "quick_gelu");
    facts_add_int(facts, "vocabulary", _("vocabulary"), config->vocab_size);
    facts_add_int(facts, "max_tokens", _("tokens a caption"), config->max_position_embeddings);
}

void
inspect_add_schedule(Facts *facts, const SchedulerConfig *config, const char *source)
{
    static const char *const betas[] = {"linear", "scaled_linear", "squaredcos_cap_v2"};
    g_autofree char *range = g_strdup_printf("%g – %g", config->beta_start, config->beta_end);

    facts_add_text(facts, "prediction", _("prediction"),
                   config->prediction_type == PREDICTION_V ? "v" : "epsilon");
    if (source)
        facts_add_text(facts, "prediction_source", _("taken from"), source);
    facts_add_int(facts, "timesteps", _("timesteps"), config->n_train_timesteps);
    facts_add_text(facts, "beta_schedule", _("noise schedule"), betas[config->beta_schedule]);
    facts_add_text(facts, "betas", _("betas"), range);
    facts_add_text(facts, "zero_snr", _("ends in noise alone"),
                   config->rescale_betas_zero_snr ? _("yes") : _("no"));
}

bool
inspect_add_tokenizer(Facts *facts, const char *dir, GError **error)
{
    g_autoptr(Tokenizer) tokenizer = tokenizer_open(dir, error);

    if (!tokenizer)
        return false;
    facts_add_int(facts, "tokens", _("tokens"), tokenizer_n_tokens(tokenizer));
    facts_add_int(facts, "max_tokens", _("tokens a caption"), tokenizer_max_length(tokenizer));
    facts_add_int(facts, "padding", _("padding"), tokenizer_pad(tokenizer));
    return true;
}

/* --- whether the tensors are those that the config asks for --- */

static void
add_list(Facts *facts, const char *key, const char *label, const GPtrArray *lines)
{
    Facts *group;

    if (lines->len == 0)
        return;
    group = facts_add_group(facts, key, label);
    for (guint i = 0; i < lines->len && i < MAX_LISTED; i++) {
        g_autofree char *number = g_strdup_printf("%u", i + 1);
        facts_add_text(group, number, number, lines->pdata[i]);
    }
    if (lines->len > MAX_LISTED)
        facts_add_int(group, "more", _("more"), (gint64)lines->len - MAX_LISTED);
}

void
inspect_add_survey(Facts *facts, const WeightsFile *file, const char *prefix,
                   const GPtrArray *problems, GHashTable *used)
{
    g_autoptr(GPtrArray) unknown = g_ptr_array_new();

    for (int i = 0; i < weights_n_entries(file); i++) {
        const char *name = weights_entry(file, i)->name;
        if (g_str_has_prefix(name, prefix) && !g_hash_table_contains(used, name) &&
            !g_str_has_suffix(name, ".position_ids"))
            g_ptr_array_add(unknown, (void *)name);
    }
    add_list(facts, "problems", _("missing or odd tensors"), problems);
    add_list(facts, "unknown", _("tensors without use"), unknown);
}

/* --- folders --- */

typedef struct {
    const char *folder, *stem;
    /* Says what the config.json holds, and compares the file with it. */
    bool (*add)(Facts *facts, const char *config, const WeightsFile *file, GError **error);
    bool optional;
} Part;

#define ADD_PART(name, Config)                                                                     \
    static bool add_##name(Facts *facts, const char *path, const WeightsFile *file,                \
                           GError **error)                                                         \
    {                                                                                              \
        g_autoptr(GHashTable) used = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL); \
        ModuleSource source = {.file = file};                                                      \
        Config config;                                                                             \
                                                                                                   \
        if (!name##_config_read_json(path, &config, error))                                        \
            return false;                                                                          \
        inspect_add_##name(facts, &config);                                                        \
        g_autoptr(GPtrArray) problems = name##_survey(&config, &source, used);                     \
        inspect_add_survey(facts, file, "", problems, used);                                       \
        return true;                                                                               \
    }

ADD_PART(unet, UNetConfig)
ADD_PART(vae, VaeConfig)
ADD_PART(text_encoder, TextEncoderConfig)
ADD_PART(controlnet, ControlNetConfig)

/* The file, or the files, and which variant they are. */
static void
add_files(Facts *facts, const char *path, const WeightsFile *file, const char *variant)
{
    g_autofree char *name = g_filename_display_basename(path);

    facts_add_text(facts, "file", _("file"), name);
    if (variant)
        facts_add_text(facts, "variant", _("variant"), variant);
    if (weights_n_shards(file) > 1)
        facts_add_int(facts, "pieces", _("pieces"), weights_n_shards(file));
}

static bool
add_part(Facts *facts, const char *folder, const Part *part, gint64 *n_parameters, GError **error)
{
    g_autofree char *config = g_build_filename(folder, "config.json", NULL);
    const char *variant;
    g_autofree char *weights = module_file(folder, part->stem, &variant);
    g_autoptr(WeightsFile) file = weights_open(weights, error);

    if (!file)
        return false;
    add_files(facts, weights, file, variant);
    for (int i = 0; i < weights_n_entries(file); i++)
        if (weights_entry(file, i)->dtype <= WEIGHTS_F64)
            *n_parameters += weights_entry(file, i)->n_elements;
    inspect_add_tensors(facts, file, "");
    return part->add(facts, config, file, error);
}

static const Part parts[] = {
    {"text_encoder", "model", add_text_encoder, false},
    {"unet", "diffusion_pytorch_model", add_unet, false},
    {"vae", "diffusion_pytorch_model", add_vae, false},
    {"controlnet", "diffusion_pytorch_model", add_controlnet, true},
};

static bool
add_scheduler(Facts *facts, const char *dir, GError **error)
{
    g_autofree char *path = g_build_filename(dir, "scheduler", "scheduler_config.json", NULL);
    Facts *group = facts_add_group(facts, "scheduler", "scheduler");
    SchedulerConfig config;

    if (!scheduler_config_read_json(path, &config, error))
        return false;
    facts_add_text(group, "class", _("class"), scheduler_kind_class_name(config.kind));
    inspect_add_schedule(group, &config, NULL);
    return true;
}

bool
inspect_model(Facts *facts, const char *dir, GError **error)
{
    g_autofree char *tokenizer = g_build_filename(dir, "tokenizer", NULL);
    g_autofree char *path = g_build_filename(dir, "unet", "config.json", NULL);
    gint64 n_parameters = 0;
    UNetConfig unet;

    if (!unet_config_read_json(path, &unet, error))
        return false;
    facts_add_text(facts, "kind", _("kind"), _("model"));
    facts_add_text(facts, "family", _("family"), inspect_family(&unet));
    facts_add_text(facts, "form", _("form"), _("folder, as diffusers has it"));
    for (guint i = 0; i < G_N_ELEMENTS(parts); i++) {
        g_autofree char *folder = g_build_filename(dir, parts[i].folder, NULL);

        if (parts[i].optional && !g_file_test(folder, G_FILE_TEST_IS_DIR))
            continue;
        if (!add_part(facts_add_group(facts, parts[i].folder, parts[i].folder), folder, &parts[i],
                      &n_parameters, error))
            return false;
    }
    if (!inspect_add_tokenizer(facts_add_group(facts, "tokenizer", "tokenizer"), tokenizer,
                               error) ||
        !add_scheduler(facts, dir, error))
        return false;
    facts_add_int(facts, "parameters", _("parameters"), n_parameters);
    return true;
}

/* Which part a folder is, by the class in its config.json; NULL: none. */
static const Part *
part_of(const char *dir)
{
    static const char *const marks[] = {"CLIPTextModel", "UNet2DConditionModel", "AutoencoderKL",
                                        "ControlNetModel"};
    g_autofree char *path = g_build_filename(dir, "config.json", NULL);
    g_autofree char *text = NULL;

    G_STATIC_ASSERT(G_N_ELEMENTS(marks) == G_N_ELEMENTS(parts));
    if (!g_file_get_contents(path, &text, NULL, NULL))
        return NULL;
    for (guint i = 0; i < G_N_ELEMENTS(parts); i++)
        if (strstr(text, marks[i]))
            return &parts[i];
    return NULL;
}

bool
inspect_is_part(const char *dir)
{
    return part_of(dir) != NULL;
}

bool
inspect_part(Facts *facts, const char *dir, GError **error)
{
    const Part *part = part_of(dir);
    gint64 n_parameters = 0;

    g_return_val_if_fail(part, false);
    facts_add_text(facts, "kind", _("kind"), part->folder);
    return add_part(facts, dir, part, &n_parameters, error);
}
