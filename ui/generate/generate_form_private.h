/* SPDX-License-Identifier: Apache-2.0 */
/* What the files of the form share. */
#pragma once

#include "ui/generate/generate_form.h"
#include "ui/generate/path_choice.h"
#include "ui/generate/prompt_view.h"

struct _TorchlightGenerateForm {
    GtkWidget parent_instance;

    /* template */
    GtkWidget *scrolled;
    TorchlightPromptView *prompt, *negative;
    AdwPreferencesGroup *lora_group;
    GtkWidget *add_lora, *no_lora;
    AdwComboRow *map, *seed_mode, *sampler, *model, *control_mode, *control_convention;
    GtkWidget *map_row, *map_picture;
    GtkWidget *control_weight_row, *control_start_row, *control_end_row, *rows_row;
    AdwComboRow *schedule, *noise, *tiling, *upscaler;
    AdwExpanderRow *hires;
    GtkWidget *start_row, *start_clear, *strength_row;
    GtkSpinButton *eta, *guidance_rescale, *batch, *strength, *hires_steps, *hires_strength;
    GtkSpinButton *control_weight, *control_start, *control_end, *count, *rows, *steps, *guidance,
        *clip_skip;
    GtkWidget *seed, *dice;

    /* owned */
    TorchlightWorkspace *workspace;
    TorchlightProject *project; /* whose lists are listened to */
    GPtrArray *loras;           /* TorchlightLoraRow, borrowed from the group */
    GCancellable *loading;      /* of the words and tokens */
    GCancellable *map_loading;
    GtkFileChooserNative *chooser;
    char *layout; /* of the settings that are used again, or NULL */
    char *start;  /* the picture to start from, or NULL */
    guint64 last_seed;
    bool offered; /* the prompt was filled from the opened trace once */

    /* go with their rows */
    PathChoice *maps, *models;
};

/* generate_form_project.c: what comes out of the project */
void generate_form_watch_project(TorchlightGenerateForm *form);
void generate_form_unwatch_project(TorchlightGenerateForm *form);
void generate_form_fill_models(TorchlightGenerateForm *form);
void generate_form_load_words(TorchlightGenerateForm *form);
void generate_form_add_actions(TorchlightGenerateForm *form);
void generate_form_make_choices(TorchlightGenerateForm *form);
void generate_form_add_lora(TorchlightGenerateForm *form, const char *path, const char *name,
                            double weight);
void generate_form_clear_loras(TorchlightGenerateForm *form);

/* generate_form_sampling.c: how it is sampled */
void generate_form_fill_sampling(TorchlightGenerateForm *form);
void generate_form_get_sampling(TorchlightGenerateForm *form, GenerateParams *params);
void generate_form_set_sampling(TorchlightGenerateForm *form, const GenerateParams *params);
