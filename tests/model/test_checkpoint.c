/* SPDX-License-Identifier: Apache-2.0 */
/* Models in one file and in several: configs from shapes, what stands beside, and files that
 * lack something. The files are made here, from random models, in the layout of the original code.
 */
#include "compute/model/checkpoint.h"

#include <glib/gstdio.h>
#include <math.h>
#include <string.h>

#include "compute/model/controlnet.h"
#include "compute/model/text_encoder.h"
#include "compute/model/unet.h"
#include "compute/model/vae.h"
#include "tests/model/golden.h"

/* --- a small model of either family, and its file --- */

typedef struct {
    Device *device;
    char *dir, *path;
    Unet *unet;
    Vae *vae;
    TextEncoder *text;
    ControlNet *control;
} Fixture;

static UNetConfig
small_unet(bool sd2)
{
    UNetConfig c;

    unet_config_init_sd15(&c);
    c.n_levels = 2;
    c.sample_size = 0;
    for (int i = 0; i < 2; i++) {
        c.block_out_channels[i] = sd2 ? 64 : 32 * (i + 1);
        c.layers_per_block[i] = 1;
        c.n_heads[i] = sd2 ? 1 : 8;
        c.down_attention[i] = i == 1;
        c.up_attention[i] = i == 0;
    }
    c.time_embed_dim = 4 * c.block_out_channels[0];
    c.cross_attention_dim = 64;
    c.use_linear_projection = sd2;
    return c;
}

static TextEncoderConfig
small_text(bool sd2)
{
    TextEncoderConfig c;

    text_encoder_config_init_sd15(&c);
    c.hidden_size = c.projection_dim = 64;
    c.intermediate_size = 96;
    c.n_layers = 2;
    c.n_heads = 1;
    c.vocab_size = 40;
    c.hidden_act = sd2 ? ACTIVATION_GELU : ACTIVATION_QUICK_GELU;
    return c;
}

static void
make_models(Fixture *f, bool sd2)
{
    UNetConfig unet = small_unet(sd2);
    TextEncoderConfig text = small_text(sd2);
    ControlNetConfig control;
    VaeConfig vae;
    g_autoptr(GError) error = NULL;

    vae_config_init_sd15(&vae);
    vae.sample_size = 0;
    vae.n_levels = 2;
    vae.layers_per_block = 1;
    vae.block_out_channels[0] = vae.block_out_channels[1] = 32;
    controlnet_config_init_sd15(&control);
    control.unet = unet;
    control.n_conditioning_embedding = 2;
    f->unet = unet_new_random(f->device, &unet, 1, &error);
    g_assert_no_error(error);
    f->vae = vae_new_random(f->device, &vae, 2, &error);
    g_assert_no_error(error);
    f->text = text_encoder_new_random(f->device, &text, 3, &error);
    g_assert_no_error(error);
    f->control = controlnet_new_random(f->device, &control, 4, &error);
    g_assert_no_error(error);
}

/* Adds a module under the file's names; what the file stacks, once all parts are seen. */
static void
add_module(WeightsWriter *writer, const Module *module, ModuleRename rename,
           const CheckpointNames *names)
{
    g_autoptr(GHashTable) stacks = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, g_free);
    g_autoptr(GError) error = NULL;

    for (guint i = 0; i < module->weights->len; i++) {
        const Weight *w = module->weights->pdata[i];
        int part = 0, n_parts = 1;
        g_autofree char *name = rename(w->name, names, &part, &n_parts);
        g_autofree float *values = g_malloc(weight_size(w));
        int64_t n = shape_count(&w->shape);
        Shape shape = w->shape;

        g_assert_true(weight_read(w, values, &error));
        if (n_parts == 1) {
            weights_writer_add(writer, name, WEIGHTS_F32, shape.n_dims, shape.dim, values);
            continue;
        }
        float *stack = g_hash_table_lookup(stacks, name);
        if (!stack) {
            stack = g_new(float, n_parts *n);
            g_hash_table_insert(stacks, g_strdup(name), stack);
        }
        memcpy(stack + part * n, values, (size_t)n * sizeof *stack);
        shape.dim[0] *= n_parts;
        if (part == n_parts - 1)
            weights_writer_add(writer, name, WEIGHTS_F32, shape.n_dims, shape.dim, stack);
    }
}

