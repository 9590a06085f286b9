/* SPDX-License-Identifier: Apache-2.0 */
/* The steps of the tour: each is the live thing beside the text, made for a workspace that outlives
 * it. What is expensive starts when a step is first seen. */
#pragma once

#include "ui/workspace.h"

GtkWidget *learn_bits_new(void);     /* what a column of a picture is */
GtkWidget *learn_captions_new(void); /* words and pictures */
GtkWidget *learn_noise_new(TorchlightWorkspace *workspace);
GtkWidget *learn_film_new(TorchlightWorkspace *workspace);
GtkWidget *learn_lora_new(TorchlightWorkspace *workspace);
GtkWidget *learn_control_new(TorchlightWorkspace *workspace);
GtkWidget *learn_repair_new(TorchlightWorkspace *workspace);
