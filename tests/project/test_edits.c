/* SPDX-License-Identifier: Apache-2.0 */
/* Undo and redo: random edits taken back give the start, done again the end. */
#include <string.h>

#include "app/project/project.h"
#include "tests/project/support.h"
#include "tests/trace/support.h"

static char *scratch;

static TorchlightProject *
create(const char *name)
{
    g_autofree char *dir = g_build_filename(scratch, name, NULL);
    TorchlightProject *project = torchlight_project_create(dir, NULL, NULL);

    g_assert_nonnull(project);
    return project;
}

static TorchlightItem *
random_item(TorchlightProject *project, GRand *random, ItemKind *kind)
{
    *kind = g_rand_int_range(random, 0, 3);
    return n_items(project, *kind)
               ? item_at(project, *kind,
                         (guint)g_rand_int_range(random, 0, (int)n_items(project, *kind)))
               : NULL;
}

static void
add_some(TorchlightProject *project, GRand *random, ItemKind kind, const char *folder)
{
    g_autoptr(GPtrArray) records = g_ptr_array_new();

    for (int i = g_rand_int_range(random, 1, 5); i > 0; i--) {
        g_autofree char *path = torchlight_project_new_path(project, folder, "made", ".png");

        put_file(path, "", 0);
        g_ptr_array_add(records, made_record("name", "n", "file", path, NULL));
    }
    torchlight_project_add_many(project, kind, records, NULL);
}

static void
remove_some(TorchlightProject *project, GRand *random)
{
    g_autoptr(GPtrArray) items = g_ptr_array_new();
    ItemKind kind;

    for (int i = g_rand_int_range(random, 1, 6); i > 0; i--) {
        TorchlightItem *item = random_item(project, random, &kind);

        if (item)
            g_ptr_array_add(items, item);
    }
    torchlight_project_remove_many(project, items);
}

static void
change_one(TorchlightProject *project, GRand *random)
{
    static const char *const keys[] = {"name", "caption", "packets"};
    const char *key = keys[g_rand_int_range(random, 0, 3)];
    ItemKind kind;
    TorchlightItem *item = random_item(project, random, &kind);
    g_autofree char *text = g_strdup_printf("%u", g_rand_int(random));

    if (!item)
        return;
    switch (g_rand_int_range(random, 0, 4)) {
    case 0:
        torchlight_project_set(project, item, key, NULL);
        break;
    case 1:
        torchlight_project_set_int(project, item, key, g_rand_int_range(random, 0, 100));
        break;
    default:
        torchlight_project_set_string(project, item, key, text);
    }
}

static void
edit(TorchlightProject *project, GRand *random)
{
    static const char *const folders[] = {"pictures", "maps", "loras"};
    g_autofree char *name = g_strdup_printf("name %u", g_rand_int(random));
    ItemKind kind = g_rand_int_range(random, 0, 3);

    torchlight_project_begin_merged(project, "Random", g_rand_boolean(random) ? "key" : NULL);
    for (int i = g_rand_int_range(random, 0, 6); i > 0; i--) {
        switch (g_rand_int_range(random, 0, 6)) {
        case 0:
            remove_some(project, random);
            break;
        case 1:
        case 2:
            add_some(project, random, kind, folders[kind]);
            break;
        case 3:
            torchlight_project_set_name(project, name);
            break;
        default:
            change_one(project, random);
        }
    }
    torchlight_project_end(project);
}

/* Every item's file is there, and no file of a deleted one. */
static void
check_files(TorchlightProject *project)
{
    static const char *const folders[] = {"pictures", "maps", "loras"};

    for (ItemKind kind = 0; kind < 3; kind++) {
        g_autofree char *folder =
            g_build_filename(torchlight_project_get_dir(project), folders[kind], NULL);
        g_autoptr(GPtrArray) files = list_files(folder, ".png");

        g_assert_cmpuint(files->len, ==, n_items(project, kind));
        for (guint i = 0; i < n_items(project, kind); i++) {
            g_autofree char *path = torchlight_item_dup_path(item_at(project, kind, i));

            g_assert_true(g_file_test(path, G_FILE_TEST_EXISTS));
            g_assert_true(torchlight_project_find_file(project, path) == item_at(project, kind, i));
        }
    }
}

