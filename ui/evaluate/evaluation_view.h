/* SPDX-License-Identifier: Apache-2.0 */
/* TorchlightEvaluationView: the whole evaluation of synthetic sets (docs/evaluation.md): choosing
 * them, running it, going on where it was broken off, and what it found. A project has one, in its
 * folder evaluation/. */
#pragma once

#include "ui/workspace.h"

#define TORCHLIGHT_TYPE_EVALUATION_VIEW (torchlight_evaluation_view_get_type())
G_DECLARE_FINAL_TYPE(TorchlightEvaluationView, torchlight_evaluation_view, TORCHLIGHT,
                     EVALUATION_VIEW, GtkWidget)

/* Once, before it is shown. */
void torchlight_evaluation_view_set_workspace(TorchlightEvaluationView *view,
                                              TorchlightWorkspace *workspace);
