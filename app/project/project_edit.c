/* SPDX-License-Identifier: Apache-2.0 */
/* Changes of a project: items that come and go, members that are written. Each is made here, noted
 * for undo (project_undo.c) and for saving (project_save.c). */
#include <stdlib.h>

#include "app/project/project_private.h"

bool
project_holds(TorchlightProject *project, TorchlightItem *item)
{
    return item_get_place(item) != NULL &&
           g_hash_table_lookup(project->by_id, torchlight_item_get_id(item)) == item;
}

void
project_ensure_id(TorchlightProject *project, JsonObject *record)
{
    JsonNode *node = json_object_get_member(record, "id");
    const char *id = node && JSON_NODE_HOLDS_VALUE(node) ? json_node_get_string(node) : NULL;

    while (!id || !*id || g_hash_table_contains(project->by_id, id)) {
        g_autofree char *made = g_uuid_string_random();

        json_object_set_string_member(record, "id", made);
        id = json_object_get_string_member(record, "id");
    }
}

static void
index_file(TorchlightProject *project, TorchlightItem *item)
{
    const char *file = torchlight_item_get_string(item, "file");

    if (file)
        g_hash_table_insert(project->by_file, g_strdup(file), item);
}

static void
forget_file(TorchlightProject *project, TorchlightItem *item)
{
    const char *file = torchlight_item_get_string(item, "file");

    if (file && g_hash_table_lookup(project->by_file, file) == item)
        g_hash_table_remove(project->by_file, file);
}

void
project_attach(TorchlightProject *project, TorchlightItem *const *items, const guint *positions,
               guint n)
{
    g_autofree guint *at_end = NULL;
    TorchlightItemList *list;

    if (n == 0)
        return;
    list = project->lists[torchlight_item_get_kind(items[0])];
    if (!positions) {
        at_end = g_new(guint, n);
        for (guint i = 0; i < n; i++)
            at_end[i] = item_list_length(list) + i;
    }
    for (guint i = 0; i < n; i++) {
        g_hash_table_insert(project->by_id, g_strdup(torchlight_item_get_id(items[i])), items[i]);
        index_file(project, items[i]);
    }
    item_list_insert(list, items, positions ? positions : at_end, n);
}

void
project_detach(TorchlightProject *project, TorchlightItem *const *items, guint n)
{
    if (n == 0)
        return;
    for (guint i = 0; i < n; i++) {
        forget_file(project, items[i]);
        g_hash_table_remove(project->by_id, torchlight_item_get_id(items[i]));
    }
    item_list_remove(project->lists[torchlight_item_get_kind(items[0])], items, n);
}

void
project_put_member(TorchlightProject *project, TorchlightItem *item, const char *key,
                   JsonNode *value)
{
    const bool is_file = g_str_equal(key, "file"), held = project_holds(project, item);

    if (is_file && held)
        forget_file(project, item);
    item_set_member(item, key, value);
    if (is_file && held)
        index_file(project, item);
    if (held && g_str_equal(key, "caption"))
        project_touch_caption(project, item);
    project_touch(project);
}

/* A record as others hand it in: a path in the folder is made relative to it. */
static bool
tidy_record(TorchlightProject *project, JsonObject *record)
{
    JsonNode *node = json_object_get_member(record, "file");
    const char *file = node && JSON_NODE_HOLDS_VALUE(node) ? json_node_get_string(node) : NULL;

    if (file && g_path_is_absolute(file)) {
        g_autofree char *relative = torchlight_project_relative(project, file);

        json_object_set_string_member(record, "file", relative);
    } else {
        g_return_val_if_fail(!file || project_file_is_inside(file), false);
    }
    project_ensure_id(project, record);
    if (!json_object_has_member(record, "added"))
        json_object_set_int_member(record, "added", g_get_real_time() / G_USEC_PER_SEC);
    return true;
}

void
torchlight_project_add_many(TorchlightProject *project, ItemKind kind, GPtrArray *records,
                            GPtrArray *items)
{
    g_autoptr(GPtrArray) added = g_ptr_array_new_with_free_func(g_object_unref);

    g_return_if_fail(TORCHLIGHT_IS_PROJECT(project) && kind < N_ITEM_KINDS);
    for (guint i = 0; i < records->len; i++) {
        g_autoptr(JsonObject) record = records->pdata[i];

        if (project->writable && tidy_record(project, record))
            g_ptr_array_add(added, item_new(kind, project->dir, g_steal_pointer(&record)));
    }
    g_ptr_array_set_free_func(records, NULL);
    g_ptr_array_set_size(records, 0);
    if (added->len == 0)
        return;
    project_attach(project, (TorchlightItem **)added->pdata, NULL, added->len);
    for (guint i = 0; i < added->len; i++) {
        if (*torchlight_item_get_caption(added->pdata[i]))
            project_touch_caption(project, added->pdata[i]);
        if (items)
            g_ptr_array_add(items, g_object_ref(added->pdata[i]));
    }
    project_note_added(project, added);
    project_touch(project);
}

