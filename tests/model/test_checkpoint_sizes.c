/* SPDX-License-Identifier: Apache-2.0 */
/* Stable Diffusion 1.5 and 2.1 at full size, where memory may end: what is deduced from a file
 * whose tensors have the names and shapes of theirs, and no data, is their published configuration.
 */
#include "compute/model/checkpoint.h"

#include <fcntl.h>
#include <glib/gstdio.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>

#include "compute/model/controlnet.h"
#include "compute/model/text_encoder.h"
#include "compute/model/unet.h"
#include "compute/model/vae.h"
#include "compute/planning.h"
#include "tests/model/golden.h"

typedef struct {
    GString *header;
    guint64 n_bytes;
    GHashTable *seen;
    gint64 n_parameters; /* of the part added last */
} Writer;

static void
add_module(Writer *w, const Module *module, ModuleRename rename, const CheckpointNames *names)
{
    w->n_parameters = module_n_parameters(module);
    for (guint i = 0; i < module->weights->len; i++) {
        const Weight *weight = module->weights->pdata[i];
        int part = 0, n_parts = 1;
        g_autofree char *name = rename(weight->name, names, &part, &n_parts);
        guint64 size = 2 * (guint64)shape_count(&weight->shape) * n_parts;

        if (!g_hash_table_add(w->seen, g_strdup(name)))
            continue; /* the q of a stack stands for all of it */
        g_string_append_printf(w->header, "%s\"%s\":{\"dtype\":\"F16\",\"shape\":[",
                               w->n_bytes ? "," : "", name);
        for (int j = 0; j < weight->shape.n_dims; j++)
            g_string_append_printf(w->header, "%s%" G_GINT64_FORMAT, j ? "," : "",
                                   (gint64)weight->shape.dim[j] * (j ? 1 : n_parts));
        g_string_append_printf(w->header,
                               "],\"data_offsets\":[%" G_GUINT64_FORMAT ",%" G_GUINT64_FORMAT "]}",
                               w->n_bytes, w->n_bytes + size);
        w->n_bytes += size;
    }
}

/* The header, and behind it nothing: a file with a hole of n_bytes. */
static void
write_file(const Writer *w, const char *path)
{
    guint64 n = w->header->len + 1;
    int fd = g_open(path, O_WRONLY | O_CREAT | O_TRUNC, 0666);

    g_assert_cmpint(fd, >=, 0);
    g_string_append_c(w->header, '}');
    g_assert_cmpint(write(fd, &n, sizeof n), ==, sizeof n);
    g_assert_cmpint(write(fd, w->header->str, n), ==, n);
    g_assert_cmpint(ftruncate(fd, (off_t)(8 + n + w->n_bytes)), ==, 0);
    close(fd);
}

static void
set_sd2(UNetConfig *unet, TextEncoderConfig *text)
{
    static const int heads[] = {5, 10, 20, 20};

    memcpy(unet->n_heads, heads, sizeof heads);
    unet->cross_attention_dim = 1024;
    unet->use_linear_projection = true;
    text->hidden_size = text->projection_dim = 1024;
    text->intermediate_size = 4096;
    text->n_layers = 24; /* of which 23 are used */
    text->n_heads = 16;
    text->hidden_act = ACTIVATION_GELU;
}