static CheckpointNames
names_of(const Fixture *f, const char *prefix, NamesLayout layout)
{
    const UNetConfig *c = &f->unet->config;
    CheckpointNames names = {.prefix = prefix, .layout = layout, .n_levels = 2, .n_stem = 2};

    for (int i = 0; i < 2; i++) {
        names.layers_per_block[i] = 1;
        names.up_attention[i] = c->up_attention[i];
    }
    return names;
}

static void
write_model(Fixture *f, bool sd2)
{
    CheckpointNames unet = names_of(f, "model.diffusion_model.", NAMES_LDM);
    CheckpointNames vae = names_of(f, "first_stage_model.", NAMES_LDM);
    CheckpointNames text = sd2 ? names_of(f, "cond_stage_model.model.", NAMES_OPENCLIP)
                               : names_of(f, "cond_stage_model.transformer.", NAMES_CLIP);
    g_autoptr(WeightsWriter) writer = weights_writer_new(f->path, NULL);
    g_autoptr(GError) error = NULL;

    add_module(writer, f->unet->module, checkpoint_unet_name, &unet);
    add_module(writer, f->vae->module, checkpoint_vae_name, &vae);
    add_module(writer, f->text->module, checkpoint_text_name, &text);
    weights_writer_finish(writer, &error);
    g_assert_no_error(error);
}

static void
setup(Fixture *f, const void *sd2)
{
    g_autoptr(GError) error = NULL;

    f->device = device_open("cpu", &error);
    g_assert_no_error(error);
    f->dir = golden_scratch_new();
    f->path = g_build_filename(f->dir, "model.safetensors", NULL);
    make_models(f, sd2 != NULL);
    write_model(f, sd2 != NULL);
}

static void
teardown(Fixture *f, const void *sd2)
{
    unet_free(f->unet);
    vae_free(f->vae);
    text_encoder_free(f->text);
    controlnet_free(f->control);
    golden_scratch_free(f->dir);
    g_free(f->path);
    device_close(f->device);
}

static void
assert_same(const Module *a, const Module *b)
{
    g_assert_cmpuint(a->weights->len, ==, b->weights->len);
    for (guint i = 0; i < a->weights->len; i++) {
        const Weight *w = a->weights->pdata[i], *v = module_find(b, w->name);
        g_autofree float *x = g_malloc(weight_size(w)), *y = g_malloc(weight_size(w));

        g_assert_nonnull(v);
        g_assert_true(shape_equal(&w->shape, &v->shape));
        g_assert_true(weight_read(w, x, NULL) && weight_read(v, y, NULL));
        if (memcmp(x, y, weight_size(w)) != 0)
            g_error("%s differs", w->name);
    }
}

static void
assert_error(GError *error, const char *const *words)
{
    g_assert_nonnull(error);
    for (; *words; words++)
        if (!strstr(error->message, *words))
            g_error("\"%s\" does not name %s", error->message, *words);
    g_error_free(error);
}
#define ASSERT_ERROR(error, ...) assert_error(error, (const char *const[]){__VA_ARGS__, NULL})

/* --- a whole model --- */

/* Everything is deduced as it was made, and every weight comes back. */
static void
test_deduced(Fixture *f, const void *sd2)
{
    g_autoptr(GError) error = NULL;
    g_autoptr(Checkpoint) c = checkpoint_open(f->path, NULL, &error);

    g_assert_no_error(error);
    g_assert_cmpmem(&c->unet, sizeof c->unet, &f->unet->config, sizeof c->unet);
    g_assert_cmpmem(&c->vae.block_out_channels, sizeof(int) * 2, &f->vae->config.block_out_channels,
                    sizeof(int) * 2);
    g_assert_cmpint(c->vae.layers_per_block, ==, 1);
    g_assert_true(c->vae.mid_block_add_attention && c->vae.use_quant_conv);
    g_assert_cmpint(c->text_encoder.n_heads, ==, 1);
    g_assert_cmpint(c->text_encoder.hidden_act, ==, f->text->config.hidden_act);
    g_assert_cmpint(c->scheduler.prediction_type, ==, sd2 ? PREDICTION_V : PREDICTION_EPSILON);
    ModuleSource unet = checkpoint_unet_source(c), vae = checkpoint_vae_source(c);
    ModuleSource text = checkpoint_text_source(c);
    g_autoptr(Unet) the_unet = unet_load(f->device, &c->unet, &unet, &error);
    g_assert_no_error(error);
    g_autoptr(Vae) the_vae = vae_load(f->device, &c->vae, &vae, &error);
    g_assert_no_error(error);
    g_autoptr(TextEncoder) the_text = text_encoder_load(f->device, &c->text_encoder, &text, &error);
    g_assert_no_error(error);
    assert_same(f->unet->module, the_unet->module);
    assert_same(f->vae->module, the_vae->module);
    assert_same(f->text->module, the_text->module);
}

