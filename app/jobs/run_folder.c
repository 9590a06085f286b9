/* SPDX-License-Identifier: Apache-2.0 */
/* Making run folders: beside the target, then renamed over it. */
#include "app/jobs/run_folder.h"

#include <errno.h>
#include <fcntl.h>
#include <glib/gi18n-lib.h>
#include <glib/gstdio.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "app/dataset/json_depth.h"
#include "app/trace/atomic.h"

#define MANIFEST "run.json"

enum { MAX_DEPTH = 8, MAX_MANIFEST = 64 << 20 };

struct RunFolder {
    char *path;      /* where it will stand, links resolved */
    char *temporary; /* NULL once renamed or removed */
    char *kind;
    JsonObject *parameters, *results;
};

static void
set_system_error(GError **error, const char *format, const char *path, int code)
{
    g_autofree char *message = g_strdup_printf(format, path, g_strerror(code));

    g_set_error_literal(error, G_FILE_ERROR, g_file_error_from_errno(code), message);
}

void
run_folder_remove(const char *path)
{
    GDir *dir = g_file_test(path, G_FILE_TEST_IS_SYMLINK) ? NULL : g_dir_open(path, 0, NULL);
    const char *name;

    if (dir) {
        while ((name = g_dir_read_name(dir))) {
            g_autofree char *inner = g_build_filename(path, name, NULL);

            run_folder_remove(inner);
        }
        g_dir_close(dir);
        g_rmdir(path);
        return;
    }
    g_unlink(path);
}

char *
file_sha256(const char *path, GError **error)
{
    g_autoptr(GChecksum) checksum = g_checksum_new(G_CHECKSUM_SHA256);
    g_autofree guchar *block = g_malloc(1 << 16);
    FILE *stream = fopen(path, "rbe");
    bool failed;
    size_t n;

    if (!stream) {
        set_system_error(error, _("Cannot read “%s”: %s."), path, errno);
        return NULL;
    }
    while ((n = fread(block, 1, 1 << 16, stream)) > 0)
        g_checksum_update(checksum, block, (gssize)n);
    failed = ferror(stream) != 0;
    fclose(stream);
    if (failed) {
        set_system_error(error, _("Cannot read “%s”: %s."), path, EIO);
        return NULL;
    }
    return g_strdup(g_checksum_get_string(checksum));
}

/* Called for each file under a folder with its path and its name relative to the folder. */
typedef bool (*FileFunc)(const char *path, const char *name, void *data, GError **error);

static int
compare_text(const void *a, const void *b)
{
    return strcmp(*(char *const *)a, *(char *const *)b);
}

static bool
walk(const char *dir, const char *prefix, int depth, FileFunc func, void *data, GError **error)
{
    g_autoptr(GPtrArray) names = g_ptr_array_new_with_free_func(g_free);
    GDir *listing = g_dir_open(dir, 0, error);
    const char *entry;

    if (!listing)
        return false;
    while ((entry = g_dir_read_name(listing)))
        g_ptr_array_add(names, g_strdup(entry));
    g_dir_close(listing);
    g_ptr_array_sort(names, compare_text);
    for (guint i = 0; i < names->len; i++) {
        g_autofree char *path = g_build_filename(dir, names->pdata[i], NULL);
        g_autofree char *name = g_strconcat(prefix, names->pdata[i], NULL);
        bool is_dir = g_file_test(path, G_FILE_TEST_IS_DIR) &&
                      !g_file_test(path, G_FILE_TEST_IS_SYMLINK) && depth < MAX_DEPTH;
        g_autofree char *inner = is_dir ? g_strconcat(name, "/", NULL) : NULL;

        if (is_dir ? !walk(path, inner, depth + 1, func, data, error)
                   : !func(path, name, data, error))
            return false;
    }
    return true;
}

/* --- what may be replaced --- */

