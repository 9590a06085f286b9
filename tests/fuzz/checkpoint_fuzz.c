/* SPDX-License-Identifier: Apache-2.0 */
/* libFuzzer over single files as models: which kind they are, where their parts are, and which
 * configs their shapes stand for. Configs that are deduced fit together, an error names the file.
 *
 * Input: a first byte, even: the rest is the file; odd: the rest are choices of names that models
 * have, each with the dimensions of a tensor, of which the file is made. */
#include "compute/model/checkpoint.h"

#include <string.h>

#include "tests/fuzz/support.h"

enum { MAX_TENSORS = 200, MAX_DIMS = 4, MAX_BYTES = 4096 };

static const char *const prefixes[] = {"",
                                       "model.diffusion_model.",
                                       "first_stage_model.",
                                       "cond_stage_model.transformer.",
                                       "cond_stage_model.model.",
                                       "control_model.",
                                       "cond_stage_model.transformer.text_model."};

/* %d: a number of the choice. */
static const char *const names[] = {
    "input_blocks.0.0.weight",
    "input_blocks.%d.0.op.weight",
    "input_blocks.%d.0.in_layers.2.weight",
    "input_blocks.%d.1.norm.weight",
    "input_blocks.%d.1.transformer_blocks.0.norm1.weight",
    "middle_block.1.proj_in.weight",
    "middle_block.1.transformer_blocks.0.attn2.to_k.weight",
    "output_blocks.%d.1.norm.weight",
    "out.2.weight",
    "input_hint_block.%d.weight",
    "zero_convs.%d.0.weight",
    "encoder.down.%d.block.0.conv1.weight",
    "encoder.conv_in.weight",
    "encoder.mid.block_2.conv1.weight",
    "encoder.mid.attn_1.q.weight",
    "decoder.conv_in.weight",
    "decoder.conv_out.weight",
    "quant_conv.weight",
    "text_model.final_layer_norm.weight",
    "final_layer_norm.weight",
    "ln_final.weight",
    "token_embedding.weight",
    "positional_embedding",
    "transformer.resblocks.%d.mlp.c_fc.weight",
    "encoder.layers.%d.mlp.fc1.weight",
    "embeddings.token_embedding.weight",
    "embeddings.position_embedding.weight",
    "down_blocks.%d.resnets.0.conv1.weight",
    "down_blocks.0.resnets.%d.conv1.weight",
    "up_blocks.0.resnets.0.conv1.weight",
    "conv_in.weight",
    "controlnet_cond_embedding.conv_in.weight",
    "controlnet_cond_embedding.blocks.%d.weight",
    "encoder.down_blocks.%d.resnets.0.conv1.weight",
    "label_emb.0.0.weight",
    "lora_unet_a.lora_down.weight",
    "v_pred",
};

/* {"name": {"dtype": "F16", "shape": [..], "data_offsets": [..]}}; all data are zeros. */
static GBytes *
make_file(FuzzInput *input)
{
    g_autoptr(GString) header = g_string_new("{");
    g_autoptr(GHashTable) seen = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);
    guint64 n_bytes = 0;

    for (int i = 0; i < MAX_TENSORS && input->size > 0; i++) {
        const char *format = names[fuzz_u8(input) % G_N_ELEMENTS(names)];
        const char *number = strstr(format, "%d");
        g_autofree char *filled = number ? g_strdup_printf("%.*s%d%s", (int)(number - format),
                                                           format, fuzz_u8(input) % 32, number + 2)
                                         : g_strdup(format);
        g_autofree char *name =
            g_strconcat(prefixes[fuzz_u8(input) % G_N_ELEMENTS(prefixes)], filled, NULL);
        int n_dims = fuzz_u8(input) % (MAX_DIMS + 1);
        guint64 n = 2;

        if (!g_hash_table_add(seen, g_strdup(name)))
            continue;
        g_string_append_printf(header, "%s\"%s\":{\"dtype\":\"F16\",\"shape\":[",
                               header->len > 1 ? "," : "", name);
        for (int j = 0; j < n_dims; j++) {
            int dim = MAX(1, 1 + 16 * (fuzz_u8(input) % 9) - (j > 0));
            n *= (guint64)dim;
            g_string_append_printf(header, "%s%d", j ? "," : "", dim);
        }
        if (n > MAX_BYTES) { /* a dimension more, of nothing: the others can be large so */
            n = 0;
            g_string_append(header, ",0");
        }
        g_string_append_printf(header,
                               "],\"data_offsets\":[%" G_GUINT64_FORMAT ",%" G_GUINT64_FORMAT "]}",
                               n_bytes, n_bytes + n);
        n_bytes += n;
    }
    g_string_append_c(header, '}');
    guint64 n_header = header->len;
    char *bytes = g_malloc0(8 + n_header + n_bytes);
    memcpy(bytes, &n_header, 8);
    memcpy(bytes + 8, header->str, n_header);
    return g_bytes_new_take(bytes, 8 + n_header + n_bytes);
}

