// SPDX-License-Identifier: Apache-2.0
//
// Configs: those of the goldens are read, what is written reads back the same, absent keys take
// the reference's defaults, and unsupported or impossible values are refused by name.
#include "compute/model/config.h"

#include <string.h>
#include <glib/gstdio.h>

#include "tests/model/golden.h"

typedef struct {
    char *dir, *path;
} Scratch;

static void
set_up(Scratch *scratch, gconstpointer data)
{
    scratch->dir = golden_scratch_new();
    scratch->path = g_build_filename(scratch->dir, "config.json", NULL);
}

static void
tear_down(Scratch *scratch, gconstpointer data)
{
    g_free(scratch->path);
    golden_scratch_free(scratch->dir);
}

static void
put(Scratch *scratch, const char *text)
{
    g_assert_true(g_file_set_contents(scratch->path, text, -1, NULL));
}

static void
test_goldens(Scratch *scratch, gconstpointer data)
{
    g_autofree char *unet_path = golden_path("model/unet/config.json");
    g_autofree char *unet2_path = golden_path("unet2/config.json");
    g_autofree char *control_path = golden_path("controlnet/config.json");
    g_autofree char *vae_path = golden_path("model/vae/config.json");
    g_autofree char *text_path = golden_path("model/text_encoder/config.json");
    g_autofree char *scheduler_path = golden_path("model/scheduler/scheduler_config.json");
    g_autofree char *index_path = golden_path("model/model_index.json");
    g_autoptr(GError) error = NULL;
    UNetConfig unet;
    ControlNetConfig control;
    VaeConfig vae;
    TextEncoderConfig text;
    SchedulerConfig scheduler;
    ModelIndex index;

    g_assert_true(unet_config_read_json(unet_path, &unet, &error));
    g_assert_cmpint(unet.n_levels, ==, 4);
    g_assert_cmpint(unet.block_out_channels[2], ==, 48);
    g_assert_true(unet.down_attention[2] && !unet.down_attention[3]);
    g_assert_true(!unet.up_attention[0] && unet.up_attention[3]);
    g_assert_cmpint(unet.n_heads[3], ==, 2);
    g_assert_cmpint(unet.cross_attention_dim, ==, 48);
    g_assert_cmpint(unet.time_embed_dim, ==, 64);
    g_assert_true(unet_config_read_json(unet2_path, &unet, &error));
    g_assert_cmpint(unet.layers_per_block[0], ==, 1);
    g_assert_true(controlnet_config_read_json(control_path, &control, &error));
    g_assert_cmpint(control.n_conditioning_embedding, ==, 4);
    g_assert_cmpint(control.conditioning_embedding_out_channels[3], ==, 48);
    g_assert_false(control.bgr);
    g_assert_true(vae_config_read_json(vae_path, &vae, &error));
    g_assert_cmpfloat(vae.scaling_factor, ==, 0.18215);
    g_assert_cmpint(vae.latent_channels, ==, 4);
    g_assert_true(text_encoder_config_read_json(text_path, &text, &error));
    g_assert_cmpint(text.hidden_size, ==, 48);
    g_assert_cmpint(text.hidden_act, ==, ACTIVATION_QUICK_GELU);
    g_assert_true(scheduler_config_read_json(scheduler_path, &scheduler, &error));
    g_assert_cmpint(scheduler.kind, ==, SCHEDULER_DDIM);
    g_assert_cmpint(scheduler.beta_schedule, ==, BETA_SCALED_LINEAR);
    g_assert_cmpint(scheduler.steps_offset, ==, 1);
    g_assert_cmpfloat(scheduler.clip_sample_range, ==, 0);
    g_assert_true(model_index_read_json(index_path, &index, &error));
    g_assert_true(index.has_unet && index.has_tokenizer && !index.has_controlnet);
    g_assert_no_error(error);
}

