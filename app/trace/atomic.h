/* SPDX-License-Identifier: Apache-2.0 */
/* A file that appears under its name only when it is complete: it is written beside its target
 * under a temporary name and renamed on commit. Without a commit nothing is left behind, and what
 * stood under the name before stays untouched. The name "-" is standard output, which takes what is
 * written as it comes. */
#pragma once

#include <glib.h>
#include <stdbool.h>
#include <stdio.h>

typedef struct AtomicFile AtomicFile;

/* path is where the file will stand. NULL and error when the folder is missing or cannot be
 * written, or when path is a folder. A symbolic link is followed to the file it names. */
AtomicFile *atomic_file_new(const char *path, GError **error);
/* Whether what was written can be written over. A pipe cannot; nor can a file that is appended to.
 */
bool atomic_file_can_seek(const AtomicFile *file);
/* Buffered stream to write to, owned by the AtomicFile: do not close it. */
FILE *atomic_file_stream(AtomicFile *file);
/* Flushes, checks every write so far, and renames. After false the temporary file is gone. */
bool atomic_file_commit(AtomicFile *file, GError **error);
/* Discards what was written if it was not committed. NULL is fine. */
void atomic_file_free(AtomicFile *file);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(AtomicFile, atomic_file_free)

/* A whole buffer at once. */
bool atomic_file_write(const char *path, const void *data, size_t size, GError **error);
