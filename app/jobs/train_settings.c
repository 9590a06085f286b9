/* SPDX-License-Identifier: Apache-2.0 */
/* The settings of the trainer, a row each. */
#include "app/jobs/train_settings.h"

#include <glib/gi18n-lib.h>
#include <math.h>

#include "app/jobs/check.h"
#include "app/trace/image.h"

#define AT(member) G_STRUCT_OFFSET(TrainParams, member)

/* clang-format off */
static const TrainSetting settings[] = {
    {"steps", N_("Steps"),
     N_("How many times the LoRA is improved, each time after a look at one batch of pictures"),
     TRAIN_GROUP_TRAINING, TRAIN_INT, 1, 1e7, 10, 0, AT(steps)},
    {"batch", N_("Pictures a step"),
     N_("More pictures a step make each step surer, and take more memory and time"),
     TRAIN_GROUP_TRAINING, TRAIN_INT, 1, 64, 1, 0, AT(batch)},
    {"accumulate", N_("Batches a step"),
     N_("Batches that one step is made of, one after the other: as sure as more pictures a step, "
        "in less memory and more time"),
     TRAIN_GROUP_TRAINING, TRAIN_INT, 1, 4096, 1, 0, AT(accumulate)},
    {"rows", N_("Rows"),
     N_("Packets of a training crop; fewer are quicker, and 0 takes whole pictures"),
     TRAIN_GROUP_TRAINING, TRAIN_INT, 0, IMAGE_ROWS, 8, 0, AT(rows)},
    {"lr", N_("Learning rate"),
     N_("How far a step goes; too high and the loss jumps, too low and little is learnt"),
     TRAIN_GROUP_TRAINING, TRAIN_NUMBER, 0, 10, 1e-4, 6, AT(lr)},
    {"warmup", N_("Warmup"),
     N_("Steps over which the learning rate rises to its value, for a calm beginning"),
     TRAIN_GROUP_TRAINING, TRAIN_INT, 0, 1e7, 5, 0, AT(warmup)},
    {"weight_decay", N_("Weight decay"),
     N_("How strongly AdamW, the optimiser, pulls the LoRA back towards nothing"),
     TRAIN_GROUP_TRAINING, TRAIN_NUMBER, 0, 10, 0.01, 4, AT(weight_decay)},
    {"min_snr", N_("Min-SNR gamma"),
     N_("Gives nearly clean pictures less weight in the loss; 5 is usual, and 0 turns it off"),
     TRAIN_GROUP_TRAINING, TRAIN_NUMBER, 0, 1000, 1, 2, AT(min_snr_gamma)},
    {"caption_dropout", N_("Dropped captions"),
     N_("Share of captions left empty, so that guidance can compare with and without one"),
     TRAIN_GROUP_TRAINING, TRAIN_NUMBER, 0, 1, 0.05, 2, AT(caption_dropout)},
    {"seed", N_("Seed"),
     N_("Of all that is random; the same seed on the same device gives the same bytes"),
     TRAIN_GROUP_TRAINING, TRAIN_SEED, 0, 9007199254740992.0, 1, 0, AT(seed)},
    {"rank", N_("Rank"),
     N_("How much the LoRA can learn; its file and the memory grow with it"),
     TRAIN_GROUP_LORA, TRAIN_INT, 1, 1024, 1, 0, AT(rank)},
    {"alpha", N_("Alpha"),
     N_("The LoRA acts with alpha divided by rank, so both equal is full strength"),
     TRAIN_GROUP_LORA, TRAIN_NUMBER, 1e-6, 1e6, 1, 2, AT(alpha)},
    {"text_lr_scale", N_("Share of the text encoder"),
     N_("Its part of the learning rate; 0 leaves the meaning of the words as it is"),
     TRAIN_GROUP_LORA, TRAIN_NUMBER, 0, 100, 0.1, 2, AT(text_lr_scale)},
    {"clip_skip", N_("Clip skip"),
     N_("Which layer of the text encoder counts, from the end; 0 is the last, 2 the one before it"),
     TRAIN_GROUP_LORA, TRAIN_INT, 0, 64, 1, 0, AT(clip_skip)},
    {"save_every", N_("Checkpoint every"),
     N_("Steps between checkpoints, from which a broken-off training goes on; 0 makes none"),
     TRAIN_GROUP_OUTCOME, TRAIN_INT, 0, 1e7, 10, 0, AT(save_every)},
    {"preview_every", N_("Preview every"),
     N_("Steps between sample pictures, which show what is learnt; 0 makes none"),
     TRAIN_GROUP_OUTCOME, TRAIN_INT, 0, 1e7, 10, 0, AT(preview_every)},
    {"preview_steps", N_("Preview steps"),
     N_("Sampling steps of such a picture; more are clearer and slower"),
     TRAIN_GROUP_OUTCOME, TRAIN_INT, 1, 999, 1, 0, AT(preview_steps)},
    {"preview_seed", N_("Preview seed"),
     N_("All previews start from the noise of this seed, so that only the training differs"),
     TRAIN_GROUP_OUTCOME, TRAIN_SEED, 0, 9007199254740992.0, 1, 0, AT(preview_seed)},
};
/* clang-format on */