static void
test_round_trips(Scratch *scratch, gconstpointer data)
{
    g_autoptr(GError) error = NULL;
    UNetConfig unet, unet_back;
    ControlNetConfig control, control_back;
    VaeConfig vae, vae_back;
    TextEncoderConfig text, text_back;
    SchedulerConfig scheduler;
    ModelIndex index;

    unet_config_init_sd15(&unet);
    unet.n_heads[2] = 16;
    unet.use_linear_projection = true;
    g_assert_true(unet_config_write_json(&unet, scratch->path, &error));
    g_assert_true(unet_config_read_json(scratch->path, &unet_back, &error));
    g_assert_cmpint(unet_back.n_heads[2], ==, 16);
    g_assert_cmpint(unet_back.n_heads[1], ==, 8);
    g_assert_true(unet_back.use_linear_projection && unet_back.up_attention[1]);
    g_assert_cmpfloat(unet_back.norm_eps, ==, 1e-5);
    g_assert_cmpint(unet_back.cross_attention_dim, ==, 768);

    controlnet_config_init_sd15(&control);
    control.bgr = true;
    g_assert_true(controlnet_config_write_json(&control, scratch->path, &error));
    g_assert_true(controlnet_config_read_json(scratch->path, &control_back, &error));
    g_assert_true(control_back.bgr);
    g_assert_cmpint(control_back.conditioning_embedding_out_channels[2], ==, 96);

    vae_config_init_sd15(&vae);
    vae.scaling_factor = 0.1234567890123;
    g_assert_true(vae_config_write_json(&vae, scratch->path, &error));
    g_assert_true(vae_config_read_json(scratch->path, &vae_back, &error));
    g_assert_cmpmem(&vae, sizeof vae, &vae_back, sizeof vae_back);

    text_encoder_config_init_sd15(&text);
    text.hidden_act = ACTIVATION_GELU;
    g_assert_true(text_encoder_config_write_json(&text, scratch->path, &error));
    g_assert_true(text_encoder_config_read_json(scratch->path, &text_back, &error));
    g_assert_cmpint(text_back.hidden_act, ==, ACTIVATION_GELU);
    g_assert_cmpint(text_back.vocab_size, ==, 49408);

    for (int kind = SCHEDULER_DDIM; kind < N_SCHEDULER_KINDS; kind++) {
        SchedulerConfig back;

        scheduler_config_init_sd15(&scheduler);
        scheduler.kind = kind;
        scheduler.prediction_type = PREDICTION_V;
        scheduler.timestep_spacing = SPACING_TRAILING;
        scheduler.sigmas = kind == SCHEDULER_HEUN ? SIGMAS_EXPONENTIAL : SIGMAS_NORMAL;
        g_assert_true(scheduler_config_write_json(&scheduler, scratch->path, &error));
        g_assert_true(scheduler_config_read_json(scratch->path, &back, &error));
        g_assert_cmpint(back.kind, ==, kind);
        g_assert_cmpint(back.sigmas, ==, scheduler.sigmas);
        g_assert_cmpint(back.original_steps, ==, 50);
        g_assert_cmpint(back.prediction_type, ==, PREDICTION_V);
        g_assert_cmpint(back.timestep_spacing, ==, SPACING_TRAILING);
        g_assert_cmpfloat(back.beta_end, ==, 0.012);
        g_assert_cmpfloat(back.clip_sample_range, ==, 0);
    }
    g_assert_true(model_index_write_json(SCHEDULER_DDIM, scratch->path, &error));
    g_assert_true(model_index_read_json(scratch->path, &index, &error));
    g_assert_true(index.has_vae && index.has_scheduler);
    g_assert_no_error(error);
}

static void
test_defaults(Scratch *scratch, gconstpointer data)
{
    g_autoptr(GError) error = NULL;
    SchedulerConfig scheduler;
    VaeConfig vae;
    TextEncoderConfig text;
    UNetConfig unet;

    put(scratch, "{\"_class_name\": \"DDIMScheduler\"}");
    g_assert_true(scheduler_config_read_json(scratch->path, &scheduler, &error));
    g_assert_cmpfloat(scheduler.beta_start, ==, 0.0001);
    g_assert_cmpint(scheduler.beta_schedule, ==, BETA_LINEAR);
    g_assert_true(scheduler.set_alpha_to_one);
    g_assert_cmpfloat(scheduler.clip_sample_range, ==, 1);
    put(scratch, "{\"_class_name\": \"EulerDiscreteScheduler\", \"lambda_min_clipped\": NaN}");
    g_assert_true(scheduler_config_read_json(scratch->path, &scheduler, &error));
    g_assert_cmpint(scheduler.timestep_spacing, ==, SPACING_LINSPACE);
    put(scratch, "{\"block_out_channels\": [64, 128], "
                 "\"down_block_types\": [\"DownEncoderBlock2D\", \"DownEncoderBlock2D\"], "
                 "\"up_block_types\": [\"UpDecoderBlock2D\", \"UpDecoderBlock2D\"]}");
    g_assert_true(vae_config_read_json(scratch->path, &vae, &error));
    g_assert_cmpfloat(vae.scaling_factor, ==, 0.18215);
    put(scratch, "{\"vocab_size\": 7, \"text_config\": {\"hidden_size\": 64, \"unknown\": []}}");
    g_assert_true(text_encoder_config_read_json(scratch->path, &text, &error));
    g_assert_cmpint(text.hidden_size, ==, 64);
    g_assert_cmpint(text.vocab_size, ==, 49408);
    put(scratch, "{\"attention_head_dim\": [5, 10, 20, 20], \"use_linear_projection\": true}");
    g_assert_true(unet_config_read_json(scratch->path, &unet, &error));
    g_assert_cmpint(unet.n_heads[1], ==, 10);
    g_assert_no_error(error);
}

