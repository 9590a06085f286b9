/* SPDX-License-Identifier: Apache-2.0 */
/* The window: a project, and the spaces of the workbench to work on it. */
#pragma once

#include <adwaita.h>

#include "ui/workspace.h"

#define TORCHLIGHT_TYPE_WINDOW (torchlight_window_get_type())
G_DECLARE_FINAL_TYPE(TorchlightWindow, torchlight_window, TORCHLIGHT, WINDOW, AdwApplicationWindow)

TorchlightWindow *torchlight_window_new(GtkApplication *application);
/* A project's folder, or its project.json, is opened. Anything else is imported into the open
 * project; where there is none, one is made for it. */
void torchlight_window_open(TorchlightWindow *window, GFile *const *files, int n);
TorchlightWorkspace *torchlight_window_get_workspace(TorchlightWindow *window); /* borrowed */
