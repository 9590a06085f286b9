/* SPDX-License-Identifier: Apache-2.0 */
/* TorchlightLearnGate: stands before what has to be computed first. When it is first seen it starts
 * the job (or offers a button to), shows its progress, and when the pictures are there, its child.
 * Pictures that were made before are there at once. */
#pragma once

#include "app/jobs/learn_job.h"
#include "ui/workspace.h"

#define TORCHLIGHT_TYPE_LEARN_GATE (torchlight_learn_gate_get_type())
G_DECLARE_FINAL_TYPE(TorchlightLearnGate, torchlight_learn_gate, TORCHLIGHT, LEARN_GATE, GtkWidget)

/* Signal "ready": the frames are there, or other ones. offer: what the button that starts says;
 * NULL starts by itself. explanation: what is computed, and how long that takes about. */
GtkWidget *torchlight_learn_gate_new(TorchlightWorkspace *workspace, const char *explanation,
                                     const char *offer, GtkWidget *child);
/* Takes params; what was shown for others goes. Starts where it may and is seen. */
void torchlight_learn_gate_set_params(TorchlightLearnGate *gate, LearnParams *params);
/* LearnFrame, by value; borrowed, NULL before they are there. */
GPtrArray *torchlight_learn_gate_get_frames(TorchlightLearnGate *gate);
/* A file of the folder of the frames; the caller frees. */
char *torchlight_learn_gate_file(TorchlightLearnGate *gate, const char *name);