const TrainSetting *
train_setting(guint i)
{
    return i < G_N_ELEMENTS(settings) ? &settings[i] : NULL;
}

const TrainSetting *
train_setting_find(const char *key)
{
    for (guint i = 0; i < G_N_ELEMENTS(settings); i++) {
        if (g_str_equal(settings[i].key, key))
            return &settings[i];
    }
    return NULL;
}

const char *
train_setting_label(const TrainSetting *setting)
{
    return _(setting->label);
}

const char *
train_setting_explanation(const TrainSetting *setting)
{
    return _(setting->explanation);
}

const char *
train_group_label(TrainGroup group)
{
    static const char *const labels[] = {N_("Training"), N_("The LoRA"),
                                         N_("Checkpoints and Previews")};

    return _(labels[group]);
}

double
train_setting_get(const TrainSetting *setting, const TrainParams *params)
{
    switch (setting->type) {
    case TRAIN_INT:
        return G_STRUCT_MEMBER(int, params, setting->offset);
    case TRAIN_NUMBER:
        return G_STRUCT_MEMBER(double, params, setting->offset);
    case TRAIN_SEED:
        return (double)G_STRUCT_MEMBER(guint64, params, setting->offset);
    }
    return 0;
}

void
train_setting_set(const TrainSetting *setting, TrainParams *params, double value)
{
    switch (setting->type) {
    case TRAIN_INT:
        G_STRUCT_MEMBER(int, params, setting->offset) =
            (int)CLAMP(round(value), G_MININT, G_MAXINT);
        break;
    case TRAIN_NUMBER:
        G_STRUCT_MEMBER(double, params, setting->offset) = value;
        break;
    case TRAIN_SEED:
        G_STRUCT_MEMBER(guint64, params, setting->offset) =
            (guint64)CLAMP(round(value), 0, setting->high);
        break;
    }
}

double
train_setting_default(const TrainSetting *setting)
{
    g_autoptr(TrainParams) params = train_params_new();

    return train_setting_get(setting, params);
}

bool
train_setting_check(const TrainSetting *setting, const TrainParams *params, GError **error)
{
    return setting->type == TRAIN_SEED || /* any is fine */
           check_range(_(setting->label), train_setting_get(setting, params), setting->low,
                       setting->high, error);
}

/* A seed is a string of digits: not every reader of JSON keeps 64 bits. */
JsonNode *
train_setting_to_json(const TrainSetting *setting, const TrainParams *params)
{
    JsonNode *node = json_node_alloc();
    g_autofree char *seed = NULL;

    switch (setting->type) {
    case TRAIN_INT:
        return json_node_init_int(node, G_STRUCT_MEMBER(int, params, setting->offset));
    case TRAIN_NUMBER:
        return json_node_init_double(node, G_STRUCT_MEMBER(double, params, setting->offset));
    case TRAIN_SEED:
        break;
    }
    seed = g_strdup_printf("%" G_GUINT64_FORMAT, G_STRUCT_MEMBER(guint64, params, setting->offset));
    return json_node_init_string(node, seed);
}

static bool
seed_from_json(guint64 *seed, JsonNode *node)
{
    if (json_node_get_value_type(node) == G_TYPE_STRING)
        return g_ascii_string_to_unsigned(json_node_get_string(node), 10, 0, G_MAXUINT64, seed,
                                          NULL);
    if (json_node_get_value_type(node) != G_TYPE_INT64 || json_node_get_int(node) < 0)
        return false;
    *seed = (guint64)json_node_get_int(node);
    return true;
}

bool
train_setting_from_json(const TrainSetting *setting, TrainParams *params, JsonNode *node,
                        GError **error)
{
    GType type = JSON_NODE_HOLDS_VALUE(node) ? json_node_get_value_type(node) : G_TYPE_INVALID;
    bool fits = type == G_TYPE_INT64 || (type == G_TYPE_DOUBLE && setting->type == TRAIN_NUMBER);

    if (type != G_TYPE_INVALID && setting->type == TRAIN_SEED)
        fits = seed_from_json(&G_STRUCT_MEMBER(guint64, params, setting->offset), node);
    if (!fits) {
        g_set_error(error, G_IO_ERROR, G_IO_ERROR_INVALID_DATA,
                    _("The setting “%s” is no number of its kind: give one, or leave it out."),
                    setting->key);
        return false;
    }
    if (setting->type != TRAIN_SEED)
        train_setting_set(setting, params, json_node_get_double(node));
    return train_setting_check(setting, params, error);
}

bool
train_settings_from_json(TrainParams *params, JsonObject *object, GError **error)
{
    for (guint i = 0; i < G_N_ELEMENTS(settings); i++) {
        JsonNode *node = json_object_get_member(object, settings[i].key);

        if (node && !train_setting_from_json(&settings[i], params, node, error))
            return false;
    }
    return true;
}
