/* SPDX-License-Identifier: Apache-2.0 */
/* Saving and loading the state of a training. */
#include "app/jobs/train_checkpoint.h"

#include <glib/gi18n-lib.h>
#include <string.h>

#include "app/jobs/number_text.h"
#include "app/jobs/train_settings.h"
#include "compute/train/lr_schedule.h"

#define KEY_RUN "torchlight.run"
#define KEY_STEP "torchlight.step"
#define KEY_NEXT "torchlight.next"
#define KEY_ITEMS "torchlight.items"
#define KEY_NOISE "torchlight.random.noise"
#define KEY_ORDER "torchlight.random.order"
#define KEY_SKIPPED "torchlight.skipped"
#define KEY_SKIPPED_IN_ROW "torchlight.skipped_in_row"
#define KEY_UPDATES "torchlight.updates"
#define KEY_LOSS_SCALE "torchlight.loss_scale"
#define LOSSES "losses"
#define VALIDATIONS "validations"

char *
train_checkpoint_path(const TrainParams *params)
{
    return params->run ? g_build_filename(params->run, "checkpoint", NULL)
                       : g_strconcat(params->output, ".checkpoint", NULL);
}

/* Settings that may differ when a run goes on; `steps` too where the learning rate does not know
 * the end. */
static bool
is_free(const TrainParams *params, const char *key)
{
    static const char *const keys[] = {"save_every",       "preview_every", "preview_steps",
                                       "preview_seed",     "checkpointing", "ema_result",
                                       "validation_every", "max_skipped",   NULL};

    return g_strv_contains(keys, key) ||
           (params->lr_schedule == LR_CONSTANT && g_str_equal(key, "steps"));
}

/* What must be the same for a run to go on. */
static char *
describe_run(const TrainState *state)
{
    GString *text = g_string_new(NULL);
    const TrainSetting *setting;

    g_string_printf(text, "pictures %d data %s precision %s", state->n_items, state->data,
                    state->params->precision ? state->params->precision : "auto");
    for (guint i = 0; (setting = train_setting(i)); i++) {
        g_autofree char *number = number_text_exact(train_setting_get(setting, state->params));

        if (is_free(state->params, setting->key))
            continue;
        if (setting->type == TRAIN_SEED)
            g_string_append_printf(text, " seed %" G_GUINT64_FORMAT, state->params->seed);
        else
            g_string_append_printf(text, " %s %s", setting->key, number);
    }
    return g_string_free(text, FALSE);
}

static char *
rng_to_text(const Rng *rng)
{
    GString *text = g_string_new(NULL);
    guint64 spare;

    memcpy(&spare, &rng->spare, sizeof spare);
    g_string_printf(text, "%d %d %" G_GINT64_MODIFIER "x", rng->n_used, rng->has_spare, spare);
    for (int i = 0; i < (int)G_N_ELEMENTS(rng->state); i++)
        g_string_append_printf(text, " %x", rng->state[i]);
    return g_string_free(text, FALSE);
}

static bool
rng_from_text(Rng *rng, const char *text)
{
    g_auto(GStrv) words = g_strsplit(text ? text : "", " ", -1);
    guint64 value, spare;
    guint n_state = G_N_ELEMENTS(rng->state);

    if (g_strv_length(words) != n_state + 3)
        return false;
    if (!g_ascii_string_to_unsigned(words[0], 10, 0, n_state, &value, NULL))
        return false;
    rng->n_used = (int)value;
    rng->has_spare = g_str_equal(words[1], "1");
    if (!g_ascii_string_to_unsigned(words[2], 16, 0, G_MAXUINT64, &spare, NULL))
        return false;
    memcpy(&rng->spare, &spare, sizeof spare);
    for (guint i = 0; i < n_state; i++) {
        if (!g_ascii_string_to_unsigned(words[i + 3], 16, 0, G_MAXUINT32, &value, NULL))
            return false;
        rng->state[i] = (uint32_t)value;
    }
    return true;
}

static char *
loss_scale_to_text(const TrainState *state)
{
    LossScale scale = diffusion_trainer_loss_scale(state->trainer);
    g_autofree char *number = number_text_exact(scale.scale);

    return g_strdup_printf("%s %d", number, scale.n_good);
}

static char *
items_to_text(const TrainState *state)
{
    GString *text = g_string_new(NULL);

    for (int i = 0; i < state->n_items; i++)
        g_string_append_printf(text, "%s%d", i ? " " : "", state->items[i]);
    return g_string_free(text, FALSE);
}

