/* SPDX-License-Identifier: Apache-2.0 */
/* The settings of the trainer, a row each. */
#include "app/jobs/train_settings.h"

#include <glib/gi18n-lib.h>
#include <math.h>

#include "app/jobs/check.h"
#include "app/trace/image.h"
#include "compute/train/diffusion_trainer.h"
#include "compute/train/lr_schedule.h"

#define AT(member) G_STRUCT_OFFSET(TrainParams, member)

static const char *const schedule_words[] = {"constant", "linear", "cosine", "cosine_with_restarts",
                                             NULL};
static const char *const schedule_labels[] = {N_("Constant"), N_("Linear"), N_("Cosine"),
                                              N_("Cosine with Restarts"), NULL};
static const char *const optimiser_words[] = {"adamw", "adamw8bit", "lion", "sgd", NULL};
static const char *const optimiser_labels[] = {N_("AdamW"), N_("AdamW, 8 Bits"), N_("Lion"),
                                               N_("SGD"), NULL};
static const char *const checkpointing_words[] = {"auto", "on", "off", NULL};
static const char *const checkpointing_labels[] = {N_("By Memory"), N_("On"), N_("Off"), NULL};
static const char *const ema_words[] = {"beside", "result", NULL};
static const char *const ema_labels[] = {N_("Beside the Result"), N_("As the Result"), NULL};

#define CHOICE(words_, labels_) .words = words_, .labels = labels_

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
    {"lr_schedule", N_("Course of the learning rate"),
     N_("How it goes on after the warmup, down to nothing at the last step unless constant"),
     TRAIN_GROUP_TRAINING, TRAIN_CHOICE, 0, N_LR_SCHEDULES - 1, 1, 0, AT(lr_schedule),
     CHOICE(schedule_words, schedule_labels)},
    {"warmup", N_("Warmup"),
     N_("Steps over which the learning rate rises to its value, for a calm beginning"),
     TRAIN_GROUP_TRAINING, TRAIN_INT, 0, 1e7, 5, 0, AT(warmup)},
    {"weight_decay", N_("Weight decay"),
     N_("How strongly the optimiser pulls the LoRA back towards nothing"),
     TRAIN_GROUP_ADVANCED, TRAIN_NUMBER, 0, 10, 0.01, 4, AT(weight_decay)},
    {"min_snr", N_("Min-SNR gamma"),
     N_("Gives nearly clean pictures less weight in the loss; 5 is usual, and 0 turns it off"),
     TRAIN_GROUP_TRAINING, TRAIN_NUMBER, 0, 1000, 1, 2, AT(min_snr_gamma)},
    {"optimiser", N_("Optimiser"),
     N_("How gradients become steps: AdamW is usual, with 8 bits it takes a quarter of the memory; "
        "Lion wants a tenth of the learning rate, SGD a much higher one"),
     TRAIN_GROUP_ADVANCED, TRAIN_CHOICE, 0, N_OPTIMISERS - 1, 1, 0, AT(optimiser),
     CHOICE(optimiser_words, optimiser_labels)},
    {"lr_cycles", N_("Restarts"),
     N_("How many times the course “cosine with restarts” falls to nothing"),
     TRAIN_GROUP_ADVANCED, TRAIN_INT, 1, 1000, 1, 0, AT(lr_cycles)},
    {"max_norm", N_("Longest gradient"),
     N_("Steeper steps are shortened to this; 0 lets all of them be"),
     TRAIN_GROUP_ADVANCED, TRAIN_NUMBER, 0, 1e6, 0.1, 3, AT(max_norm)},
    {"noise_offset", N_("Noise offset"),
     N_("Shifts the noise of whole channels, by which very dark or bright pictures are learnt; "
        "0.05 is usual, and 0 turns it off"),
     TRAIN_GROUP_ADVANCED, TRAIN_NUMBER, 0, 1, 0.01, 3, AT(noise_offset)},
    {"zero_snr", N_("End at pure noise"),
     N_("Rescales the noise so that its last level hides all; only for models that predict v"),
     TRAIN_GROUP_ADVANCED, TRAIN_YES_NO, 0, 1, 1, 0, AT(zero_snr)},
    {"checkpointing", N_("Compute twice"),
     N_("Keeps little of a step and computes it again where it is needed: a third more time for a "
        "fraction of the memory, and the same LoRA"),
     TRAIN_GROUP_ADVANCED, TRAIN_CHOICE, 0, 2, 1, 0, AT(checkpointing),
     CHOICE(checkpointing_words, checkpointing_labels)},
    {"shuffle_captions", N_("Shuffle captions"),
     N_("Brings the parts of a caption, between its commas, into a new order each time"),
     TRAIN_GROUP_ADVANCED, TRAIN_YES_NO, 0, 1, 1, 0, AT(shuffle_captions)},
    {"keep_parts", N_("Parts that stay"),
     N_("So many of the first parts of a caption are not shuffled"),
     TRAIN_GROUP_ADVANCED, TRAIN_INT, 0, 75, 1, 0, AT(keep_parts)},
    {"ema_decay", N_("Average"),
     N_("Keeps a moving average of the LoRA, calmer than the last step: 0.999 is of about the last "
        "thousand steps, and 0 keeps none"),
     TRAIN_GROUP_ADVANCED, TRAIN_NUMBER, 0, 0.999999, 0.001, 6, AT(ema_decay)},
    {"ema_result", N_("Where the average goes"),
     N_("Into a file of its own beside the result, with “-ema” in its name, or in its place"),
     TRAIN_GROUP_ADVANCED, TRAIN_CHOICE, 0, 1, 1, 0, AT(ema_result),
     CHOICE(ema_words, ema_labels)},
    {"max_skipped", N_("Skipped steps"),
     N_("A step whose numbers overflow is skipped; after so many in a row the training ends"),
     TRAIN_GROUP_ADVANCED, TRAIN_INT, 1, 1e6, 1, 0, AT(max_skipped)},
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
    {"conv_rank", N_("Rank of convolutions"),
     N_("For the 3 × 3 convolutions, too, and what is beside them; 0 leaves them as they are"),
     TRAIN_GROUP_LORA, TRAIN_INT, 0, 1024, 1, 0, AT(conv_rank)},
    {"conv_alpha", N_("Alpha of convolutions"),
     N_("They act with it divided by their rank"),
     TRAIN_GROUP_LORA, TRAIN_NUMBER, 1e-6, 1e6, 1, 2, AT(conv_alpha)},
    {"dropout", N_("Dropout"),
     N_("Share of the values between the factors that are left out by chance in each step, so that "
        "less is learnt by heart"),
     TRAIN_GROUP_ADVANCED, TRAIN_NUMBER, 0, 0.95, 0.05, 2, AT(dropout)},
    {"rank_dropout", N_("Dropout of ranks"),
     N_("Share of the ranks that are left out for a picture"),
     TRAIN_GROUP_ADVANCED, TRAIN_NUMBER, 0, 0.95, 0.05, 2, AT(rank_dropout)},
    {"module_dropout", N_("Dropout of layers"),
     N_("Share of the layers whose addition is left out for a picture"),
     TRAIN_GROUP_ADVANCED, TRAIN_NUMBER, 0, 0.95, 0.05, 2, AT(module_dropout)},
    {"text_lr_scale", N_("Share of the text encoder"),
     N_("Its part of the learning rate; 0 leaves the meaning of the words as it is"),
     TRAIN_GROUP_LORA, TRAIN_NUMBER, 0, 100, 0.1, 2, AT(text_lr_scale)},
    {"clip_skip", N_("Clip skip"),
     N_("Which layer of the text encoder counts, from the end; 0 is the last, 2 the one before it"),
     TRAIN_GROUP_LORA, TRAIN_INT, 0, 64, 1, 0, AT(clip_skip)},
    {"validation_share", N_("Held-out pictures"),
     N_("Share of the pictures that is not learnt from but asked, to see whether more than the "
        "others is learnt by heart"),
     TRAIN_GROUP_OUTCOME, TRAIN_NUMBER, 0, 0.9, 0.05, 2, AT(validation_share)},
    {"validation_every", N_("Ask them every"),
     N_("Steps between two looks at the held-out pictures"),
     TRAIN_GROUP_OUTCOME, TRAIN_INT, 1, 1e7, 10, 0, AT(validation_every)},
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
train_setting_choice_label(const TrainSetting *setting, int i)
{
    return setting->labels[i] ? _(setting->labels[i]) : NULL;
}

