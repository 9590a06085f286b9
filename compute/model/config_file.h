// SPDX-License-Identifier: Apache-2.0
//
// ConfigFile: one config.json, held as text and read key by key. The first value that is missing,
// of another type, out of range or not supported becomes the error; the getters go on with the
// fallback, so that a reader asks for everything and looks once, with config_file_done.
#pragma once

#include <glib.h>
#include <stdbool.h>

typedef struct {
    const char *path; /* borrowed */
    char *text;
    GHashTable *fields; /* owned key -> owned JsonSlice into text */
    GError *problem;
} ConfigFile;

/* NULL on an unreadable file. `part` (may be NULL): take the object under this key, if present. */
ConfigFile *config_file_open(const char *path, const char *part, GError **error);
void config_file_free(ConfigFile *file);
/* False, with the first problem, if there was one. */
bool config_file_done(ConfigFile *file, GError **error);

/* Present, and not null. */
bool config_file_has(const ConfigFile *file, const char *key);
int config_file_int(ConfigFile *file, const char *key, int fallback, int min, int max);
double config_file_double(ConfigFile *file, const char *key, double fallback, double min,
                          double max);
bool config_file_bool(ConfigFile *file, const char *key, bool fallback);
/* Index of the value in `names` (NULL-terminated); `fallback` if the key is absent. */
int config_file_choice(ConfigFile *file, const char *key, int fallback, const char *const *names);
/* A list of at most `max_n` numbers; the number of them, 0 if the key is absent. A single number
 * counts as a list of one and, where `repeat` > 0, is repeated so often. */
int config_file_ints(ConfigFile *file, const char *key, int *out, int max_n, int repeat, int min,
                     int max);
/* A list of at most `max_n` strings out of `names`, as indices. */
int config_file_choices(ConfigFile *file, const char *key, int *out, int max_n,
                        const char *const *names);
/* A string, or the string "content" of an object (as tokenizers write special tokens); NULL if the
 * key is absent. Transfer full. */
char *config_file_text(ConfigFile *file, const char *key);
/* The value must be absent, null, or this very JSON ("false", "1", "\"default\"", "[]"). Numbers
 * are compared by value. */
void config_file_expect(ConfigFile *file, const char *key, const char *json);

/* Sets the problem: "<path>: “<key>” is <value>: <reason>". */
void config_file_refuse(ConfigFile *file, const char *key, const char *format, ...)
    G_GNUC_PRINTF(3, 4);

G_DEFINE_AUTOPTR_CLEANUP_FUNC(ConfigFile, config_file_free)
