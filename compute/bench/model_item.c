/* SPDX-License-Identifier: Apache-2.0 */
/* Parts of models, each alone: one program that is replayed. */
#include "compute/bench/item.h"

#include <gio/gio.h>
#include <glib/gi18n-lib.h>
#include <string.h>

#include "compute/bench/work_item.h"

typedef struct {
    const char *name;
    unsigned parts; /* BenchPart */
    bool (*make)(BenchItem *item, BenchModel *model, const BenchSizes *sizes, GError **error);
} ItemKind;

static int64_t
context_length(const BenchModel *m)
{
    return m->configs.text_encoder.max_position_embeddings;
}

static bool
take(BenchItem *item, BenchModel *m, Graph *graph, Tensor *result, GError **error)
{
    graph_keep(graph, result);
    return bench_item_take_graph(item, m->pipeline.device, graph, error);
}

static bool
make_unet(BenchItem *item, BenchModel *m, const BenchSizes *z, GError **error)
{
    const Unet *unet = m->pipeline.unet;
    const ControlNet *controlnet = m->pipeline.controlnet;
    int factor = vae_factor(&m->configs.vae);
    Graph *graph = graph_new();
    Tensor *sample = graph_input(graph, DTYPE_F32,
                                 &SHAPE(z->batch, unet->config.in_channels, z->height, z->width));
    Tensor *time = graph_input(graph, DTYPE_F32, &SHAPE(z->batch, unet_time_width(&unet->config)));
    Tensor *context = graph_input(
        graph, DTYPE_F32, &SHAPE(z->batch, context_length(m), unet->config.cross_attention_dim));
    g_autoptr(GPtrArray) residuals = NULL;

    if (controlnet) {
        Tensor *map = graph_input(graph, DTYPE_F32,
                                  &SHAPE(z->batch, controlnet->config.conditioning_channels,
                                         (int64_t)z->height * factor, (int64_t)z->width * factor));
        Tensor *hint = controlnet_hint_forward(graph, controlnet, map);

        residuals = controlnet_forward(graph, controlnet, sample, time, context, hint, NULL);
    }
    return take(item, m, graph, unet_forward(graph, unet, sample, time, context, residuals), error);
}

static bool
make_vae_encode(BenchItem *item, BenchModel *m, const BenchSizes *z, GError **error)
{
    int factor = vae_factor(&m->configs.vae);
    Graph *graph = graph_new();
    Tensor *image = graph_input(graph, DTYPE_F32,
                                &SHAPE(z->batch, m->configs.vae.in_channels,
                                       (int64_t)z->height * factor, (int64_t)z->width * factor));

    return take(item, m, graph, vae_encode(graph, m->pipeline.vae, image), error);
}

static bool
make_vae_decode(BenchItem *item, BenchModel *m, const BenchSizes *z, GError **error)
{
    Graph *graph = graph_new();
    Tensor *latent = graph_input(
        graph, DTYPE_F32, &SHAPE(z->batch, m->configs.vae.latent_channels, z->height, z->width));

    return take(item, m, graph, vae_decode(graph, m->pipeline.vae, latent), error);
}

static bool
make_text(BenchItem *item, BenchModel *m, const BenchSizes *z, GError **error)
{
    Graph *graph = graph_new();
    Tensor *ids = graph_input(graph, DTYPE_I32, &SHAPE(z->batch, context_length(m)));

    return take(item, m, graph, text_encoder_forward(graph, m->pipeline.text_encoder, ids, 0),
                error);
}

static const ItemKind kinds[] = {
    {"unet", BENCH_UNET, make_unet},
    {"unet+controlnet", BENCH_UNET | BENCH_CONTROLNET, make_unet},
    {"vae_encode", BENCH_VAE, make_vae_encode},
    {"vae_decode", BENCH_VAE, make_vae_decode},
    {"text", BENCH_TEXT_ENCODER, make_text},
    {"tokenizer", BENCH_TOKENIZER, bench_make_tokenizer},
    {"train", BENCH_UNET, bench_make_train},
    {"train_ckpt", BENCH_UNET, bench_make_train},
    {"sample20", BENCH_UNET | BENCH_VAE | BENCH_TEXT_ENCODER | BENCH_TOKENIZER, bench_make_sample},
    {"sample20+controlnet",
     BENCH_UNET | BENCH_VAE | BENCH_TEXT_ENCODER | BENCH_TOKENIZER | BENCH_CONTROLNET,
     bench_make_sample},
};

const char *const *
bench_model_items(void)
{
    static const char *names[G_N_ELEMENTS(kinds) + 1];

    for (guint i = 0; i < G_N_ELEMENTS(kinds); i++)
        names[i] = kinds[i].name;
    return names;
}

static double
module_mb(const Module *module)
{
    double bytes = 0;

    for (guint i = 0; module && i < module->weights->len; i++)
        bytes += (double)weight_size(module->weights->pdata[i]);
    return bytes / (1 << 20);
}

static double
weights_mb(const Pipeline *p)
{
    return (p->unet ? module_mb(p->unet->module) : 0) +
           (p->controlnet ? module_mb(p->controlnet->module) : 0) +
           (p->vae ? module_mb(p->vae->module) : 0) +
           (p->text_encoder ? module_mb(p->text_encoder->module) : 0);
}

BenchItem *
bench_model_item(BenchModel *model, const char *name, const BenchSizes *sizes, GError **error)
{
    g_autoptr(BenchItem) item = bench_item_new(name);
    const ItemKind *kind = NULL;

    for (guint i = 0; i < G_N_ELEMENTS(kinds) && !kind; i++) {
        if (g_str_equal(kinds[i].name, name))
            kind = &kinds[i];
    }
    if (!kind) {
        g_autofree char *known = g_strjoinv(", ", (char **)bench_model_items());

        g_set_error(error, G_IO_ERROR, G_IO_ERROR_INVALID_ARGUMENT,
                    _("There is no item “%s” to measure: take some of %s."), name, known);
        return NULL;
    }
    if (!bench_model_need(model, kind->parts, error))
        return NULL;
    item->weight_mb = weights_mb(&model->pipeline);
    return kind->make(item, model, sizes, error) ? g_steal_pointer(&item) : NULL;
}
