/* SPDX-License-Identifier: Apache-2.0 */
/* Captions and dataset folders: made, read back, changed, and what is wrong with them named. */
#include "app/dataset/captions.h"
#include "app/dataset/dataset.h"
#include "app/dataset/vocabulary.h"

#include <gio/gio.h>
#include <glib/gstdio.h>
#include <string.h>

#include "app/trace/image.h"

static char *base;

static char *
in_base(const char *name)
{
    return g_build_filename(base, name, NULL);
}

static char *
make_dir(const char *name)
{
    char *path = in_base(name);

    g_assert_cmpint(g_mkdir(path, 0777), ==, 0);
    return path;
}

static void
put(const char *dir, const char *name, const char *text)
{
    g_autofree char *path = g_build_filename(dir, name, NULL);

    g_assert_true(g_file_set_contents(path, text, -1, NULL));
}

/* Rows of UDP headers that count. */
static Trace *
new_trace(int n_rows)
{
    Trace *trace = trace_new(layout_default(), n_rows);

    for (int row = 0; row < n_rows; row++)
        trace_set(trace, row, FIELD_UDP_SPORT, (uint32_t)row);
    g_hash_table_insert(trace->provenance, g_strdup("source"), g_strdup("made.pcap"));
    return trace;
}

static void
test_round_trip(void)
{
    g_autofree char *dir = make_dir("round");
    g_autoptr(Dataset) made = dataset_new(dir);
    g_autoptr(Trace) trace = new_trace(2500);
    g_autoptr(Trace) small = new_trace(3);
    g_autoptr(GError) error = NULL;

    g_assert_true(dataset_add_trace(made, trace, "b", "two, words", 1024, 1, &error));
    g_assert_true(dataset_add_trace(made, small, "a", "one \"word\"", 1024, 1, &error));
    g_assert_true(dataset_add_trace(made, small, "a", "again", 1024, 1, &error));
    g_assert_true(dataset_add_trace(made, small, "c", "too short", 1024, 4, &error));
    g_assert_true(dataset_write_metadata(made, &error));
    g_assert_no_error(error);
    g_assert_true(dataset_is_folder(dir));

    g_autoptr(Dataset) read = dataset_open(dir, &error);
    g_assert_no_error(error);
    g_assert_cmpuint(read->items->len, ==, 5);
    g_assert_cmpstr(dataset_item(read, 0)->name, ==, "a-2.png");
    g_assert_cmpstr(dataset_item(read, 1)->name, ==, "a.png");
    g_assert_cmpstr(dataset_item(read, 1)->caption, ==, "one \"word\"");
    g_assert_cmpstr(dataset_item(read, 4)->name, ==, "b_00003.png");
    g_assert_cmpstr(dataset_item(read, 4)->source, ==, "made.pcap");
    g_assert_cmpint(dataset_item(read, 4)->first_packet, ==, 2048);
    g_assert_cmpint(dataset_item(read, 4)->n_packets, ==, 452);

    g_autofree char *path = dataset_path(read, dataset_item(read, 4));
    g_autoptr(Trace) last = trace_read_png(path, NULL, NULL, &error);
    uint32_t port;
    g_assert_no_error(error);
    g_assert_cmpint(last->n_rows, ==, 452);
    g_assert_true(trace_get(last, 451, FIELD_UDP_SPORT, &port));
    g_assert_cmpuint(port, ==, 2499);
}

static void
test_set_caption(void)
{
    g_autofree char *dir = make_dir("caption");
    g_autoptr(Dataset) dataset = dataset_new(dir);
    g_autoptr(Trace) trace = new_trace(1);
    g_autoptr(GError) error = NULL;

    g_assert_true(dataset_add_trace(dataset, trace, "x", "before", 1024, 1, &error));
    g_assert_true(dataset_write_metadata(dataset, &error));
    g_assert_true(dataset_set_caption(dataset, 0, " after\nit ", &error));
    g_assert_no_error(error);
    g_assert_false(dataset_set_caption(dataset, 0, "  \n", &error));
    g_assert_nonnull(error);
    g_clear_error(&error);

    g_autoptr(Dataset) read = dataset_open(dir, &error);
    g_assert_cmpstr(dataset_item(read, 0)->caption, ==, "after it");
    g_autofree char *metadata = g_build_filename(dir, DATASET_METADATA, NULL);
    g_autofree char *text = NULL;
    g_assert_true(g_file_get_contents(metadata, &text, NULL, NULL));
    g_assert_nonnull(strstr(text, "after it"));
    /* A caption file changed by hand counts before the metadata. */
    put(dir, "x.txt", "by hand\r\n");
    g_autoptr(Dataset) again = dataset_open(dir, &error);
    g_assert_cmpstr(dataset_item(again, 0)->caption, ==, "by hand");
}

