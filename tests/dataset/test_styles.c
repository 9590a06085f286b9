/* SPDX-License-Identifier: Apache-2.0 */
/* Dataset folders of every style: kohya's, an image folder of the datasets library with its
 * pictures below it, NetDiffusion's pictures in its palette, and from each to the others. */
#include "app/dataset/dataset.h"

#include <gio/gio.h>
#include <glib/gstdio.h>
#include <string.h>

#include "tests/trace/support.h"

typedef struct {
    char *base, *file;
} Fixture;

static void
set_up(Fixture *fixture, gconstpointer data)
{
    fixture->base = scratch_new();
    fixture->file = scratch_path(fixture->base, "file.png");
}

static void
remove_all(const char *path)
{
    g_autoptr(GDir) folder = g_dir_open(path, 0, NULL);
    const char *name;

    while (folder && (name = g_dir_read_name(folder))) {
        g_autofree char *inner = g_build_filename(path, name, NULL);
        remove_all(inner);
    }
    g_remove(path);
}

static void
tear_down(Fixture *fixture, gconstpointer data)
{
    remove_all(fixture->base);
    g_free(fixture->file);
    g_free(fixture->base);
}

static char *
make_dir(const Fixture *fixture, const char *name)
{
    char *path = g_build_filename(fixture->base, name, NULL);

    g_assert_cmpint(g_mkdir_with_parents(path, 0777), ==, 0);
    return path;
}

static void
put(const char *dir, const char *name, const char *text)
{
    g_autofree char *path = g_build_filename(dir, name, NULL);

    put_file(path, text, -1);
}

static void
draw(const char *dir, const char *name, guint32 seed)
{
    g_autofree char *path = g_build_filename(dir, name, NULL);
    g_autoptr(Trace) trace = made_trace("torchlight", 20, seed);

    g_assert_true(trace_write_png(trace, path, PALETTE_TORCHLIGHT, NULL));
}

static void
assert_item(const Dataset *dataset, guint i, const char *name, const char *caption, int repeats)
{
    const DatasetItem *item = dataset_item(dataset, i);

    g_assert_cmpstr(item->name, ==, name);
    g_assert_cmpstr(item->caption, ==, caption);
    g_assert_cmpint(item->repeats, ==, repeats);
}

static void
assert_drawn(const Dataset *dataset, guint i, guint32 seed)
{
    g_autofree char *path = dataset_path(dataset, dataset_item(dataset, i));
    g_autoptr(Trace) made = made_trace("torchlight", 20, seed);
    g_autoptr(GError) error = NULL;
    g_autoptr(Trace) read = trace_read_png(path, NULL, NULL, &error);

    g_assert_no_error(error);
    assert_same_trits(path, made, read);
}

/* As kohya's scripts have it: no metadata, captions beside the pictures or none. */
static void
test_kohya_read(Fixture *fixture, gconstpointer data)
{
    g_autofree char *dir = make_dir(fixture, "k");
    g_autofree char *web = make_dir(fixture, "k/10_web traffic");
    g_autofree char *dns = make_dir(fixture, "k/3_dns_udp");
    g_autofree char *other = make_dir(fixture, "k/other");
    g_autofree char *wide = make_dir(fixture, "k/99999999999999999999_x");
    g_autoptr(GError) error = NULL;
    g_autoptr(Dataset) dataset = NULL;

    draw(web, "a.png", 1);
    put(web, "a.txt", "of its own\n");
    draw(web, "b.png", 2);
    put(web, "b.caption", "in the other file");
    draw(dns, "a.png", 3);
    draw(other, "not.png", 4);
    draw(wide, "c.png", 5);
    draw(dir, "root.png", 6);
    put(dir, "root.txt", "at the top");
    g_assert_true(dataset_is_folder(dir));
    dataset = dataset_open(dir, &error);
    g_assert_no_error(error);
    g_assert_cmpuint(dataset->items->len, ==, 5);
    assert_item(dataset, 0, "10_web traffic/a.png", "of its own", 10);
    assert_item(dataset, 1, "10_web traffic/b.png", "in the other file", 10);
    assert_item(dataset, 2, "3_dns_udp/a.png", "dns udp", 3);
    assert_item(dataset, 3, "99999999999999999999_x/c.png", "x", DATASET_MAX_REPEATS);
    assert_item(dataset, 4, "root.png", "at the top", 1);
    assert_drawn(dataset, 2, 3);
}

