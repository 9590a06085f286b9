/* SPDX-License-Identifier: Apache-2.0 */
/* make_project DIR N SAMPLES: a project of N traces, drawn from the sample captures; where these
 * are fewer, their pictures come again under other names (hard links), as a project of thousands
 * for the measurement of scrolling. */
#include <gio/gio.h>
#include <stdlib.h>
#include <unistd.h>

#include "app/dataset/captions.h"
#include "app/project/project.h"
#include "app/project/trace_record.h"
#include "app/trace/capture.h"
#include "app/trace/image.h"

static void
check(bool good, GError *error, const char *what)
{
    if (good)
        return;
    g_printerr("make_project: %s: %s\n", what, error ? error->message : "failed");
    exit(1);
}

/* Draws a capture; its record. */
static JsonObject *
draw(TorchlightProject *project, const char *capture, const Captions *captions)
{
    g_autoptr(GError) error = NULL;
    g_autoptr(Trace) trace =
        trace_read_capture(capture, layout_default(), IMAGE_ROWS, NULL, &error);
    g_autofree char *stem = g_path_get_basename(capture);
    g_autofree char *path = NULL;
    g_autofree char *file = NULL;
    const char *caption = captions_lookup(captions, stem, NULL);
    JsonObject *record = json_object_new();

    check(trace != NULL, error, capture);
    trace_record_describe(record, trace);
    json_object_set_string_member(record, "caption", caption ? caption : "");
    json_object_set_string_member(record, "origin", "imported");
    *g_strrstr(stem, ".") = '\0';
    path = torchlight_project_new_path(project, "pictures", stem, ".png");
    check(trace_write_png(trace, path, PALETTE_TORCHLIGHT, &error), error, path);
    file = torchlight_project_relative(project, path);
    json_object_set_string_member(record, "file", file);
    json_object_set_string_member(record, "name", stem);
    return record;
}

/* The record once more, of a link to its picture. */
static JsonObject *
repeat(JsonObject *of, const char *dir, int number)
{
    const char *file = json_object_get_string_member(of, "file");
    g_autofree char *name =
        g_strdup_printf("%s %05d", json_object_get_string_member(of, "name"), number);
    g_autofree char *link_file = g_strdup_printf("pictures/%05d.png", number);
    g_autofree char *from = g_build_filename(dir, file, NULL);
    g_autofree char *to = g_build_filename(dir, link_file, NULL);
    JsonObject *record = json_object_new();
    JsonObjectIter iter;
    const char *key;
    JsonNode *value;

    check(link(from, to) == 0, NULL, to);
    json_object_iter_init(&iter, of);
    while (json_object_iter_next(&iter, &key, &value))
        json_object_set_member(record, key, json_node_copy(value));
    json_object_set_string_member(record, "file", link_file);
    json_object_set_string_member(record, "name", name);
    return record;
}

static int
compare_names(gconstpointer a, gconstpointer b)
{
    return g_strcmp0(*(const char *const *)a, *(const char *const *)b);
}

int
main(int argc, char **argv)
{
    g_autoptr(GError) error = NULL;
    g_autoptr(TorchlightProject) project = NULL;
    g_autoptr(Captions) captions = NULL;
    g_autofree char *table = NULL;
    g_autoptr(GDir) samples = NULL;
    g_autoptr(GPtrArray) records = g_ptr_array_new();
    g_autoptr(GPtrArray) names = g_ptr_array_new_with_free_func(g_free);
    int n = argc == 4 ? atoi(argv[2]) : 0;
    const char *name;

    check(n > 0, NULL, "DIR N SAMPLES");
    table = g_build_filename(argv[3], "captions.csv", NULL);
    captions = captions_read(table, &error);
    check(captions != NULL, error, table);
    samples = g_dir_open(argv[3], 0, &error);
    check(samples != NULL, error, argv[3]);
    while ((name = g_dir_read_name(samples))) {
        if (g_str_has_suffix(name, ".pcap"))
            g_ptr_array_add(names, g_strdup(name));
    }
    g_ptr_array_sort(names, compare_names);
    project = torchlight_project_create(argv[1], "Made", &error);
    check(project != NULL, error, argv[1]);
    for (int i = 0; i < n; i++) {
        if (i < (int)names->len) {
            g_autofree char *path = g_build_filename(argv[3], names->pdata[i], NULL);

            g_ptr_array_add(records, draw(project, path, captions));
        } else {
            g_ptr_array_add(records, repeat(records->pdata[i % (int)names->len], argv[1], i));
        }
    }
    torchlight_project_add_many(project, ITEM_TRACE, records, NULL);
    check(torchlight_project_close(project, &error), error, argv[1]);
    return 0;
}
