/* SPDX-License-Identifier: Apache-2.0 */
/* Models as folders: random weights, saving and opening again, and files that do not fit. */
#include "compute/model/controlnet.h"
#include "compute/model/text_encoder.h"
#include "compute/model/unet.h"
#include "compute/model/vae.h"

#include <glib/gstdio.h>
#include <math.h>
#include <string.h>

typedef struct {
    Device *device;
    char *dir;
} Fixture;

static void
setup(Fixture *f, const void *data)
{
    g_autoptr(GError) error = NULL;
    f->device = device_open("cpu", &error);
    g_assert_no_error(error);
    f->dir = g_dir_make_tmp("torchlight-module-XXXXXX", &error);
    g_assert_no_error(error);
}

static void
teardown(Fixture *f, const void *data)
{
    static const char *const names[] = {"config.json", "diffusion_pytorch_model.safetensors",
                                        "model.safetensors"};
    for (guint i = 0; i < G_N_ELEMENTS(names); i++) {
        g_autofree char *path = g_build_filename(f->dir, names[i], NULL);
        g_remove(path);
    }
    g_assert_cmpint(g_rmdir(f->dir), ==, 0); /* nothing else was left behind */
    g_free(f->dir);
    device_close(f->device);
}

static UNetConfig
small_unet(void)
{
    UNetConfig c;
    unet_config_init_sd15(&c);
    c.n_levels = 2;
    c.block_out_channels[0] = 8;
    c.block_out_channels[1] = 12;
    c.time_embed_dim = 32;
    c.norm_num_groups = 4;
    c.cross_attention_dim = 6;
    for (int i = 0; i < c.n_levels; i++) {
        c.layers_per_block[i] = 1;
        c.n_heads[i] = 2;
        c.n_transformer_layers[i] = 1;
    }
    c.down_attention[0] = FALSE;
    c.down_attention[1] = TRUE;
    c.up_attention[0] = TRUE;
    c.up_attention[1] = FALSE;
    return c;
}

static float *
read_weight(const Weight *w)
{
    g_autoptr(GError) error = NULL;
    float *data = g_malloc(weight_size(w));
    g_assert_true(weight_read(w, data, &error));
    g_assert_no_error(error);
    return data;
}

static void
assert_modules_equal(const Module *a, const Module *b, double tolerance)
{
    g_assert_cmpuint(a->weights->len, ==, b->weights->len);
    for (guint i = 0; i < a->weights->len; i++) {
        const Weight *x = a->weights->pdata[i], *y = module_find(b, x->name);
        g_assert_nonnull(y);
        g_assert_true(shape_equal(&x->shape, &y->shape));
        g_autofree float *p = read_weight(x);
        g_autofree float *q = read_weight(y);
        for (int64_t j = 0; j < shape_count(&x->shape); j++)
            g_assert_cmpfloat(fabs((double)p[j] - (double)q[j]), <=, tolerance);
    }
}

static void
test_unet_round_trip(Fixture *f, const void *data)
{
    g_autoptr(GError) error = NULL;
    UNetConfig config = small_unet();
    g_autoptr(Unet) unet = unet_new_random(f->device, &config, 7, &error);
    g_assert_no_error(error);
    g_autoptr(Unet) same = unet_new_random(f->device, &config, 7, &error);
    assert_modules_equal(unet->module, same->module, 0);
    g_assert_true(unet_save(unet, f->dir, WEIGHTS_F32, &error));
    g_autoptr(Unet) read = unet_open(f->device, f->dir, &error);
    g_assert_no_error(error);
    assert_modules_equal(unet->module, read->module, 0);
    g_assert_cmpint(read->module->n_unexpected, ==, 0);
    g_assert_true(unet_save(unet, f->dir, WEIGHTS_F16, &error));
    g_autoptr(Unet) half = unet_open(f->device, f->dir, &error);
    g_assert_no_error(error);
    assert_modules_equal(unet->module, half->module, 5e-4);
}

static void
test_random_scale(Fixture *f, const void *data)
{
    g_autoptr(GError) error = NULL;
    UNetConfig config = small_unet();
    g_autoptr(Unet) unet = unet_new_random(f->device, &config, 1, &error);
    const Weight *conv = module_find(unet->module, "conv_in.weight");
    const Weight *norm = module_find(unet->module, "conv_norm_out.weight");
    g_autofree float *w = read_weight(conv);
    g_autofree float *one = read_weight(norm);
    double sum = 0, bound = 1 / sqrt(4.0 * 9);
    int64_t n = shape_count(&conv->shape);

    for (int64_t i = 0; i < n; i++) {
        g_assert_cmpfloat(fabs((double)w[i]), <=, bound);
        sum += (double)w[i] * (double)w[i];
    }
    g_assert_cmpfloat(fabs(sqrt(sum / (double)n) / (bound / sqrt(3)) - 1), <, 0.1);
    g_assert_cmpfloat((double)one[0], ==, 1);
}