static PredictionType
prediction_of(const Fixture *f, const char *said)
{
    CheckpointOptions options = {.prediction = said};
    g_autoptr(GError) error = NULL;
    g_autoptr(Checkpoint) c = checkpoint_open(f->path, &options, &error);

    g_assert_no_error(error);
    return c->scheduler.prediction_type;
}

static void
test_prediction(Fixture *f, const void *sd2)
{
    g_autofree char *yaml = g_build_filename(f->dir, "model.yaml", NULL);
    g_autofree char *json = g_build_filename(f->dir, "model.json", NULL);

    g_assert_cmpint(prediction_of(f, NULL), ==, PREDICTION_V);
    g_assert_cmpint(prediction_of(f, "epsilon"), ==, PREDICTION_EPSILON);
    g_assert_true(g_file_set_contents(json, "{\"prediction_type\": \"epsilon\"}", -1, NULL));
    g_assert_cmpint(prediction_of(f, NULL), ==, PREDICTION_EPSILON);
    g_assert_true(
        g_file_set_contents(yaml, "model:\n  params:\n    parameterization: \"v\"\n", -1, NULL));
    g_assert_cmpint(prediction_of(f, NULL), ==, PREDICTION_V);
}

static void
test_tokenizer(Fixture *f, const void *sd2)
{
    g_autofree char *dir = g_build_filename(f->dir, "tokenizer", NULL);
    g_autofree char *vocabulary = g_build_filename(dir, "vocab.json", NULL);
    GError *error = NULL;
    g_autoptr(Checkpoint) c = checkpoint_open(f->path, NULL, &error);

    g_assert_no_error(error);
    g_assert_false(checkpoint_require_tokenizer(c, &error));
    ASSERT_ERROR(g_steal_pointer(&error), f->path, "vocab.json", "merges.txt", dir);
    g_assert_cmpint(g_mkdir(dir, 0777), ==, 0);
    g_assert_true(g_file_set_contents(vocabulary, "{}", -1, NULL));
    g_autoptr(Checkpoint) again = checkpoint_open(f->path, NULL, &error);
    g_assert_no_error(error);
    g_assert_cmpstr(again->tokenizer, ==, dir);
}

/* --- ControlNets --- */

static void
test_controlnet(Fixture *f, const void *sd2)
{
    static const struct {
        const char *prefix;
        NamesLayout layout;
    } forms[] = {{"control_model.", NAMES_LDM}, {"", NAMES_LDM}, {"", NAMES_DIFFUSERS}};
    GError *error = NULL;

    for (guint i = 0; i < G_N_ELEMENTS(forms); i++) {
        CheckpointNames names = names_of(f, forms[i].prefix, forms[i].layout);
        g_autofree char *path = g_build_filename(f->dir, "control.safetensors", NULL);
        g_autoptr(WeightsWriter) writer = weights_writer_new(path, NULL);

        add_module(writer, f->control->module, checkpoint_controlnet_name, &names);
        g_assert_true(weights_writer_finish(writer, &error));
        const UNetConfig *bases[] = {&f->unet->config, NULL};
        for (guint j = 0; j < G_N_ELEMENTS(bases); j++) {
            g_autoptr(ControlNet) control = controlnet_open_for(f->device, path, bases[j], &error);
            g_assert_no_error(error);
            assert_same(f->control->module, control->module);
            g_assert_cmpint(control->config.unet.n_heads[1], ==, f->unet->config.n_heads[1]);
        }
        g_assert_null(checkpoint_open(path, NULL, &error));
        ASSERT_ERROR(g_steal_pointer(&error), path, "is a ControlNet");
    }
    g_assert_null(controlnet_open_for(f->device, f->path, NULL, &error));
    ASSERT_ERROR(g_steal_pointer(&error), f->path, "is a whole model");
}

