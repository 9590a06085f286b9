/* SPDX-License-Identifier: Apache-2.0 */
#include "compute/model/text_encoder.h"

#include <string.h>

#include "compute/model/folder.h"

/* --- declaring --- */

static void
text_encoder_declare(TextEncoder *encoder)
{
    static const char *const projections[] = {"self_attn.q_proj", "self_attn.k_proj",
                                              "self_attn.v_proj", "self_attn.out_proj"};
    const TextEncoderConfig *c = &encoder->config;
    int n = c->hidden_size;
    Scope root = scope_root(NULL, encoder->module), model = scope_enter(&root, "text_model");

    declare_embedding(&model, "embeddings.token_embedding", c->vocab_size, n);
    declare_embedding(&model, "embeddings.position_embedding", c->max_position_embeddings, n);
    for (int i = 0; i < c->n_layers; i++) {
        Scope layer = scope_enter(&model, "encoder.layers.%d", i);
        declare_norm(&layer, "layer_norm1", n);
        for (guint j = 0; j < G_N_ELEMENTS(projections); j++)
            declare_linear(&layer, projections[j], n, n, true);
        declare_norm(&layer, "layer_norm2", n);
        declare_linear(&layer, "mlp.fc1", n, c->intermediate_size, true);
        declare_linear(&layer, "mlp.fc2", c->intermediate_size, n, true);
    }
    declare_norm(&model, "final_layer_norm", n);
}

/* --- folders --- */

static TextEncoder *
text_encoder_new(Device *device, const TextEncoderConfig *config)
{
    TextEncoder *encoder = g_new0(TextEncoder, 1);
    encoder->config = *config;
    encoder->module = module_new(device, "text_encoder");
    text_encoder_declare(encoder);
    return encoder;
}

/* Some old files lack the first part of the names. */
static char *
old_name(const char *name)
{
    return g_str_has_prefix(name, "text_model.") ? g_strdup(name + strlen("text_model.")) : NULL;
}

static ModuleSource
with_old_names(const ModuleSource *source)
{
    ModuleSource with = *source;
    if (!with.alias)
        with.alias = old_name;
    return with;
}

TextEncoder *
text_encoder_open(Device *device, const char *dir, GError **error)
{
    g_autofree char *path = g_build_filename(dir, "config.json", NULL);
    g_autofree char *weights = module_file(dir, FOLDER_TEXT_WEIGHTS, NULL);
    TextEncoderConfig config;

    if (!text_encoder_config_read_json(path, &config, error))
        return NULL;
    g_autoptr(TextEncoder) encoder = text_encoder_new(device, &config);
    if (!module_load(encoder->module, weights, old_name, error))
        return NULL;
    return g_steal_pointer(&encoder);
}

TextEncoder *
text_encoder_load(Device *device, const TextEncoderConfig *config, const ModuleSource *source,
                  GError **error)
{
    if (!text_encoder_config_check(config, weights_path(source->file), error))
        return NULL;
    g_autoptr(TextEncoder) encoder = text_encoder_new(device, config);
    ModuleSource with = with_old_names(source);
    if (!module_load_from(encoder->module, &with, error))
        return NULL;
    return g_steal_pointer(&encoder);
}

GPtrArray *
text_encoder_survey(const TextEncoderConfig *config, const ModuleSource *source, GHashTable *used)
{
    g_autoptr(TextEncoder) encoder = text_encoder_new(NULL, config);
    ModuleSource with = with_old_names(source);
    return module_survey(encoder->module, &with, used);
}

TextEncoder *
text_encoder_new_random(Device *device, const TextEncoderConfig *config, guint64 seed,
                        GError **error)
{
    if (!text_encoder_config_check(config, "text_encoder", error))
        return NULL;
    g_autoptr(TextEncoder) encoder = text_encoder_new(device, config);
    if (!module_init_random(encoder->module, seed, error))
        return NULL;
    return g_steal_pointer(&encoder);
}

bool
text_encoder_save(const TextEncoder *encoder, const char *dir, WeightsDtype dtype, GError **error)
{
    g_autofree char *path = g_build_filename(dir, "config.json", NULL);
    return folder_make(dir, error) &&
           folder_save(encoder->module, dir, FOLDER_TEXT_WEIGHTS, dtype, error) &&
           text_encoder_config_write_json(&encoder->config, path, error);
}

void
text_encoder_free(TextEncoder *encoder)
{
    if (!encoder)
        return;
    module_free(encoder->module);
    g_free(encoder);
}

/* --- recording --- */

Tensor *
text_encoder_layer(const Scope *scope, const TextEncoderConfig *c, Tensor *x)
{
    Graph *g = scope->graph;
    float eps = (float)c->layer_norm_eps;
    Tensor *h = layer_layer_norm(scope, "layer_norm1", x, eps);
    Tensor *q = layer_linear(scope, "self_attn.q_proj", h);
    Tensor *k = layer_linear(scope, "self_attn.k_proj", h);
    Tensor *v = layer_linear(scope, "self_attn.v_proj", h);

    h = layer_linear(scope, "self_attn.out_proj", op_attention(g, q, k, v, c->n_heads, true));
    x = op_add(g, x, h);
    h = layer_linear(scope, "mlp.fc1", layer_layer_norm(scope, "layer_norm2", x, eps));
    h = c->hidden_act == ACTIVATION_GELU ? op_gelu(g, h) : op_quick_gelu(g, h);
    return scope_tap(scope, op_add(g, x, layer_linear(scope, "mlp.fc2", h)));
}

Tensor *
text_encoder_forward(Graph *graph, const TextEncoder *encoder, Tensor *ids, int clip_skip)
{
    const TextEncoderConfig *c = &encoder->config;
    Scope root = scope_root(graph, encoder->module), model = scope_enter(&root, "text_model");
    Scope embeddings = scope_enter(&model, "embeddings");
    int n_layers = MAX(c->n_layers - MAX(clip_skip - 1, 0), 0);
    Tensor *x = op_embedding(graph, ids, layer_weight(&embeddings, "token_embedding"));

    x = op_add_position(graph, x, layer_weight(&embeddings, "position_embedding"));
    scope_tap(&embeddings, x);
    for (int i = 0; i < n_layers; i++) {
        Scope layer = scope_enter(&model, "encoder.layers.%d", i);
        x = text_encoder_layer(&layer, c, x);
        graph_mark(graph);
    }
    return layer_layer_norm(&model, "final_layer_norm", x, (float)c->layer_norm_eps);
}
