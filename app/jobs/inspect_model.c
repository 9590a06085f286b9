/* SPDX-License-Identifier: Apache-2.0 */
/* Facts of safetensors files and model folders: headers are read and checked, no weight is. */
#include <gio/gio.h>
#include <glib/gi18n-lib.h>
#include <string.h>

#include "app/jobs/inspect_private.h"
#include "compute/model/config.h"
#include "compute/model/module.h"
#include "compute/weights.h"

enum { MAX_METADATA_TEXT = 400 };

static void
add_tensors(Facts *facts, const WeightsFile *file)
{
    gint64 counts[WEIGHTS_N_DTYPES] = {0}, n_elements = 0;
    g_autoptr(GString) dtypes = g_string_new(NULL);

    for (int i = 0; i < weights_n_entries(file); i++) {
        const WeightsEntry *entry = weights_entry(file, i);

        counts[entry->dtype]++;
        n_elements += entry->n_elements;
    }
    for (int dtype = 0; dtype < WEIGHTS_N_DTYPES; dtype++) {
        if (counts[dtype])
            g_string_append_printf(dtypes, "%s%s", dtypes->len ? ", " : "",
                                   weights_dtype_name((WeightsDtype)dtype));
    }
    facts_add_int(facts, "tensors", _("tensors"), weights_n_entries(file));
    facts_add_int(facts, "parameters", _("parameters"), n_elements);
    facts_add_text(facts, "dtypes", _("number types"), dtypes->str);
}

gint64
inspect_lora_rank(const WeightsFile *file)
{
    static const char *const endings[] = {".lora_down.weight", ".lora_A.weight",
                                          ".lora.down.weight", ".lora_linear_layer.down.weight"};

    for (int i = 0; i < weights_n_entries(file); i++) {
        const WeightsEntry *entry = weights_entry(file, i);

        for (guint j = 0; j < G_N_ELEMENTS(endings); j++) {
            if (g_str_has_suffix(entry->name, endings[j]) && entry->n_dims >= 2)
                return entry->dim[0];
        }
    }
    return 0;
}

static void
add_metadata(Facts *facts, const WeightsFile *file)
{
    GHashTable *table = weights_metadata_table(file);
    g_autoptr(GList) keys = g_list_sort(g_hash_table_get_keys(table), (GCompareFunc)strcmp);
    Facts *group = keys ? facts_add_group(facts, "metadata", _("says of itself")) : NULL;

    for (GList *at = keys; at; at = at->next) {
        const char *value = g_hash_table_lookup(table, at->data);
        g_autofree char *valid = g_utf8_make_valid(value, -1);

        if (g_utf8_strlen(valid, -1) > MAX_METADATA_TEXT) {
            g_autofree char *part = g_utf8_substring(valid, 0, MAX_METADATA_TEXT);
            g_autofree char *cut = g_strconcat(part, "…", NULL);

            facts_add_text(group, at->data, at->data, cut);
        } else {
            facts_add_text(group, at->data, at->data, valid);
        }
    }
}

bool
inspect_weights(Facts *facts, const char *path, GError **error)
{
    g_autoptr(WeightsFile) file = weights_open(path, error);
    gint64 rank = file ? inspect_lora_rank(file) : 0;

    if (!file)
        return false;
    facts_add_text(facts, "kind", _("kind"), rank ? _("LoRA") : _("tensors (safetensors)"));
    if (rank)
        facts_add_int(facts, "rank", _("rank"), rank);
    add_tensors(facts, file);
    add_metadata(facts, file);
    return true;
}

/* --- model folders --- */

static char *
config_path(const char *dir, const char *part, const char *file)
{
    return g_build_filename(dir, part, file, NULL);
}

static void
add_levels(Facts *facts, const int *channels, int n_levels)
{
    g_autoptr(GString) text = g_string_new(NULL);

    for (int i = 0; i < n_levels; i++)
        g_string_append_printf(text, "%s%d", i ? ", " : "", channels[i]);
    facts_add_text(facts, "channels", _("channels by level"), text->str);
}