/* --- what does not fit --- */

/* Writes the file anew without `missing`, with `odd` in another shape, with a NaN in `nan`. */
static void
spoil(const Fixture *f, const char *missing, const char *odd, const char *nan)
{
    g_autoptr(GError) error = NULL;
    g_autoptr(WeightsFile) file = weights_open(f->path, &error);
    g_autoptr(WeightsWriter) writer = weights_writer_new(f->path, NULL);

    for (int i = 0; i < weights_n_entries(file); i++) {
        const WeightsEntry *e = weights_entry(file, i);
        g_autofree float *values = g_new(float, e->n_elements);
        int64_t dims[WEIGHTS_MAX_DIMS];

        if (g_strcmp0(e->name, missing) == 0)
            continue;
        weights_read_f32(e, values);
        memcpy(dims, e->dim, sizeof dims);
        if (g_strcmp0(e->name, odd) == 0)
            dims[0] /= 2;
        if (g_strcmp0(e->name, nan) == 0)
            values[5] = -INFINITY;
        weights_writer_add(writer, e->name, WEIGHTS_F16, e->n_dims, dims, values);
    }
    g_assert_true(weights_writer_finish(writer, &error));
}

static GError *
load_error(const Fixture *f)
{
    GError *error = NULL;
    g_autoptr(Checkpoint) c = checkpoint_open(f->path, NULL, &error);

    g_assert_no_error(error);
    ModuleSource text = checkpoint_text_source(c);
    g_assert_null(text_encoder_load(f->device, &c->text_encoder, &text, &error));
    return error;
}

static void
test_spoilt(Fixture *f, const void *sd2)
{
    static const char name[] = "cond_stage_model.model.transformer.resblocks.1.ln_1.bias";
    static const char stack[] =
        "cond_stage_model.model.transformer.resblocks.0.attn.in_proj_weight";

    spoil(f, NULL, NULL, stack);
    ASSERT_ERROR(load_error(f), f->path, stack, "value 5", "inf");
    write_model(f, true);
    spoil(f, NULL, stack, NULL);
    ASSERT_ERROR(load_error(f), f->path, stack, "64x64", "32x64");
    write_model(f, true);
    spoil(f, name, NULL, NULL);
    ASSERT_ERROR(load_error(f), f->path, name, "missing");
}

/* --- several files --- */

/* Half of the UNet's tensors into each of two files, and their index. */
static void
write_shards(const Fixture *f)
{
    const GPtrArray *weights = f->unet->module->weights;
    g_autofree char *config = g_build_filename(f->dir, "config.json", NULL);
    g_autofree char *index =
        g_build_filename(f->dir, "diffusion_pytorch_model.safetensors.index.json", NULL);
    g_autoptr(GString) map = g_string_new("{\"metadata\": {\"total_size\": 1}, \"weight_map\": {");
    g_autoptr(GError) error = NULL;

    for (guint s = 0; s < 2; s++) {
        g_autofree char *name = g_strdup_printf("part-%u-of-2.safetensors", s + 1);
        g_autofree char *path = g_build_filename(f->dir, name, NULL);
        g_autoptr(WeightsWriter) writer = weights_writer_new(path, NULL);

        for (guint i = s; i < weights->len; i += 2) {
            const Weight *w = weights->pdata[i];
            g_autofree float *values = g_malloc(weight_size(w));
            g_assert_true(weight_read(w, values, &error));
            weights_writer_add(writer, w->name, WEIGHTS_F32, w->shape.n_dims, w->shape.dim, values);
            g_string_append_printf(map, "%s\"%s\": \"%s\"", i ? ", " : "", w->name, name);
        }
        g_assert_true(weights_writer_finish(writer, &error));
    }
    g_string_append(map, "}}");
    g_assert_true(g_file_set_contents(index, map->str, -1, &error));
    g_assert_true(unet_config_write_json(&f->unet->config, config, &error));
}