/* The "files" of a manifest; NULL when there is no manifest of ours. */
static JsonObject *
read_manifest(const char *dir)
{
    g_autofree char *path = g_build_filename(dir, MANIFEST, NULL);
    g_autoptr(JsonParser) parser = json_parser_new();
    g_autofree char *text = NULL;
    JsonNode *root, *files;
    struct stat info;

    if (stat(path, &info) != 0 || !S_ISREG(info.st_mode) || info.st_size > MAX_MANIFEST ||
        !g_file_get_contents(path, &text, NULL, NULL) || !json_is_shallow(text) ||
        !json_parser_load_from_data(parser, text, -1, NULL))
        return NULL;
    root = json_parser_get_root(parser);
    if (!root || !JSON_NODE_HOLDS_OBJECT(root))
        return NULL;
    files = json_object_get_member(json_node_get_object(root), "files");
    return files && JSON_NODE_HOLDS_OBJECT(files) ? json_node_dup_object(files) : NULL;
}

static bool
check_file(const char *path, const char *name, void *data, GError **error)
{
    JsonObject *files = data;
    JsonNode *node;
    g_autofree char *sum = NULL;

    if (g_str_equal(name, MANIFEST))
        return true;
    node = json_object_get_member(files, name);
    if (!node || !JSON_NODE_HOLDS_VALUE(node) || json_node_get_value_type(node) != G_TYPE_STRING ||
        !g_file_test(path, G_FILE_TEST_IS_REGULAR) || g_file_test(path, G_FILE_TEST_IS_SYMLINK)) {
        g_set_error(error, G_IO_ERROR, G_IO_ERROR_EXISTS,
                    _("“%s” was not made by an earlier run and will not be overwritten: choose "
                      "another folder."),
                    path);
        return false;
    }
    sum = file_sha256(path, error);
    if (!sum)
        return false;
    if (!g_str_equal(sum, json_node_get_string(node))) {
        g_set_error(error, G_IO_ERROR, G_IO_ERROR_EXISTS,
                    _("“%s” was changed since it was made and will not be overwritten: choose "
                      "another folder."),
                    path);
        return false;
    }
    return true;
}

static bool
is_empty_folder(const char *path)
{
    g_autoptr(GDir) dir = g_dir_open(path, 0, NULL);

    return dir && !g_dir_read_name(dir);
}

bool
run_folder_check(const char *path, GError **error)
{
    g_autoptr(JsonObject) files = NULL;

    if (!g_file_test(path, G_FILE_TEST_EXISTS) || is_empty_folder(path))
        return true;
    if (!g_file_test(path, G_FILE_TEST_IS_DIR)) {
        g_set_error(error, G_IO_ERROR, G_IO_ERROR_EXISTS,
                    _("“%s” is a file and will not be overwritten: give the name of a folder."),
                    path);
        return false;
    }
    files = read_manifest(path);
    if (!files) {
        g_set_error(error, G_IO_ERROR, G_IO_ERROR_EXISTS,
                    _("The folder “%s” holds files that no run made; nothing is overwritten: "
                      "choose a new or empty folder."),
                    path);
        return false;
    }
    return walk(path, "", 0, check_file, files, error);
}

/* --- making one --- */

RunFolder *
run_folder_new(const char *path, const char *kind, GError **error)
{
    g_autoptr(RunFolder) folder = g_new0(RunFolder, 1);
    g_autofree char *parent = NULL;
    g_autofree char *base = NULL;
    g_autofree char *template = NULL;
    char *resolved;

    g_return_val_if_fail(path && kind, NULL);
    if (!run_folder_check(path, error))
        return NULL;
    resolved = realpath(path, NULL);
    folder->path = resolved ? g_strdup(resolved) : g_canonicalize_filename(path, NULL);
    free(resolved);
    folder->kind = g_strdup(kind);
    folder->parameters = json_object_new();
    folder->results = json_object_new();
    parent = g_path_get_dirname(folder->path);
    base = g_path_get_basename(folder->path);
    template = g_strdup_printf("%s%s.%.100s.XXXXXX", parent,
                               g_str_has_suffix(parent, "/") ? "" : "/", base);
    if (!g_mkdtemp_full(template, 0777)) {
        set_system_error(error,
                         _("Cannot make the folder “%s”: %s; choose a place that exists and that "
                           "you may write to."),
                         path, errno);
        return NULL;
    }
    folder->temporary = g_steal_pointer(&template);
    return g_steal_pointer(&folder);
}

