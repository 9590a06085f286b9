/* SPDX-License-Identifier: Apache-2.0 */
/* What the fuzz targets share: an input as a file in memory, an input as a row of small choices,
 * and what a reader owes whoever hands it a file. A target that finds a fault aborts. */
#pragma once

#include <glib.h>
#include <stdbool.h>
#include <stdint.h>

/* libFuzzer calls it once an input. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

typedef struct {
    int fd;
    char *path; /* under /proc/self/fd: opened anew by each reader */
} FuzzFile;

void fuzz_file_init(FuzzFile *file, const void *data, size_t size);
void fuzz_file_clear(FuzzFile *file);

/* Removes a folder with all that is in it. */
void fuzz_folder_free(char *folder);

/* Either a result or an error, whose sentence names the file, ends with a full stop and is UTF-8.
 * True when there is a result. */
bool fuzz_is_read(const void *result, const GError *error, const char *path);
/* The same of what warns of a damage; NULL is none. */
void fuzz_check_sentence(const char *sentence, const char *path);
/* Both files hold the same bytes. */
void fuzz_check_same_files(const char *a, const char *b);

/* Both tables count the same reasons (Trace.skipped). */
void fuzz_check_same_counts(GHashTable *a, GHashTable *b);

/* Bytes taken from the front; past the end they are 0. */
typedef struct {
    const uint8_t *data;
    size_t size;
} FuzzInput;

uint8_t fuzz_u8(FuzzInput *input);
uint32_t fuzz_u32(FuzzInput *input);
