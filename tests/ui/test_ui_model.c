/* SPDX-License-Identifier: Apache-2.0 */
/* What the window stands on: pixels and their levels, words for a bit, captions of files, lists of
 * folders, documents, the summary of a repair, a time left in words. */
#include <gio/gio.h>
#include <glib/gstdio.h>
#include <string.h>

#include "app/dataset/dataset.h"
#include "app/trace/interchange.h"
#include "ui/captions/caption_file.h"
#include "ui/document.h"
#include "ui/time_text.h"

typedef struct {
    char *folder;
} Fixture;

static char *
sample(const char *name)
{
    return g_build_filename(g_getenv("TORCHLIGHT_SOURCE_ROOT"), "data", "samples", name, NULL);
}

static char *
inside(Fixture *fixture, const char *name)
{
    return g_build_filename(fixture->folder, name, NULL);
}

static void
put(const char *path, const char *text, gssize size)
{
    GError *error = NULL;

    g_file_set_contents(path, text, size, &error);
    g_assert_no_error(error);
}

static void
set_up(Fixture *fixture, gconstpointer data)
{
    fixture->folder = g_dir_make_tmp("torchlight-ui-XXXXXX", NULL);
}

static void
tear_down(Fixture *fixture, gconstpointer data)
{
    GDir *dir = g_dir_open(fixture->folder, 0, NULL);
    const char *name;

    while ((name = g_dir_read_name(dir))) {
        g_autofree char *path = inside(fixture, name);
        g_unlink(path);
    }
    g_dir_close(dir);
    g_rmdir(fixture->folder);
    g_free(fixture->folder);
}

static Image *
made_image(int width, int height)
{
    Image *image = image_new(width, height, 3);

    for (int i = 0; i < width * height * 3; i++)
        image->pixels[i] = (uint8_t)(i * 37 + i / 11);
    return image;
}

static unsigned
pixel_of(cairo_surface_t *surface, int x, int y, int channel)
{
    const uint8_t *data = cairo_image_surface_get_data(surface);
    uint32_t pixel;

    memcpy(&pixel, data + (size_t)y * cairo_image_surface_get_stride(surface) + 4 * x, 4);
    return pixel >> (16 - 8 * channel) & 0xff;
}

/* The first level is the picture itself, the next the rounded mean of four, odd edges included. */
static void
test_levels(void)
{
    const int sizes[][2] = {{64, 64}, {129, 67}, {1088, 1}, {70, 3}};

    for (guint i = 0; i < G_N_ELEMENTS(sizes); i++) {
        int width = sizes[i][0], height = sizes[i][1];
        g_autoptr(Image) image = made_image(width, height);
        g_autoptr(Pixels) pixels = pixels_new(image);
        double scale;

        g_assert_true(pixels_level(pixels, 3, &scale) == pixels->levels[0]);
        g_assert_cmpfloat(scale, ==, 1);
        for (int c = 0; c < 3; c++) {
            const uint8_t *p = image->pixels;
            size_t row = (size_t)width * 3;
            g_assert_cmpuint(pixel_of(pixels->levels[0], 1, 0, c), ==, p[3 + c]);
            if (height < 2 || pixels->n_levels < 2)
                continue;
            g_assert_cmpuint(pixel_of(pixels->levels[1], 0, 0, c), ==,
                             (p[c] + p[3 + c] + p[row + c] + p[row + 3 + c] + 2u) / 4);
        }
        if (pixels->n_levels > 1) {
            g_assert_true(pixels_level(pixels, 0.5, &scale) == pixels->levels[1]);
            g_assert_cmpfloat(scale, ==, 0.5);
        }
    }
}

static Document *
read_sample(const char *name)
{
    g_autofree char *path = sample(name);
    GError *error = NULL;
    Document *document = document_read(path, PALETTE_TORCHLIGHT, &error);

    g_assert_no_error(error);
    return document;
}

