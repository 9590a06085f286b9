/* SPDX-License-Identifier: Apache-2.0 */
/* Where the data of the program stands, and care for the files of the user. */
#pragma once

#include <glib.h>
#include <stdbool.h>

/* A file of the installed data ("models", "mini"): under $TORCHLIGHT_DATADIR, else where meson
 * installs it. The caller frees. */
char *paths_data(const char *first, const char *second);
/* The bundled model's folder. The caller frees. */
char *paths_bundled_model(void);

/* False and an error that names them when output is one of the inputs (NULL-terminated; entries
 * that are "" or "-" are none), by whatever name or link. */
bool paths_check_output(const char *output, const char *const *inputs, GError **error);
