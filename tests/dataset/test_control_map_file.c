/* SPDX-License-Identifier: Apache-2.0 */
/* Control maps to files and back: marks and what is beneath them, other people's pictures, and
 * files that lie. */
#include "app/dataset/control_map_file.h"

#include <gio/gio.h>
#include <glib/gstdio.h>
#include <string.h>

#include "tests/trace/support.h"

enum { WIDTH = 61, HEIGHT = 23 };

typedef struct {
    char *base, *file;
} Fixture;

static void
set_up(Fixture *fixture, gconstpointer data)
{
    fixture->base = scratch_new();
    fixture->file = scratch_path(fixture->base, "map.png");
}

static void
tear_down(Fixture *fixture, gconstpointer data)
{
    g_remove(fixture->file);
    g_rmdir(fixture->base);
    g_free(fixture->file);
    g_free(fixture->base);
}

static ControlMap *
make_map(bool marked)
{
    g_autoptr(GRand) random = g_rand_new_with_seed(5);
    g_autoptr(Image) base = image_new(WIDTH, HEIGHT, 1);
    ControlMap *map = control_map_new(WIDTH, HEIGHT);

    for (int i = 0; i < WIDTH * HEIGHT; i++)
        base->pixels[i] = (uint8_t)g_rand_int_range(random, 0, 256);
    control_map_set_base(map, base);
    if (!marked)
        return map;
    control_map_begin(map);
    control_map_line(map, 3, 3, 50, 20, 3, MARK_WHITE);
    control_map_line(map, 50, 3, 3, 20, 3, MARK_BLACK);
    control_map_invert(map, (ControlRect){5, 5, 30, 9});
    control_delta_free(control_map_end(map));
    return map;
}

static void
assert_same_plane(const uint8_t *a, const uint8_t *b)
{
    g_assert_cmpmem(a, WIDTH * HEIGHT, b, WIDTH * HEIGHT);
}

static void
test_round(Fixture *fixture, gconstpointer data)
{
    g_autoptr(GError) error = NULL;

    for (int kind = 0; kind < 4; kind++) {
        const ControlSource source = {kind % 2 == 1, 12.5, 300, true};
        ControlSource read;
        g_autoptr(ControlMap) map = make_map(kind >= 2);
        g_assert_true(control_map_write(map, &source, "Ümlaut.pcap", fixture->file, &error));
        g_assert_no_error(error);
        g_autoptr(ControlMap) again = control_map_read(fixture->file, &read, &error);
        g_assert_no_error(error);
        g_assert_true(read.canny == source.canny);
        if (source.canny) {
            g_assert_cmpfloat(read.low, ==, 12.5);
            g_assert_cmpfloat(read.high, ==, 300);
            g_assert_true(read.l2);
        }
        assert_same_plane(again->marks, map->marks);
        assert_same_plane(again->pixels, map->pixels);
        if (source.canny)
            control_map_set_base(again, &(Image){WIDTH, HEIGHT, 1, map->base});
        assert_same_plane(again->base, map->base);
        assert_same_plane(again->pixels, map->pixels);
    }
}