static void
test_describe(void)
{
    g_autoptr(Document) document = read_sample("none_web_http2_00003.pcap");
    TracePicture *picture = document->first_picture;
    const Layout *layout = document->trace->layout;
    uint32_t ttl;
    g_autofree char *nothing = trace_picture_describe(picture, 0, layout->n_columns);
    g_autofree char *words =
        trace_picture_describe(picture, 2, layout->column_of[FIELD_IPV4_TTL] + 1);
    g_autofree char *expected = NULL;
    g_autofree char *absent = trace_picture_describe(picture, 0, layout->column_of[FIELD_IPV6_VER]);
    g_autofree char *padding = trace_picture_describe(picture, IMAGE_ROWS + 5, 0);

    g_assert_null(nothing);
    g_assert_true(trace_get(document->trace, 2, FIELD_IPV4_TTL, &ttl));
    expected = g_strdup_printf("Packet 3 · IPv4 TTL = %u (0x%x) · bit 1 of 8 is %d", ttl, ttl,
                               (int)(ttl >> 6 & 1));
    g_assert_cmpstr(words, ==, expected);
    g_assert_cmpstr(absent, ==, "Packet 1 · IPv6 Ver · absent");
    g_assert_nonnull(strstr(padding, "padding"));
    g_assert_null(trace_picture_meaning(picture, -1));
    g_assert_cmpstr(trace_picture_meaning(picture, 0), ==, "IP version: 4.");
}

static void
test_document(void)
{
    g_autoptr(Document) document = read_sample("none_dns_udp53_00001.pcap");
    g_autofree char *facts = document_facts(document);
    g_autofree char *start =
        g_strdup_printf("%'d packets · layout torchlight", document->trace->n_rows);

    g_assert_cmpstr(document->caption, ==, "pixelated network data: no vpn, dns, udp53");
    g_assert_true(document->can_caption);
    g_assert_cmpint(document->n_packets, ==, document->trace->n_rows);
    g_assert_true(g_str_has_prefix(facts, start));
    g_assert_cmpint(document_n_pictures(document), >=, 1);
}

static void
test_document_bad(Fixture *fixture, gconstpointer data)
{
    static const char *const names[] = {"empty.pcap", "text.pcap", "broken.png", "none.pcap",
                                        "no such.pcap"};
    static const char capture[] = "\xd4\xc3\xb2\xa1\2\0\4\0\0\0\0\0\0\0\0\0\0\0\4\0\1\0\0\0";
    const char *const contents[] = {"", "not a capture, at all", "\x89PNG\r\n\x1a\n", capture,
                                    NULL};
    const gssize sizes[] = {0, -1, 8, sizeof capture - 1, 0};

    for (guint i = 0; i < G_N_ELEMENTS(names); i++) {
        g_autofree char *path = inside(fixture, names[i]);
        g_autoptr(GError) error = NULL;
        if (contents[i])
            put(path, contents[i], sizes[i]);
        g_assert_null(document_read(path, PALETTE_TORCHLIGHT, &error));
        g_assert_nonnull(error);
        g_assert_nonnull(strstr(error->message, names[i]));
    }
}

static void
test_caption_alone(Fixture *fixture, gconstpointer data)
{
    g_autofree char *path = inside(fixture, "a.b.pcap");
    g_autofree char *beside = inside(fixture, "a.b.txt");
    g_autofree char *none = caption_file_read(path, NULL, NULL);
    g_autofree char *again = NULL, *content = NULL, *refused = NULL;
    GError *error = NULL;

    g_assert_cmpstr(none, ==, "");
    g_assert_true(caption_file_write(path, "  web,\nhttp2 ", &error));
    g_assert_no_error(error);
    g_assert_true(g_file_get_contents(beside, &content, NULL, NULL));
    g_assert_cmpstr(content, ==, "web, http2\n");
    again = caption_file_read(path, NULL, &error);
    g_assert_cmpstr(again, ==, "web, http2");

    /* What is no caption is neither shown nor overwritten. */
    put(beside, "\xff\xfe binary", -1);
    refused = caption_file_read(path, NULL, &error);
    g_assert_null(refused);
    g_assert_error(error, G_IO_ERROR, G_IO_ERROR_INVALID_DATA);
    g_clear_error(&error);
    g_assert_false(caption_file_write(path, "web", &error));
    g_assert_error(error, G_IO_ERROR, G_IO_ERROR_INVALID_DATA);
    g_clear_error(&error);
    g_free(content);
    g_assert_true(g_file_get_contents(beside, &content, NULL, NULL));
    g_assert_cmpstr(content, ==, "\xff\xfe binary");
}

