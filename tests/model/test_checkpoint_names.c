/* SPDX-License-Identifier: Apache-2.0 */
/* Names of tensors in single files, as the published models have them. */
#include "compute/model/checkpoint_names.h"

#include "compute/model/module.h"

static const CheckpointNames sd_names = {
    .prefix = "model.diffusion_model.",
    .layout = NAMES_LDM,
    .n_levels = 4,
    .layers_per_block = {2, 2, 2, 2},
    .up_attention = {false, true, true, true},
    .n_stem = 4,
};

static void
assert_name(ModuleRename rename, const CheckpointNames *names, const char *ours, const char *theirs,
            int expected_part)
{
    int part = 0, n_parts = 1;
    g_autofree char *name = rename(ours, names, &part, &n_parts);

    g_assert_cmpstr(name, ==, theirs);
    g_assert_cmpint(part, ==, MAX(expected_part, 0));
    g_assert_cmpint(n_parts, ==, expected_part < 0 ? 1 : 3);
}

static void
test_unet_names(void)
{
#define M "model.diffusion_model."
    static const char *const pairs[][2] = {
        {"time_embedding.linear_2.bias", M "time_embed.2.bias"},
        {"conv_in.weight", M "input_blocks.0.0.weight"},
        {"down_blocks.0.resnets.1.norm2.weight", M "input_blocks.2.0.out_layers.0.weight"},
        {"down_blocks.0.downsamplers.0.conv.bias", M "input_blocks.3.0.op.bias"},
        {"down_blocks.2.attentions.1.transformer_blocks.0.attn2.to_out.0.bias",
         M "input_blocks.8.1.transformer_blocks.0.attn2.to_out.0.bias"},
        {"down_blocks.3.resnets.1.conv2.bias", M "input_blocks.11.0.out_layers.3.bias"},
        {"mid_block.resnets.1.time_emb_proj.weight", M "middle_block.2.emb_layers.1.weight"},
        {"mid_block.attentions.0.proj_in.weight", M "middle_block.1.proj_in.weight"},
        {"up_blocks.0.upsamplers.0.conv.weight", M "output_blocks.2.1.conv.weight"},
        {"up_blocks.1.upsamplers.0.conv.weight", M "output_blocks.5.2.conv.weight"},
        {"up_blocks.3.resnets.2.conv_shortcut.bias", M "output_blocks.11.0.skip_connection.bias"},
        {"up_blocks.3.attentions.2.norm.bias", M "output_blocks.11.1.norm.bias"},
        {"conv_norm_out.weight", M "out.0.weight"},
        {"conv_out.weight", M "out.2.weight"},
    };
#undef M
    for (guint i = 0; i < G_N_ELEMENTS(pairs); i++)
        assert_name(checkpoint_unet_name, &sd_names, pairs[i][0], pairs[i][1], -1);
}

static void
test_other_names(void)
{
    CheckpointNames control = sd_names, vae = {.prefix = "first_stage_model.", .layout = NAMES_LDM};
    CheckpointNames clip = {.prefix = "cond_stage_model.model.", .layout = NAMES_OPENCLIP};
    CheckpointNames bare = {.prefix = "cond_stage_model.transformer.", .layout = NAMES_CLIP_BARE};
    static const char *const control_pairs[][2] = {
        {"conv_in.bias", "control_model.input_blocks.0.0.bias"},
        {"controlnet_down_blocks.11.bias", "control_model.zero_convs.11.0.bias"},
        {"controlnet_mid_block.weight", "control_model.middle_block_out.0.weight"},
        {"controlnet_cond_embedding.conv_in.weight", "control_model.input_hint_block.0.weight"},
        {"controlnet_cond_embedding.blocks.0.bias", "control_model.input_hint_block.2.bias"},
        {"controlnet_cond_embedding.blocks.5.bias", "control_model.input_hint_block.12.bias"},
        {"controlnet_cond_embedding.conv_out.bias", "control_model.input_hint_block.14.bias"},
    };
    static const char *const vae_pairs[][2] = {
        {"encoder.down_blocks.2.resnets.0.conv_shortcut.weight",
         "first_stage_model.encoder.down.2.block.0.nin_shortcut.weight"},
        {"encoder.down_blocks.1.downsamplers.0.conv.bias",
         "first_stage_model.encoder.down.1.downsample.conv.bias"},
        {"decoder.up_blocks.0.resnets.2.norm1.bias",
         "first_stage_model.decoder.up.3.block.2.norm1.bias"},
        {"decoder.up_blocks.1.upsamplers.0.conv.weight",
         "first_stage_model.decoder.up.2.upsample.conv.weight"},
        {"decoder.mid_block.attentions.0.to_out.0.weight",
         "first_stage_model.decoder.mid.attn_1.proj_out.weight"},
        {"encoder.mid_block.resnets.1.conv1.bias",
         "first_stage_model.encoder.mid.block_2.conv1.bias"},
        {"encoder.conv_norm_out.bias", "first_stage_model.encoder.norm_out.bias"},
        {"post_quant_conv.weight", "first_stage_model.post_quant_conv.weight"},
    };

    control.prefix = "control_model.";
    vae.n_levels = 4;
    for (guint i = 0; i < G_N_ELEMENTS(control_pairs); i++)
        assert_name(checkpoint_controlnet_name, &control, control_pairs[i][0], control_pairs[i][1],
                    -1);
    for (guint i = 0; i < G_N_ELEMENTS(vae_pairs); i++)
        assert_name(checkpoint_vae_name, &vae, vae_pairs[i][0], vae_pairs[i][1], -1);
    assert_name(checkpoint_text_name, &clip, "text_model.embeddings.position_embedding.weight",
                "cond_stage_model.model.positional_embedding", -1);
    assert_name(checkpoint_text_name, &clip, "text_model.encoder.layers.22.self_attn.v_proj.bias",
                "cond_stage_model.model.transformer.resblocks.22.attn.in_proj_bias", 2);
    assert_name(checkpoint_text_name, &clip, "text_model.encoder.layers.0.mlp.fc2.weight",
                "cond_stage_model.model.transformer.resblocks.0.mlp.c_proj.weight", -1);
    assert_name(checkpoint_text_name, &clip, "text_model.final_layer_norm.bias",
                "cond_stage_model.model.ln_final.bias", -1);
    assert_name(checkpoint_text_name, &bare, "text_model.final_layer_norm.bias",
                "cond_stage_model.transformer.final_layer_norm.bias", -1);
}

int
main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/checkpoint-names/unet", test_unet_names);
    g_test_add_func("/checkpoint-names/others", test_other_names);
    return g_test_run();
}
