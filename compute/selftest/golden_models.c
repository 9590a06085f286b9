/* SPDX-License-Identifier: Apache-2.0 */
/* tokenizer, text_encoder, unet, unet2, controlnet, vae, lora_forward: whole models, forward. */
#include <json-glib/json-glib.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "compute/model/tokenizer.h"
#include "compute/selftest/golden_private.h"

/* --- tokenizer --- */

/* The captions' ids, with `suffix` behind the tensors' names. */
static void
compare_captions(Golden *g, const Tokenizer *tokenizer, JsonArray *captions, const char *suffix)
{
    guint n = json_array_get_length(captions);
    int length = tokenizer_max_length(tokenizer);
    g_autofree int32_t *row = g_new(int32_t, length);
    g_autofree float *ids = g_new(float, (size_t)n *length + 1);
    g_autofree float *lengths = g_new(float, n + 1);
    g_autofree char *ids_key = g_strconcat("output.ids", suffix, NULL);
    g_autofree char *lengths_key = g_strconcat("output.lengths", suffix, NULL);

    for (guint i = 0; i < n; i++) {
        JsonNode *node = json_array_get_element(captions, i);
        JsonObject *object = JSON_NODE_HOLDS_OBJECT(node) ? json_node_get_object(node) : NULL;
        const char *caption =
            object ? json_object_get_string_member_with_default(object, "caption", "") : "";
        int n_used = 0;
        tokenizer_encode(tokenizer, caption, row, &n_used, NULL);
        for (int j = 0; j < length; j++)
            ids[(size_t)i * length + j] = (float)row[j];
        lengths[i] = (float)n_used;
    }
    golden_compare(g, ids_key, NULL, ids, (int64_t)n * length);
    golden_compare(g, lengths_key, NULL, lengths, n);
}

static void
check_tokenizer(Golden *g)
{
    g_autofree char *dir = golden_model_path(g, "model", "tokenizer", NULL);
    g_autofree char *path = golden_path(g, "goldens", "tokenizer_captions.json", NULL);
    g_autoptr(Tokenizer) tokenizer = tokenizer_open(dir, &g->error);
    g_autoptr(Tokenizer) openclip = NULL;
    g_autoptr(JsonParser) parser = json_parser_new();

    if (!golden_failed(g) && golden_has(g, "output.ids_openclip"))
        openclip = tokenizer_open_openclip(dir, &g->error);
    if (golden_failed(g) || !json_parser_load_from_file(parser, path, &g->error))
        return;
    JsonNode *root = json_parser_get_root(parser);
    if (!root || !JSON_NODE_HOLDS_ARRAY(root))
        return;
    compare_captions(g, tokenizer, json_node_get_array(root), "");
    if (openclip)
        compare_captions(g, openclip, json_node_get_array(root), "_openclip");
}

/* --- text encoder --- */

static void
compare_hidden_states(Run *run, GHashTable *taps)
{
    GHashTableIter iter;
    void *name, *tensor;

    g_hash_table_iter_init(&iter, taps);
    while (g_hash_table_iter_next(&iter, &name, &tensor)) {
        int layer = -1;
        if (!g_str_equal(name, "text_model.embeddings") &&
            sscanf(name, "text_model.encoder.layers.%d", &layer) != 1)
            continue;
        g_autofree char *key = g_strdup_printf("debug.hidden_states.%d", layer + 1);
        run_compare(run, tensor, key, NULL);
    }
}

static void
check_text_encoder(Golden *g)
{
    const TextEncoder *encoder = golden_open_text_encoder(g);
    Run run;

    if (!encoder)
        return;
    run_init(&run, g);
    Tensor *ids = run_input(&run, "input.input_ids");
    if (ids) {
        g_autoptr(GHashTable) taps = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);
        Tensor *skipped = text_encoder_forward(run.graph, encoder, ids, 2);
        encoder->module->taps = taps;
        Tensor *last = text_encoder_forward(run.graph, encoder, ids, 0);
        encoder->module->taps = NULL;
        graph_keep(run.graph, skipped);
        graph_keep(run.graph, last);
        if (run_compile(&run) && run_go(&run)) {
            run_compare(&run, last, "output.last_hidden_state", NULL);
            run_compare(&run, skipped, "output.clip_skip2.final_layer_norm_of_penultimate", NULL);
            compare_hidden_states(&run, taps);
        }
    }
    run_clear(&run);
}

/* --- UNet --- */