TorchlightItem *
torchlight_project_add(TorchlightProject *project, ItemKind kind, JsonObject *record)
{
    g_autoptr(GPtrArray) records = g_ptr_array_new();
    g_autoptr(GPtrArray) items = g_ptr_array_new_with_free_func(g_object_unref);

    g_ptr_array_add(records, record);
    torchlight_project_add_many(project, kind, records, items);
    return items->len ? items->pdata[0] : NULL; /* the list holds it */
}

void
torchlight_project_set(TorchlightProject *project, TorchlightItem *item, const char *key,
                       JsonNode *value)
{
    g_autoptr(JsonNode) before = NULL;
    JsonNode *there;

    g_return_if_fail(TORCHLIGHT_IS_PROJECT(project) && TORCHLIGHT_IS_ITEM(item) && key);
    g_return_if_fail(!g_str_equal(key, "id"));
    there = item_get_member(item, key);
    if (!project->writable || (!value && !there) ||
        (value && there && json_node_equal(value, there))) {
        g_clear_pointer(&value, json_node_unref);
        return;
    }
    before = there ? json_node_ref(there) : NULL;
    project_note_set(project, item, key, before, value);
    project_put_member(project, item, key, value);
}

void
torchlight_project_set_string(TorchlightProject *project, TorchlightItem *item, const char *key,
                              const char *value)
{
    torchlight_project_set(project, item, key,
                           value ? json_node_init_string(json_node_alloc(), value) : NULL);
}

void
torchlight_project_set_int(TorchlightProject *project, TorchlightItem *item, const char *key,
                           gint64 value)
{
    torchlight_project_set(project, item, key, json_node_init_int(json_node_alloc(), value));
}

void
torchlight_project_set_double(TorchlightProject *project, TorchlightItem *item, const char *key,
                              double value)
{
    torchlight_project_set(project, item, key, json_node_init_double(json_node_alloc(), value));
}

static int
compare_places(const void *a, const void *b)
{
    return g_sequence_iter_compare(item_get_place(*(TorchlightItem *const *)a),
                                   item_get_place(*(TorchlightItem *const *)b));
}

/* Those of one kind. */
static void
remove_kind(TorchlightProject *project, ItemKind kind, GPtrArray *items)
{
    g_autoptr(GPtrArray) removed = g_ptr_array_new_with_free_func(g_object_unref);
    g_autoptr(GHashTable) seen = g_hash_table_new(NULL, NULL);
    g_autofree guint *positions = NULL;

    for (guint i = 0; i < items->len; i++) {
        TorchlightItem *item = items->pdata[i];

        if (torchlight_item_get_kind(item) == kind && project_holds(project, item) &&
            g_hash_table_add(seen, item))
            g_ptr_array_add(removed, g_object_ref(item));
    }
    if (removed->len == 0)
        return;
    qsort(removed->pdata, removed->len, sizeof *removed->pdata, compare_places);
    positions = g_new(guint, removed->len);
    for (guint i = 0; i < removed->len; i++)
        positions[i] = item_list_position(project->lists[kind], removed->pdata[i]);
    project_detach(project, (TorchlightItem **)removed->pdata, removed->len);
    project_trash_files(project, (TorchlightItem **)removed->pdata, removed->len);
    project_note_removed(project, removed, positions);
    project_touch(project);
}

void
torchlight_project_remove_many(TorchlightProject *project, GPtrArray *items)
{
    g_return_if_fail(TORCHLIGHT_IS_PROJECT(project) && items);
    if (!project->writable)
        return;
    for (ItemKind kind = 0; kind < N_ITEM_KINDS; kind++)
        remove_kind(project, kind, items);
}

void
torchlight_project_remove(TorchlightProject *project, TorchlightItem *item)
{
    g_autoptr(GPtrArray) items = g_ptr_array_new();

    g_ptr_array_add(items, item);
    torchlight_project_remove_many(project, items);
}

void
torchlight_project_set_name(TorchlightProject *project, const char *name)
{
    g_return_if_fail(TORCHLIGHT_IS_PROJECT(project) && name);
    if (!project->writable || g_str_equal(name, project->name))
        return;
    project_note_name(project, project->name, name);
    project_put_name(project, name);
    project_touch(project);
}
