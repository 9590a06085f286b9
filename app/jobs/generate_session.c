/* SPDX-License-Identifier: Apache-2.0 */
/* Device, model, LoRAs and what is recorded of them, opened for params unless they are open. */
#include "app/jobs/generate_session.h"

#include <glib/gi18n-lib.h>
#include <glib/gstdio.h>
#include <math.h>

#include "app/jobs/number_text.h"
#include "app/jobs/open_device.h"
#include "app/jobs/paths.h"

struct GenerateSession {
    gatomicrefcount references;
    GMutex mutex;    /* held from open to done */
    char *model_key; /* what the pipeline was opened for; NULL: nothing is open */
    char *lora_key;  /* and what LoRAs are on it */
    Device *device;
    Pipeline *pipeline;
    GHashTable *nets; /* path -> ControlNet, beside the pipeline's; NULL before the first */
    Generator *generator;
};

GenerateSession *
generate_session_new(void)
{
    GenerateSession *session = g_new0(GenerateSession, 1);

    g_atomic_ref_count_init(&session->references);
    g_mutex_init(&session->mutex);
    return session;
}

GenerateSession *
generate_session_ref(GenerateSession *session)
{
    g_atomic_ref_count_inc(&session->references);
    return session;
}

static void
clear(GenerateSession *session)
{
    g_clear_pointer(&session->generator, generator_free);
    g_clear_pointer(&session->nets, g_hash_table_unref);
    g_clear_pointer(&session->pipeline, pipeline_free);
    g_clear_pointer(&session->device, device_close);
    g_clear_pointer(&session->model_key, g_free);
    g_clear_pointer(&session->lora_key, g_free);
}

void
generate_session_unref(GenerateSession *session)
{
    if (!session || !g_atomic_ref_count_dec(&session->references))
        return;
    clear(session);
    g_mutex_clear(&session->mutex);
    g_free(session);
}

void
generate_session_close(GenerateSession *session)
{
    if (!g_mutex_trylock(&session->mutex))
        return;
    clear(session);
    g_mutex_unlock(&session->mutex);
}

/* A file with its time and size: one that was written anew is another. */
static void
append_file(GString *key, const char *path)
{
    GStatBuf info = {0};

    g_stat(path, &info);
    g_string_append_printf(key, "%s\n%" G_GINT64_FORMAT " %" G_GINT64_FORMAT "\n", path,
                           (gint64)info.st_mtime, (gint64)info.st_size);
}

static char *
model_key(const GenerateParams *params, const char *model)
{
    const char *const others[] = {params->config,   params->tokenizer,  params->prediction,
                                  params->vae,      params->controlnet, params->device,
                                  params->precision};
    GString *key = g_string_new(NULL);
    g_autofree char *index = g_build_filename(model, "model_index.json", NULL);

    append_file(key, g_file_test(model, G_FILE_TEST_IS_DIR) ? index : model);
    for (guint i = 0; i < G_N_ELEMENTS(others); i++)
        g_string_append_printf(key, "%s\n", others[i] ? others[i] : "");
    return g_string_free(key, FALSE);
}

static char *
lora_key(const GenerateParams *params)
{
    GString *key = g_string_new(NULL);

    for (guint i = 0; i < params->loras->len; i++) {
        const GenerateLora *lora = &g_array_index(params->loras, GenerateLora, i);
        g_autofree char *weight = number_text_exact(lora->weight);
        g_autofree char *text_weight = number_text_exact(lora->text_weight);

        append_file(key, lora->path);
        g_string_append_printf(key, "%s %s\n", weight, text_weight);
    }
    return g_string_free(key, FALSE);
}

static bool
open_model(GenerateSession *session, const GenerateParams *params, GError **error)
{
    g_autofree char *bundled = params->model ? NULL : paths_bundled_model();
    const char *model = params->model ? params->model : bundled;
    g_autofree char *key = model_key(params, model);

    if (session->model_key && g_str_equal(session->model_key, key))
        return true;
    clear(session);
    session->device = open_device(params->device, params->precision, error);
    if (!session->device)
        return false;
    const CheckpointOptions options = {params->config, params->tokenizer, params->prediction,
                                       params->vae};
    session->pipeline = pipeline_open_with(session->device, model, &options, error);
    if (!session->pipeline ||
        (params->controlnet &&
         !pipeline_open_controlnet(session->pipeline, params->controlnet, error)))
        return false;
    session->model_key = g_steal_pointer(&key);
    return true;
}

static bool
add_loras(GenerateSession *session, const GenerateParams *params, TorchlightJob *job,
          GError **error)
{
    for (guint i = 0; i < params->loras->len; i++) {
        const GenerateLora *lora = &g_array_index(params->loras, GenerateLora, i);
        int n_unmatched = 0;

        if (!pipeline_add_lora(session->pipeline, lora->path, lora->weight,
                               isnan(lora->text_weight) ? lora->weight : lora->text_weight,
                               &n_unmatched, error))
            return false;
        if (n_unmatched)
            torchlight_job_log(job,
                               _("“%s” holds %d tensors that this model has no layer for; they "
                                 "are left out."),
                               lora->path, n_unmatched);
    }
    return true;
}

/* Attached LoRAs are part of what is recorded, so another choice is recorded anew. */
static bool
open_loras(GenerateSession *session, const GenerateParams *params, TorchlightJob *job,
           GError **error)
{
    g_autofree char *key = lora_key(params);

    if (session->generator && g_strcmp0(session->lora_key, key) == 0)
        return true;
    g_clear_pointer(&session->generator, generator_free);
    g_clear_pointer(&session->lora_key, g_free);
    pipeline_remove_loras(session->pipeline);
    if (!add_loras(session, params, job, error))
        return false;
    session->generator = generator_new(session->pipeline);
    session->lora_key = g_steal_pointer(&key);
    return true;
}

bool
generate_session_begin(GenerateSession *session, const GenerateParams *params, TorchlightJob *job,
                       GError **error)
{
    g_mutex_lock(&session->mutex);
    if (open_model(session, params, error) && open_loras(session, params, job, error))
        return true;
    generate_session_end(session, false);
    return false;
}

void
generate_session_end(GenerateSession *session, bool good)
{
    if (!good)
        clear(session);
    g_mutex_unlock(&session->mutex);
}

Generator *
generate_session_generator(const GenerateSession *session)
{
    return session->generator;
}

const ControlNet *
generate_session_controlnet(GenerateSession *session, const char *path, GError **error)
{
    ControlNet *net;

    if (!session->nets)
        session->nets =
            g_hash_table_new_full(g_str_hash, g_str_equal, g_free, (GDestroyNotify)controlnet_free);
    net = g_hash_table_lookup(session->nets, path);
    if (!net && (net = pipeline_load_controlnet(session->pipeline, path, error)))
        g_hash_table_insert(session->nets, g_strdup(path), net);
    return net;
}

const char *
generate_session_device(const GenerateSession *session)
{
    return device_description(session->device);
}
