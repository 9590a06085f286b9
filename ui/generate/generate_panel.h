/* SPDX-License-Identifier: Apache-2.0 */
/* The side panel that draws a new trace: prompt, control, model, sampling, progress. */
#pragma once

#include <gtk/gtk.h>

#include "ui/document.h"

#define TORCHLIGHT_TYPE_GENERATE_PANEL (torchlight_generate_panel_get_type())
G_DECLARE_FINAL_TYPE(TorchlightGeneratePanel, torchlight_generate_panel, TORCHLIGHT, GENERATE_PANEL,
                     GtkWidget)

/* Properties: "busy", "can-run" (notified). Signals: "preview" (Pixels*), "generated" (Document* or
 * NULL when it came to nothing), "failed" (char*: a sentence). */

/* What the edges are of, and the caption to start the prompt from; each may be NULL. */
void torchlight_generate_panel_set_source(TorchlightGeneratePanel *panel, TracePicture *picture,
                                          const char *caption);
void torchlight_generate_panel_set_palette(TorchlightGeneratePanel *panel, Palette palette);
void torchlight_generate_panel_focus_prompt(TorchlightGeneratePanel *panel);
void torchlight_generate_panel_run(TorchlightGeneratePanel *panel);
void torchlight_generate_panel_cancel(TorchlightGeneratePanel *panel);
bool torchlight_generate_panel_is_busy(TorchlightGeneratePanel *panel);
