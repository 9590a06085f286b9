/* SPDX-License-Identifier: Apache-2.0 */
/* The table of the trainer's settings: every number of TrainParams with its name, what it does in a
 * sentence, and its range. */
#pragma once

#include "app/jobs/train_params.h"

typedef enum { TRAIN_INT, TRAIN_NUMBER, TRAIN_SEED, TRAIN_CHOICE, TRAIN_YES_NO } TrainSettingType;
typedef enum {
    TRAIN_GROUP_TRAINING,
    TRAIN_GROUP_LORA,
    TRAIN_GROUP_OUTCOME,
    TRAIN_GROUP_ADVANCED,
    N_TRAIN_GROUPS
} TrainGroup;

typedef struct {
    const char *key;         /* "caption_dropout": in JSON, and with dashes the command's option */
    const char *label;       /* not translated: pass through train_setting_label */
    const char *explanation; /* likewise: one sentence without its full stop */
    TrainGroup group;
    TrainSettingType type;
    double low, high, step; /* step: what one press of a button adds */
    int n_digits;           /* after the point, to show */
    gsize offset;           /* in TrainParams; private to the functions below and the command */
    /* Of a TRAIN_CHOICE, whose numbers 0 .. high they are; NULL past the end. */
    const char *const *words;  /* in JSON and on the command line */
    const char *const *labels; /* not translated */
} TrainSetting;

/* The i-th, NULL past the end. */
const TrainSetting *train_setting(guint i);
/* By key; NULL when there is none. */
const TrainSetting *train_setting_find(const char *key);
/* Translated. */
const char *train_setting_label(const TrainSetting *setting);
const char *train_setting_explanation(const TrainSetting *setting);
const char *train_group_label(TrainGroup group);

/* Of choice i, translated; NULL past the end. */
const char *train_setting_choice_label(const TrainSetting *setting, int i);

/* A seed beyond 2^53 is rounded. */
double train_setting_get(const TrainSetting *setting, const TrainParams *params);
void train_setting_set(const TrainSetting *setting, TrainParams *params, double value);
/* From a word of a TRAIN_CHOICE, or "yes" or "no". The error lists what there is. */
bool train_setting_set_word(const TrainSetting *setting, TrainParams *params, const char *word,
                            GError **error);
/* The value as that word; for other types NULL. */
const char *train_setting_get_word(const TrainSetting *setting, const TrainParams *params);
/* Of train_params_new(). */
double train_setting_default(const TrainSetting *setting);
bool train_setting_check(const TrainSetting *setting, const TrainParams *params, GError **error);

JsonNode *train_setting_to_json(const TrainSetting *setting, const TrainParams *params);
/* Error when the node is no such number or out of range. */
bool train_setting_from_json(const TrainSetting *setting, TrainParams *params, JsonNode *node,
                             GError **error);
/* Sets those that the object has. */
bool train_settings_from_json(TrainParams *params, JsonObject *object, GError **error);
