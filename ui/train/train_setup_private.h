/* SPDX-License-Identifier: Apache-2.0 */
/* Shared by train_setup.c (pictures, settings, starting), train_setup_model.c and
 * train_setup_predict.c. */
#pragma once

#include "app/jobs/train_preset.h"
#include "app/jobs/train_settings.h"
#include "ui/train/train_choice.h"
#include "ui/train/train_setup.h"

enum { N_PROMPTS = 3 };

struct _TorchlightTrainSetup {
    GtkWidget parent_instance;

    /* template */
    GtkWidget *content, *choose, *query, *strip_row, *strip, *name, *model, *choose_model,
        *choose_model_file, *preset;
    GtkWidget *groups[N_TRAIN_GROUPS];
    GtkWidget *spinner, *prediction, *source, *start;

    /* borrowed */
    TorchlightWorkspace *workspace;
    GtkWidget *prompts[N_PROMPTS];
    GtkWidget *lr_plot;

    /* owned */
    TorchlightTrainList *list;
    TrainParams *params; /* the settings; the rest is filled by train_setup_dup_params */
    TrainChoice *choice; /* NULL without a project */
    GPtrArray *rows;     /* settings_row_new */
    GPtrArray *presets;  /* TrainPreset */
    GPtrArray *models;   /* char*: folders; NULL for the bundled one */
    GtkFileChooserNative *chooser;
    GCancellable *predicting;
    TorchlightProject *waiting_for; /* to be saved, before the start */
    guint settling, prediction_timer;
    bool showing, suggesting; /* what is shown changes, not what is asked for */
    bool own_prompts;         /* somebody has written some */
    bool can_start;           /* the prediction found nothing wrong */
};

/* All that a training needs but the places of its output; the caller frees. */
TrainParams *train_setup_dup_params(TorchlightTrainSetup *setup);

void train_setup_list_models(TorchlightTrainSetup *setup);
void train_setup_choose_model(TorchlightTrainSetup *setup);
void train_setup_choose_model_file(TorchlightTrainSetup *setup);

/* Soon, on a thread; what was asked before is forgotten. */
void train_setup_predict(TorchlightTrainSetup *setup);
void train_setup_stop_predicting(TorchlightTrainSetup *setup);
void train_setup_update_start(TorchlightTrainSetup *setup);