static void
test_other_models(Fixture *f, const void *data)
{
    g_autoptr(GError) error = NULL;
    VaeConfig vae_config;
    TextEncoderConfig text_config;

    vae_config_init_sd15(&vae_config);
    vae_config.n_levels = 2;
    vae_config.block_out_channels[0] = vae_config.block_out_channels[1] = 8;
    vae_config.layers_per_block = 1;
    vae_config.norm_num_groups = 4;
    g_assert_cmpint(vae_factor(&vae_config), ==, 2);
    g_autoptr(Vae) vae = vae_new_random(f->device, &vae_config, 3, &error);
    g_assert_no_error(error);
    g_assert_true(vae_save(vae, f->dir, WEIGHTS_F32, &error));
    g_autoptr(Vae) vae_read = vae_open(f->device, f->dir, &error);
    g_assert_no_error(error);
    assert_modules_equal(vae->module, vae_read->module, 0);

    text_encoder_config_init_sd15(&text_config);
    text_config.hidden_size = 8;
    text_config.intermediate_size = 16;
    text_config.n_layers = 1;
    text_config.n_heads = 2;
    text_config.vocab_size = 20;
    g_autoptr(TextEncoder) text = text_encoder_new_random(f->device, &text_config, 3, &error);
    g_assert_no_error(error);
    g_assert_true(text_encoder_save(text, f->dir, WEIGHTS_F32, &error));
    g_autoptr(TextEncoder) text_read = text_encoder_open(f->device, f->dir, &error);
    g_assert_no_error(error);
    assert_modules_equal(text->module, text_read->module, 0);
}

static void
test_controlnet(Fixture *f, const void *data)
{
    g_autoptr(GError) error = NULL;
    ControlNetConfig config;
    UNetConfig unet_config = small_unet(), other = small_unet();

    controlnet_config_init_sd15(&config);
    config.unet = unet_config;
    config.n_conditioning_embedding = 2;
    config.conditioning_embedding_out_channels[0] = 4;
    config.conditioning_embedding_out_channels[1] = 8;
    g_autoptr(Unet) unet = unet_new_random(f->device, &unet_config, 1, &error);
    g_autoptr(ControlNet) net = controlnet_new_random(f->device, &config, 2, &error);
    g_assert_no_error(error);
    g_assert_true(controlnet_copy_unet(net, unet, &error));
    g_autofree float *a = read_weight(module_find(unet->module, "conv_in.weight"));
    g_autofree float *b = read_weight(module_find(net->module, "conv_in.weight"));
    g_assert_cmpmem(a, 8 * 4 * 9 * sizeof *a, b, 8 * 4 * 9 * sizeof *b);
    g_autofree float *zero = read_weight(module_find(net->module, "controlnet_mid_block.weight"));
    for (int i = 0; i < 12 * 12; i++)
        g_assert_cmpfloat((double)zero[i], ==, 0);
    g_assert_true(controlnet_check_unet(net, &unet_config, &error));
    other.block_out_channels[1] = 16;
    g_assert_false(controlnet_check_unet(net, &other, &error));
    g_assert_nonnull(error);
}

/* --- files that do not fit --- */

/* Saves a small UNet's config and whatever weights are left after `change`. */
static GError *
open_changed(Fixture *f, void (*change)(WeightsWriter *writer, const Weight *w, const float *data))
{
    GError *error = NULL;
    UNetConfig config = small_unet();
    g_autoptr(Unet) unet = unet_new_random(f->device, &config, 5, &error);
    g_autofree char *path = g_build_filename(f->dir, "diffusion_pytorch_model.safetensors", NULL);
    g_assert_true(unet_save(unet, f->dir, WEIGHTS_F32, &error));
    g_autoptr(WeightsWriter) writer = weights_writer_new(path, NULL);
    for (guint i = 0; i < unet->module->weights->len; i++) {
        const Weight *w = unet->module->weights->pdata[i];
        g_autofree float *values = read_weight(w);
        change(writer, w, values);
    }
    g_assert_true(weights_writer_finish(writer, &error));
    g_autoptr(Unet) read = unet_open(f->device, f->dir, &error);
    g_assert_null(read);
    g_assert_nonnull(error);
    g_assert_nonnull(strstr(error->message, path));
    return error;
}

static void
drop(WeightsWriter *writer, const Weight *w, const float *data)
{
    if (!g_str_equal(w->name, "mid_block.resnets.1.norm2.bias"))
        weights_writer_add(writer, w->name, WEIGHTS_F32, w->shape.n_dims, w->shape.dim, data);
}

static void
reshape(WeightsWriter *writer, const Weight *w, const float *data)
{
    Shape shape = w->shape;
    if (g_str_equal(w->name, "conv_in.weight")) {
        shape.dim[0] = w->shape.dim[1];
        shape.dim[1] = w->shape.dim[0];
    }
    weights_writer_add(writer, w->name, WEIGHTS_F32, shape.n_dims, shape.dim, data);
}

static void
spoil(WeightsWriter *writer, const Weight *w, const float *data)
{
    g_autofree float *copy = g_memdup2(data, weight_size(w));
    if (g_str_equal(w->name, "conv_out.bias"))
        copy[1] = NAN;
    weights_writer_add(writer, w->name, WEIGHTS_F32, w->shape.n_dims, w->shape.dim, copy);
}

static void
test_unfit(Fixture *f, const void *data)
{
    g_autoptr(GError) missing = open_changed(f, drop);
    g_assert_nonnull(strstr(missing->message, "mid_block.resnets.1.norm2.bias"));
    g_autoptr(GError) shape = open_changed(f, reshape);
    g_assert_nonnull(strstr(shape->message, "4x8x3x3"));
    g_assert_nonnull(strstr(shape->message, "8x4x3x3"));
    g_autoptr(GError) value = open_changed(f, spoil);
    g_assert_nonnull(strstr(value->message, "conv_out.bias"));
}

int
main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add("/module/unet-round-trip", Fixture, NULL, setup, test_unet_round_trip, teardown);
    g_test_add("/module/random-scale", Fixture, NULL, setup, test_random_scale, teardown);
    g_test_add("/module/other-models", Fixture, NULL, setup, test_other_models, teardown);
    g_test_add("/module/controlnet", Fixture, NULL, setup, test_controlnet, teardown);
    g_test_add("/module/unfit", Fixture, NULL, setup, test_unfit, teardown);
    return g_test_run();
}