typedef bool (*Reader)(const char *path, void *config, GError **error);

static void
test_refusals(Scratch *scratch, gconstpointer data)
{
    static const Reader unet = (Reader)unet_config_read_json;
    static const Reader control = (Reader)controlnet_config_read_json;
    static const Reader vae = (Reader)vae_config_read_json;
    static const Reader text = (Reader)text_encoder_config_read_json;
    static const Reader scheduler = (Reader)scheduler_config_read_json;
    static const Reader index = (Reader)model_index_read_json;
    const struct {
        Reader read;
        const char *text, *part;
    } cases[] = {
        {unet, "", "not valid"},
        {unet, "[]", "object"},
        {unet, "{\"a\": 1, \"a\": 1}", "twice"},
        {unet, "{\"in_channels\": 0}", "in_channels"},
        {unet, "{\"in_channels\": 4.5}", "in_channels"},
        {unet, "{\"in_channels\": \"4\"}", "in_channels"},
        {unet, "{\"in_channels\": 1e400}", "in_channels"},
        {unet, "{\"block_out_channels\": []}", "block_out_channels"},
        {unet, "{\"block_out_channels\": [32,32,32,32,32,32,32,32,32]}", "block_out_channels"},
        {unet, "{\"block_out_channels\": [64, 128]}", "down_block_types"},
        {unet, "{\"block_out_channels\": [33, 64, 64, 64]}", "norm_num_groups"},
        {unet, "{\"norm_num_groups\": 0}", "norm_num_groups"},
        {unet, "{\"norm_eps\": NaN}", "norm_eps"},
        {unet, "{\"norm_eps\": -1}", "norm_eps"},
        {unet, "{\"attention_head_dim\": 7}", "heads"},
        {unet, "{\"attention_head_dim\": [8, 8]}", "attention_head_dim"},
        {unet, "{\"act_fn\": \"mish\"}", "mish"},
        {unet, "{\"down_block_types\": [\"AttnDownBlock2D\"]}", "AttnDownBlock2D"},
        {unet, "{\"mid_block_type\": \"UNetMidBlock2D\"}", "UNetMidBlock2D"},
        {unet, "{\"class_embed_type\": \"timestep\"}", "class_embed_type"},
        {unet, "{\"addition_embed_type\": \"text_time\"}", "text_time"},
        {unet, "{\"time_embedding_type\": \"fourier\"}", "fourier"},
        {unet, "{\"_class_name\": \"UNet2DModel\"}", "UNet2DModel"},
        {unet, "{\"use_linear_projection\": 1}", "use_linear_projection"},
        {control, "{\"conditioning_channels\": 99}", "conditioning_channels"},
        {control, "{\"global_pool_conditions\": true}", "global_pool_conditions"},
        {control, "{\"controlnet_conditioning_channel_order\": \"gbr\"}", "gbr"},
        {vae, "{\"scaling_factor\": 0}", "scaling_factor"},
        {vae, "{\"scaling_factor\": -Infinity}", "scaling_factor"},
        {vae, "{\"shift_factor\": 0.1}", "shift_factor"},
        {vae, "{\"up_block_types\": [\"AttnUpDecoderBlock2D\"]}", "AttnUpDecoderBlock2D"},
        {text, "{\"hidden_act\": \"relu\"}", "relu"},
        {text, "{\"hidden_size\": 100}", "heads"},
        {text, "{\"model_type\": \"t5\"}", "t5"},
        {text, "{\"vocab_size\": 1000000000}", "vocab_size"},
        {scheduler, "{\"_class_name\": \"DEISScheduler\"}", "DEISScheduler"},
        {scheduler, "{\"_class_name\": \"LCMScheduler\", \"original_inference_steps\": 2000}",
         "original_inference_steps"},
        {scheduler, "{\"prediction_type\": \"sample\"}", "sample"},
        {scheduler, "{\"beta_end\": 1}", "beta_end"},
        {scheduler, "{\"beta_start\": 0.9}", "beta_start"},
        {scheduler, "{\"num_train_timesteps\": 1}", "num_train_timesteps"},
        {scheduler, "{\"trained_betas\": [0.1]}", "trained_betas"},
        {scheduler, "{\"_class_name\": \"UniPCMultistepScheduler\", \"solver_order\": 3}",
         "solver"},
        {index, "{\"_class_name\": \"FluxPipeline\"}", "FluxPipeline"},
    };

    for (size_t i = 0; i < G_N_ELEMENTS(cases); i++) {
        g_autoptr(GError) error = NULL;
        uint8_t config[1024], before[1024];

        memset(config, 0xa5, sizeof config);
        memcpy(before, config, sizeof config);
        put(scratch, cases[i].text);
        if (cases[i].read(scratch->path, config, &error))
            g_error("%s was accepted", cases[i].text);
        g_assert_cmpmem(config, sizeof config, before, sizeof before);
        if (!strstr(error->message, cases[i].part) || !strstr(error->message, scratch->path))
            g_error("%s: “%s” does not speak of “%s”", cases[i].text, error->message,
                    cases[i].part);
    }
}