static void
test_kohya_written(Fixture *fixture, gconstpointer data)
{
    g_autofree char *dir = make_dir(fixture, "w");
    g_autoptr(Trace) trace = made_trace("torchlight", 50, 7);
    g_autoptr(Dataset) made = dataset_new(dir);
    g_autoptr(GError) error = NULL;
    g_autoptr(Dataset) read = NULL;
    g_autofree char *metadata = g_build_filename(dir, DATASET_METADATA, NULL);
    g_autoptr(Dataset) bare = NULL;

    made->form = (DatasetForm){DATASET_KOHYA, 4, PALETTE_NETDIFFUSION};
    g_assert_true(dataset_add_trace(made, trace, "a", "no vpn, Web/HTTP", 20, 1, &error));
    g_assert_true(dataset_add_trace(made, trace, "a", "../..", 1024, 1, &error));
    g_assert_true(dataset_write_metadata(made, &error));
    g_assert_no_error(error);
    read = dataset_open(dir, &error);
    g_assert_no_error(error);
    g_assert_cmpuint(read->items->len, ==, 4);
    assert_item(read, 0, "4_no_vpn_Web_HTTP/a_00001.png", "no vpn, Web/HTTP", 4);
    assert_item(read, 2, "4_no_vpn_Web_HTTP/a_00003.png", "no vpn, Web/HTTP", 4);
    assert_item(read, 3, "4_trace/a.png", "../..", 4);
    g_assert_cmpint(dataset_item(read, 2)->first_packet, ==, 40);
    g_assert_cmpint(dataset_item(read, 2)->n_packets, ==, 10);
    assert_drawn(read, 0, 7);
    /* It is as good without what kohya does not know. */
    g_assert_cmpint(g_unlink(metadata), ==, 0);
    bare = dataset_open(dir, &error);
    g_assert_no_error(error);
    assert_item(bare, 3, "4_trace/a.png", "../..", 4);
}

static void
test_image_folder(Fixture *fixture, gconstpointer data)
{
    g_autofree char *dir = make_dir(fixture, "h");
    g_autofree char *train = make_dir(fixture, "h/train");
    g_autoptr(GError) error = NULL;
    g_autoptr(Dataset) dataset = NULL;

    draw(train, "a.png", 1);
    draw(train, "b.png", 2);
    draw(dir, "c.png", 3);
    put(dir, "metadata.jsonl",
        "{\"file_name\": \"train/a.png\", \"text\": \"one\"}\n"
        "{\"file_name\": \"train/b.png\", \"caption\": \"two\", \"repeats\": 2}\n"
        "{\"file_name\": \"c.png\", \"prompt\": \"three\", \"other\": [1]}\n");
    dataset = dataset_open(dir, &error);
    g_assert_no_error(error);
    g_assert_cmpuint(dataset->items->len, ==, 3);
    assert_item(dataset, 0, "c.png", "three", 1);
    assert_item(dataset, 1, "train/a.png", "one", 1);
    assert_item(dataset, 2, "train/b.png", "two", 2);
}

static void
test_names(Fixture *fixture, gconstpointer data)
{
    static const char *const names[] = {
        "../a.png",      "/a.png",       "train/../a.png",        "./a.png",     "train//a.png",
        ".hidden/a.png", "train/.a.png", "a/b/c/d/e/f/g/h/i.png", "train/a.txt", "train/"};
    g_autofree char *dir = make_dir(fixture, "n");

    draw(fixture->base, "a.png", 1);
    for (size_t i = 0; i < G_N_ELEMENTS(names); i++) {
        g_autofree char *line =
            g_strdup_printf("{\"file_name\": \"%s\", \"text\": \"x\"}\n", names[i]);
        g_autoptr(GError) error = NULL;

        put(dir, "metadata.jsonl", line);
        g_assert_null(dataset_open(dir, &error));
        assert_error_says(error, "line 1", "of this folder", NULL);
    }
}

/* NetDiffusion's: 1 red, 0 green, an index column in front, no text chunk and no captions. */
static void
draw_netdiffusion(const char *dir, const char *name, guint32 seed, bool index)
{
    g_autofree char *path = g_build_filename(dir, name, NULL);
    g_autoptr(Trace) trace = made_trace("torchlight", 20, seed);
    g_autoptr(Image) drawn = trace_draw(trace, 0, IMAGE_ROWS, PALETTE_NETDIFFUSION);
    g_autoptr(Image) image = image_new(drawn->width + index, drawn->height, 3);

    for (int y = 0; y < drawn->height; y++)
        memcpy(image->pixels + ((size_t)y * image->width + index) * 3,
               drawn->pixels + (size_t)y * drawn->width * 3, (size_t)drawn->width * 3);
    g_assert_true(image_write_png(image, path, NULL, NULL));
}

static void
test_netdiffusion(Fixture *fixture, gconstpointer data)
{
    const Palette palette = PALETTE_NETDIFFUSION;
    g_autofree char *dir = make_dir(fixture, "nd");
    g_autofree char *to = make_dir(fixture, "ours");
    g_autoptr(Dataset) made = dataset_new(to);
    g_autoptr(Dataset) read = NULL;
    g_autoptr(GError) error = NULL;

    draw_netdiffusion(dir, "amazon_1.png", 11, true);
    draw_netdiffusion(dir, "amazon_2.png", 12, false);
    g_assert_false(dataset_add_folder(made, dir, &(DatasetImport){.palette = &palette}, &error));
    assert_error_says(error, "amazon_", "no caption", NULL);
    g_clear_error(&error);
    dataset_add_folder(made, dir, &(DatasetImport){&palette, NULL, "network data, type-0"}, &error);
    g_assert_no_error(error);
    g_assert_true(dataset_write_metadata(made, &error));
    read = dataset_open(to, &error);
    g_assert_no_error(error);
    g_assert_cmpuint(read->items->len, ==, 2);
    assert_item(read, 0, "amazon_1.png", "network data, type-0", 1);
    assert_drawn(read, 0, 11);
    assert_drawn(read, 1, 12);
}