/* A shadow of a list, kept by its notifications alone. */
static void
follow(GListModel *list, guint position, guint n_removed, guint n_added, GPtrArray *shadow)
{
    if (n_removed)
        g_ptr_array_remove_range(shadow, position, n_removed);
    for (guint i = 0; i < n_added; i++) {
        g_autoptr(GObject) item = g_list_model_get_item(list, position + i);

        g_ptr_array_insert(shadow, (int)(position + i), item);
    }
}

static void
check_shadow(TorchlightProject *project, GPtrArray *shadow)
{
    g_assert_cmpuint(shadow->len, ==, n_items(project, ITEM_TRACE));
    for (guint i = 0; i < shadow->len; i++)
        g_assert_true(shadow->pdata[i] == (gpointer)item_at(project, ITEM_TRACE, i));
}

static void
check_random(guint32 seed)
{
    g_autofree char *folder = g_strdup_printf("random-%u", seed);
    g_autoptr(TorchlightProject) project = create(folder);
    g_autoptr(GRand) random = g_rand_new_with_seed(seed);
    g_autoptr(GPtrArray) shadow = g_ptr_array_new();
    g_autofree char *start = NULL, *end = NULL, *undone = NULL, *redone = NULL;
    int n_undone = 0;

    g_signal_connect(torchlight_project_get_items(project, ITEM_TRACE), "items-changed",
                     G_CALLBACK(follow), shadow);
    add_some(project, random, ITEM_TRACE, "pictures"); /* no edit */
    start = project_to_text(project);
    for (int i = 0; i < 60; i++)
        edit(project, random);
    end = project_to_text(project);
    check_files(project);
    for (; torchlight_project_get_undo_label(project); n_undone++) {
        torchlight_project_undo(project);
        check_shadow(project, shadow);
        if (n_undone % 3 == 0) { /* there and back */
            torchlight_project_redo(project);
            torchlight_project_undo(project);
        }
    }
    undone = project_to_text(project);
    g_assert_cmpstr(undone, ==, start);
    check_files(project);
    for (; torchlight_project_get_redo_label(project); n_undone--) {
        torchlight_project_redo(project);
        check_shadow(project, shadow);
    }
    g_assert_cmpint(n_undone, ==, 0);
    redone = project_to_text(project);
    g_assert_cmpstr(redone, ==, end);
    check_files(project);
    g_assert_true(torchlight_project_close(project, NULL));
}

static void
test_random(void)
{
    for (guint32 seed = 1; seed <= (is_sanitized() ? 4u : 20u); seed++)
        check_random(seed);
}

/* More runs of neighbours than are told one by one. */
static void
test_many_runs(void)
{
    g_autoptr(TorchlightProject) project = create("runs");
    g_autoptr(GPtrArray) records = g_ptr_array_new();
    g_autoptr(GPtrArray) shadow = g_ptr_array_new();
    g_autoptr(GPtrArray) every_other = g_ptr_array_new();
    g_autofree char *before = NULL, *after = NULL;

    g_signal_connect(torchlight_project_get_items(project, ITEM_TRACE), "items-changed",
                     G_CALLBACK(follow), shadow);
    for (int i = 0; i < 200; i++)
        g_ptr_array_add(records, json_object_new());
    torchlight_project_add_many(project, ITEM_TRACE, records, NULL);
    for (guint i = 5; i < 190; i += 2)
        g_ptr_array_add(every_other, item_at(project, ITEM_TRACE, i));
    before = project_to_text(project);
    torchlight_project_begin(project, "Delete");
    torchlight_project_remove_many(project, every_other);
    torchlight_project_end(project);
    check_shadow(project, shadow);
    torchlight_project_undo(project);
    check_shadow(project, shadow);
    after = project_to_text(project);
    g_assert_cmpstr(before, ==, after);
}

static void
type(TorchlightProject *project, TorchlightItem *item, const char *text, const char *key)
{
    torchlight_project_begin_merged(project, "Change Caption", key);
    torchlight_project_set_string(project, item, "caption", text);
    torchlight_project_end(project);
}

static void
test_typing(void)
{
    g_autoptr(TorchlightProject) project = create("typing");
    TorchlightItem *item = torchlight_project_add(project, ITEM_TRACE, json_object_new());

    type(project, item, "a", "caption");
    type(project, item, "ab", "caption");
    type(project, item, "abc", "caption");
    torchlight_project_undo(project);
    g_assert_cmpstr(torchlight_item_get_caption(item), ==, "");
    torchlight_project_redo(project);
    g_assert_cmpstr(torchlight_item_get_caption(item), ==, "abc");
    type(project, item, "abcd", "caption"); /* what was done again is closed */
    torchlight_project_undo(project);
    g_assert_cmpstr(torchlight_item_get_caption(item), ==, "abc");
    type(project, item, "x", "other");
    g_usleep(G_USEC_PER_SEC + 50000);
    type(project, item, "xy", "other");
    torchlight_project_undo(project);
    g_assert_cmpstr(torchlight_item_get_caption(item), ==, "x");
    g_assert_cmpstr(torchlight_project_get_undo_label(project), ==, "Change Caption");
}