static void
test_shards(Fixture *f, const void *sd2)
{
    g_autofree char *second = g_build_filename(f->dir, "part-2-of-2.safetensors", NULL);
    g_autofree char *first = g_build_filename(f->dir, "part-1-of-2.safetensors", NULL);
    g_autofree char *index =
        g_build_filename(f->dir, "diffusion_pytorch_model.safetensors.index.json", NULL);
    GError *error = NULL;

    write_shards(f);
    g_autoptr(Unet) unet = unet_open(f->device, f->dir, &error);
    g_assert_no_error(error);
    assert_same(f->unet->module, unet->module);
    g_assert_cmpint(unet->module->n_unexpected, ==, 0);

    g_assert_cmpint(g_remove(second), ==, 0);
    g_assert_null(unet_open(f->device, f->dir, &error));
    ASSERT_ERROR(g_steal_pointer(&error), second, index, "missing");
    g_autofree char *bytes = NULL;
    gsize size;
    g_assert_true(g_file_get_contents(first, &bytes, &size, NULL));
    g_assert_true(g_file_set_contents(second, bytes, (gssize)size, NULL));
    g_assert_null(unet_open(f->device, f->dir, &error));
    ASSERT_ERROR(g_steal_pointer(&error), second, index, "no tensor");

    static const char *const bad[] = {
        "{\"weight_map\": {\"a\": \"../x.safetensors\"}}",
        "{\"weight_map\": {\"a\": 3}}",
        "{\"weight_map\": {}}",
        "{\"weight_map\": {\"a\": \"b\", \"a\": \"b\"}}",
        "[]",
        "{",
    };
    for (guint i = 0; i < G_N_ELEMENTS(bad); i++) {
        g_assert_true(g_file_set_contents(index, bad[i], -1, NULL));
        g_assert_null(weights_open(index, &error));
        ASSERT_ERROR(g_steal_pointer(&error), index);
    }
}

/* The plain file comes before a variant, and a variant is better than none. */
static void
test_variants(Fixture *f, const void *sd2)
{
    g_autofree char *unet = g_build_filename(f->dir, "unet", NULL);
    g_autofree char *plain = g_build_filename(unet, "diffusion_pytorch_model.safetensors", NULL);
    g_autofree char *half =
        g_build_filename(unet, "diffusion_pytorch_model.fp16.safetensors", NULL);
    const char *variant;
    g_autoptr(GError) error = NULL;

    g_assert_true(unet_save(f->unet, unet, WEIGHTS_F16, &error));
    g_assert_cmpint(g_rename(plain, half), ==, 0);
    g_autoptr(Unet) opened = unet_open(f->device, unet, &error);
    g_assert_no_error(error);
    g_autofree char *only = module_file(unet, "diffusion_pytorch_model", &variant);
    g_assert_cmpstr(only, ==, half);
    g_assert_cmpstr(variant, ==, "fp16");
    g_assert_true(unet_save(f->unet, unet, WEIGHTS_F32, &error));
    g_autofree char *both = module_file(unet, "diffusion_pytorch_model", &variant);
    g_assert_cmpstr(both, ==, plain);
    g_assert_null(variant);
}

int
main(int argc, char **argv)
{
    static const struct {
        const char *path;
        const void *sd2;
        void (*test)(Fixture *f, const void *sd2);
    } tests[] = {
        {"/checkpoint/sd1", NULL, test_deduced},
        {"/checkpoint/sd2", "sd2", test_deduced},
        {"/checkpoint/prediction", "sd2", test_prediction},
        {"/checkpoint/tokenizer", "sd2", test_tokenizer},
        {"/checkpoint/controlnet/sd1", NULL, test_controlnet},
        {"/checkpoint/controlnet/sd2", "sd2", test_controlnet},
        {"/checkpoint/spoilt", "sd2", test_spoilt},
        {"/checkpoint/shards", NULL, test_shards},
        {"/checkpoint/variants", NULL, test_variants},
    };

    g_test_init(&argc, &argv, NULL);
    for (guint i = 0; i < G_N_ELEMENTS(tests); i++)
        g_test_add(tests[i].path, Fixture, tests[i].sd2, setup, tests[i].test, teardown);
    return g_test_run();
}
