/* SPDX-License-Identifier: Apache-2.0 */
/* metadata.jsonl of a synthetic set. It may come from anybody: names, sizes and texts are checked.
 */
#include <glib/gi18n-lib.h>
#include <json-glib/json-glib.h>
#include <string.h>

#include "app/dataset/captions.h"
#include "app/dataset/json_depth.h"
#include "app/evaluate/evaluation_set_private.h"
#include "app/trace/lines.h"

enum { MAX_TRACES = 1000000, MAX_NAMES = 1000000 };

typedef struct {
    EvaluationSet *set;
    LineReader lines;
    GHashTable *lists; /* path of a file of captures -> GPtrArray of interned names */
    GHashTable *names; /* of the traces, borrowed */
} Reading;

static bool
fail_line(const Reading *reading, GError **error, const char *what)
{
    g_set_error(error, G_IO_ERROR, G_IO_ERROR_INVALID_DATA,
                _("“%s”, line %d: %s; mend the line or make the set again."), reading->lines.path,
                reading->lines.number, what);
    return false;
}

static const char *
member_text(JsonObject *object, const char *name)
{
    JsonNode *node = json_object_get_member(object, name);

    return node && JSON_NODE_HOLDS_VALUE(node) && json_node_get_value_type(node) == G_TYPE_STRING
               ? json_node_get_string(node)
               : NULL;
}

static gint64
member_count(JsonObject *object, const char *name)
{
    JsonNode *node = json_object_get_member(object, name);

    return node && JSON_NODE_HOLDS_VALUE(node) && json_node_get_value_type(node) == G_TYPE_INT64
               ? MAX(json_node_get_int(node), -1)
               : -1;
}

/* "captures/a.pcapng": no way out of the folder. */
static bool
stays_inside(const char *name)
{
    g_auto(GStrv) parts = g_strsplit(name, "/", -1);

    for (int i = 0; parts[i]; i++) {
        if (*parts[i] == '\0' || g_str_equal(parts[i], ".") || g_str_equal(parts[i], ".."))
            return false;
    }
    return *name != '\0';
}

/* --- lists of captures --- */

/* A table of a first line with file_name, and maybe part; else a name a line. */
static GPtrArray *
read_list(const char *path, GError **error)
{
    g_autoptr(GPtrArray) names = g_ptr_array_new();
    LineReader lines;
    int file = 0, part = -1, got;

    if (!line_reader_open(&lines, path, error))
        return NULL;
    while ((got = line_reader_next(&lines, error)) > 0 && names->len < MAX_NAMES) {
        g_autoptr(GPtrArray) cells = captions_split_line(g_strstrip(lines.line));
        g_autofree char *name = NULL;

        if (!cells || !*lines.line)
            continue;
        if (lines.number == 1 &&
            g_ptr_array_find_with_equal_func(cells, "file_name", g_str_equal, NULL)) {
            for (guint i = 0; i < cells->len; i++) {
                file = g_str_equal(cells->pdata[i], "file_name") ? (int)i : file;
                part = g_str_equal(cells->pdata[i], "part") ? (int)i : part;
            }
            continue;
        }
        if (file >= (int)cells->len ||
            (part >= 0 && part < (int)cells->len &&
             !g_str_equal(cells->pdata[part], split_part_name(SPLIT_INTO_TRAIN))))
            continue;
        name = g_path_get_basename(cells->pdata[file]);
        g_ptr_array_add(names, (gpointer)g_intern_string(name));
    }
    line_reader_close(&lines);
    return got < 0 ? NULL : g_steal_pointer(&names);
}

static bool
take_list_file(Reading *reading, const char *name, CaptureList *list, GError **error)
{
    GPtrArray *names = g_hash_table_lookup(reading->lists, name);

    if (!names) {
        g_autofree char *path = g_path_is_absolute(name)
                                    ? g_strdup(name)
                                    : g_build_filename(reading->set->path, name, NULL);

        if (!(names = read_list(path, error)))
            return false;
        g_hash_table_insert(reading->lists, g_strdup(name), names);
    }
    list->known = true;
    g_ptr_array_unref(list->names);
    list->names = g_ptr_array_ref(names);
    return true;
}