/* The timesteps that "t981", "tmix" or "tfrac" of a case stand for. */
static double *
named_timesteps(Golden *g, const char *size, const char *time, int n)
{
    double *t = g_new0(double, n);
    int n_given = 1;

    if (g_ascii_isdigit(time[1])) {
        t[0] = g_ascii_strtod(time + 1, NULL);
    } else {
        bool mixed = g_str_equal(time, "tmix");
        g_autofree char *key =
            g_strdup_printf("input.%s.%s.%s", size, time, mixed ? "timesteps" : "timestep");
        g_autofree double *given = golden_doubles(g, key, &n_given);
        for (int i = 0; given && i < MIN(n_given, n); i++)
            t[i] = given[i];
    }
    for (int i = n_given; i < n; i++)
        t[i] = t[0];
    return t;
}

static Shape
shape_at(Golden *g, const char *format, const char *size)
{
    g_autofree char *key = g_strdup_printf("input.%s.%s", size, format);
    const WeightsEntry *entry = golden_entry(g, key);
    return entry ? golden_shape(entry) : SHAPE(1);
}

static float *
values_at(Golden *g, const char *name, const char *size)
{
    g_autofree char *key = g_strdup_printf("input.%s.%s", size, name);
    return golden_values(g, key);
}

static void
run_unet_size(Golden *g, const Unet *unet, const char *size, GPtrArray *cases)
{
    Shape sample = shape_at(g, "sample", size),
          context = shape_at(g, "encoder_hidden_states", size);
    g_autofree float *x = values_at(g, "sample", size);
    g_autofree float *ctx = values_at(g, "encoder_hidden_states", size);
    Denoiser d;

    if (golden_failed(g))
        return;
    if (denoiser_init(&d, g, unet, NULL, &sample, &context, NULL, true))
        denoiser_condition(&d, ctx, NULL, 0);
    for (guint i = 0; i < cases->len && !golden_failed(g); i++) {
        g_auto(GStrv) name = g_strsplit(cases->pdata[i], ".", -1); /* size, time */
        if (g_strv_length(name) != 2 || !g_str_equal(name[0], size))
            continue;
        g_autofree double *t = named_timesteps(g, size, name[1], d.n);
        g_autofree char *key = g_strdup_printf("output.%s.sample", (char *)cases->pdata[i]);
        g_autofree char *debug = g_strdup_printf("debug.%s.", (char *)cases->pdata[i]);
        g_autofree char *time = g_strdup_printf("debug.%s.time_proj", (char *)cases->pdata[i]);
        if (!denoiser_go(&d, x, t))
            break;
        run_compare(&d.run, d.out, key, NULL);
        run_compare(&d.run, d.time, time, NULL);
        run_compare_taps(&d.run, d.unet_taps, debug);
    }
    denoiser_clear(&d);
}

static void
check_unet(Golden *g)
{
    bool second = g_str_equal(g->name, "unet2");
    g_autofree char *dir = golden_model_path(g, "unet2", NULL);
    g_autoptr(Unet) other = second ? unet_open(g->device, dir, &g->error) : NULL;
    const Unet *unet = second ? other : golden_open_unet(g);
    g_autoptr(GPtrArray) cases = golden_cases(g, "output.", ".sample");
    g_autoptr(GPtrArray) sizes = golden_cases(g, "input.", ".sample");

    for (guint i = 0; unet && i < sizes->len; i++)
        run_unet_size(g, unet, sizes->pdata[i], cases);
}

/* --- ControlNet --- */

static void
compare_residuals(Denoiser *d, const char *prefix)
{
    for (guint i = 0; i < d->residuals->len; i++) {
        g_autofree char *key = i + 1 < d->residuals->len
                                   ? g_strdup_printf("%sdown_block_res_samples.%u", prefix, i)
                                   : g_strdup_printf("%smid_block_res_sample", prefix);
        run_compare(&d->run, d->residuals->pdata[i], key, NULL);
    }
}

static void
run_controlnet_size(Golden *g, const char *size, GPtrArray *cases)
{
    const Unet *unet = golden_open_unet(g);
    const ControlNet *controlnet = golden_open_controlnet(g);
    Shape sample = shape_at(g, "sample", size),
          context = shape_at(g, "encoder_hidden_states", size);
    Shape map = shape_at(g, "controlnet_cond", size);
    g_autofree float *x = values_at(g, "sample", size);
    g_autofree float *ctx = values_at(g, "encoder_hidden_states", size);
    g_autofree float *image = values_at(g, "controlnet_cond", size);
    Denoiser d;

    if (golden_failed(g))
        return;
    denoiser_init(&d, g, unet, controlnet, &sample, &context, &map, true);
    for (guint i = 0; i < cases->len && !golden_failed(g); i++) {
        g_auto(GStrv) name = g_strsplit(cases->pdata[i], ".", -1); /* size, time, scale */
        if (g_strv_length(name) != 3 || !g_str_equal(name[0], size))
            continue;
        g_autofree char *prefix = g_strdup_printf("output.%s.", (char *)cases->pdata[i]);
        g_autofree char *debug = g_strdup_printf("debug.%s.%s.", name[0], name[1]);
        g_autofree char *stem = g_strconcat(debug, "controlnet_cond_embedding", NULL);
        g_autofree char *out = g_strconcat(prefix, "unet_sample", NULL);
        g_autofree double *t = named_timesteps(g, size, name[1], d.n);
        denoiser_condition(&d, ctx, image, g_str_equal(name[2], "scale0p7") ? 0.7f : 1.0f);
        if (!denoiser_go(&d, x, t))
            break;
        run_compare(&d.run, d.out, out, NULL);
        compare_residuals(&d, prefix);
        run_compare(&d.stem, d.stem_out, stem, NULL);
        run_compare_taps(&d.run, d.controlnet_taps, debug);
    }
    denoiser_clear(&d);
}

