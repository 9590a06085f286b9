/* SPDX-License-Identifier: Apache-2.0 */
/* The form of a generation: every setting, as the user has it. */
#pragma once

#include "app/jobs/generate_job.h"
#include "ui/workspace.h"

#define TORCHLIGHT_TYPE_GENERATE_FORM (torchlight_generate_form_get_type())
G_DECLARE_FINAL_TYPE(TorchlightGenerateForm, torchlight_generate_form, TORCHLIGHT, GENERATE_FORM,
                     GtkWidget)

/* Signal "changed" (): of the prompt. */
void torchlight_generate_form_set_workspace(TorchlightGenerateForm *form,
                                            TorchlightWorkspace *workspace);
bool torchlight_generate_form_has_prompt(TorchlightGenerateForm *form);
/* As it is; a random seed is drawn with each call, and is the last seed from then on. */
GenerateParams *torchlight_generate_form_take_params(TorchlightGenerateForm *form);
void torchlight_generate_form_set_params(TorchlightGenerateForm *form,
                                         const GenerateParams *params);
void torchlight_generate_form_use_lora(TorchlightGenerateForm *form, TorchlightItem *lora);
void torchlight_generate_form_use_map(TorchlightGenerateForm *form, TorchlightItem *map);
/* A picture to start from instead of noise; NULL: none. */
void torchlight_generate_form_use_start(TorchlightGenerateForm *form, const char *path);
void torchlight_generate_form_focus(TorchlightGenerateForm *form);
