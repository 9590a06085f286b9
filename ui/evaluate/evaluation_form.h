/* SPDX-License-Identifier: Apache-2.0 */
/* TorchlightEvaluationForm: which sets are evaluated, and how thoroughly. Real and synthetic traces
 * are those of the project, or folders. */
#pragma once

#include <adwaita.h>

#include "app/jobs/evaluate_job.h"
#include "app/project/project.h"

#define TORCHLIGHT_TYPE_EVALUATION_FORM (torchlight_evaluation_form_get_type())
G_DECLARE_FINAL_TYPE(TorchlightEvaluationForm, torchlight_evaluation_form, TORCHLIGHT,
                     EVALUATION_FORM, GtkWidget)

/* What the project has is looked at again. project may be NULL. */
void torchlight_evaluation_form_set_project(TorchlightEvaluationForm *form,
                                            TorchlightProject *project);
/* All but the output; NULL and error, a sentence, where something is not chosen yet. */
EvaluateParams *torchlight_evaluation_form_get_params(TorchlightEvaluationForm *form,
                                                      GError **error);
