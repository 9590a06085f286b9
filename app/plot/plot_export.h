/* SPDX-License-Identifier: Apache-2.0 */
/* A Plot as a file: PNG and SVG as drawn, CSV with its values. Quick; no job. */
#pragma once

#include <gio/gio.h>

#include "app/plot/plot_draw.h"

/* By the ending of path: .png, .svg or .csv. Atomic. style: its size and ground are used; the
 * PNG has twice as many pixels. */
bool plot_export(const Plot *plot, const PlotStyle *style, const char *path, GError **error);
/* The values: a line a point, "series,x,y"; the caller frees. */
char *plot_to_csv(const Plot *plot);
