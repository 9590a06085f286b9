/* SPDX-License-Identifier: Apache-2.0 */
/* A Figure as a file: PNG and SVG as drawn on a light ground with its title, CSV with its numbers.
 * Quick; no job. */
#pragma once

#include <gio/gio.h>

#include "app/evaluate/figure.h"

/* The SVG alone, `width` units wide, without title and ground, for a page that brings both; with no
 * XML declaration. NULL and error where Cairo fails; the caller frees. */
char *figure_to_svg(const Figure *figure, double width, GError **error);
double figure_svg_height(const Figure *figure, double width);

/* By the ending of path: .png, .svg or .csv. Atomic. */
bool figure_export(const Figure *figure, const char *path, GError **error);
