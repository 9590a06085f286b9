/* SPDX-License-Identifier: Apache-2.0 */
/* Which traces a training learns from, and LoRAs as items. */
#include <glib/gstdio.h>
#include <string.h>

#include "app/jobs/run_folder.h"
#include "ui/train/lora_item.h"
#include "ui/train/train_choice.h"

static TorchlightProject *
make_project(const char *dir)
{
    static const struct {
        const char *file, *caption, *split, *origin;
    } traces[] = {
        {"pictures/a.png", "web, http2", NULL, "imported"},
        {"pictures/b.png", "web, http2", "train", NULL},
        {"pictures/c.png", "dns, udp53", NULL, NULL},
        {"pictures/d.png", "", NULL, NULL},
        {"pictures/e.png", "web, http3", "test", NULL},
        {"pictures/f.png", "web, http2", NULL, "generated"},
        {"/elsewhere/g.png", "web, http2", NULL, NULL},
    };
    g_autoptr(GError) error = NULL;
    TorchlightProject *project = torchlight_project_create(dir, "Test", &error);

    g_assert_no_error(error);
    for (guint i = 0; i < G_N_ELEMENTS(traces); i++) {
        JsonObject *record = json_object_new();

        json_object_set_string_member(record, "file", traces[i].file);
        json_object_set_string_member(record, "caption", traces[i].caption);
        if (traces[i].split)
            json_object_set_string_member(record, "split", traces[i].split);
        if (traces[i].origin)
            json_object_set_string_member(record, "origin", traces[i].origin);
        torchlight_project_add(project, ITEM_TRACE, record);
    }
    return project;
}

static void
check(TorchlightProject *project, TrainChoose how, GPtrArray *selected, const char *query,
      const char *expected)
{
    g_autoptr(TrainChoice) choice = train_choice_new(project, how, selected, query);
    g_auto(GStrv) names = train_choice_dup_names(choice);
    g_autofree char *joined = g_strjoinv(" ", names);

    g_assert_cmpstr(joined, ==, expected);
}

static void
test_choice(void)
{
    g_autofree char *dir = g_dir_make_tmp("torchlight-choice.XXXXXX", NULL);
    g_autofree char *folder = g_build_filename(dir, "project", NULL);
    g_autoptr(TorchlightProject) project = make_project(folder);
    GListModel *traces = torchlight_project_get_items(project, ITEM_TRACE);
    g_autoptr(GPtrArray) selected = g_ptr_array_new_with_free_func(g_object_unref);
    g_autoptr(TrainChoice) all = train_choice_new(project, TRAIN_CHOOSE_ALL, NULL, NULL);
    g_auto(GStrv) captions = train_choice_dup_captions(all, 5);
    g_autofree char *text = train_choice_to_text(all);

    for (guint i = 2; i < 6; i++)
        g_ptr_array_add(selected, g_list_model_get_item(traces, i));
    check(project, TRAIN_CHOOSE_ALL, NULL, NULL, "a.png b.png c.png");
    check(project, TRAIN_CHOOSE_CAPTION, NULL, "web", "a.png b.png");
    check(project, TRAIN_CHOOSE_CAPTION, NULL, "-web", "c.png");
    check(project, TRAIN_CHOOSE_SELECTED, selected, NULL, "c.png e.png f.png");
    g_assert_cmpint(all->n_captions, ==, 2);
    g_assert_cmpint(all->n_uncaptioned, ==, 1);
    g_assert_cmpint(all->n_kept_apart, ==, 2);
    g_assert_cmpint(all->n_elsewhere, ==, 1);
    g_assert_cmpstr(captions[0], ==, "web, http2"); /* the most frequent */
    g_assert_cmpuint(g_strv_length(captions), ==, 2);
    g_assert_nonnull(strstr(text, "3 pictures"));
    g_assert_nonnull(strstr(text, "2 kept apart"));
    g_assert_true(torchlight_project_close(project, NULL));
    run_folder_remove(dir);
}

static void
test_no_lora(void)
{
    g_autofree char *dir = g_dir_make_tmp("torchlight-choice.XXXXXX", NULL);
    g_autofree char *folder = g_build_filename(dir, "project", NULL);
    g_autofree char *file = g_build_filename(dir, "no.safetensors", NULL);
    g_autoptr(TorchlightProject) project = make_project(folder);
    g_autoptr(GError) error = NULL;

    g_assert_true(g_file_set_contents(file, "nothing of the kind", -1, NULL));
    g_assert_null(lora_item_load(project, file, &error));
    g_assert_nonnull(strstr(error->message, "no.safetensors"));
    g_assert_cmpuint(g_list_model_get_n_items(torchlight_project_get_items(project, ITEM_LORA)), ==,
                     0);
    g_assert_true(torchlight_project_close(project, NULL));
    run_folder_remove(dir);
}

int
main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/train-choice/choice", test_choice);
    g_test_add_func("/train-choice/no-lora", test_no_lora);
    return g_test_run();
}
