/* SPDX-License-Identifier: Apache-2.0 */
/* Paths in and out of a project's folder. */
#include <glib/gstdio.h>
#include <stdlib.h>
#include <string.h>

#include "app/project/project_private.h"

enum { MAX_STEM = 120, MAX_FILE = 1024 };

bool
project_file_is_inside(const char *file)
{
    g_auto(GStrv) parts = NULL;

    if (strlen(file) > MAX_FILE || !g_utf8_validate(file, -1, NULL))
        return false;
    parts = g_strsplit(file, "/", -1);
    for (int i = 0; parts[i]; i++) {
        if (*parts[i] == '\0' || *parts[i] == '.')
            return false;
    }
    return parts[0] != NULL;
}

char *
project_caption_path(const char *dir, const char *file)
{
    const char *name = file + strlen(PROJECT_PICTURES "/");

    if (!g_str_has_prefix(file, PROJECT_PICTURES "/") || !g_str_has_suffix(name, ".png") ||
        strchr(name, '/'))
        return NULL;
    return g_strdup_printf("%s/%.*s.txt", dir, (int)(strlen(file) - strlen(".png")), file);
}

bool
project_is_real_place(const char *dir, const char *file)
{
    g_autofree char *path = g_build_filename(dir, file, NULL);
    g_autofree char *parent = g_path_get_dirname(path);
    char *resolved = realpath(parent, NULL);
    const size_t n = strlen(dir);
    bool inside = resolved && strncmp(resolved, dir, n) == 0 &&
                  (resolved[n] == '/' || resolved[n] == '\0' || g_str_equal(dir, "/"));

    free(resolved);
    return inside;
}

/* The part of path below dir, or NULL. */
static const char *
below(const char *dir, const char *path)
{
    const size_t n = strlen(dir);

    return strncmp(path, dir, n) == 0 && path[n] == '/' && path[n + 1] ? path + n + 1 : NULL;
}

char *
torchlight_project_relative(TorchlightProject *project, const char *path)
{
    g_autofree char *absolute = g_canonicalize_filename(path, NULL);
    g_autofree char *parent = NULL, *real = NULL, *name = NULL;
    const char *file = below(project->dir, absolute);
    char *resolved;

    if (file)
        return g_strdup(file);
    /* The folder may have been reached by a link. */
    parent = g_path_get_dirname(absolute);
    name = g_path_get_basename(absolute);
    resolved = realpath(parent, NULL);
    real = resolved ? g_build_filename(resolved, name, NULL) : NULL;
    free(resolved);
    file = real ? below(project->dir, real) : NULL;
    return g_strdup(file ? file : absolute);
}

/* What a file can be called anywhere: no slash, nothing hidden, not too long. */
static char *
clean_stem(const char *stem)
{
    g_autofree char *valid = g_utf8_make_valid(stem, -1);
    GString *clean = g_string_new(NULL);

    for (const char *at = valid; *at && clean->len < MAX_STEM; at = g_utf8_next_char(at)) {
        gunichar c = g_utf8_get_char(at);

        if (c == '/' || c == '\\' || g_unichar_iscntrl(c) || (c == '.' && clean->len == 0))
            g_string_append_c(clean, '_');
        else
            g_string_append_unichar(clean, c);
    }
    if (clean->len == 0)
        g_string_append(clean, "unnamed");
    return g_string_free(clean, FALSE);
}

/* Nothing stands there, nor in the trash under this name, nor a caption beside it. Looked at twice,
 * as a file may just come back from the trash. */
static bool
is_free(const char *dir, const char *file)
{
    g_autofree char *path = g_build_filename(dir, file, NULL);
    g_autofree char *trashed = g_build_filename(dir, PROJECT_TRASH, file, NULL);
    g_autofree char *caption = project_caption_path(dir, file);
    GStatBuf info;

    return g_lstat(path, &info) != 0 && g_lstat(trashed, &info) != 0 && g_lstat(path, &info) != 0 &&
           (!caption || g_lstat(caption, &info) != 0);
}

char *
project_new_file(const char *dir, const char *folder, const char *stem, const char *suffix)
{
    g_autofree char *clean = clean_stem(stem);
    g_autofree char *parent = g_build_filename(dir, folder, NULL);
    g_autofree char *file = g_strdup_printf("%s/%s%s", folder, clean, suffix);

    g_mkdir_with_parents(parent, 0777);
    for (int n = 2; !is_free(dir, file); n++) {
        g_free(file);
        file = g_strdup_printf("%s/%s_%d%s", folder, clean, n, suffix);
    }
    return g_steal_pointer(&file);
}

char *
torchlight_project_new_path(TorchlightProject *project, const char *folder, const char *stem,
                            const char *suffix)
{
    g_autofree char *file = project_new_file(project->dir, folder, stem, suffix);

    return g_build_filename(project->dir, file, NULL);
}
