/* SPDX-License-Identifier: Apache-2.0 */
#include "compute/bench/model.h"

#include <glib/gstdio.h>

#define SEED 1 /* of random weights */

/* Whether the folder holds weights of the part, beside its config. */
static bool
has_weights(const char *dir)
{
    g_autoptr(GDir) listing = g_dir_open(dir, 0, NULL);
    const char *name;

    while (listing && (name = g_dir_read_name(listing))) {
        if (g_str_has_suffix(name, ".safetensors"))
            return true;
    }
    return false;
}

static bool
has_config(const char *dir, const char *part, char **path)
{
    *path = g_build_filename(dir, part, "config.json", NULL);
    return g_file_test(*path, G_FILE_TEST_EXISTS);
}

static BenchModel *
model_new(Device *device, const char *name)
{
    BenchModel *m = g_new0(BenchModel, 1);

    m->name = g_strdup(name);
    m->pipeline.device = device;
    m->pipeline.loras = g_ptr_array_new_with_free_func((GDestroyNotify)lora_free);
    return m;
}

BenchModel *
bench_model_open(Device *device, const char *dir, GError **error)
{
    g_autoptr(BenchModel) m = model_new(device, dir);
    g_autofree char *unet = NULL, *vae = NULL, *text = NULL, *control = NULL;
    g_autofree char *scheduler = g_build_filename(dir, "scheduler", "scheduler_config.json", NULL);
    ModelConfigs *c = &m->configs;

    m->dir = g_strdup(dir);
    if (!model_configs_preset("sd15", 1, c, error)) /* for what the folder lacks */
        return NULL;
    has_config(dir, "unet", &unet);
    if (!unet_config_read_json(unet, &c->unet, error) ||
        (has_config(dir, "vae", &vae) && !vae_config_read_json(vae, &c->vae, error)) ||
        (has_config(dir, "text_encoder", &text) &&
         !text_encoder_config_read_json(text, &c->text_encoder, error)) ||
        (g_file_test(scheduler, G_FILE_TEST_EXISTS) &&
         !scheduler_config_read_json(scheduler, &c->scheduler, error)))
        return NULL;
    controlnet_config_of_unet(&c->unet, &c->controlnet);
    m->own_controlnet = has_config(dir, "controlnet", &control);
    if (m->own_controlnet && !controlnet_config_read_json(control, &c->controlnet, error))
        return NULL;
    m->pipeline.scheduler = c->scheduler;
    return g_steal_pointer(&m);
}

BenchModel *
bench_model_preset(Device *device, const char *preset, double width, GError **error)
{
    g_autofree char *name =
        width == 1 ? g_strdup(preset) : g_strdup_printf("%s, %g of its width", preset, width);
    g_autoptr(BenchModel) m = model_new(device, name);

    if (!model_configs_preset(preset, width, &m->configs, error))
        return NULL;
    m->pipeline.scheduler = m->configs.scheduler;
    return g_steal_pointer(&m);
}

void
bench_model_free(BenchModel *m)
{
    if (!m)
        return;
    bench_model_need(m, 0, NULL);
    g_ptr_array_unref(m->pipeline.loras);
    g_free(m->dir);
    g_free(m->name);
    g_free(m);
}

/* The part's folder if it holds weights, else NULL. */
static char *
weights_dir(const BenchModel *m, const char *part)
{
    g_autofree char *dir = m->dir ? g_build_filename(m->dir, part, NULL) : NULL;

    return dir && has_weights(dir) ? g_steal_pointer(&dir) : NULL;
}

static bool
open_unet(BenchModel *m, GError **error)
{
    g_autofree char *dir = weights_dir(m, "unet");
    Device *device = m->pipeline.device;

    m->pipeline.unet = dir ? unet_open(device, dir, error)
                           : unet_new_random(device, &m->configs.unet, SEED, error);
    return m->pipeline.unet != NULL;
}

