/* SPDX-License-Identifier: Apache-2.0 */
/* A file that was written, shown where it lies or opened in Wireshark. */
#pragma once

#include <adwaita.h>

#include "ui/workspace.h"

/* In the file manager, selected where that can be; else its folder is opened. */
void show_file_in_folder(const char *path);
bool wireshark_is_there(void);
void open_in_wireshark(TorchlightWorkspace *workspace, const char *path);
/* A toast with buttons for that. */
void toast_written(TorchlightWorkspace *workspace, const char *text, const char *path);
