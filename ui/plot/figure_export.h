/* SPDX-License-Identifier: Apache-2.0 */
/* A Figure as a file: PNG and SVG as drawn on a light ground with its title, CSV with its numbers.
 * Quick; no job. */
#pragma once

#include <gio/gio.h>

#include "app/evaluate/figure.h"

/* By the ending of path: .png, .svg or .csv. Atomic. */
bool figure_export(const Figure *figure, const char *path, GError **error);
