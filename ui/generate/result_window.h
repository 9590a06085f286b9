/* SPDX-License-Identifier: Apache-2.0 */
/* Pictures side by side, large, at any zoom: a grid that was drawn, or two results to compare. */
#pragma once

#include <adwaita.h>

#define TORCHLIGHT_TYPE_RESULT_WINDOW (torchlight_result_window_get_type())
G_DECLARE_FINAL_TYPE(TorchlightResultWindow, torchlight_result_window, TORCHLIGHT, RESULT_WINDOW,
                     AdwWindow)

GtkWidget *torchlight_result_window_new(GtkWindow *parent, const char *title);
/* label goes below; NULL: none. */
void torchlight_result_window_add(TorchlightResultWindow *window, const char *path,
                                  const char *label);
/* Text below all; and with one picture, a button that saves a copy of it. */
void torchlight_result_window_set_text(TorchlightResultWindow *window, const char *text);
