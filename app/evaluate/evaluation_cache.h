/* SPDX-License-Identifier: Apache-2.0 */
/* A folder of what was found already, a file a key, so that an evaluation that was broken off goes
 * on from there. A key is the SHA-256 of all that the finding depends on; a file says its key and
 * the SHA-256 of its text, so that what was damaged or belongs elsewhere is found again. */
#pragma once

#include <glib.h>
#include <stdbool.h>

/* The text kept under a key; NULL when there is none that is whole. The caller frees. */
char *evaluation_cache_read(const char *dir, const char *key);
/* Keeps a text; the folder is made. */
bool evaluation_cache_write(const char *dir, const char *key, const char *text, GError **error);