/* What a line says beyond what we know stays when a caption changes, and in a folder made of it. */
static void
test_more(void)
{
    g_autofree char *dir = make_dir("more");
    g_autofree char *other = make_dir("more-again");
    g_autoptr(Dataset) made = dataset_new(dir);
    g_autoptr(Dataset) again = dataset_new(other);
    g_autoptr(Trace) trace = new_trace(5);
    g_autoptr(GError) error = NULL;
    JsonObject *more = json_object_new();
    g_autofree char *text = NULL;
    g_autofree char *text_again = NULL;

    json_object_set_string_member(more, "tunnel", "wireguard");
    json_object_set_int_member(more, "flow_number", 7);
    g_assert_true(dataset_add_picture(made, trace, "x", "before", 40, more, &error));
    g_assert_true(dataset_add_picture(made, trace, "x", "taken", 0, NULL, &error));
    g_assert_true(dataset_write_metadata(made, &error));

    g_autoptr(Dataset) read = dataset_open(dir, &error);
    g_autofree char *metadata = g_build_filename(dir, DATASET_METADATA, NULL);
    g_assert_no_error(error);
    g_assert_cmpstr(dataset_item(read, 0)->name, ==, "x-2.png");
    g_assert_null(dataset_item(read, 0)->more);
    g_assert_cmpint(dataset_item(read, 1)->first_packet, ==, 40);
    g_assert_true(dataset_set_caption(read, 1, "after", &error));
    g_assert_true(g_file_get_contents(metadata, &text, NULL, NULL));
    g_assert_nonnull(strstr(text, "\"after\""));
    g_assert_nonnull(strstr(text, "\"tunnel\":\"wireguard\",\"flow_number\":7"));

    g_autofree char *metadata_again = g_build_filename(other, DATASET_METADATA, NULL);
    g_assert_true(dataset_add_folder(again, dir, &(DatasetImport){.caption = NULL}, &error));
    g_assert_true(dataset_write_metadata(again, &error));
    g_assert_no_error(error);
    g_assert_true(g_file_get_contents(metadata_again, &text_again, NULL, NULL));
    g_assert_nonnull(strstr(text_again, "\"tunnel\":\"wireguard\",\"flow_number\":7"));
}

static void
assert_no_dataset(const char *dir, const char *named)
{
    g_autoptr(GError) error = NULL;
    g_autoptr(Dataset) dataset = dataset_open(dir, &error);

    g_assert_null(dataset);
    g_assert_nonnull(error);
    if (!strstr(error->message, named))
        g_error("“%s” does not name %s", error->message, named);
}

static void
test_bad_folders(void)
{
    static const char *const lines[] = {
        "not json",
        "[1]",
        "{\"file_name\": \"x.png\"}",
        "{\"file_name\": 3, \"text\": \"a\"}",
        "{\"file_name\": \"../x.png\", \"text\": \"a\"}",
        "{\"file_name\": \"x.jpg\", \"text\": \"a\"}",
        "{\"file_name\": \"x.png\", \"text\": \"a\"}\n{\"file_name\": \"x.png\", \"text\": \"b\"}",
        "{\"file_name\": \"gone.png\", \"text\": \"a\"}",
        "{\"file_name\": \"x.png\", \"text\": \"\xff\"}",
    };
    g_autofree char *dir = make_dir("bad");
    g_autofree char *missing = in_base("missing");
    g_autofree char *brackets = g_strnfill(900000, '[');

    assert_no_dataset(missing, "missing");
    assert_no_dataset(dir, "bad");
    put(dir, "x.png", "");
    assert_no_dataset(dir, "x.png");
    put(dir, "x.txt", "\xff\xfe");
    assert_no_dataset(dir, "x.txt");
    put(dir, "x.txt", "fine");
    for (guint i = 0; i < G_N_ELEMENTS(lines); i++) {
        put(dir, DATASET_METADATA, lines[i]);
        assert_no_dataset(dir, DATASET_METADATA);
    }
    put(dir, DATASET_METADATA, brackets);
    assert_no_dataset(dir, DATASET_METADATA);
    put(dir, DATASET_METADATA,
        "\n{\"file_name\": \"x.png\", \"text\": \"a\", \"packets\": -4}\n\n");
    g_autoptr(Dataset) good = dataset_open(dir, NULL);
    g_assert_nonnull(good);
    g_assert_cmpint(dataset_item(good, 0)->n_packets, ==, 0);
}

static Captions *
read_captions(const char *text, GError **error)
{
    g_autofree char *path = in_base("captions.csv");

    g_assert_true(g_file_set_contents(path, text, -1, NULL));
    return captions_read(path, error);
}

