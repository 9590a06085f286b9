/* SPDX-License-Identifier: Apache-2.0 */
/* A dataset folder and the tables beside it. An input is files, each its name, a line end, and its
 * content up to a byte 1e; names without a meaning are left out. A dataset that opens is written
 * and opens again equal; its captions can be looked up and changed. */
#include <string.h>

#include "app/dataset/captions.h"
#include "app/dataset/dataset.h"
#include "app/dataset/vocabulary.h"
#include "tests/fuzz/support.h"
#include "tests/trace/support.h"

enum { END_OF_FILE = 0x1e, MAX_FILES = 16, MAX_NAME = 100, MAX_CAPTIONS = 8 };

static void
put_one(const char *folder, const uint8_t *data, size_t size)
{
    const uint8_t *line_end = memchr(data, '\n', size);
    size_t n_name = line_end ? (size_t)(line_end - data) : size;
    g_autofree char *name = g_strndup((const char *)data, n_name);
    g_autofree char *path = scratch_path(folder, name);

    if (!*name || strlen(name) > MAX_NAME || strchr(name, '/') || g_str_equal(name, ".") ||
        g_str_equal(name, ".."))
        return;
    if (line_end)
        put_file(path, (const char *)line_end + 1, (gssize)(size - n_name - 1));
    else
        put_file(path, "", 0);
}

static void
put_files(const char *folder, const uint8_t *data, size_t size)
{
    for (int n = 0; size > 0 && n < MAX_FILES; n++) {
        const uint8_t *end = memchr(data, END_OF_FILE, size);
        size_t n_file = end ? (size_t)(end - data) : size;

        put_one(folder, data, n_file);
        data += MIN(n_file + 1, size);
        size -= MIN(n_file + 1, size);
    }
}

static void
check_same_items(const Dataset *a, const Dataset *b)
{
    g_assert_cmpuint(a->items->len, ==, b->items->len);
    for (guint i = 0; i < a->items->len; i++) {
        const DatasetItem *x = dataset_item(a, i), *y = dataset_item(b, i);

        g_assert_cmpstr(x->name, ==, y->name);
        g_assert_cmpstr(x->caption, ==, y->caption);
        g_assert_cmpint(x->n_packets, ==, y->n_packets);
        if (x->n_packets > 0)
            g_assert_cmpint(x->first_packet, ==, y->first_packet);
    }
}

static void
check_changed(Dataset *dataset)
{
    g_autoptr(GError) error = NULL;

    for (guint i = 0; i < dataset->items->len; i++) {
        g_autofree char *longer = g_strconcat(dataset_item(dataset, i)->caption, ", more", NULL);
        g_autoptr(Dataset) again = NULL;

        g_assert_true(dataset_set_caption(dataset, i, longer, &error));
        again = dataset_open(dataset->dir, &error);
        g_assert_no_error(error);
        check_same_items(dataset, again);
    }
}

static void
check_dataset(const char *folder)
{
    g_autoptr(GError) error = NULL;
    g_autoptr(Dataset) dataset = dataset_open(folder, &error);
    g_autoptr(Dataset) again = NULL;

    dataset_is_folder(folder);
    if (!fuzz_is_read(dataset, error, folder))
        return;
    g_assert_cmpuint(dataset->items->len, >, 0);
    for (guint i = 0; i < dataset->items->len; i++) {
        const DatasetItem *item = dataset_item(dataset, i);
        g_autofree char *path = dataset_path(dataset, item);

        g_assert_true(g_file_test(path, G_FILE_TEST_EXISTS));
        g_assert_true(*item->caption && g_utf8_validate(item->caption, -1, NULL));
    }
    g_assert_true(dataset_write_metadata(dataset, NULL));
    again = dataset_open(folder, &error);
    g_assert_no_error(error);
    check_same_items(dataset, again);
    check_changed(dataset);
}

static void
check_vocabulary(const char *path, const Captions *captions)
{
    g_autoptr(GError) error = NULL;
    g_autoptr(Vocabulary) vocabulary = vocabulary_read(path, &error);
    g_autofree char *text = NULL;
    gpointer caption;
    GHashTableIter iter;

    if (!fuzz_is_read(vocabulary, error, path))
        return;
    text = vocabulary_to_text(vocabulary);
    g_assert_true(g_utf8_validate(text, -1, NULL));
    if (!captions)
        return;
    g_hash_table_iter_init(&iter, captions->by_file);
    for (int n = 0; n < MAX_CAPTIONS && g_hash_table_iter_next(&iter, NULL, &caption); n++) {
        g_autofree char *unknown = vocabulary_find_unknown(vocabulary, caption);

        if (unknown)
            vocabulary_find_nearest(vocabulary, unknown);
    }
}

static Captions *
check_captions(const char *path)
{
    g_autoptr(GError) error = NULL;
    Captions *captions = captions_read(path, &error);
    GHashTableIter iter;
    gpointer name, caption;

    if (!fuzz_is_read(captions, error, path))
        return NULL;
    g_hash_table_iter_init(&iter, captions->by_file);
    while (g_hash_table_iter_next(&iter, &name, &caption))
        g_assert_cmpstr(captions_find(captions, name, NULL), ==, caption);
    g_assert_null(captions_find(captions, ".", &error));
    fuzz_check_sentence(error->message, path);
    return captions;
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    char *folder = scratch_new();
    g_autofree char *table = scratch_path(folder, "captions.csv");
    g_autofree char *words = scratch_path(folder, "vocabulary.txt");
    g_autoptr(Captions) captions = NULL;

    put_files(folder, data, size);
    captions = check_captions(table);
    check_vocabulary(words, captions);
    check_dataset(folder);
    scratch_free(folder);
    return 0;
}