static bool
open_controlnet(BenchModel *m, GError **error)
{
    g_autofree char *dir = m->own_controlnet ? weights_dir(m, "controlnet") : NULL;
    Device *device = m->pipeline.device;

    m->pipeline.controlnet =
        dir ? controlnet_open(device, dir, error)
            : controlnet_new_random(device, &m->configs.controlnet, SEED, error);
    return m->pipeline.controlnet != NULL;
}

static bool
open_vae(BenchModel *m, GError **error)
{
    g_autofree char *dir = weights_dir(m, "vae");
    Device *device = m->pipeline.device;

    m->pipeline.vae =
        dir ? vae_open(device, dir, error) : vae_new_random(device, &m->configs.vae, SEED, error);
    return m->pipeline.vae != NULL;
}

static bool
open_text_encoder(BenchModel *m, GError **error)
{
    g_autofree char *dir = weights_dir(m, "text_encoder");
    Device *device = m->pipeline.device;

    m->pipeline.text_encoder =
        dir ? text_encoder_open(device, dir, error)
            : text_encoder_new_random(device, &m->configs.text_encoder, SEED, error);
    return m->pipeline.text_encoder != NULL;
}

/* A small vocabulary, by way of a folder that is gone afterwards. */
static bool
learn_tokenizer(BenchModel *m, GError **error)
{
    static const char *const captions[] = {"pixelated network data: no vpn, web, http2",
                                           "pixelated network data: wireguard, video, quic"};
    static const char *const files[] = {"vocab.json", "merges.txt", "special_tokens_map.json",
                                        "tokenizer_config.json"};
    g_autofree char *dir = g_dir_make_tmp("torchlight-bench-XXXXXX", error);

    if (!dir)
        return false;
    if (tokenizer_train(captions, G_N_ELEMENTS(captions),
                        MIN(600, m->configs.text_encoder.vocab_size), dir, error))
        m->pipeline.tokenizer = tokenizer_open(dir, error);
    for (guint i = 0; i < G_N_ELEMENTS(files); i++) {
        g_autofree char *path = g_build_filename(dir, files[i], NULL);
        g_unlink(path);
    }
    g_rmdir(dir);
    return m->pipeline.tokenizer != NULL;
}

static bool
open_tokenizer(BenchModel *m, GError **error)
{
    g_autofree char *dir = m->dir ? g_build_filename(m->dir, "tokenizer", NULL) : NULL;

    if (!dir || !g_file_test(dir, G_FILE_TEST_IS_DIR))
        return learn_tokenizer(m, error);
    m->pipeline.tokenizer = tokenizer_open(dir, error);
    return m->pipeline.tokenizer != NULL;
}

bool
bench_model_need(BenchModel *m, unsigned parts, GError **error)
{
    Pipeline *p = &m->pipeline;

    if (!(parts & BENCH_UNET))
        g_clear_pointer(&p->unet, unet_free);
    if (!(parts & BENCH_CONTROLNET))
        g_clear_pointer(&p->controlnet, controlnet_free);
    if (!(parts & BENCH_VAE))
        g_clear_pointer(&p->vae, vae_free);
    if (!(parts & BENCH_TEXT_ENCODER))
        g_clear_pointer(&p->text_encoder, text_encoder_free);
    if (!(parts & BENCH_TOKENIZER))
        g_clear_pointer(&p->tokenizer, tokenizer_free);
    return (p->unet || !(parts & BENCH_UNET) || open_unet(m, error)) &&
           (p->controlnet || !(parts & BENCH_CONTROLNET) || open_controlnet(m, error)) &&
           (p->vae || !(parts & BENCH_VAE) || open_vae(m, error)) &&
           (p->text_encoder || !(parts & BENCH_TEXT_ENCODER) || open_text_encoder(m, error)) &&
           (p->tokenizer || !(parts & BENCH_TOKENIZER) || open_tokenizer(m, error));
}