/* In a dataset folder both places say the same. */
static void
test_caption_dataset(Fixture *fixture, gconstpointer data)
{
    g_autofree char *path = inside(fixture, "one.png");
    g_autofree char *metadata = inside(fixture, "metadata.jsonl");
    g_autofree char *beside = inside(fixture, "one.txt");
    g_autofree char *text = NULL, *json = NULL, *read = NULL;
    GError *error = NULL;

    put(path, "not opened", -1);
    put(metadata, "{\"file_name\": \"one.png\", \"text\": \"before\"}\n", -1);
    read = caption_file_read(path, NULL, &error);
    g_assert_no_error(error);
    g_assert_cmpstr(read, ==, "before");
    g_assert_true(caption_file_write(path, "after", &error));
    g_assert_no_error(error);
    g_assert_true(g_file_get_contents(beside, &text, NULL, NULL));
    g_assert_true(g_file_get_contents(metadata, &json, NULL, NULL));
    g_assert_cmpstr(text, ==, "after\n");
    g_assert_nonnull(strstr(json, "\"after\""));
    g_assert_null(strstr(json, "before"));
}

/* A long trace is several pictures, the last one short. */
static void
test_pictures(Fixture *fixture, gconstpointer data)
{
    g_autofree char *path = inside(fixture, "long.npy");
    g_autoptr(Trace) trace = trace_new(layout_default(), 2500);
    GError *error = NULL;
    g_autoptr(Document) document = NULL;
    g_autoptr(TracePicture) last = NULL;
    g_autofree char *words = NULL;

    for (int row = 0; row < trace->n_rows; row++)
        trace_set(trace, row, FIELD_IPV4_TTL, row & 0xff);
    g_assert_true(trace_write_npy(trace, path, &error));
    document = document_read(path, PALETTE_TORCHLIGHT, &error);
    g_assert_no_error(error);
    g_assert_cmpint(document_n_pictures(document), ==, 3);
    last = trace_picture_new(document->trace, 2 * IMAGE_ROWS, PALETTE_TORCHLIGHT);
    g_assert_cmpint(last->trace->n_rows, ==, 2500 - 2 * IMAGE_ROWS);
    g_assert_cmpint(last->pixels->height, ==, last->trace->n_rows);
    words = trace_picture_describe(last, 1, layout_default()->column_of[FIELD_IPV4_TTL] + 7);
    g_assert_cmpstr(words, ==, "Packet 2050 · IPv4 TTL = 1 · bit 7 of 8 is 1");
}

static void
test_eta(void)
{
    const struct {
        double seconds;
        const char *text;
    } cases[] = {{-1, ""},
                 {0, "about 1 s left"},
                 {12.2, "about 13 s left"},
                 {90, "about 2 min left"},
                 {3599, "about 60 min left"},
                 {7300, "about 3 h left"},
                 {1e9, ""}};

    for (guint i = 0; i < G_N_ELEMENTS(cases); i++) {
        g_autofree char *text = time_left_text(cases[i].seconds);
        g_assert_cmpstr(text, ==, cases[i].text);
    }
}

int
main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
#define ADD(name, func) g_test_add(name, Fixture, NULL, set_up, func, tear_down)
    g_test_add_func("/ui/levels", test_levels);
    g_test_add_func("/ui/describe", test_describe);
    g_test_add_func("/ui/document", test_document);
    ADD("/ui/document-bad", test_document_bad);
    ADD("/ui/caption-alone", test_caption_alone);
    ADD("/ui/caption-dataset", test_caption_dataset);
    ADD("/ui/pictures", test_pictures);
    g_test_add_func("/ui/eta", test_eta);
    return g_test_run();
}
