/* SPDX-License-Identifier: Apache-2.0 */
#include "app/jobs/train_batch.h"

#include <glib/gi18n-lib.h>
#include <math.h>
#include <string.h>

#include "app/jobs/caption_shuffle.h"

enum { N_TIMESTEPS = 4 }; /* at which a held-out picture is asked */

/* --- the split --- */

/* The set's pictures without repeats, by their paths (borrowed), in the order of the set. */
static GPtrArray *
list_pictures(const LatentSet *set)
{
    g_autoptr(GHashTable) seen = g_hash_table_new(g_str_hash, g_str_equal);
    GPtrArray *paths = g_ptr_array_new();

    for (int i = 0; i < latent_set_n(set); i++) {
        char *path = (char *)latent_set_path(set, i);

        if (g_hash_table_add(seen, path))
            g_ptr_array_add(paths, path);
    }
    return paths;
}

static GHashTable *
choose_held_out(const Training *t, GPtrArray *paths)
{
    g_autoptr(Rng) rng = rng_new(t->params->seed + 3);
    g_autofree int *order = g_new(int, paths->len);
    int n = (int)round(t->params->validation_share * paths->len);
    GHashTable *chosen = g_hash_table_new(g_str_hash, g_str_equal);

    if (t->params->validation_share > 0)
        n = CLAMP(n, 1, (int)paths->len - 1);
    for (int i = 0; i < (int)paths->len; i++)
        order[i] = i;
    rng_shuffle(rng, order, (int)paths->len);
    for (int i = 0; i < n; i++)
        g_hash_table_add(chosen, paths->pdata[order[i]]);
    return chosen;
}

bool
train_batch_split(Training *t, GError **error)
{
    g_autoptr(GPtrArray) paths = list_pictures(t->set);
    g_autoptr(GHashTable) chosen = NULL;

    if (t->params->validation_share > 0 && paths->len < 2) {
        g_set_error_literal(error, G_IO_ERROR, G_IO_ERROR_INVALID_ARGUMENT,
                            _("One picture alone cannot be held out: choose more pictures, or 0 as "
                              "the share of those held out."));
        return false;
    }
    chosen = choose_held_out(t, paths);
    t->items = g_array_new(FALSE, FALSE, sizeof(int));
    t->held_out = g_array_new(FALSE, FALSE, sizeof(int));
    for (int i = 0; i < latent_set_n(t->set); i++) {
        const char *path = latent_set_path(t->set, i);

        if (!g_hash_table_contains(chosen, path))
            g_array_append_val(t->items, i);
        else if (g_hash_table_lookup(chosen, path)) { /* its repeats are the same picture */
            g_array_append_val(t->held_out, i);
            g_hash_table_insert(chosen, (char *)path, NULL);
        }
    }
    return true;
}

/* --- batches --- */

/* ids: of the caption as it is to be learnt this time. */
static bool
draw_caption(Training *t, int item, int32_t *ids, GError **error)
{
    const TrainParams *p = t->params;
    bool drops = rng_double(t->state.order) < p->caption_dropout;
    g_autofree char *shuffled =
        p->shuffle_captions
            ? caption_shuffle(latent_set_caption(t->set, item), p->keep_parts, t->state.order)
            : NULL;

    if (shuffled && !drops)
        return pipeline_encode_caption(t->pipeline, shuffled, ids, error);
    memcpy(ids, drops ? t->no_caption : latent_set_ids(t->set, item),
           sizeof *ids * (size_t)t->n_tokens);
    return true;
}

static bool
read_context(Training *t, int i, GError **error)
{
    size_t width = (size_t)t->pipeline->text_encoder->config.hidden_size;

    return !t->texts || text_cache_read(t->texts, t->ids + (size_t)t->n_tokens * i,
                                        t->context + (size_t)t->n_tokens * width * i,
                                        training_cancellable(t), error);
}

static size_t
latent_size(const Training *t)
{
    return (size_t)t->pipeline->vae->config.latent_channels * t->latent_rows * t->latent_columns;
}

static int
draw_row(const Training *t, Rng *rng)
{
    int whole = latent_set_height(t->set) / vae_factor(&t->pipeline->vae->config);

    return (int)rng_int(rng, (uint32_t)(whole - t->latent_rows + 1));
}

bool
train_batch_next(Training *t, bool is_mine, GError **error)
{
    TrainState *state = &t->state;

    for (int i = 0; i < t->params->batch; i++) {
        int item, y;

        if (state->next == state->n_items) {
            rng_shuffle(state->order, state->items, state->n_items);
            state->next = 0;
        }
        item = g_array_index(t->items, int, state->items[state->next++]);
        y = draw_row(t, state->order);
        if (!draw_caption(t, item, t->ids + (size_t)t->n_tokens * i, error))
            return false;
        if (is_mine &&
            (!read_context(t, i, error) ||
             !latent_set_crop(t->set, item, y, t->latent_rows, t->latents + latent_size(t) * i,
                              training_cancellable(t), error)))
            return false;
    }
    return true;
}

/* --- validation --- */

static bool
ask(Training *t, int item, Rng *rng, float *noise, double *sum, GError **error)
{
    int n_train = t->schedule->n_train, y = draw_row(t, rng);
    DiffusionBatch batch = {.latents = t->latents, .ids = t->ids, .context = t->context};

    memcpy(t->ids, latent_set_ids(t->set, item), sizeof *t->ids * (size_t)t->n_tokens);
    if (!read_context(t, 0, error) || !latent_set_crop(t->set, item, y, t->latent_rows, t->latents,
                                                       training_cancellable(t), error))
        return false;
    for (int i = 0; i < N_TIMESTEPS; i++) {
        int timestep = n_train * (2 * i + 1) / (2 * N_TIMESTEPS);
        double loss;

        rng_normal(rng, noise, (int64_t)latent_size(t));
        if (!diffusion_trainer_validate(t->trainer, &batch, timestep, noise, &loss,
                                        training_cancellable(t), error))
            return false;
        *sum += loss;
    }
    return true;
}

bool
train_batch_validate(Training *t, double *loss, GError **error)
{
    g_autoptr(Rng) rng = rng_new(t->params->seed + 4);
    g_autofree float *noise = g_new(float, latent_size(t));
    double sum = 0;

    for (guint i = 0; i < t->held_out->len; i++) {
        if (!ask(t, g_array_index(t->held_out, int, i), rng, noise, &sum, error))
            return false;
    }
    *loss = sum / (t->held_out->len * N_TIMESTEPS);
    return true;
}
