/* SPDX-License-Identifier: Apache-2.0 */
/* The window: what is opened, listed, shown, captioned, generated and exported. */
#pragma once

#include <adwaita.h>

#define TORCHLIGHT_TYPE_WINDOW (torchlight_window_get_type())
G_DECLARE_FINAL_TYPE(TorchlightWindow, torchlight_window, TORCHLIGHT, WINDOW, AdwApplicationWindow)

TorchlightWindow *torchlight_window_new(GtkApplication *application);
/* Files and folders: one file is shown, more of them or a folder are listed. */
void torchlight_window_open(TorchlightWindow *window, GFile *const *files, int n);