void
run_folder_free(RunFolder *folder)
{
    if (!folder)
        return;
    if (folder->temporary)
        run_folder_remove(folder->temporary);
    g_clear_pointer(&folder->parameters, json_object_unref);
    g_clear_pointer(&folder->results, json_object_unref);
    g_free(folder->temporary);
    g_free(folder->path);
    g_free(folder->kind);
    g_free(folder);
}

const char *
run_folder_dir(const RunFolder *folder)
{
    return folder->temporary;
}

const char *
run_folder_path(const RunFolder *folder)
{
    return folder->path;
}

char *
run_folder_file(const RunFolder *folder, const char *name)
{
    return g_build_filename(folder->temporary, name, NULL);
}

JsonObject *
run_folder_parameters(RunFolder *folder)
{
    return folder->parameters;
}

JsonObject *
run_folder_results(RunFolder *folder)
{
    return folder->results;
}

static bool
add_file(const char *path, const char *name, void *data, GError **error)
{
    g_autofree char *sum = file_sha256(path, error);

    if (sum)
        json_object_set_string_member(data, name, sum);
    return sum != NULL;
}

static bool
write_manifest(RunFolder *folder, GError **error)
{
    g_autofree char *path = run_folder_file(folder, MANIFEST);
    g_autoptr(JsonObject) object = json_object_new();
    g_autoptr(JsonNode) root = NULL;
    g_autofree char *text = NULL;
    g_autofree char *line = NULL;
    JsonObject *files = json_object_new();

    json_object_set_string_member(object, "kind", folder->kind);
    json_object_set_string_member(object, "version", TORCHLIGHT_VERSION);
    json_object_set_object_member(object, "parameters", json_object_ref(folder->parameters));
    json_object_set_object_member(object, "results", json_object_ref(folder->results));
    json_object_set_object_member(object, "files", files);
    if (!walk(folder->temporary, "", 0, add_file, files, error))
        return false;
    root = json_node_init_object(json_node_alloc(), object);
    text = json_to_string(root, TRUE);
    line = g_strconcat(text, "\n", NULL);
    return atomic_file_write(path, line, strlen(line), error);
}

/* The new folder takes the name; what stood under it before is removed afterwards. */
static bool
take_name(RunFolder *folder, GError **error)
{
    if (g_rename(folder->temporary, folder->path) == 0) { /* nothing there, or an empty folder */
        g_clear_pointer(&folder->temporary, g_free);
        return true;
    }
    if ((errno == ENOTEMPTY || errno == EEXIST) && run_folder_check(folder->path, error) &&
        renameat2(AT_FDCWD, folder->temporary, AT_FDCWD, folder->path, RENAME_EXCHANGE) == 0)
        return true; /* the old one is under the temporary name now, and goes with run_folder_free
                      */
    if (error && !*error)
        set_system_error(error, _("Cannot give the folder its name “%s”: %s; choose another."),
                         folder->path, errno);
    return false;
}

bool
run_folder_commit(RunFolder *folder, GError **error)
{
    g_autoptr(GError) local = NULL;
    bool done;

    g_return_val_if_fail(folder && folder->temporary, false);
    done = write_manifest(folder, &local) && take_name(folder, &local);
    if (folder->temporary)
        run_folder_remove(folder->temporary);
    g_clear_pointer(&folder->temporary, g_free);
    if (!done)
        g_propagate_error(error, g_steal_pointer(&local));
    return done;
}