const char *
train_group_label(TrainGroup group)
{
    static const char *const labels[] = {N_("Training"), N_("The LoRA"),
                                         N_("Checkpoints and Previews"), N_("Advanced")};

    return _(labels[group]);
}

double
train_setting_get(const TrainSetting *setting, const TrainParams *params)
{
    switch (setting->type) {
    case TRAIN_INT:
    case TRAIN_CHOICE:
    case TRAIN_YES_NO:
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
    case TRAIN_CHOICE:
    case TRAIN_YES_NO:
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

static const char *const yes_no[] = {"no", "yes", NULL};

static const char *const *
words_of(const TrainSetting *setting)
{
    return setting->type == TRAIN_YES_NO ? yes_no : setting->words;
}

bool
train_setting_set_word(const TrainSetting *setting, TrainParams *params, const char *word,
                       GError **error)
{
    const char *const *words = words_of(setting);
    g_autofree char *known = NULL;

    for (int i = 0; words[i]; i++) {
        if (!g_str_equal(words[i], word))
            continue;
        G_STRUCT_MEMBER(int, params, setting->offset) = i;
        return true;
    }
    known = g_strjoinv(", ", (char **)words);
    g_set_error(error, G_OPTION_ERROR, G_OPTION_ERROR_BAD_VALUE,
                _("“%s” is no value of the setting “%s”: choose one of %s."), word, setting->key,
                known);
    return false;
}

const char *
train_setting_get_word(const TrainSetting *setting, const TrainParams *params)
{
    const char *const *words = words_of(setting);

    return words ? words[G_STRUCT_MEMBER(int, params, setting->offset)] : NULL;
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
    case TRAIN_CHOICE:
        return json_node_init_string(node, train_setting_get_word(setting, params));
    case TRAIN_YES_NO:
        return json_node_init_boolean(node, G_STRUCT_MEMBER(int, params, setting->offset));
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

    if (setting->type == TRAIN_CHOICE && type == G_TYPE_STRING)
        return train_setting_set_word(setting, params, json_node_get_string(node), error);
    if (setting->type == TRAIN_CHOICE || setting->type == TRAIN_YES_NO) {
        if (setting->type == TRAIN_YES_NO && type == G_TYPE_BOOLEAN) {
            G_STRUCT_MEMBER(int, params, setting->offset) = json_node_get_boolean(node);
            return true;
        }
        fits = false;
    }
    if (type != G_TYPE_INVALID && setting->type == TRAIN_SEED)
        fits = seed_from_json(&G_STRUCT_MEMBER(guint64, params, setting->offset), node);
    if (!fits) {
        g_set_error(error, G_IO_ERROR, G_IO_ERROR_INVALID_DATA,
                    _("The setting “%s” has no value of its kind: give one, or leave it out."),
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