/* Published numbers of parameters: UNet, VAE, text encoder as used. */
static void
test_family(const void *sd2)
{
    const gint64 expected[3] = {sd2 ? 865910724 : 859520964, 83653863, sd2 ? 340387840 : 123060480};
    g_autofree char *dir = golden_scratch_new();
    g_autofree char *path = g_build_filename(dir, "model.safetensors", NULL);
    CheckpointNames unet_names = {.prefix = "model.diffusion_model.", .layout = NAMES_LDM};
    CheckpointNames vae_names = {"first_stage_model.", NAMES_LDM, 4, {0}, {0}, 0};
    CheckpointNames text_names = {.prefix = sd2 ? "cond_stage_model.model."
                                                : "cond_stage_model.transformer.",
                                  .layout = sd2 ? NAMES_OPENCLIP : NAMES_CLIP};
    Writer w = {.header = g_string_new("{")};
    UNetConfig unet;
    VaeConfig vae;
    TextEncoderConfig text;
    g_autoptr(GError) error = NULL;

    w.seen = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);
    unet_config_init_sd15(&unet);
    vae_config_init_sd15(&vae);
    text_encoder_config_init_sd15(&text);
    unet.sample_size = vae.sample_size = 0;
    if (sd2)
        set_sd2(&unet, &text);
    unet_names.n_levels = 4;
    for (int i = 0; i < 4; i++) {
        unet_names.layers_per_block[i] = 2;
        unet_names.up_attention[i] = i > 0;
    }
    Device *device = planning_device_new();
    g_autoptr(Unet) the_unet = unet_new_random(device, &unet, 0, &error);
    g_assert_no_error(error);
    add_module(&w, the_unet->module, checkpoint_unet_name, &unet_names);
    g_assert_cmpint(w.n_parameters, ==, expected[0]);
    g_autoptr(Vae) the_vae = vae_new_random(device, &vae, 0, &error);
    g_assert_no_error(error);
    add_module(&w, the_vae->module, checkpoint_vae_name, &vae_names);
    g_assert_cmpint(w.n_parameters, ==, expected[1]);
    g_autoptr(TextEncoder) encoder = text_encoder_new_random(device, &text, 0, &error);
    g_assert_no_error(error);
    add_module(&w, encoder->module, checkpoint_text_name, &text_names);
    write_file(&w, path);

    g_autoptr(Checkpoint) c = checkpoint_open(path, NULL, &error);
    g_assert_no_error(error);
    text.n_layers = sd2 ? 23 : 12;
    g_assert_cmpmem(&c->unet, sizeof unet, &unet, sizeof unet);
    g_assert_cmpmem(&c->vae, sizeof vae, &vae, sizeof vae);
    g_assert_cmpmem(&c->text_encoder, sizeof text, &text, sizeof text);
    g_assert_cmpint(c->scheduler.prediction_type, ==, sd2 ? PREDICTION_V : PREDICTION_EPSILON);
    ModuleSource source = checkpoint_text_source(c);
    g_autoptr(TextEncoder) used = text_encoder_load(device, &c->text_encoder, &source, &error);
    g_assert_no_error(error);
    g_assert_cmpint(module_n_parameters(used->module), ==, expected[2]);

    g_clear_pointer(&used, text_encoder_free);
    g_clear_pointer(&encoder, text_encoder_free);
    g_clear_pointer(&the_vae, vae_free);
    g_clear_pointer(&the_unet, unet_free);
    device_close(device);
    g_hash_table_unref(w.seen);
    g_string_free(w.header, TRUE);
    golden_scratch_free(g_steal_pointer(&dir));
}

/* Address space of this process in bytes. */
static rlim_t
space_used(void)
{
    g_autofree char *text = NULL;

    g_assert_true(g_file_get_contents("/proc/self/statm", &text, NULL, NULL));
    return (rlim_t)g_ascii_strtoull(text, NULL, 10) * (rlim_t)sysconf(_SC_PAGESIZE);
}

/* Where memory ends in the midst of a model, that is an error, and no abort. */
static void
test_no_memory(const void *data)
{
    g_autofree char *dir = golden_scratch_new();
    g_autofree char *path = g_build_filename(dir, "model.safetensors", NULL);
    CheckpointNames names = {.prefix = "", .layout = NAMES_DIFFUSERS};
    Writer w = {.header = g_string_new("{")};
    UNetConfig config;
    struct rlimit before, tight;
    g_autoptr(GError) error = NULL;

    if (g_getenv("TORCHLIGHT_SANITIZED")) {
        g_test_skip("a sanitizer needs more address space than can be limited");
        golden_scratch_free(g_steal_pointer(&dir));
        g_string_free(w.header, TRUE);
        return;
    }
    w.seen = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);
    unet_config_init_sd15(&config);
    Device *planning = planning_device_new(), *cpu = device_open("cpu", &error);
    g_assert_no_error(error);
    g_autoptr(Unet) unet = unet_new_random(planning, &config, 0, &error);
    add_module(&w, unet->module, checkpoint_unet_name, &names);
    write_file(&w, path);
    g_autoptr(WeightsFile) file = weights_open(path, &error);
    g_assert_no_error(error);
    ModuleSource source = {.file = file};
    g_assert_cmpint(getrlimit(RLIMIT_AS, &before), ==, 0);
    tight = (struct rlimit){.rlim_cur = space_used() + (128u << 20), .rlim_max = before.rlim_max};
    g_assert_cmpint(setrlimit(RLIMIT_AS, &tight), ==, 0);
    g_autoptr(Unet) loaded = unet_load(cpu, &config, &source, &error);
    g_assert_cmpint(setrlimit(RLIMIT_AS, &before), ==, 0);
    g_assert_null(loaded);
    g_assert_error(error, G_IO_ERROR, G_IO_ERROR_NO_SPACE);

    g_clear_pointer(&unet, unet_free);
    device_close(planning);
    device_close(cpu);
    g_hash_table_unref(w.seen);
    g_string_free(w.header, TRUE);
    golden_scratch_free(g_steal_pointer(&dir));
}

int
main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_data_func("/checkpoint-sizes/sd1", NULL, test_family);
    g_test_add_data_func("/checkpoint-sizes/sd2", "sd2", test_family);
    g_test_add_data_func("/checkpoint-sizes/no-memory", NULL, test_no_memory);
    return g_test_run();
}
