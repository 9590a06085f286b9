/* SPDX-License-Identifier: Apache-2.0 */
/* Facts of single safetensors files: whole models and their parts in one file, LoRAs, others. */
#include <gio/gio.h>
#include <glib/gi18n-lib.h>
#include <string.h>

#include "app/jobs/inspect_private.h"
#include "compute/model/controlnet.h"
#include "compute/model/text_encoder.h"
#include "compute/model/unet.h"
#include "compute/model/vae.h"

enum { MAX_METADATA_TEXT = 400 };

static const char *const down_endings[] = {".lora_down.weight", ".lora_A.weight",
                                           ".lora.down.weight", ".lora_linear_layer.down.weight"};

/* Whether a tensor is the factor of a LoRA that goes down; (rank, n_in, ...). */
static bool
goes_down(const WeightsEntry *entry)
{
    for (guint i = 0; i < G_N_ELEMENTS(down_endings); i++)
        if (g_str_has_suffix(entry->name, down_endings[i]) && entry->n_dims >= 2)
            return true;
    return false;
}

gint64
inspect_lora_rank(const WeightsFile *file)
{
    for (int i = 0; i < weights_n_entries(file); i++)
        if (goes_down(weights_entry(file, i)))
            return weights_entry(file, i)->dim[0];
    return 0;
}

/* The model that a LoRA is for, by the width of the captions that its UNet layers read. */
static const char *
family_of_width(gint64 width)
{
    return width == 768    ? "Stable Diffusion 1.x"
           : width == 1024 ? "Stable Diffusion 2.x"
           : width == 2048 ? "SDXL"
                           : NULL;
}

static void
add_lora(Facts *facts, const WeightsFile *file)
{
    gint64 low = G_MAXINT64, high = 0, context = 0, n_unet = 0, n_text = 0;

    for (int i = 0; i < weights_n_entries(file); i++) {
        const WeightsEntry *entry = weights_entry(file, i);

        if (!goes_down(entry))
            continue;
        low = MIN(low, entry->dim[0]);
        high = MAX(high, entry->dim[0]);
        if (g_str_has_prefix(entry->name, "lora_te") ||
            g_str_has_prefix(entry->name, "text_encoder"))
            n_text++;
        else
            n_unet++;
        if (strstr(entry->name, "attn2") && strstr(entry->name, "to_k"))
            context = entry->dim[1];
    }
    facts_add_int(facts, "rank", _("rank"), inspect_lora_rank(file));
    if (low != high) {
        facts_add_int(facts, "lowest_rank", _("lowest rank"), low);
        facts_add_int(facts, "highest_rank", _("highest rank"), high);
    }
    facts_add_int(facts, "unet_layers", _("layers of the UNet"), n_unet);
    facts_add_int(facts, "text_layers", _("layers of the text encoder"), n_text);
    if (context)
        facts_add_int(facts, "context", _("caption width"), context);
    if (family_of_width(context))
        facts_add_text(facts, "family", _("family"), family_of_width(context));
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

/* --- parts --- */

/* How the part is named, its config, and whether its tensors are those of it. What cannot be
 * deduced is said, since the file may be good with a folder of configs. */
#define ADD_PART(name, Config, deduce)                                                             \
    static void add_##name(Facts *facts, const WeightsFile *file, CheckpointNames *names,          \
                           ModuleRename rename, Config *config)                                    \
    {                                                                                              \
        g_autoptr(GHashTable) used = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL); \
        ModuleSource source = {.file = file, .rename = rename, .data = names};                     \
        g_autoptr(GError) error = NULL;                                                            \
                                                                                                   \
        facts_add_text(facts, "names", _("names"),                                                 \
                       names->layout == NAMES_DIFFUSERS ? "diffusers" : _("original"));            \
        inspect_add_tensors(facts, file, names->prefix);                                           \
        if (!deduce) {                                                                             \
            facts_add_text(facts, "config", _("configuration"), error->message);                   \
            return;                                                                                \
        }                                                                                          \
        inspect_add_##name(facts, config);                                                         \
        g_autoptr(GPtrArray) problems = name##_survey(config, &source, used);                      \
        inspect_add_survey(facts, file, names->prefix, problems, used);                            \
    }

