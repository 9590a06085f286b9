/* SPDX-License-Identifier: Apache-2.0 */
#include "compute/model/lora_keys.h"

#include <stdio.h>
#include <string.h>

static const struct {
    const char *suffix;
    LoraRole role;
} forms[] = {
    {".lora_down.weight", LORA_DOWN},
    {".lora_up.weight", LORA_UP},
    {".lora_mid.weight", LORA_MID},
    {".alpha", LORA_ALPHA},
    {".lora_A.weight", LORA_DOWN},
    {".lora_B.weight", LORA_UP},
    {".lora_A.default.weight", LORA_DOWN},
    {".lora_B.default.weight", LORA_UP},
    {".lora.down.weight", LORA_DOWN},
    {".lora.up.weight", LORA_UP},
    {".lora_linear_layer.down.weight", LORA_DOWN},
    {".lora_linear_layer.up.weight", LORA_UP},
    {"_lora.down.weight", LORA_DOWN},
    {"_lora.up.weight", LORA_UP},
};

/* Beginnings of names and what they become; the first that fits. */
static const char *const prefixes[][2] = {
    {"lora_te1_", "lora_te_"},
    {"base_model.model.text_model.", "lora_te_text_model_"},
    {"base_model.model.unet.", "lora_unet_"},
    {"base_model.model.", "lora_unet_"},
    {"unet.", "lora_unet_"},
    {"text_encoder.", "lora_te_"},
    {"down_blocks.", "lora_unet_down_blocks_"},
    {"mid_block.", "lora_unet_mid_block_"},
    {"up_blocks.", "lora_unet_up_blocks_"},
    {"text_model.", "lora_te_text_model_"},
};

bool
lora_key_is_dotted(const char *key)
{
    return !g_str_has_prefix(key, "lora_");
}

static char *
replace(char *s, const char *from, const char *to) /* takes s */
{
    const char *at = strstr(s, from);
    if (!at)
        return s;
    char *out = g_strdup_printf("%.*s%s%s", (int)(at - s), s, to, at + strlen(from));
    g_free(s);
    return out;
}

static char *
flatten(char *name, bool old_form) /* takes name */
{
    if (old_form) {
        name = replace(name, ".processor.", ".");
        if (g_str_has_suffix(name, ".to_out"))
            name = replace(name, ".to_out", ".to_out.0");
    }
    for (guint i = 0; i < G_N_ELEMENTS(prefixes); i++) {
        if (!g_str_has_prefix(name, prefixes[i][0]))
            continue;
        name = replace(name, prefixes[i][0], prefixes[i][1]);
        break;
    }
    return g_strdelimit(name, ".", '_');
}

char *
lora_key_flat(const char *key, LoraRole *role)
{
    for (guint i = 0; i < G_N_ELEMENTS(forms); i++) {
        if (!g_str_has_suffix(key, forms[i].suffix))
            continue;
        *role = forms[i].role;
        return flatten(g_strndup(key, strlen(key) - strlen(forms[i].suffix)),
                       forms[i].suffix[0] == '_');
    }
    return NULL;
}

bool
lora_flat_part(const char *flat, LoraPart *part, const char **rest)
{
    static const char *const of[LORA_N_PARTS] = {"lora_unet_", "lora_te_"};

    for (LoraPart i = 0; i < LORA_N_PARTS; i++) {
        if (!g_str_has_prefix(flat, of[i]))
            continue;
        *part = i;
        *rest = flat + strlen(of[i]);
        return true;
    }
    return false;
}