static void
check_controlnet(Golden *g)
{
    g_autoptr(GPtrArray) cases = golden_cases(g, "output.", ".unet_sample");
    g_autoptr(GPtrArray) sizes = golden_cases(g, "input.", ".sample");

    for (guint i = 0; i < sizes->len && !golden_failed(g); i++)
        run_controlnet_size(g, sizes->pdata[i], cases);
}

/* --- VAE --- */

static void
run_vae_encode(Golden *g, const Vae *vae, const char *size, const char *note)
{
    g_autofree char *in = g_strdup_printf("input.%s.image", size);
    g_autofree char *mean_key = g_strdup_printf("output.%s.encode.mean", size);
    g_autofree char *logvar_key = g_strdup_printf("output.%s.encode.logvar", size);
    g_autofree char *debug = g_strdup_printf("debug.%s.encode.", size);
    g_autoptr(GHashTable) taps = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);
    int n_z = vae->config.latent_channels;
    Run run;

    run_init(&run, g);
    Tensor *image = run_input(&run, in);
    if (image) {
        vae->module->taps = note ? NULL : taps;
        Tensor *moments = vae_encode(run.graph, vae, image);
        vae->module->taps = NULL;
        Tensor *mean = graph_keep(run.graph, op_slice(run.graph, moments, 0, n_z));
        Tensor *logvar = graph_keep(run.graph, op_slice(run.graph, moments, n_z, n_z));
        if (run_compile(&run) && run_go(&run)) {
            g_autofree float *values = run_read(&run, logvar);
            for (int64_t i = 0; values && i < tensor_count(logvar); i++)
                values[i] = CLAMP(values[i], -30.0f, 20.0f);
            if (values)
                golden_compare(g, logvar_key, note, values, tensor_count(logvar));
            run_compare(&run, mean, mean_key, note);
            run_compare_taps(&run, taps, debug);
        }
    }
    run_clear(&run);
}

static void
run_vae_decode(Golden *g, const Vae *vae, const char *size, const char *note)
{
    g_autofree char *in = g_strdup_printf("input.%s.z", size);
    g_autofree char *image_key = g_strdup_printf("output.%s.decode.image", size);
    g_autofree char *debug = g_strdup_printf("debug.%s.decode.", size);
    g_autoptr(GHashTable) taps = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);
    Run run;

    run_init(&run, g);
    Tensor *z = run_input(&run, in);
    if (z) {
        vae->module->taps = note ? NULL : taps;
        Tensor *image = graph_keep(run.graph, vae_decode(run.graph, vae, z));
        vae->module->taps = NULL;
        if (run_compile(&run) && run_go(&run)) {
            run_compare(&run, image, image_key, note);
            run_compare_taps(&run, taps, debug);
        }
    }
    run_clear(&run);
}

static void
check_vae(Golden *g)
{
    g_autofree char *dir = golden_model_path(g, "vae_old_names", NULL);
    g_autoptr(GPtrArray) sizes = golden_cases(g, "input.", ".image");
    const Vae *vae = golden_open_vae(g);
    g_autoptr(Vae) old = NULL;

    if (!golden_failed(g) && g_file_test(dir, G_FILE_TEST_IS_DIR))
        old = vae_open(g->device, dir, &g->error);
    for (guint i = 0; i < sizes->len && !golden_failed(g); i++) {
        run_vae_encode(g, vae, sizes->pdata[i], NULL);
        run_vae_decode(g, vae, sizes->pdata[i], NULL);
        if (old) {
            run_vae_encode(g, old, sizes->pdata[i], "old names");
            run_vae_decode(g, old, sizes->pdata[i], "old names");
        }
    }
}

const GoldenPart golden_parts_models[] = {
    {"tokenizer", check_tokenizer},
    {"ops", golden_ops},
    {"noise", golden_noise},
    {"blocks", golden_blocks},
    {"text_encoder", check_text_encoder},
    {"unet", check_unet},
    {"unet2", check_unet},
    {"controlnet", check_controlnet},
    {"vae", check_vae},
    {"sd1_vae_encode_sample", golden_vae_sample},
    {"sd1_single_file", golden_single_file},
    {NULL, NULL},
};