/* An array, or the name of a file; absent or null is not known. */
static bool
take_list(Reading *reading, JsonObject *object, const char *member, CaptureList *list,
          GError **error)
{
    JsonNode *node = json_object_get_member(object, member);
    JsonArray *array;

    if (!node || JSON_NODE_HOLDS_NULL(node))
        return true;
    if (member_text(object, member))
        return take_list_file(reading, member_text(object, member), list, error);
    if (!JSON_NODE_HOLDS_ARRAY(node))
        return fail_line(reading, error, _("parents and trained_on are lists of captures"));
    list->known = true;
    array = json_node_get_array(node);
    for (guint i = 0; i < json_array_get_length(array); i++) {
        JsonNode *element = json_array_get_element(array, i);

        if (!JSON_NODE_HOLDS_VALUE(element) || json_node_get_value_type(element) != G_TYPE_STRING)
            return fail_line(reading, error, _("parents and trained_on are lists of captures"));
        capture_list_add(list, json_node_get_string(element));
    }
    return true;
}

/* --- lines --- */

static bool
take_object(Reading *reading, JsonObject *object, GError **error)
{
    const char *name = member_text(object, "file_name"), *drawn = member_text(object, "drawn");
    const char *kind = member_text(object, "kind");
    EvaluationTrace *trace;

    if (!name || !stays_inside(name) || (drawn && *drawn && !stays_inside(drawn)))
        return fail_line(reading, error, _("“file_name” and “drawn” name files of the folder"));
    if (g_hash_table_contains(reading->names, name))
        return fail_line(reading, error, _("its file was named before"));
    if (reading->set->traces->len >= MAX_TRACES)
        return fail_line(reading, error, _("there are too many traces"));
    trace = evaluation_set_add(reading->set, name, member_text(object, "text"));
    g_hash_table_add(reading->names, trace->name);
    trace->drawn = drawn && *drawn ? g_build_filename(reading->set->path, drawn, NULL) : NULL;
    trace->kind = kind ? g_intern_string(kind) : "";
    trace->seed = member_count(object, "seed");
    trace->repaired_bits = member_count(object, "repaired_bits");
    trace->n_bits = member_count(object, "n_bits");
    return take_list(reading, object, "parents", &trace->parents, error) &&
           take_list(reading, object, "trained_on", &trace->trained_on, error);
}

static bool
take_line(Reading *reading, GError **error)
{
    g_autoptr(JsonParser) parser = json_parser_new_immutable();
    const LineReader *lines = &reading->lines;
    JsonNode *root;

    if (strspn(lines->line, " \t\r") == lines->size)
        return true;
    if (!g_utf8_validate(lines->line, (gssize)lines->size, NULL) ||
        strlen(lines->line) != lines->size || !json_is_shallow(lines->line) ||
        !json_escapes_are_whole(lines->line) ||
        !json_parser_load_from_data(parser, lines->line, (gssize)lines->size, NULL))
        return fail_line(reading, error, _("it is no JSON object"));
    root = json_parser_get_root(parser);
    if (!root || !JSON_NODE_HOLDS_OBJECT(root))
        return fail_line(reading, error, _("it is no JSON object"));
    return take_object(reading, json_node_get_object(root), error);
}

bool
evaluation_set_read_metadata(EvaluationSet *set, const char *path, GError **error)
{
    Reading reading = {.set = set};
    bool good = true;
    int got = 0;

    if (!line_reader_open(&reading.lines, path, error))
        return false;
    reading.lists =
        g_hash_table_new_full(g_str_hash, g_str_equal, g_free, (GDestroyNotify)g_ptr_array_unref);
    reading.names = g_hash_table_new(g_str_hash, g_str_equal);
    while (good && (got = line_reader_next(&reading.lines, error)) > 0)
        good = take_line(&reading, error);
    line_reader_close(&reading.lines);
    g_hash_table_unref(reading.lists);
    g_hash_table_unref(reading.names);
    return good && got == 0;
}

bool
evaluation_metadata_is_of_set(const char *path)
{
    g_autoptr(JsonParser) parser = json_parser_new_immutable();
    LineReader lines;
    JsonNode *root = NULL;
    JsonObject *object;
    const char *name;

    if (!g_file_test(path, G_FILE_TEST_IS_REGULAR) || !line_reader_open(&lines, path, NULL))
        return false;
    if (line_reader_next(&lines, NULL) > 0 && json_is_shallow(lines.line) &&
        json_parser_load_from_data(parser, lines.line, -1, NULL))
        root = json_parser_get_root(parser);
    line_reader_close(&lines);
    if (!root || !JSON_NODE_HOLDS_OBJECT(root))
        return false;
    object = json_node_get_object(root);
    name = member_text(object, "file_name");
    return name && (g_str_has_suffix(name, ".pcap") || g_str_has_suffix(name, ".pcapng") ||
                    json_object_has_member(object, "parents") ||
                    json_object_has_member(object, "trained_on"));
}
