/* SPDX-License-Identifier: Apache-2.0 */
/* The settings of a generation under one name each: one table that run.json, the records of a
 * project, the text chunks of pictures, the command, the window and grids of pictures go by. */
#pragma once

#include <json-glib/json-glib.h>

#include "app/jobs/generate_job.h"

typedef enum {
    SETTING_TEXT,
    SETTING_PATH, /* of a file or folder */
    SETTING_WHOLE,
    SETTING_NUMBER,
    SETTING_SEED, /* from 0 to 2^64 - 1 */
    SETTING_YES_NO,
} SettingType;

typedef struct {
    const char *key;     /* "guidance", in files and on the command line */
    const char *label;   /* to be translated: "Guidance" */
    const char *subject; /* to be translated: how a sentence begins with it */
    SettingType type;
    bool in_grid;                 /* pictures of a grid may differ in it */
    double min, max;              /* of a number */
    size_t offset;                /* in GenerateParams; of what is no member of it, see below */
    const char *(*choice)(int n); /* of a text: the n-th that it may be; NULL: any */
    bool quiet; /* told in pictures only when it is not as generate_params_new has it */
} GenerateSetting;

/* "lora_weight" is a setting of the table too, for a grid: the weight of every LoRA. */
#define SETTING_NO_OFFSET ((size_t)-1)

/* The n-th setting; NULL past the end. */
const GenerateSetting *generate_setting(int n);
const GenerateSetting *generate_setting_find(const char *key); /* or NULL */

/* A setting from text and as text, with a point whatever the locale. The error names the setting
 * and what it takes. The caller frees. */
bool generate_params_set_text(GenerateParams *params, const char *key, const char *text,
                              GError **error);
char *generate_params_get_text(const GenerateParams *params, const char *key);

/* Whether every setting is in its range; not whether files are there. */
bool generate_params_check(const GenerateParams *params, GError **error);
GenerateParams *generate_params_copy(const GenerateParams *params);

/* All that is set, with "loras": [{"path", "weight"}]. Paths below base (NULL: none) are relative
 * to it in JSON, others absolute; what is to be done with the pictures ("output" and its like) is
 * no setting. */
JsonObject *generate_params_to_json(const GenerateParams *params, const char *base);
/* What the object does not say is as generate_params_new has it, and what it says beyond the table
 * is passed over. NULL and an error that names the member with a value that is out of range or of
 * another type. */
GenerateParams *generate_params_from_json(JsonObject *object, const char *base, GError **error);
/* From a file: settings as JSON, a run.json, or a picture that was generated. A picture knows its
 * LoRAs and control map by name only: they are looked for beside it. */
GenerateParams *generate_params_read(const char *path, GError **error);

/* What the text chunks of a picture say for the model and the sampler where none was named. */
#define GENERATE_BUNDLED "mini"
#define GENERATE_MODELS_OWN "model"

/* Every member marked as not given; what is given then goes over other params. */
GenerateParams *generate_params_new_blank(void);
void generate_params_put_given(GenerateParams *params, const GenerateParams *given);