static void
check_error(const GError *error, bool good)
{
    g_assert(good == (error == NULL));
    if (error && (!g_utf8_validate(error->message, -1, NULL) || !strstr(error->message, "fuzz")))
        g_error("no sentence that names its file: %s", error->message);
}

static void
check_unet(const WeightsFile *file)
{
    g_autoptr(GError) error = NULL;
    CheckpointNames named;
    UNetConfig config;

    if (!checkpoint_find_unet(file, &named))
        return;
    bool good = checkpoint_deduce_unet(file, &named, &config, &error);
    check_error(error, good);
    if (good)
        g_assert_true(unet_config_check(&config, "fuzz", NULL));
}

static void
check_controlnet(const WeightsFile *file)
{
    g_autoptr(GError) error = NULL;
    CheckpointNames named;
    ControlNetConfig config;
    bool good = checkpoint_controlnet_config(file, NULL, &config, &named, &error);

    check_error(error, good);
    if (good)
        g_assert_true(controlnet_config_check(&config, "fuzz", NULL));
}

static void
check_vae(const WeightsFile *file)
{
    g_autoptr(GError) error = NULL;
    CheckpointNames named;
    VaeConfig config;

    if (!checkpoint_find_vae(file, &named))
        return;
    bool good = checkpoint_deduce_vae(file, &named, &config, &error);
    check_error(error, good);
    if (good)
        g_assert_true(vae_config_check(&config, "fuzz", NULL));
}

static void
check_text_encoder(const WeightsFile *file)
{
    g_autoptr(GError) error = NULL;
    CheckpointNames named;
    TextEncoderConfig config;

    if (!checkpoint_find_text(file, &named))
        return;
    bool good = checkpoint_deduce_text(file, &named, &config, &error);
    check_error(error, good);
    if (good)
        g_assert_true(text_encoder_config_check(&config, "fuzz", NULL));
}

/* What weights_entry_part and weights_entry_nonfinite say of each tensor. */
static void
check_entries(const WeightsFile *file)
{
    for (int i = 0; i < weights_n_entries(file); i++) {
        const WeightsEntry *entry = weights_entry(file, i);
        WeightsEntry part;
        int64_t at;

        for (int j = 0; j < 3 && weights_entry_part(entry, j, 3, &part); j++)
            g_assert_true((const char *)part.data + part.size <=
                          (const char *)entry->data + entry->size);
        if (weights_entry_nonfinite(entry, &at))
            g_assert_true(at >= 0 && at < entry->n_elements);
    }
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    FuzzInput input = {data + MIN(size, 1), size - MIN(size, 1)};
    bool made = size > 0 && (data[0] & 1);
    g_autoptr(GBytes) bytes = made ? make_file(&input) : g_bytes_new(input.data, input.size);
    g_autoptr(GError) error = NULL;
    g_autoptr(WeightsFile) file = weights_open_bytes(bytes, "fuzz", &error);

    check_error(error, file != NULL);
    if (!file)
        return 0;
    g_assert_nonnull(checkpoint_kind_text(checkpoint_kind(file)));
    check_entries(file);
    check_unet(file);
    check_controlnet(file);
    check_vae(file);
    check_text_encoder(file);
    return 0;
}
