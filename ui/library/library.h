/* SPDX-License-Identifier: Apache-2.0 */
/* What there is to list: the pictures of a dataset folder, or the captures of a folder, or files
 * given one by one. Any thread. */
#pragma once

#include <glib.h>

typedef struct {
    char *path;
    char *caption; /* NULL: not known */
} LibraryEntry;

typedef struct {
    char *title;        /* of the folder, for people */
    GPtrArray *entries; /* LibraryEntry, owned, by name; never empty */
} Library;

/* paths: NULL-terminated, files and folders. What cannot be listed is an error that names it. */
Library *library_read(const char *const *paths, GError **error);
void library_free(Library *library);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(Library, library_free)
