/* SPDX-License-Identifier: Apache-2.0 */
#include "compute/model/checkpoint_names.h"

#include <stdio.h>
#include <string.h>

/* A beginning of a name, and what stands in its place. */
typedef struct {
    const char *ours, *theirs;
} Rule;

static const Rule unet_rules[] = {
    {"conv_in.", "input_blocks.0.0."},
    {"time_embedding.linear_1.", "time_embed.0."},
    {"time_embedding.linear_2.", "time_embed.2."},
    {"mid_block.resnets.0.", "middle_block.0."},
    {"mid_block.attentions.0.", "middle_block.1."},
    {"mid_block.resnets.1.", "middle_block.2."},
    {"conv_norm_out.", "out.0."},
    {"conv_out.", "out.2."},
    {"controlnet_mid_block.", "middle_block_out.0."},
    {NULL, NULL},
};

static const Rule resnet_rules[] = {
    {"norm1.", "in_layers.0."},
    {"conv1.", "in_layers.2."},
    {"time_emb_proj.", "emb_layers.1."},
    {"norm2.", "out_layers.0."},
    {"conv2.", "out_layers.3."},
    {"conv_shortcut.", "skip_connection."},
    {NULL, NULL},
};

static const Rule vae_rules[] = {
    {"mid_block.resnets.0.", "mid.block_1."},
    {"mid_block.resnets.1.", "mid.block_2."},
    {"mid_block.attentions.0.group_norm.", "mid.attn_1.norm."},
    {"mid_block.attentions.0.to_q.", "mid.attn_1.q."},
    {"mid_block.attentions.0.to_k.", "mid.attn_1.k."},
    {"mid_block.attentions.0.to_v.", "mid.attn_1.v."},
    {"mid_block.attentions.0.to_out.0.", "mid.attn_1.proj_out."},
    {"conv_norm_out.", "norm_out."},
    {NULL, NULL},
};

static const Rule vae_resnet_rules[] = {
    {"conv_shortcut.", "nin_shortcut."},
    {NULL, NULL},
};

static const Rule openclip_rules[] = {
    {"embeddings.token_embedding.", "token_embedding."},
    {"embeddings.position_embedding.weight", "positional_embedding"},
    {"final_layer_norm.", "ln_final."},
    {NULL, NULL},
};

static const Rule openclip_layer_rules[] = {
    {"layer_norm1.", "ln_1."},
    {"layer_norm2.", "ln_2."},
    {"mlp.fc1.", "mlp.c_fc."},
    {"mlp.fc2.", "mlp.c_proj."},
    {"self_attn.out_proj.", "attn.out_proj."},
    {NULL, NULL},
};

/* Appends the name by the first rule that fits, else as it is. The rest behind a fitting rule is
 * returned unappended, else NULL. */
static const char *
append_start(GString *out, const Rule *rules, const char *name)
{
    for (; rules->ours; rules++) {
        if (g_str_has_prefix(name, rules->ours)) {
            g_string_append(out, rules->theirs);
            return name + strlen(rules->ours);
        }
    }
    return NULL;
}

static void
append_by(GString *out, const Rule *rules, const char *name)
{
    const char *rest = append_start(out, rules, name);
    g_string_append(out, rest ? rest : name);
}

/* "resnets.3.norm1.weight": the number behind what, and the rest behind its dot; NULL: another. */
static const char *
read_number(const char *name, const char *what, int *number)
{
    char *end;

    if (!g_str_has_prefix(name, what))
        return NULL;
    *number = (int)g_ascii_strtoll(name + strlen(what), &end, 10);
    return *end == '.' && *number >= 0 ? end + 1 : NULL;
}

/* --- UNet and ControlNet: blocks are numbered through --- */

static int
layers_at(const CheckpointNames *names, int level)
{
    return level >= 0 && level < CONFIG_MAX_LEVELS ? names->layers_per_block[level] : 0;
}

static void
append_down_block(GString *out, const CheckpointNames *names, int level, const char *name)
{
    int first = 1, layer;
    const char *rest;

    for (int i = 0; i < level; i++)
        first += layers_at(names, i) + 1;
    if ((rest = read_number(name, "resnets.", &layer))) {
        g_string_append_printf(out, "input_blocks.%d.0.", first + layer);
        append_by(out, resnet_rules, rest);
    } else if ((rest = read_number(name, "attentions.", &layer))) {
        g_string_append_printf(out, "input_blocks.%d.1.%s", first + layer, rest);
    } else if (g_str_has_prefix(name, "downsamplers.0.conv.")) {
        g_string_append_printf(out, "input_blocks.%d.0.op.%s", first + layers_at(names, level),
                               name + strlen("downsamplers.0.conv."));
    }
}

static void
append_up_block(GString *out, const CheckpointNames *names, int position, const char *name)
{
    int first = 0, layer, last = layers_at(names, names->n_levels - 1 - position);
    bool attention = position < CONFIG_MAX_LEVELS && names->up_attention[position];
    const char *rest;

    for (int i = 0; i < position; i++)
        first += layers_at(names, names->n_levels - 1 - i) + 1;
    if ((rest = read_number(name, "resnets.", &layer))) {
        g_string_append_printf(out, "output_blocks.%d.0.", first + layer);
        append_by(out, resnet_rules, rest);
    } else if ((rest = read_number(name, "attentions.", &layer))) {
        g_string_append_printf(out, "output_blocks.%d.1.%s", first + layer, rest);
    } else if (g_str_has_prefix(name, "upsamplers.0.")) {
        g_string_append_printf(out, "output_blocks.%d.%d.%s", first + last, attention ? 2 : 1,
                               name + strlen("upsamplers.0."));
    }
}