/* Only a permutation of 0 .. n_items-1 will do. */
static bool
items_from_text(TrainState *state, const char *text)
{
    g_auto(GStrv) words = g_strsplit(text ? text : "", " ", -1);
    g_autofree bool *seen = g_new0(bool, state->n_items);
    guint64 value;

    if ((int)g_strv_length(words) != state->n_items)
        return false;
    for (int i = 0; i < state->n_items; i++) {
        if (!g_ascii_string_to_unsigned(words[i], 10, 0, (guint64)state->n_items - 1, &value,
                                        NULL) ||
            seen[value])
            return false;
        seen[value] = true;
        state->items[i] = (int)value;
    }
    return true;
}

/* Calls func for each weight of the state with its name in the file. */
typedef bool (*WeightFunc)(Weight *weight, const char *name, void *data, GError **error);

static bool
for_each_weight(const TrainState *state, WeightFunc func, void *data, GError **error)
{
    Optimiser *optimiser = diffusion_trainer_optimiser(state->trainer);

    for (int i = 0; i < optimiser_n_weights(optimiser); i++) {
        g_autofree char *name = g_strdup_printf("%05d.value", i);
        const char *part;
        Weight *weight;

        if (!func(optimiser_weight(optimiser, i), name, data, error))
            return false;
        for (int j = 0; (weight = optimiser_state(optimiser, i, j, &part)); j++) {
            g_autofree char *state_name = g_strdup_printf("%05d.%s", i, part);

            if (!func(weight, state_name, data, error))
                return false;
        }
    }
    return true;
}

static bool
add_weight(Weight *weight, const char *name, void *data, GError **error)
{
    g_autofree void *values = g_malloc(weight_size(weight));
    int64_t n_codes = 4 * shape_count(&weight->shape);
    g_autofree float *codes = NULL;

    if (!weight_read(weight, values, error))
        return false;
    if (weight->dtype == DTYPE_F32) {
        weights_writer_add(data, name, WEIGHTS_F32, weight->shape.n_dims, weight->shape.dim,
                           values);
        return true;
    }
    codes = g_new(float, n_codes); /* a number for each code of 8 bits */
    for (int64_t i = 0; i < n_codes; i++)
        codes[i] = (float)((const uint8_t *)values)[i];
    weights_writer_add(data, name, WEIGHTS_F32, 1, &n_codes, codes);
    return true;
}

bool
train_checkpoint_save(const TrainState *state, GError **error)
{
    g_autofree char *path = train_checkpoint_path(state->params);
    g_autoptr(GHashTable) metadata = g_hash_table_new_full(g_str_hash, g_str_equal, NULL, g_free);
    g_autoptr(WeightsWriter) writer = NULL;

    g_hash_table_insert(metadata, (char *)KEY_RUN, describe_run(state));
    g_hash_table_insert(metadata, (char *)KEY_STEP, g_strdup_printf("%d", state->step));
    g_hash_table_insert(metadata, (char *)KEY_NEXT, g_strdup_printf("%d", state->next));
    g_hash_table_insert(metadata, (char *)KEY_SKIPPED, g_strdup_printf("%d", state->n_skipped));
    g_hash_table_insert(metadata, (char *)KEY_SKIPPED_IN_ROW,
                        g_strdup_printf("%d", state->n_skipped_in_row));
    g_hash_table_insert(metadata, (char *)KEY_LOSS_SCALE, loss_scale_to_text(state));
    g_hash_table_insert(
        metadata, (char *)KEY_UPDATES,
        g_strdup_printf("%" G_GINT64_FORMAT,
                        optimiser_n_steps(diffusion_trainer_optimiser(state->trainer))));
    g_hash_table_insert(metadata, (char *)KEY_ITEMS, items_to_text(state));
    g_hash_table_insert(metadata, (char *)KEY_ORDER, rng_to_text(state->order));
    g_hash_table_insert(metadata, (char *)KEY_NOISE,
                        rng_to_text(diffusion_trainer_rng(state->trainer)));
    writer = weights_writer_new(path, metadata);
    weights_writer_add(writer, LOSSES, WEIGHTS_F32, 1, &(int64_t){state->losses->len},
                       (const float *)(const void *)state->losses->data);
    weights_writer_add(writer, VALIDATIONS, WEIGHTS_F32, 2, (int64_t[]){state->validations->len, 2},
                       (const float *)(const void *)state->validations->data);
    return for_each_weight(state, add_weight, writer, error) &&
           weights_writer_finish(writer, error);
}

