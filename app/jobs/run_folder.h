/* SPDX-License-Identifier: Apache-2.0 */
/* A folder of results that appears under its name only when it is complete: it is made beside its
 * target under a temporary name and renamed on commit. Without a commit nothing is left behind.
 *
 * run.json in it says what made it: "kind", "version", "parameters" with every seed, the files with
 * their SHA-256, and results. Nothing of the user's is overwritten: what may stand under the name
 * before is nothing, an empty folder, or a folder of an earlier run in which every file is as that
 * run wrote it. */
#pragma once

#include <gio/gio.h>
#include <json-glib/json-glib.h>
#include <stdbool.h>

typedef struct RunFolder RunFolder;

/* kind: "dataset". NULL and error when path cannot become such a folder. */
RunFolder *run_folder_new(const char *path, const char *kind, GError **error);
/* Discards what was not committed. NULL is fine. */
void run_folder_free(RunFolder *folder);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(RunFolder, run_folder_free)

/* Where to write until the commit; owned by the folder. */
const char *run_folder_dir(const RunFolder *folder);
/* A file of it (relative name); the caller frees. */
char *run_folder_file(const RunFolder *folder, const char *name);
/* Where it will stand; owned by the folder. */
const char *run_folder_path(const RunFolder *folder);

/* Objects to add members to; owned by the folder. */
JsonObject *run_folder_parameters(RunFolder *folder);
JsonObject *run_folder_results(RunFolder *folder);

/* Writes run.json and renames. After false the temporary folder is gone. */
bool run_folder_commit(RunFolder *folder, GError **error);

/* SHA-256 of a file as 64 hexadecimal digits; the caller frees. */
char *file_sha256(const char *path, GError **error);
/* Whether path may be given to run_folder_new; the error names what stands in the way. */
bool run_folder_check(const char *path, GError **error);
/* Removes a file or a folder with all that is in it; follows no link. */
void run_folder_remove(const char *path);