ADD_PART(unet, UNetConfig, checkpoint_deduce_unet(file, names, config, &error))
ADD_PART(vae, VaeConfig, checkpoint_deduce_vae(file, names, config, &error))
ADD_PART(text_encoder, TextEncoderConfig, checkpoint_deduce_text(file, names, config, &error))
ADD_PART(controlnet, ControlNetConfig,
         checkpoint_controlnet_config(file, NULL, config, names, &error))

static void
add_parts(Facts *facts, const WeightsFile *file)
{
    CheckpointNames names;
    TextEncoderConfig text;
    UNetConfig unet;
    VaeConfig vae;
    ControlNetConfig control;

    if (checkpoint_find_text(file, &names))
        add_text_encoder(facts_add_group(facts, "text_encoder", "text_encoder"), file, &names,
                         checkpoint_text_name, &text);
    if (checkpoint_find_unet(file, &names))
        add_unet(facts_add_group(facts, "unet", "unet"), file, &names, checkpoint_unet_name, &unet);
    if (checkpoint_find_vae(file, &names))
        add_vae(facts_add_group(facts, "vae", "vae"), file, &names, checkpoint_vae_name, &vae);
    if (checkpoint_find_controlnet(file, &names))
        add_controlnet(facts_add_group(facts, "controlnet", "controlnet"), file, &names,
                       checkpoint_controlnet_name, &control);
}

/* What a whole model is besides its parts. */
static void
add_model(Facts *facts, const char *path)
{
    static const CheckpointOptions none = {NULL, NULL, NULL, NULL};
    g_autoptr(GError) error = NULL;
    g_autoptr(Checkpoint) c = checkpoint_open(path, NULL, &error);
    g_autofree char *tokenizer = checkpoint_find_tokenizer(path, &none);
    Facts *group;

    if (c) {
        facts_add_text(facts, "family", _("family"), inspect_family(&c->unet));
        inspect_add_schedule(facts_add_group(facts, "scheduler", "scheduler"), &c->scheduler,
                             c->prediction_source);
    }
    group = facts_add_group(facts, "tokenizer", "tokenizer");
    if (!tokenizer) {
        facts_add_text(group, "folder", _("folder"), _("none beside the file: it needs one"));
        return;
    }
    facts_add_text(group, "folder", _("folder"), tokenizer);
    g_clear_error(&error);
    if (!inspect_add_tokenizer(group, tokenizer, &error))
        facts_add_text(group, "problem", _("problem"), error->message);
}

bool
inspect_weights(Facts *facts, const char *path, GError **error)
{
    g_autoptr(WeightsFile) file = weights_open(path, error);
    gint64 rank = file ? inspect_lora_rank(file) : 0;
    CheckpointKind kind = file ? checkpoint_kind(file) : CHECKPOINT_UNKNOWN;

    if (!file)
        return false;
    facts_add_text(facts, "kind", _("kind"),
                   rank                         ? _("LoRA")
                   : kind == CHECKPOINT_UNKNOWN ? _("tensors (safetensors)")
                                                : checkpoint_kind_text(kind));
    if (rank)
        add_lora(facts, file);
    if (kind != CHECKPOINT_UNKNOWN && kind != CHECKPOINT_LORA)
        facts_add_text(facts, "form", _("form"),
                       weights_n_shards(file) > 1 ? _("several files") : _("one file"));
    inspect_add_tensors(facts, file, "");
    if (kind == CHECKPOINT_MODEL)
        add_model(facts, path);
    if (kind != CHECKPOINT_OTHER)
        add_parts(facts, file);
    add_metadata(facts, file);
    return true;
}
