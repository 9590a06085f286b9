/* SPDX-License-Identifier: Apache-2.0 */
/* What is told about the chosen rule (what must hold, where that is written, its packets) or the
 * chosen bit (what it was, what it is, by which rule and why). */
#pragma once

#include <gtk/gtk.h>

#include "app/jobs/review_job.h"

#define TORCHLIGHT_TYPE_STORY_PANE (torchlight_story_pane_get_type())
G_DECLARE_FINAL_TYPE(TorchlightStoryPane, torchlight_story_pane, TORCHLIGHT, STORY_PANE, GtkWidget)

/* Signals, when the user did it: "packet-chosen" (int row), "packet-switched" (int row, bool
 * accept), "rule-chosen" (int rule), "rule-switched" (int rule, bool on), "closed". Rows are those
 * of the drawn trace. */

void torchlight_story_pane_show_rule(TorchlightStoryPane *pane, const RepairStory *story,
                                     const RepairChoices *choices, int rule);
void torchlight_story_pane_show_bit(TorchlightStoryPane *pane, const RepairBit *bit,
                                    const RepairStory *story, const RepairChoices *choices,
                                    Palette palette);
/* The project cannot be written to: nothing can be switched. */
void torchlight_story_pane_set_fixed(TorchlightStoryPane *pane, bool fixed);
