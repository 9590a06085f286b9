/* SPDX-License-Identifier: Apache-2.0 */
/* The file of what was measured before: a choice by name for each key, for one device, driver and
 * set of shaders, which the identity names. Knows no Vulkan. */
#pragma once

#include <glib.h>
#include <stdbool.h>

/* char* -> char*, owned: key to the name of the choice. Empty where there is no file, or it is
 * damaged, or of another identity. Never fails. */
GHashTable *tune_cache_read(const char *path, const char *identity);
/* Writes the file whole or not at all, folders made. Keys and names hold no tab and no newline.
 * False where it could not: then the next run measures again. */
bool tune_cache_write(GHashTable *choices, const char *path, const char *identity);