char *
checkpoint_unet_name(const char *name, const void *data, int *part, int *n_parts)
{
    const CheckpointNames *names = data;
    GString *out = g_string_new(names->prefix);
    const char *rest;
    int block;

    if (names->layout == NAMES_DIFFUSERS) {
        g_string_append(out, name);
    } else if ((rest = read_number(name, "down_blocks.", &block))) {
        append_down_block(out, names, block, rest);
    } else if ((rest = read_number(name, "up_blocks.", &block))) {
        append_up_block(out, names, block, rest);
    } else if ((rest = append_start(out, unet_rules, name))) {
        bool resnet = g_str_has_prefix(name, "mid_block.resnets.");
        if (resnet)
            append_by(out, resnet_rules, rest);
        else
            g_string_append(out, rest);
    } else {
        g_string_append(out, name);
    }
    return g_string_free(out, FALSE);
}

char *
checkpoint_controlnet_name(const char *name, const void *data, int *part, int *n_parts)
{
    static const char stem[] = "controlnet_cond_embedding.";
    const CheckpointNames *names = data;
    const char *rest;
    int i;

    if (names->layout == NAMES_DIFFUSERS)
        return g_strconcat(names->prefix, name, NULL);
    if ((rest = read_number(name, "controlnet_down_blocks.", &i)))
        return g_strdup_printf("%szero_convs.%d.0.%s", names->prefix, i, rest);
    if (!g_str_has_prefix(name, stem))
        return checkpoint_unet_name(name, data, part, n_parts);
    /* Between two convolutions of the stem stands an activation, which is numbered too. */
    name += strlen(stem);
    if ((rest = read_number(name, "blocks.", &i)))
        return g_strdup_printf("%sinput_hint_block.%d.%s", names->prefix, 2 * (i + 1), rest);
    bool first = g_str_has_prefix(name, "conv_in.");
    return g_strdup_printf("%sinput_hint_block.%d.%s", names->prefix,
                           first ? 0 : 4 * names->n_stem - 2, strchr(name, '.') + 1);
}

/* --- VAE --- */

/* Behind "encoder." or "decoder.". */
static void
append_vae_half(GString *out, const CheckpointNames *names, const char *name)
{
    const char *rest, *inner;
    int level, layer;
    bool up = false;

    rest = read_number(name, "down_blocks.", &level);
    if (!rest && (rest = read_number(name, "up_blocks.", &level))) {
        up = true;
        level = names->n_levels - 1 - level;
    }
    if (rest) {
        g_string_append_printf(out, "%s.%d.", up ? "up" : "down", level);
        if ((inner = read_number(rest, "resnets.", &layer))) {
            g_string_append_printf(out, "block.%d.", layer);
            append_by(out, vae_resnet_rules, inner);
        } else {
            /* {down,up}samplers.0.conv -> {down,up}sample.conv */
            g_string_append(out, up ? "upsample." : "downsample.");
            inner = strstr(rest, ".0.");
            g_string_append(out, inner ? inner + strlen(".0.") : rest);
        }
    } else if ((rest = append_start(out, vae_rules, name))) {
        append_by(out, vae_resnet_rules, rest);
    } else {
        g_string_append(out, name);
    }
}

char *
checkpoint_vae_name(const char *name, const void *data, int *part, int *n_parts)
{
    const CheckpointNames *names = data;
    GString *out = g_string_new(names->prefix);
    bool half = g_str_has_prefix(name, "encoder.") || g_str_has_prefix(name, "decoder.");

    if (names->layout == NAMES_LDM && half) {
        g_string_append_len(out, name, strlen("encoder."));
        append_vae_half(out, names, name + strlen("encoder."));
    } else {
        g_string_append(out, name);
    }
    return g_string_free(out, FALSE);
}

/* --- text encoder --- */

static char *
openclip_name(const char *prefix, const char *name, int *part, int *n_parts)
{
    static const char *const stacked[] = {"self_attn.q_proj.", "self_attn.k_proj.",
                                          "self_attn.v_proj."};
    GString *out = g_string_new(prefix);
    int layer;
    const char *rest = read_number(name, "encoder.layers.", &layer);

    if (!rest) {
        append_by(out, openclip_rules, name);
        return g_string_free(out, FALSE);
    }
    g_string_append_printf(out, "transformer.resblocks.%d.", layer);
    for (guint i = 0; i < G_N_ELEMENTS(stacked); i++) {
        if (!g_str_has_prefix(rest, stacked[i]))
            continue;
        *part = (int)i;
        *n_parts = G_N_ELEMENTS(stacked);
        g_string_append_printf(out, "attn.in_proj_%s", rest + strlen(stacked[i]));
        return g_string_free(out, FALSE);
    }
    append_by(out, openclip_layer_rules, rest);
    return g_string_free(out, FALSE);
}

char *
checkpoint_text_name(const char *name, const void *data, int *part, int *n_parts)
{
    const CheckpointNames *names = data;
    const char *bare = g_str_has_prefix(name, "text_model.") ? name + strlen("text_model.") : name;

    if (names->layout == NAMES_OPENCLIP)
        return openclip_name(names->prefix, bare, part, n_parts);
    return g_strconcat(names->prefix, names->layout == NAMES_CLIP_BARE ? bare : name, NULL);
}