static bool
load_weight(Weight *weight, const char *name, void *data, GError **error)
{
    bool is_f32 = weight->dtype == DTYPE_F32;
    int64_t n_codes = 4 * shape_count(&weight->shape);
    g_autofree float *values = g_new(float, n_codes);
    const WeightsEntry *entry =
        is_f32 ? weights_require(data, name, weight->shape.n_dims, weight->shape.dim, error)
               : weights_require(data, name, 1, &n_codes, error);

    if (!entry)
        return false;
    weights_read_f32(entry, values);
    if (!is_f32) {
        for (int64_t i = 0; i < n_codes; i++)
            ((uint8_t *)values)[i] =
                (uint8_t)CLAMP(values[i], 0, 255); /* never past what is read */
    }
    return weight_write(weight, values, error);
}

static bool
load_count(const WeightsFile *file, const char *key, int max, int *count)
{
    const char *text = weights_metadata(file, key);
    guint64 value;

    if (!text || !g_ascii_string_to_unsigned(text, 10, 0, (guint64)max, &value, NULL))
        return false;
    *count = (int)value;
    return true;
}

static bool
load_loss_scale(TrainState *state, const WeightsFile *file)
{
    const char *text = weights_metadata(file, KEY_LOSS_SCALE);
    LossScale scale;
    char *end;

    if (!text)
        return false;
    scale.scale = g_ascii_strtod(text, &end);
    scale.n_good = (int)CLAMP(g_ascii_strtoll(end, NULL, 10), 0, G_MAXINT);
    if (!(scale.scale >= 1 && scale.scale <= 0x1p126))
        return false;
    diffusion_trainer_set_loss_scale(state->trainer, scale);
    return true;
}

static bool
load_counters(TrainState *state, const WeightsFile *file)
{
    int n_updates;

    if (!load_count(file, KEY_UPDATES, G_MAXINT, &n_updates))
        return false;
    optimiser_set_n_steps(diffusion_trainer_optimiser(state->trainer), n_updates);
    return load_loss_scale(state, file) && load_count(file, KEY_STEP, G_MAXINT, &state->step) &&
           load_count(file, KEY_SKIPPED, G_MAXINT, &state->n_skipped) &&
           load_count(file, KEY_SKIPPED_IN_ROW, G_MAXINT, &state->n_skipped_in_row) &&
           load_count(file, KEY_NEXT, state->n_items, &state->next) &&
           items_from_text(state, weights_metadata(file, KEY_ITEMS)) &&
           rng_from_text(state->order, weights_metadata(file, KEY_ORDER)) &&
           rng_from_text(diffusion_trainer_rng(state->trainer), weights_metadata(file, KEY_NOISE));
}

static bool
load_losses(TrainState *state, const WeightsFile *file, GError **error)
{
    const WeightsEntry *entry = weights_require(file, LOSSES, 1, &(int64_t){state->step}, error);

    if (!entry)
        return false;
    g_array_set_size(state->losses, (guint)state->step);
    weights_read_f32(entry, (float *)(void *)state->losses->data);
    entry = weights_require(file, VALIDATIONS, 2, (int64_t[]){-1, 2}, error);
    if (!entry || entry->dim[0] > state->step + 1)
        return entry != NULL;
    g_array_set_size(state->validations, (guint)entry->dim[0]);
    weights_read_f32(entry, (float *)(void *)state->validations->data);
    return true;
}

int
train_checkpoint_step(const char *path)
{
    g_autoptr(WeightsFile) file = weights_open(path, NULL);
    int step;

    return file && load_count(file, KEY_STEP, G_MAXINT, &step) ? step : -1;
}

bool
train_checkpoint_load(TrainState *state, GError **error)
{
    g_autofree char *path = train_checkpoint_path(state->params);
    g_autofree char *run = describe_run(state);
    g_autoptr(WeightsFile) file = weights_open(path, error);

    if (!file)
        return false;
    if (g_strcmp0(weights_metadata(file, KEY_RUN), run) != 0) {
        g_set_error(error, G_IO_ERROR, G_IO_ERROR_INVALID_DATA,
                    _("“%s” is of a training with other settings or pictures: repeat those, or "
                      "start anew without --resume."),
                    path);
        return false;
    }
    if (!load_counters(state, file)) {
        g_set_error(error, G_IO_ERROR, G_IO_ERROR_INVALID_DATA,
                    _("“%s” is damaged: start anew without --resume."), path);
        return false;
    }
    return load_losses(state, file, error) && for_each_weight(state, load_weight, file, error);
}
