/* SPDX-License-Identifier: Apache-2.0 */
/* What the tests of projects share. */
#include "tests/project/support.h"

#include "app/project/json_write.h"
#include "app/project/trace_record.h"
#include "app/trace/image.h"
#include "tests/trace/support.h"

JsonObject *
made_record(const char *key, ...)
{
    JsonObject *record = json_object_new();
    va_list rest;

    va_start(rest, key);
    for (; key; key = va_arg(rest, const char *))
        json_object_set_string_member(record, key, va_arg(rest, const char *));
    va_end(rest);
    return record;
}

JsonObject *
made_picture(TorchlightProject *project, const char *name, int n_packets)
{
    g_autofree char *path = torchlight_project_new_path(project, "pictures", name, ".png");
    g_autoptr(Trace) trace = made_trace("torchlight", n_packets, 1);
    JsonObject *record = made_record("name", name, "file", path, NULL);

    g_assert_true(trace_write_png(trace, path, PALETTE_TORCHLIGHT, NULL));
    trace_record_describe(record, trace);
    return record;
}

guint
n_items(TorchlightProject *project, ItemKind kind)
{
    return g_list_model_get_n_items(torchlight_project_get_items(project, kind));
}

TorchlightItem *
item_at(TorchlightProject *project, ItemKind kind, guint position)
{
    g_autoptr(TorchlightItem) item =
        g_list_model_get_item(torchlight_project_get_items(project, kind), position);

    g_assert_nonnull(item);
    return item;
}

bool
has_file(const char *dir, const char *file)
{
    g_autofree char *path = g_build_filename(dir, file, NULL);

    return g_file_test(path, G_FILE_TEST_EXISTS);
}

char *
text_of(const char *dir, const char *file)
{
    g_autofree char *path = g_build_filename(dir, file, NULL);
    char *text = NULL;

    g_assert_true(g_file_get_contents(path, &text, NULL, NULL));
    return text;
}

char *
project_to_text(TorchlightProject *project)
{
    GString *text = g_string_new(torchlight_project_get_name(project));

    for (ItemKind kind = 0; kind < N_ITEM_KINDS; kind++) {
        g_string_append_printf(text, "\n%s\n", item_kind_name(kind));
        for (guint i = 0; i < n_items(project, kind); i++) {
            g_autoptr(JsonObject) sorted = json_object_new();
            JsonObject *record = torchlight_item_get_record(item_at(project, kind, i));
            g_autoptr(GList) keys =
                g_list_sort(json_object_get_members(record), (GCompareFunc)g_strcmp0);

            for (GList *key = keys; key; key = key->next)
                json_object_set_member(sorted, key->data,
                                       json_object_dup_member(record, key->data));
            json_write_object(text, sorted);
            g_string_append_c(text, '\n');
        }
    }
    return g_string_free(text, FALSE);
}