static void
test_no_file(Scratch *scratch, gconstpointer data)
{
    const char *paths[] = {scratch->path, scratch->dir, "/dev/zero"};
    UNetConfig unet;

    for (size_t i = 0; i < G_N_ELEMENTS(paths); i++) {
        g_autoptr(GError) error = NULL;

        g_assert_false(unet_config_read_json(paths[i], &unet, &error));
        g_assert_nonnull(strstr(error->message, paths[i]));
    }
    unet_config_init_sd15(&unet);
    {
        g_autoptr(GError) error = NULL;
        g_assert_false(unet_config_write_json(&unet, "/proc/nowhere/config.json", &error));
        g_assert_nonnull(strstr(error->message, "/proc/nowhere"));
    }
    {
        g_autoptr(GError) error = NULL;
        unet.norm_num_groups = 31;
        g_assert_false(unet_config_write_json(&unet, scratch->path, &error));
        g_assert_false(g_file_test(scratch->path, G_FILE_TEST_EXISTS));
    }
}

/* Cut anywhere it is refused; with a bit turned it is refused or in range. */
static void
test_damage(Scratch *scratch, gconstpointer data)
{
    g_autofree char *path = golden_path("model/unet/config.json");
    g_autofree char *text = NULL;
    size_t size;
    UNetConfig unet;

    g_assert_true(g_file_get_contents(path, &text, &size, NULL));
    for (size_t cut = 0; cut + 2 < size; cut += 16) {
        g_assert_true(g_file_set_contents(scratch->path, text, cut, NULL));
        g_assert_false(unet_config_read_json(scratch->path, &unet, NULL));
    }
    for (size_t i = 0; i < size; i += 5) {
        text[i] ^= 1 << i % 8;
        g_assert_true(g_file_set_contents(scratch->path, text, size, NULL));
        if (unet_config_read_json(scratch->path, &unet, NULL))
            g_assert_true(unet_config_check(&unet, scratch->path, NULL));
        text[i] ^= 1 << i % 8;
    }
}

int
main(int argc, char **argv)
{
    static const struct {
        const char *name;
        void (*run)(Scratch *, gconstpointer);
    } tests[] = {
        {"/config/goldens", test_goldens},   {"/config/round-trips", test_round_trips},
        {"/config/defaults", test_defaults}, {"/config/refusals", test_refusals},
        {"/config/no-file", test_no_file},   {"/config/damage", test_damage},
    };

    g_test_init(&argc, &argv, NULL);
    for (size_t i = 0; i < G_N_ELEMENTS(tests); i++)
        g_test_add(tests[i].name, Scratch, NULL, set_up, tests[i].run, tear_down);
    return g_test_run();
}