/* What a training sees of a picture in either palette, said or not, is the paper's. */
static void
test_palettes(Fixture *fixture, gconstpointer data)
{
    g_autoptr(Trace) trace = made_trace("torchlight", 20, 31);
    g_autoptr(Image) paper = trace_draw(trace, 0, IMAGE_ROWS, PALETTE_TORCHLIGHT);
    g_autofree char *dir = make_dir(fixture, "p");

    g_assert_true(trace_write_png(trace, fixture->file, PALETTE_NETDIFFUSION, NULL));
    draw(dir, "said.png", 31);
    draw_netdiffusion(dir, "narrow.png", 31, false);
    draw_netdiffusion(dir, "wide.png", 31, true);
    for (int i = 0; i < 4; i++) {
        static const char *const names[] = {"said.png", "narrow.png", "wide.png"};
        g_autofree char *path =
            i < 3 ? g_build_filename(dir, names[i], NULL) : g_strdup(fixture->file);
        g_autoptr(GHashTable) text = NULL;
        g_autoptr(Image) image = image_read_png(path, 3, &text, NULL);

        image_use_paper_palette(image, text);
        g_assert_cmpint(image->width, ==, paper->width);
        g_assert_cmpmem(image->pixels, (size_t)image->width * image->height * 3, paper->pixels,
                        (size_t)paper->width * paper->height * 3);
    }
    {
        g_autoptr(Image) other = image_new(1089, 4, 3), grey = image_new(1088, 4, 1);

        image_use_paper_palette(other, NULL); /* black: no version under either */
        image_use_paper_palette(grey, NULL);
        g_assert_cmpint(other->width, ==, 1089);
    }
}

/* From one style to the other and back: the same pictures, captions and places. */
static void
test_round(Fixture *fixture, gconstpointer data)
{
    g_autofree char *first = make_dir(fixture, "1");
    g_autofree char *second = make_dir(fixture, "2");
    g_autofree char *third = make_dir(fixture, "3");
    const char *const dirs[] = {first, second, third};
    g_autoptr(Trace) trace = made_trace("torchlight", 1500, 21);
    g_autoptr(GError) error = NULL;

    g_hash_table_insert(trace->provenance, g_strdup("source"), g_strdup("made.pcap"));
    for (int i = 0; i < 3; i++) {
        g_autoptr(Dataset) made = dataset_new(dirs[i]);

        if (i == 1)
            made->form = (DatasetForm){DATASET_KOHYA, 7, PALETTE_NETDIFFUSION};
        if (i == 0)
            g_assert_true(dataset_add_trace(made, trace, "b", "web, é", 1024, 1, &error));
        else
            g_assert_true(dataset_add_folder(made, dirs[i - 1], &(DatasetImport){0}, &error));
        g_assert_no_error(error);
        g_assert_true(dataset_write_metadata(made, &error));
    }
    for (int n = 1; n <= 2; n++) {
        g_autofree char *name = g_strdup_printf("b_%05d.png", n);
        g_autofree char *a = g_build_filename(first, name, NULL);
        g_autofree char *b = g_build_filename(third, name, NULL);
        g_autofree char *one = NULL;
        g_autofree char *two = NULL;
        gsize n_one, n_two;

        g_assert_true(g_file_get_contents(a, &one, &n_one, NULL));
        g_assert_true(g_file_get_contents(b, &two, &n_two, NULL));
        g_assert_cmpmem(one, n_one, two, n_two);
    }
    {
        g_autofree char *a = g_build_filename(first, DATASET_METADATA, NULL);
        g_autofree char *b = g_build_filename(third, DATASET_METADATA, NULL);
        g_autofree char *one = NULL;
        g_autofree char *two = NULL;

        g_assert_true(g_file_get_contents(a, &one, NULL, NULL));
        g_assert_true(g_file_get_contents(b, &two, NULL, NULL));
        g_assert_cmpstr(one, ==, two);
    }
}

int
main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add("/styles/kohya-read", Fixture, NULL, set_up, test_kohya_read, tear_down);
    g_test_add("/styles/kohya-written", Fixture, NULL, set_up, test_kohya_written, tear_down);
    g_test_add("/styles/image-folder", Fixture, NULL, set_up, test_image_folder, tear_down);
    g_test_add("/styles/names", Fixture, NULL, set_up, test_names, tear_down);
    g_test_add("/styles/netdiffusion", Fixture, NULL, set_up, test_netdiffusion, tear_down);
    g_test_add("/styles/palettes", Fixture, NULL, set_up, test_palettes, tear_down);
    g_test_add("/styles/round", Fixture, NULL, set_up, test_round, tear_down);
    return g_test_run();
}
