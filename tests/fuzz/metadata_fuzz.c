/* SPDX-License-Identifier: Apache-2.0 */
/* A dataset folder, kohya's subfolders too, and the lists beside it: captions, words, addresses. An
 * input is files, each its name, a line end, and its content up to a byte 1e; names that cannot be
 * are left out. A dataset that opens is written and opens again equal, its captions can be changed;
 * hosts that a list of addresses keeps apart stay apart. */
#include <glib/gstdio.h>
#include <string.h>

#include "app/dataset/captions.h"
#include "app/dataset/dataset.h"
#include "app/dataset/vocabulary.h"
#include "app/trace/address_map.h"
#include "app/trace/flow.h"
#include "tests/fuzz/support.h"
#include "tests/trace/support.h"

enum { END_OF_FILE = 0x1e, MAX_FILES = 16, MAX_NAME = 100, MAX_DEPTH = 3, MAX_CAPTIONS = 8 };

static bool
name_can_be(const char *name)
{
    g_auto(GStrv) parts = g_strsplit(name, "/", MAX_DEPTH + 1);

    for (int i = 0; parts[i]; i++) {
        if (i == MAX_DEPTH || !*parts[i] || strlen(parts[i]) > MAX_NAME ||
            g_str_equal(parts[i], ".") || g_str_equal(parts[i], ".."))
            return false;
    }
    return *name != '\0';
}

static void
put_one(const char *folder, const uint8_t *data, size_t size)
{
    const uint8_t *line_end = memchr(data, '\n', size);
    size_t n_name = line_end ? (size_t)(line_end - data) : size;
    g_autofree char *name = g_strndup((const char *)data, n_name);
    g_autofree char *path = g_build_filename(folder, name, NULL);
    g_autofree char *parent = g_path_get_dirname(path);

    /* A file may stand where a folder should be, and the other way round. */
    if (!name_can_be(name) || g_mkdir_with_parents(parent, 0700) != 0 ||
        g_file_test(path, G_FILE_TEST_IS_DIR))
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
        g_assert_cmpint(x->repeats, ==, y->repeats);
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

/* What is given once is given again, and to no other host unless the list says so. */
static void
check_addresses(const char *path)
{
    static const char *const hosts[] = {"10.0.0.1",    "10.0.0.2", "192.168.1.255",
                                        "2001:db8::1", "fd00::5",  "255.255.255.255"};
    g_autoptr(AddressMap) map = address_map_new(ADDRESSES_AUTO, 1);
    g_autoptr(GError) error = NULL;

    if (!address_map_read(map, path, &error)) {
        fuzz_check_sentence(error->message, path);
        return;
    }
    for (size_t i = 0; i < G_N_ELEMENTS(hosts); i++) {
        Address host, first, again;

        g_assert_true(address_from_string(hosts[i], &host));
        first = address_map_get(map, &host, i % 2);
        again = address_map_get(map, &host, !(i % 2));
        g_assert_true(address_equal(&first, &again));
        g_assert_cmpint(first.family, ==, host.family);
        address_map_mac(map, &first);
    }
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    char *folder = scratch_new();
    g_autofree char *table = scratch_path(folder, "captions.csv");
    g_autofree char *words = scratch_path(folder, "vocabulary.txt");
    g_autofree char *addresses = scratch_path(folder, "addresses.csv");
    g_autoptr(Captions) captions = NULL;

    put_files(folder, data, size);
    captions = check_captions(table);
    check_vocabulary(words, captions);
    check_addresses(addresses);
    check_dataset(folder);
    fuzz_folder_free(folder);
    return 0;
}