typedef struct {
    int value, n_freed;
} Stroke;

static void
stroke_apply(TorchlightProject *project, void *data, bool redo)
{
    ((Stroke *)data)->value += redo ? 1 : -1;
    /* What it writes meanwhile is part of it. */
    torchlight_project_begin(project, "Inner");
    torchlight_project_set_name(project, redo ? "drawn" : "erased");
    torchlight_project_end(project);
}

static void
stroke_free(void *data)
{
    ((Stroke *)data)->n_freed++;
}

static void
test_other_edit(void)
{
    static const ProjectEditClass class = {stroke_apply, stroke_free};
    g_autoptr(TorchlightProject) project = create("other");
    Stroke stroke = {1, 0};

    torchlight_project_begin(project, "Draw");
    torchlight_project_push_edit(project, "Stroke", &class, &stroke);
    torchlight_project_set_name(project, "drawn");
    torchlight_project_end(project);
    g_assert_cmpstr(torchlight_project_get_undo_label(project), ==, "Draw");
    torchlight_project_undo(project);
    g_assert_cmpint(stroke.value, ==, 0);
    torchlight_project_redo(project);
    g_assert_cmpint(stroke.value, ==, 1);
    g_assert_null(torchlight_project_get_redo_label(project));
    torchlight_project_undo(project);
    type(project, torchlight_project_add(project, ITEM_MAP, json_object_new()), "x", NULL);
    g_assert_cmpint(stroke.n_freed, ==, 1);
    for (int i = 0; i < 600; i++) {
        g_autofree char *name = g_strdup_printf("%d", i);

        torchlight_project_begin(project, "Rename");
        torchlight_project_set_name(project, name);
        torchlight_project_end(project);
    }
    for (int i = 0; i < 500; i++) {
        g_assert_nonnull(torchlight_project_get_undo_label(project));
        torchlight_project_undo(project);
    }
    g_assert_null(torchlight_project_get_undo_label(project));
    g_assert_cmpstr(torchlight_project_get_name(project), ==, "99");
}

static void
note_key(TorchlightItem *item, const char *key, GString *keys)
{
    g_string_append_printf(keys, "%s ", key);
}

static void
test_signals(void)
{
    g_autoptr(TorchlightProject) project = create("signals");
    TorchlightItem *item = torchlight_project_add(project, ITEM_TRACE, json_object_new());
    g_autoptr(GString) keys = g_string_new(NULL);
    JsonObject *record;

    g_signal_connect(item, "changed", G_CALLBACK(note_key), keys);
    g_signal_connect(item, "changed::caption", G_CALLBACK(note_key), keys);
    torchlight_project_set_string(project, item, "caption", "a");
    torchlight_project_set_string(project, item, "caption", "a");
    torchlight_project_set_int(project, item, "packets", 3);
    torchlight_project_set(project, item, "missing", NULL);
    g_assert_cmpstr(keys->str, ==, "caption caption packets ");
    g_assert_cmpint(torchlight_item_get_int(item, "caption", -1), ==, -1);
    g_assert_null(torchlight_item_get_string(item, "packets"));
    g_assert_cmpfloat(torchlight_item_get_double(item, "packets", 0), ==, 3);
    /* A record that somebody holds stays as it was. */
    record = json_object_ref(torchlight_item_get_record(item));
    torchlight_project_set_string(project, item, "caption", "b");
    g_assert_cmpstr(json_object_get_string_member(record, "caption"), ==, "a");
    json_object_unref(record);
}

int
main(int argc, char **argv)
{
    int status;

    g_test_init(&argc, &argv, NULL);
    scratch = scratch_new();
    g_test_add_func("/edits/random", test_random);
    g_test_add_func("/edits/many-runs", test_many_runs);
    g_test_add_func("/edits/typing", test_typing);
    g_test_add_func("/edits/other", test_other_edit);
    g_test_add_func("/edits/signals", test_signals);
    status = g_test_run();
    scratch_free(scratch);
    return status;
}
