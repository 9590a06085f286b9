/* SPDX-License-Identifier: Apache-2.0 */
/* What may be wrong with the captions: a row each, with the remedy where there is one. */
#pragma once

#include <gtk/gtk.h>

#include "app/jobs/caption_report.h"

#define TORCHLIGHT_TYPE_PROBLEMS_PANEL (torchlight_problems_panel_get_type())
G_DECLARE_FINAL_TYPE(TorchlightProblemsPanel, torchlight_problems_panel, TORCHLIGHT, PROBLEMS_PANEL,
                     GtkWidget)

/* Signals: "show-caption" (guint index): of the caption that the user wants to see; "use" (const
 * char *word, const char *nearest): to be put in its place, wherever it stands. */

/* names: what the traces are called, by index. report may be NULL: nothing is known yet. */
void torchlight_problems_panel_show(TorchlightProblemsPanel *panel, const CaptionReport *report,
                                    GPtrArray *names);
