/* SPDX-License-Identifier: Apache-2.0 */
/* What the workbench keeps from one start to the next (GSettings). */
#pragma once

#include <gio/gio.h>
#include <stdbool.h>

#include "app/trace/image.h"

enum { SETTINGS_MAX_RECENT = 10 };

/* False and an error that says what to do when the schema is not installed. */
bool settings_check(GError **error);
GSettings *settings_new(void);
Palette settings_get_palette(GSettings *settings);
/* Puts it first among the recent projects. */
void settings_add_recent(GSettings *settings, GFile *file);
