/* SPDX-License-Identifier: Apache-2.0 */
/* Captions in files: written in each form and read again, and files that are none. */
#include "app/dataset/captions.h"

#include <gio/gio.h>
#include <glib/gstdio.h>
#include <string.h>

#include "app/dataset/dataset.h"
#include "tests/trace/support.h"

static const CaptionRow rows[] = {
    {"a.png", "pixelated network data: no vpn, web"},
    {"sub/b.png", "with \"quotes\"\nand a second line"},
    {"empty.png", "  "},
    {"c.png", "כתוביות, مرحبا"},
};

static char *base;

static void
check_form(CaptionsForm form, const char *name)
{
    g_autofree char *path = scratch_path(base, name);
    g_autoptr(GError) error = NULL;
    g_autoptr(Captions) captions = NULL;

    g_assert_cmpint(captions_write(path, form, rows, G_N_ELEMENTS(rows), &error), ==, 3);
    g_assert_no_error(error);
    captions = captions_open(path, &error);
    g_assert_no_error(error);
    g_assert_cmpuint(g_hash_table_size(captions->by_file), ==, 3);
    for (guint i = 0; i < G_N_ELEMENTS(rows); i++)
        g_assert_cmpstr(captions_lookup(captions, rows[i].file, NULL), ==,
                        i == 2 ? NULL : rows[i].caption);
}

static void
test_forms(void)
{
    CaptionsForm form;

    check_form(CAPTIONS_CSV, "table.csv");
    check_form(CAPTIONS_JSONL, "metadata.jsonl");
    check_form(CAPTIONS_TXT, "texts");
    g_assert_true(captions_form_by_name("jsonl", &form, NULL) && form == CAPTIONS_JSONL);
    g_assert_false(captions_form_by_name("xml", &form, NULL));
}

static void
test_lookup(void)
{
    g_autofree char *path = scratch_path(base, "sources.csv");
    g_autoptr(Captions) captions = NULL;

    put_file(path, "file,caption\nx.pcap,of the capture\ny,of the stem\n", -1);
    captions = captions_open(path, NULL);
    g_assert_cmpstr(captions_lookup(captions, "x_00001.png", "x.pcap"), ==, "of the capture");
    g_assert_cmpstr(captions_lookup(captions, "/p/y.png", NULL), ==, "of the stem");
    g_assert_null(captions_lookup(captions, "z.png", "z.pcap"));
}

/* The line that is told is that on which the record begins. */
static void
test_bad(void)
{
    g_autofree char *path = scratch_path(base, "bad.csv");
    g_autofree char *folder = scratch_path(base, "none");
    g_autofree char *text = scratch_path(folder, "a.txt");
    g_autoptr(GError) error = NULL;

    put_file(path, "file,caption\na,\"one\ntwo\"\nb,\n", -1);
    g_assert_null(captions_open(path, &error));
    g_assert_nonnull(strstr(error->message, "line 4"));
    g_clear_error(&error);
    put_file(path, "file,caption\na,b\nc,\"open\nand\nopen\n", -1);
    g_assert_null(captions_open(path, &error));
    g_assert_nonnull(strstr(error->message, "line 3"));
    g_clear_error(&error);
    g_mkdir(folder, 0700);
    g_assert_null(captions_open(folder, &error));
    g_assert_nonnull(strstr(error->message, folder));
    g_clear_error(&error);
    put_file(text, "\xff\xfe", 2);
    g_assert_null(captions_open(folder, &error));
    g_assert_nonnull(strstr(error->message, text));
}

static void
test_set_many(void)
{
    g_autofree char *dir = scratch_path(base, "dataset");
    g_autofree char *metadata = g_build_filename(dir, DATASET_METADATA, NULL);
    g_autoptr(Dataset) dataset = dataset_new(dir);
    g_autoptr(Trace) trace = made_trace("torchlight", 8, 1);
    char *changed[] = {NULL, (char *)"two\nlines", NULL};
    char *bad[] = {(char *)"good", (char *)" ", NULL};
    g_autoptr(GError) error = NULL;

    g_mkdir(dir, 0700);
    for (int i = 0; i < 3; i++)
        g_assert_true(dataset_add_picture(dataset, trace, "t", "before", 0, NULL, NULL));
    g_assert_true(dataset_write_metadata(dataset, NULL));
    g_assert_true(dataset_set_captions(dataset, changed, &error));
    g_assert_false(dataset_set_captions(dataset, bad, &error));
    g_assert_nonnull(error);
    g_autoptr(Dataset) again = dataset_open(dir, NULL);
    g_autoptr(Captions) captions = captions_open(metadata, NULL);
    for (guint i = 0; i < 3; i++) {
        const DatasetItem *item = dataset_item(again, i);

        g_assert_cmpstr(item->caption, ==, captions_lookup(captions, item->name, NULL));
    }
    g_assert_cmpstr(captions_lookup(captions, dataset_item(dataset, 0)->name, NULL), ==, "good");
    g_assert_cmpstr(captions_lookup(captions, dataset_item(dataset, 1)->name, NULL), ==,
                    "two lines");
    g_assert_cmpstr(captions_lookup(captions, dataset_item(dataset, 2)->name, NULL), ==, "before");
}

int
main(int argc, char **argv)
{
    int status;

    g_test_init(&argc, &argv, NULL);
    base = scratch_new();
    g_test_add_func("/dataset/captions/forms", test_forms);
    g_test_add_func("/dataset/captions/lookup", test_lookup);
    g_test_add_func("/dataset/captions/bad", test_bad);
    g_test_add_func("/dataset/captions/set-many", test_set_many);
    status = g_test_run();
    scratch_free(base);
    return status;
}
