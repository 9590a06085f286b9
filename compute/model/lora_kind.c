/* SPDX-License-Identifier: Apache-2.0 */
/* Which LoRA files are refused, and what is said of them. */
#include <gio/gio.h>
#include <glib/gi18n-lib.h>
#include <string.h>

#include "compute/model/lora_keys.h"

/* Parts of keys whose mathematics differs from up(down(x)). */
static const char *const other_kinds[][2] = {
    {"dora_scale", "DoRA"}, {"lora_magnitude_vector", "DoRA"},
    {".hada_w", "LoHa"},    {".lokr_w", "LoKr"},
    {".oft_blocks", "OFT"}, {".oft_diag", "OFT"},
    {".boft_", "BOFT"},     {".on_input", "(IA)³"},
};
static const char *const difference_ends[] = {".diff", ".diff_b"};

/* Parts of keys that only another architecture has. */
static const char *const other_models[][2] = {
    {"lora_te2_", "Stable Diffusion XL"},
    {"text_encoder_2.", "Stable Diffusion XL"},
    {"double_blocks", "Flux"},
    {"single_blocks", "Flux"},
    {"single_transformer_blocks", "Flux"},
    {"joint_blocks", "Stable Diffusion 3"},
    {"lora_te3_", "Stable Diffusion 3"},
    {"attn_add_k_proj", "Stable Diffusion 3"},
    {"attn.add_k_proj", "Stable Diffusion 3"},
    {"lora_prior_", "Stable Cascade"},
    {"lora_transformer_", "PixArt"},
};

/* The width of the text's features tells the models of the family apart. */
static char *
model_name(int64_t width)
{
    const char *name = width == 768    ? "Stable Diffusion 1"
                       : width == 1024 ? "Stable Diffusion 2"
                       : width == 2048 ? "Stable Diffusion XL"
                                       : NULL;

    return name ? g_strdup_printf(_("%s (text width %d)"), name, (int)width)
                : g_strdup_printf(_("a model of text width %d"), (int)width);
}

/* What a layer that reads the text's features sees, from the file; 0 when it has none. */
static int64_t
file_width(const WeightsFile *file)
{
    for (int i = 0; i < weights_n_entries(file); i++) {
        const WeightsEntry *entry = weights_entry(file, i);
        LoraRole role;
        g_autofree char *flat = lora_key_flat(entry->name, &role);

        if (flat && role == LORA_DOWN && entry->n_dims >= 2 &&
            (g_str_has_suffix(flat, "_attn2_to_k") || g_str_has_suffix(flat, "_self_attn_q_proj")))
            return entry->dim[1];
    }
    return 0;
}

static int64_t
target_width(const LoraTarget *target)
{
    static const char *const ends[LORA_N_PARTS] = {".attn2.to_k.weight",
                                                   ".self_attn.q_proj.weight"};

    for (int part = 0; part < LORA_N_PARTS; part++) {
        const Module *module = target->part[part];
        for (guint i = 0; module && i < module->weights->len; i++) {
            const Weight *w = module->weights->pdata[i];
            if (g_str_has_suffix(w->name, ends[part]))
                return w->shape.dim[1];
        }
    }
    return 0;
}

static bool
refuse_model(const WeightsFile *file, const char *is_for, const char *key, int64_t width,
             GError **error)
{
    g_autofree char *model = model_name(width);

    if (key)
        g_set_error(error, G_IO_ERROR, G_IO_ERROR_NOT_SUPPORTED,
                    _("%s is a LoRA for %s (it has the tensor %s), but is to go on %s. Take a "
                      "LoRA that was trained for this model."),
                    weights_path(file), is_for, key, model);
    else
        g_set_error(error, G_IO_ERROR, G_IO_ERROR_NOT_SUPPORTED,
                    _("%s is a LoRA for %s, but is to go on %s. Take a LoRA that was trained for "
                      "this model."),
                    weights_path(file), is_for, model);
    return false;
}

static const char *
find_other_kind(const char *key)
{
    for (guint i = 0; i < G_N_ELEMENTS(other_kinds); i++)
        if (strstr(key, other_kinds[i][0]))
            return other_kinds[i][1];
    for (guint i = 0; i < G_N_ELEMENTS(difference_ends); i++)
        if (g_str_has_suffix(key, difference_ends[i]))
            return _("full difference of weights");
    return NULL;
}

static bool
check_entries(const WeightsFile *file, int64_t width, GError **error)
{
    for (int n = 0; n < weights_n_entries(file); n++) {
        const char *key = weights_entry(file, n)->name;

        const char *kind = find_other_kind(key);

        if (kind) {
            g_set_error(error, G_IO_ERROR, G_IO_ERROR_NOT_SUPPORTED,
                        _("%s: tensor %s belongs to a %s, which cannot be applied as a LoRA. Merge "
                          "it into a model with the program that made it, or take a plain LoRA."),
                        weights_path(file), key, kind);
            return false;
        }
        for (guint i = 0; width && i < G_N_ELEMENTS(other_models); i++)
            if (strstr(key, other_models[i][0]))
                return refuse_model(file, other_models[i][1], key, width, error);
    }
    return true;
}

bool
lora_check_kind(const WeightsFile *file, const LoraTarget *target, GError **error)
{
    int64_t theirs = file_width(file), ours = target ? target_width(target) : 0;

    if (!check_entries(file, ours, error))
        return false;
    if (ours && theirs && ours != theirs) {
        g_autofree char *is_for = model_name(theirs);
        return refuse_model(file, is_for, NULL, ours, error);
    }
    return true;
}
