/* SPDX-License-Identifier: Apache-2.0 */
/* Files into a GtkPicture without waiting for them. The last one asked for counts. Main thread. */
#pragma once

#include "ui/workspace.h"

/* The whole picture; NULL empties it. What cannot be read leaves it empty. */
void picture_load_file(GtkPicture *picture, const char *path);
/* Its thumbnail. id tells files apart that follow each other under one path. */
void picture_load_thumbnail(GtkPicture *picture, TorchlightWorkspace *workspace, const char *id,
                            const char *path);
