/* SPDX-License-Identifier: Apache-2.0 */
/* What the trace tests share: where files are, and what makes two traces equal. */
#pragma once

#include "app/trace/trace.h"

/* A path under the source tree; the caller frees. */
char *source_path(const char *below);
/* A path under TORCHLIGHT_SHARED (else ../shared beside the source tree); NULL when it is not
 * there. The caller frees. */
char *shared_path(const char *below);
/* shared_path, or NULL after skipping the running test by the folder's name. */
char *shared_path_or_skip(const char *below);
/* Full names of the files of a folder with a suffix (NULL: all), sorted; empty when the folder is
 * absent. */
GPtrArray *list_files(const char *folder, const char *suffix);

/* Whether we run under sanitizers, which is slow: take fewer cases. */
bool is_sanitized(void);

/* A folder of the test's own, removed with all that is in it by scratch_free. */
char *scratch_new(void);
void scratch_free(char *folder);
/* A file in it; the caller frees. */
char *scratch_path(const char *folder, const char *name);
int scratch_n_files(const char *folder);
/* Writes a file without waiting for the disk; size -1: a string. */
void put_file(const char *path, const char *content, gssize size);

/* Fails the test, naming file and row, where two traces differ in trits; with sides also in what
 * travels beside the rows. */
void assert_same_trits(const char *name, const Trace *a, const Trace *b);
void assert_same_sides(const char *name, const Trace *a, const Trace *b, TraceSides sides);
/* An error is set, and its message holds every one of the words (NULL-terminated). */
void assert_error_says(GError *error, ...) G_GNUC_NULL_TERMINATED;

/* A trace of random whole packets' bits, the same for the same seed. */
Trace *made_trace(const char *layout_name, int n_rows, guint32 seed);