char *
lora_dotted_path(const char *flat_rest)
{
    /* Parts of names that have an underscore of their own. */
    static const char *const words[] = {
        "down_blocks",   "up_blocks",     "mid_block",      "transformer_blocks",
        "time_emb_proj", "conv_shortcut", "time_embedding", "linear_1",
        "linear_2",      "proj_in",       "proj_out",       "to_q",
        "to_k",          "to_v",          "to_out",         "conv_in",
        "conv_out",      "text_model",    "self_attn",      "q_proj",
        "k_proj",        "v_proj",        "out_proj",       "token_embedding",
        "input_blocks",  "middle_block",  "output_blocks",  "in_layers",
        "out_layers",    "emb_layers",    "time_embed",     "skip_connection",
    };
    GString *path = g_string_new(NULL);

    for (const char *at = flat_rest; *at;) {
        size_t n = strcspn(at, "_");
        for (guint i = 0; i < G_N_ELEMENTS(words); i++) {
            size_t length = strlen(words[i]);
            if (strncmp(at, words[i], length) == 0 && (at[length] == '_' || !at[length]))
                n = length;
        }
        g_string_append_printf(path, "%s%.*s", path->len ? "." : "", (int)n, at);
        at += n;
        at += *at == '_';
    }
    return g_string_free(path, FALSE);
}

/* --- the original checkpoint's names --- */

bool
lora_path_is_ldm(const char *path)
{
    return g_str_has_prefix(path, "input_blocks.") || g_str_has_prefix(path, "middle_block.") ||
           g_str_has_prefix(path, "output_blocks.") || g_str_has_prefix(path, "time_embed.");
}

static int
count_layers(const Module *unet)
{
    for (int i = 0;; i++) {
        g_autofree char *name = g_strdup_printf("down_blocks.0.resnets.%d.conv1.weight", i);
        if (!module_find(unet, name))
            return i;
    }
}

/* Of a layer inside a resnet; others keep their names. */
static const char *
resnet_layer(const char *name)
{
    static const char *const names[][2] = {{"conv1", "in_layers_2"},
                                           {"conv2", "out_layers_3"},
                                           {"time_emb_proj", "emb_layers_1"},
                                           {"conv_shortcut", "skip_connection"}};
    for (guint i = 0; i < G_N_ELEMENTS(names); i++)
        if (g_str_equal(names[i][0], name))
            return names[i][1];
    return name;
}

/* The block `kind`_`index`, in it the part `slot`, in that the layer. */
static char *
ldm_join(const char *kind, int index, int slot, const char *layer, bool in_resnet)
{
    const char *name = in_resnet ? resnet_layer(layer) : layer;
    char *out = index < 0 ? g_strdup_printf("%s_%d_%s", kind, slot, name)
                          : g_strdup_printf("%s_%d_%d_%s", kind, index, slot, name);
    return g_strdelimit(out, ".", '_');
}

char *
lora_ldm_flat(const Module *unet, const char *path)
{
    int n = count_layers(unet), b, l, at = 0;

    if (sscanf(path, "down_blocks.%d.resnets.%d.%n", &b, &l, &at) == 2 && at)
        return ldm_join("input_blocks", 1 + b * (n + 1) + l, 0, path + at, true);
    if (sscanf(path, "down_blocks.%d.attentions.%d.%n", &b, &l, &at) == 2 && at)
        return ldm_join("input_blocks", 1 + b * (n + 1) + l, 1, path + at, false);
    if (sscanf(path, "down_blocks.%d.downsamplers.0.conv%n", &b, &at) == 1 && at)
        return ldm_join("input_blocks", (b + 1) * (n + 1), 0, "op", false);
    if (sscanf(path, "mid_block.resnets.%d.%n", &l, &at) == 1 && at)
        return ldm_join("middle_block", -1, 2 * l, path + at, true);
    if (sscanf(path, "mid_block.attentions.0.%n", &at) == 0 && at)
        return ldm_join("middle_block", -1, 1, path + at, false);
    if (sscanf(path, "up_blocks.%d.resnets.%d.%n", &b, &l, &at) == 2 && at)
        return ldm_join("output_blocks", b * (n + 1) + l, 0, path + at, true);
    if (sscanf(path, "up_blocks.%d.attentions.%d.%n", &b, &l, &at) == 2 && at)
        return ldm_join("output_blocks", b * (n + 1) + l, 1, path + at, false);
    if (sscanf(path, "up_blocks.%d.upsamplers.0.conv%n", &b, &at) == 1 && at) {
        g_autofree char *attention = g_strdup_printf("up_blocks.%d.attentions.0.proj_in.weight", b);
        return ldm_join("output_blocks", b * (n + 1) + n, module_find(unet, attention) ? 2 : 1,
                        "conv", false);
    }
    return NULL;
}