static bool
add_unet(Facts *facts, const char *path, GError **error)
{
    UNetConfig config;

    if (!unet_config_read_json(path, &config, error))
        return false;
    add_levels(facts, config.block_out_channels, config.n_levels);
    facts_add_int(facts, "context", _("caption width"), config.cross_attention_dim);
    return true;
}

static bool
add_controlnet(Facts *facts, const char *path, GError **error)
{
    ControlNetConfig config;

    if (!controlnet_config_read_json(path, &config, error))
        return false;
    add_levels(facts, config.unet.block_out_channels, config.unet.n_levels);
    return true;
}

static bool
add_vae(Facts *facts, const char *path, GError **error)
{
    VaeConfig config;

    if (!vae_config_read_json(path, &config, error))
        return false;
    add_levels(facts, config.block_out_channels, config.n_levels);
    facts_add_int(facts, "latent_channels", _("latent channels"), config.latent_channels);
    facts_add_int(facts, "factor", _("pixels a latent pixel"), 1 << (config.n_levels - 1));
    facts_add_number(facts, "scaling_factor", _("scaling factor"), config.scaling_factor);
    return true;
}

static bool
add_text_encoder(Facts *facts, const char *path, GError **error)
{
    TextEncoderConfig config;

    if (!text_encoder_config_read_json(path, &config, error))
        return false;
    facts_add_int(facts, "layers", _("layers"), config.n_layers);
    facts_add_int(facts, "width", _("width"), config.hidden_size);
    facts_add_int(facts, "vocabulary", _("vocabulary"), config.vocab_size);
    facts_add_int(facts, "max_tokens", _("tokens a caption"), config.max_position_embeddings);
    return true;
}

typedef struct {
    const char *folder, *stem;
    bool (*add)(Facts *facts, const char *path, GError **error);
    bool optional;
} Part;

static bool
add_part(Facts *facts, const char *dir, const Part *part, gint64 *n_parameters, GError **error)
{
    g_autofree char *folder = g_build_filename(dir, part->folder, NULL);
    g_autofree char *config = config_path(dir, part->folder, "config.json");
    g_autofree char *weights = NULL;
    g_autoptr(WeightsFile) file = NULL;
    Facts *group;

    if (part->optional && !g_file_test(folder, G_FILE_TEST_IS_DIR))
        return true;
    group = facts_add_group(facts, part->folder, part->folder);
    if (!part->add(group, config, error))
        return false;
    weights = module_file(folder, part->stem, NULL);
    file = weights_open(weights, error);
    if (!file)
        return false;
    for (int i = 0; i < weights_n_entries(file); i++)
        *n_parameters += weights_entry(file, i)->n_elements;
    add_tensors(group, file);
    return true;
}

static bool
add_scheduler(Facts *facts, const char *dir, GError **error)
{
    g_autofree char *path = config_path(dir, "scheduler", "scheduler_config.json");
    Facts *group = facts_add_group(facts, "scheduler", "scheduler");
    SchedulerConfig config;

    if (!scheduler_config_read_json(path, &config, error))
        return false;
    facts_add_text(group, "class", _("class"), scheduler_kind_class_name(config.kind));
    facts_add_text(group, "prediction", _("prediction"),
                   config.prediction_type == PREDICTION_V ? "v" : "epsilon");
    facts_add_int(group, "timesteps", _("timesteps"), config.n_train_timesteps);
    return true;
}

bool
inspect_model(Facts *facts, const char *dir, GError **error)
{
    static const Part parts[] = {
        {"text_encoder", "model", add_text_encoder, false},
        {"unet", "diffusion_pytorch_model", add_unet, false},
        {"vae", "diffusion_pytorch_model", add_vae, false},
        {"controlnet", "diffusion_pytorch_model", add_controlnet, true},
    };
    gint64 n_parameters = 0;

    facts_add_text(facts, "kind", _("kind"), _("model"));
    for (guint i = 0; i < G_N_ELEMENTS(parts); i++) {
        if (!add_part(facts, dir, &parts[i], &n_parameters, error))
            return false;
    }
    if (!add_scheduler(facts, dir, error))
        return false;
    facts_add_int(facts, "parameters", _("parameters"), n_parameters);
    return true;
}
