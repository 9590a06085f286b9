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
/* The words that a model's captions are made of: vocabulary.txt in its folder, else, for the
 * bundled model (dir NULL or its folder), the one that is installed. NULL when it names none. The
 * caller frees. */
char *paths_vocabulary(const char *model_dir);

/* False and an error that names them when output is one of the inputs (NULL-terminated; entries
 * that are "" or "-" are none), by whatever name or link. */
bool paths_check_output(const char *output, const char *const *inputs, GError **error);