/* A picture without our chunks is what is beneath; chunks that do not fit count for nothing. */
static void
test_strange(Fixture *fixture, gconstpointer data)
{
    static const char *const marks[] = {
        NULL,   "",
        "////", "no base64 at all \xc2\xb7",
        "AAAA", "AP8A/wD/AP8A/wD/AP8A/wD/AP8A/wD/AP8A/wD/AP8A/wD/AP8A/wD/"};
    static const char *const canny[] = {NULL, "", "1 2", "nan 4 L1", "1 2 L1 5", "1e999 2 L2"};
    g_autoptr(ControlMap) map = make_map(false);

    for (guint i = 0; i < G_N_ELEMENTS(marks); i++) {
        g_autoptr(GError) error = NULL;
        g_autoptr(GHashTable) text = g_hash_table_new(g_str_hash, g_str_equal);
        ControlSource source;
        if (marks[i])
            g_hash_table_insert(text, (char *)"torchlight:control:marks", (char *)marks[i]);
        if (marks[i])
            g_hash_table_insert(text, (char *)"torchlight:control:beneath", (char *)marks[i]);
        if (canny[i])
            g_hash_table_insert(text, (char *)"torchlight:control:canny", (char *)canny[i]);
        g_assert_true(
            image_write_png(&(Image){WIDTH, HEIGHT, 1, map->pixels}, fixture->file, text, &error));
        g_autoptr(ControlMap) read = control_map_read(fixture->file, &source, &error);
        g_assert_no_error(error);
        g_assert_false(source.canny);
        g_assert_false(control_map_has_marks(read));
        assert_same_plane(read->pixels, map->pixels);
        assert_same_plane(read->base, map->pixels);
    }
}

/* White that is transparent, white, and a light grey that is half so. */
static void
test_alpha(Fixture *fixture, gconstpointer data)
{
    static const uint8_t png[] = {0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a, 0x00, 0x00, 0x00,
                                  0x0d, 0x49, 0x48, 0x44, 0x52, 0x00, 0x00, 0x00, 0x03, 0x00, 0x00,
                                  0x00, 0x01, 0x08, 0x06, 0x00, 0x00, 0x00, 0x1b, 0xe0, 0x14, 0xb4,
                                  0x00, 0x00, 0x00, 0x14, 0x49, 0x44, 0x41, 0x54, 0x78, 0x9c, 0x63,
                                  0xf8, 0xff, 0xff, 0x3f, 0x03, 0x10, 0xff, 0x3f, 0x71, 0xe2, 0x44,
                                  0x03, 0x00, 0x42, 0x5a, 0x09, 0xd2, 0x8a, 0x7a, 0xe2, 0x93, 0x00,
                                  0x00, 0x00, 0x00, 0x49, 0x45, 0x4e, 0x44, 0xae, 0x42, 0x60, 0x82};
    g_autoptr(GError) error = NULL;
    ControlSource source;

    put_file(fixture->file, (const char *)png, sizeof png);
    g_autoptr(ControlMap) map = control_map_read(fixture->file, &source, &error);
    g_assert_no_error(error);
    g_assert_cmpint(map->width, ==, 3);
    g_assert_cmpint(map->pixels[0], ==, 0);
    g_assert_cmpint(map->pixels[1], ==, 255);
    g_assert_cmpint(ABS(map->pixels[2] - 100), <=, 1);
}

static void
test_no_picture(Fixture *fixture, gconstpointer data)
{
    g_autoptr(GError) error = NULL;
    ControlSource source;

    g_assert_null(control_map_read(fixture->file, &source, &error));
    g_assert_nonnull(strstr(error->message, fixture->file));
    g_clear_error(&error);
    put_file(fixture->file, "\x89PNG\r\n\x1a\n nothing more", -1);
    g_assert_null(control_map_read(fixture->file, &source, &error));
    g_assert_nonnull(strstr(error->message, "whole PNG"));
    g_clear_error(&error);
    g_autoptr(Image) large = image_new(16384, 1025, 1);
    g_assert_true(image_write_png(large, fixture->file, NULL, &error));
    g_assert_null(control_map_read(fixture->file, &source, &error));
    g_assert_nonnull(strstr(error->message, "make it smaller"));
}

int
main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add("/control_map_file/round", Fixture, NULL, set_up, test_round, tear_down);
    g_test_add("/control_map_file/strange", Fixture, NULL, set_up, test_strange, tear_down);
    g_test_add("/control_map_file/alpha", Fixture, NULL, set_up, test_alpha, tear_down);
    g_test_add("/control_map_file/no_picture", Fixture, NULL, set_up, test_no_picture, tear_down);
    return g_test_run();
}
