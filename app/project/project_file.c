/* SPDX-License-Identifier: Apache-2.0 */
/* Reading project.json. It may be broken, of a newer version, or come from anybody: sizes, depth
 * and paths are checked first, and what is not understood is kept to be written back. */
#include <errno.h>
#include <glib/gi18n-lib.h>
#include <glib/gstdio.h>
#include <string.h>
#include <sys/stat.h>

#include "app/dataset/json_depth.h"
#include "app/project/project_private.h"

#define MAX_FILE_BYTES ((goffset)1 << 28)
enum { MAX_RECORDS = 1000000 };

static bool
fail(GError **error, const char *path, const char *what)
{
    g_set_error(error, G_IO_ERROR, G_IO_ERROR_INVALID_DATA,
                _("“%s” is no project of Torchlight: %s. If you have a copy of it, put that in its "
                  "place."),
                path, what);
    return false;
}

static char *
read_text(const char *path, GError **error)
{
    g_autofree char *text = NULL;
    g_autoptr(GError) local = NULL;
    struct stat info;
    gsize size;

    if (stat(path, &info) != 0) {
        int code = errno;

        g_set_error(error, G_FILE_ERROR, g_file_error_from_errno(code),
                    _("Cannot read “%s”: %s; choose the folder of a project."), path,
                    g_strerror(code));
        return NULL;
    }
    if (!S_ISREG(info.st_mode) || info.st_size > MAX_FILE_BYTES) {
        fail(error, path, _("it is no file, or too large"));
        return NULL;
    }
    if (!g_file_get_contents(path, &text, &size, &local)) {
        g_propagate_error(error, g_steal_pointer(&local));
        return NULL;
    }
    if (!g_utf8_validate(text, (gssize)size, NULL) || !json_is_shallow(text)) {
        fail(error, path, _("it is not UTF-8, or its brackets go too deep"));
        return NULL;
    }
    return g_steal_pointer(&text);
}

/* The root object, checked so far that all lists are lists. */
static JsonObject *
read_root(const char *path, GError **error)
{
    g_autofree char *text = read_text(path, error);
    g_autoptr(JsonParser) parser = json_parser_new();
    JsonObject *object;
    JsonNode *node;

    if (!text)
        return NULL;
    if (!json_escapes_are_whole(text) || !json_parser_load_from_data(parser, text, -1, NULL) ||
        !(node = json_parser_get_root(parser)) || !JSON_NODE_HOLDS_OBJECT(node)) {
        fail(error, path, _("it is no JSON object"));
        return NULL;
    }
    object = json_node_get_object(node);
    node = json_object_get_member(object, "version");
    if (!node || !JSON_NODE_HOLDS_VALUE(node) || json_node_get_value_type(node) != G_TYPE_INT64 ||
        json_node_get_int(node) < 1) {
        fail(error, path, _("it says no version"));
        return NULL;
    }
    for (ItemKind kind = 0; kind < N_ITEM_KINDS; kind++) {
        node = json_object_get_member(object, item_kind_member(kind));
        if (node && (!JSON_NODE_HOLDS_ARRAY(node) ||
                     json_array_get_length(json_node_get_array(node)) > MAX_RECORDS)) {
            fail(error, path, _("one of its lists is none, or too long"));
            return NULL;
        }
    }
    return json_object_ref(object);
}

/* A record that can be an item: where it has a file, that stands in the folder or is absolute. */
static bool
is_record(JsonNode *node)
{
    JsonNode *file;
    const char *path;

    if (!JSON_NODE_HOLDS_OBJECT(node))
        return false;
    file = json_object_get_member(json_node_get_object(node), "file");
    if (!file)
        return true;
    if (!JSON_NODE_HOLDS_VALUE(file) || json_node_get_value_type(file) != G_TYPE_STRING)
        return false;
    path = json_node_get_string(file);
    return g_path_is_absolute(path) || project_file_is_inside(path);
}

static guint
take_list(TorchlightProject *project, ItemKind kind, JsonArray *array)
{
    g_autoptr(GPtrArray) items = g_ptr_array_new_with_free_func(g_object_unref);
    guint n = json_array_get_length(array), n_unread = 0;

    for (guint i = 0; i < n; i++) {
        JsonNode *node = json_array_get_element(array, i);
        TorchlightItem *item;
        JsonObject *record;

        if (!is_record(node)) {
            g_ptr_array_add(project->unread[kind], json_node_ref(node));
            n_unread++;
            continue;
        }
        record = json_node_dup_object(node);
        project_ensure_id(project, record);
        item = item_new(kind, project->dir, record);
        g_ptr_array_add(items, item);
        /* So that the next one with this id is found out. */
        g_hash_table_insert(project->by_id, g_strdup(torchlight_item_get_id(item)), item);
    }
    project_attach(project, (TorchlightItem **)items->pdata, NULL, items->len);
    return n_unread;
}

static void
take_root(TorchlightProject *project, JsonObject *root)
{
    guint n_unread = 0;
    JsonObjectIter iter;
    const char *key;
    JsonNode *node;

    json_object_iter_init_ordered(&iter, root);
    while (json_object_iter_next_ordered(&iter, &key, &node)) {
        bool is_ours = g_str_equal(key, "format") || g_str_equal(key, "version");

        if (g_str_equal(key, "name") && JSON_NODE_HOLDS_VALUE(node) &&
            json_node_get_value_type(node) == G_TYPE_STRING) {
            g_free(project->name);
            project->name = json_node_dup_string(node);
            is_ours = true;
        }
        for (ItemKind kind = 0; kind < N_ITEM_KINDS && !is_ours; kind++) {
            if ((is_ours = g_str_equal(key, item_kind_member(kind))))
                n_unread += take_list(project, kind, json_node_get_array(node));
        }
        if (!is_ours && !g_str_equal(key, "name"))
            json_object_set_member(project->more, key, json_node_ref(node));
    }
    if (n_unread > 0) {
        g_autofree char *sentence = g_strdup_printf(
            g_dngettext(GETTEXT_PACKAGE,
                        "%u entry of this project is no record, or names a file outside of its "
                        "folder: it is kept and not shown.",
                        "%u entries of this project are no records, or name files outside of its "
                        "folder: they are kept and not shown.",
                        n_unread),
            n_unread);

        project_set_problem(project, sentence);
    }
    if (json_object_get_int_member(root, "version") > PROJECT_VERSION) {
        project->writable = false;
        project_set_problem(project,
                            _("A newer version of Torchlight wrote this project, so that "
                              "it can only be looked at: update Torchlight to change it."));
    }
}

bool
project_read(TorchlightProject *project, GError **error)
{
    g_autofree char *path = g_build_filename(project->dir, PROJECT_FILE, NULL);
    g_autofree char *backup = g_build_filename(project->dir, PROJECT_BACKUP, NULL);
    g_autoptr(GError) local = NULL;
    g_autoptr(JsonObject) root = read_root(path, &local);
    bool is_missing = !g_file_test(path, G_FILE_TEST_EXISTS);

    if (!root) {
        root = read_root(backup, NULL);
        if (!root) {
            g_propagate_error(error, g_steal_pointer(&local));
            return false;
        }
        project->has_lost_file = true;
    }
    take_root(project, root);
    if (project->has_lost_file && project->writable)
        project_set_problem(
            project,
            is_missing ? _("project.json is gone: this is the project as it was saved before. What "
                           "was changed just before the end may be missing: look through it.")
                       : _("project.json is damaged: this is the project as it was saved before. "
                           "What was changed just before the end may be missing; the damaged file "
                           "is kept as project.json.broken."));
    return true;
}