static void
test_captions(void)
{
    g_autoptr(GError) error = NULL;
    g_autoptr(Captions) captions =
        read_captions("\xef\xbb\xbfid,file,caption\r\n1,a.pcap,\"one, \"\"two\"\"\"\r\n\r\n"
                      "2,sub/b.pcap,plain\r\n",
                      &error);

    g_assert_no_error(error);
    g_assert_cmpstr(captions_find(captions, "/any/where/a.pcap", NULL), ==, "one, \"two\"");
    g_assert_cmpstr(captions_find(captions, "b.pcap", NULL), ==, "plain");
    g_assert_null(captions_find(captions, "c.pcap", &error));
    g_assert_nonnull(strstr(error->message, "c.pcap"));
    g_assert_nonnull(strstr(error->message, "captions.csv"));
}

static void
test_bad_captions(void)
{
    static const char *const texts[] = {
        "",
        "\n",
        "file\na.pcap\n",
        "caption,fil\nx,y\n",
        "file,caption\na.pcap\n",
        "file,caption\na.pcap,\n",
        "file,caption\n,x\n",
        "file,caption\na.pcap,\"open\n",
        "file,caption\na.pcap,x\nb/a.pcap,y\n",
        "file,caption\na.pcap,\xc3\x28\n",
        "\xff\xfe\n",
    };

    for (guint i = 0; i < G_N_ELEMENTS(texts); i++) {
        g_autoptr(GError) error = NULL;
        g_autoptr(Captions) captions = read_captions(texts[i], &error);

        g_assert_null(captions);
        g_assert_nonnull(error);
        g_assert_nonnull(strstr(error->message, "captions.csv"));
    }
}

static void
test_vocabulary(void)
{
    g_autofree char *path = in_base("vocabulary.txt");
    g_autoptr(GError) error = NULL;

    put(base, "vocabulary.txt", "# comment\n\naxis\tno vpn\naxis\twireguard\nother\tweb\n");
    g_autoptr(Vocabulary) vocabulary = vocabulary_read(path, &error);
    g_assert_no_error(error);
    g_assert_cmpuint(vocabulary->words->len, ==, 3);
    g_assert_null(vocabulary_find_unknown(vocabulary, "Pixelated network data: no vpn, Web"));
    g_assert_null(vocabulary_find_unknown(vocabulary, "wireguard,,"));
    g_autofree char *unknown = vocabulary_find_unknown(vocabulary, "wireguard, wep , x");
    g_assert_cmpstr(unknown, ==, "wep");
    g_assert_cmpstr(vocabulary_find_nearest(vocabulary, unknown), ==, "web");
    g_assert_cmpstr(vocabulary_find_nearest(vocabulary, "wirequart"), ==, "wireguard");
    g_assert_null(vocabulary_find_nearest(vocabulary, "a photograph"));
    g_assert_cmpstr(vocabulary_axis_of(vocabulary, "Web"), ==, "other");
    g_assert_null(vocabulary_axis_of(vocabulary, "dns"));
    g_assert_cmpstr(
        vocabulary_word_on(vocabulary, "pixelated network data: x, WireGuard, web", "axis"), ==,
        "wireguard");
    g_assert_null(vocabulary_word_on(vocabulary, "wireguard", "other"));
    g_autoptr(GPtrArray) axes = vocabulary_list_axes(vocabulary);
    g_assert_cmpuint(axes->len, ==, 2);
    g_assert_cmpstr(axes->pdata[1], ==, "other");
    g_assert_null(vocabulary_find_nearest(vocabulary, "z"));
    g_autofree char *text = vocabulary_to_text(vocabulary);
    g_assert_cmpstr(text, ==, "no vpn, wireguard, web");
    put(base, "vocabulary.txt", "no tabulator\n");
    g_assert_null(vocabulary_read(path, &error));
    g_assert_nonnull(strstr(error->message, "vocabulary.txt"));
}

static void
remove_all(const char *path)
{
    GDir *dir = g_dir_open(path, 0, NULL);
    const char *name;

    while (dir && (name = g_dir_read_name(dir))) {
        g_autofree char *inner = g_build_filename(path, name, NULL);

        remove_all(inner);
    }
    g_clear_pointer(&dir, g_dir_close);
    g_remove(path);
}

int
main(int argc, char **argv)
{
    int status;

    g_test_init(&argc, &argv, NULL);
    base = g_dir_make_tmp("torchlight-dataset-XXXXXX", NULL);
    g_test_add_func("/dataset/round-trip", test_round_trip);
    g_test_add_func("/dataset/set-caption", test_set_caption);
    g_test_add_func("/dataset/more", test_more);
    g_test_add_func("/dataset/bad-folders", test_bad_folders);
    g_test_add_func("/dataset/captions", test_captions);
    g_test_add_func("/dataset/bad-captions", test_bad_captions);
    g_test_add_func("/dataset/vocabulary", test_vocabulary);
    status = g_test_run();
    remove_all(base);
    g_free(base);
    return status;
}
