/* SPDX-License-Identifier: Apache-2.0 */
/* Pictures: palettes, padding, colour correction, PNG kinds, and pictures that do not fit. */
#include "app/trace/image.h"
#include "app/trace/difference.h"

#include <math.h>
#include <png.h>
#include <string.h>

#include "tests/trace/support.h"

typedef struct {
    char *scratch;
    char *path;
} Fixture;

static void
set_up(Fixture *fixture, gconstpointer data)
{
    fixture->scratch = scratch_new();
    fixture->path = scratch_path(fixture->scratch, "picture.png");
}

static void
tear_down(Fixture *fixture, gconstpointer data)
{
    g_free(fixture->path);
    scratch_free(fixture->scratch);
}

static void
test_palettes(Fixture *fixture, gconstpointer data)
{
    static const struct {
        const char *name;
        int trit;
        uint8_t rgb[3];
    } cases[] = {
        {"torchlight", 1, {0, 255, 0}},   {"torchlight", 0, {255, 0, 0}},
        {"torchlight", -1, {0, 0, 255}},  {"netdiffusion", 1, {255, 0, 0}},
        {"netdiffusion", 0, {0, 255, 0}}, {"netdiffusion", -1, {0, 0, 255}},
    };
    g_autoptr(GError) error = NULL;
    Palette palette;

    for (size_t i = 0; i < G_N_ELEMENTS(cases); i++) {
        g_assert_true(palette_by_name(cases[i].name, &palette, NULL));
        g_assert_cmpstr(palette_name(palette), ==, cases[i].name);
        g_assert_cmpmem(palette_colour(palette, cases[i].trit), 3, cases[i].rgb, 3);
    }
    g_assert_false(palette_by_name("mauve", &palette, &error));
    assert_error_says(error, "mauve", "torchlight", "netdiffusion", NULL);
}

static double
linear(uint8_t value)
{
    double share = value / 255.0;

    return share <= 0.04045 ? share / 12.92 : pow((share + 0.055) / 1.055, 2.4);
}

/* Relative luminance (WCAG 2) of a colour as an eye sees it; matrix in linear RGB. */
static double
luminance(const uint8_t *colour, const double matrix[9])
{
    static const double weights[3] = {0.2126, 0.7152, 0.0722};
    double sum = 0;

    for (int i = 0; i < 3; i++) {
        double seen = 0;
        for (int j = 0; j < 3; j++)
            seen += matrix[3 * i + j] * linear(colour[j]);
        sum += weights[i] * CLAMP(seen, 0, 1);
    }
    return sum;
}

/* Deuteranopia, protanopia and tritanopia as Machado, Oliveira and Fernandes simulate them ("A
 * Physiologically-based Model for Simulation of Color Vision Deficiency", 2009, severity 1): by
 * lightness alone every two of the three colours are as far apart as text must be from its
 * background where it is large (WCAG 2, 1.4.3: 3 to 1), nearly. */
static void
test_colour_blind(Fixture *fixture, gconstpointer data)
{
    static const double eyes[][9] = {
        {1, 0, 0, 0, 1, 0, 0, 0, 1},
        {0.367322, 0.860646, -0.227968, 0.280085, 0.672501, 0.047413, -0.011820, 0.042940,
         0.968881},
        {0.152286, 1.052583, -0.204868, 0.114503, 0.786281, 0.099216, -0.003882, -0.048116,
         1.051998},
        {1.255528, -0.076749, -0.178779, -0.078411, 0.930809, 0.147602, 0.004733, 0.691367,
         0.303900},
    };

    for (size_t eye = 0; eye < G_N_ELEMENTS(eyes); eye++) {
        double absent = luminance(palette_colour(PALETTE_COLOUR_BLIND, -1), eyes[eye]);
        double zero = luminance(palette_colour(PALETTE_COLOUR_BLIND, 0), eyes[eye]);
        double one = luminance(palette_colour(PALETTE_COLOUR_BLIND, 1), eyes[eye]);

        g_assert_cmpfloat((zero + 0.05) / (absent + 0.05), >, 2.7);
        g_assert_cmpfloat((one + 0.05) / (zero + 0.05), >, 2.7);
    }
    g_assert_cmpint(palette_for_files(PALETTE_COLOUR_BLIND), ==, PALETTE_TORCHLIGHT);
    g_assert_cmpint(palette_for_files(PALETTE_NETDIFFUSION), ==, PALETTE_NETDIFFUSION);
    g_assert_false(palette_by_name(palette_name(PALETTE_COLOUR_BLIND), &(Palette){0}, NULL));
}

static void
test_recolour(Fixture *fixture, gconstpointer data)
{
    g_autoptr(Trace) trace = made_trace("torchlight", 3, 1);

    for (Palette palette = 0; palette <= PALETTE_COLOUR_BLIND; palette++) {
        g_autoptr(Image) image = trace_draw(trace, 0, 4, PALETTE_TORCHLIGHT);
        g_autoptr(Image) drawn = trace_draw(trace, 0, 4, palette);
        size_t n = (size_t)image->width * image->height * 3;
        image_recolour(image, palette);
        g_assert_cmpmem(image->pixels, n, drawn->pixels, n);
    }
}

static void
test_difference(Fixture *fixture, gconstpointer data)
{
    g_autoptr(Trace) a = made_trace("torchlight", 3, 1);
    g_autoptr(Trace) b = trace_copy(a);
    g_autoptr(Trace) shorter = trace_slice(a, 0, 2);
    g_autoptr(Trace) other = made_trace("nprint", 3, 1);
    Difference difference;
    int n_there = 0;

    trace_row(b, 1)[7] = trace_row(a, 1)[7] == 1 ? 0 : 1;
    g_autoptr(Image) image = trace_draw_difference(a, b, PALETTE_TORCHLIGHT, &difference);
    g_assert_cmpint(difference.n_bits, ==, 1);
    g_assert_cmpint(difference.n_rows, ==, 1);
    g_assert_cmpint(image->pixels[(1088 + 7) * 3 + 1], ==, 236);
    g_assert_cmpint(image->pixels[(1088 + 8) * 3 + 1], <, 100);

    g_autoptr(Image) longer = trace_draw_difference(a, shorter, PALETTE_TORCHLIGHT, &difference);
    for (int column = 0; column < 1088; column++)
        n_there += trace_row(a, 2)[column] >= 0;
    g_assert_cmpint(longer->height, ==, 3);
    g_assert_cmpint(difference.n_bits, ==, n_there);
    g_assert_null(trace_draw_difference(a, other, PALETTE_TORCHLIGHT, NULL));
}

static void
test_draw(Fixture *fixture, gconstpointer data)
{
    g_autoptr(Trace) trace = made_trace("torchlight", 3, 1);
    g_autoptr(Image) image = trace_draw(trace, 1, 4, PALETTE_TORCHLIGHT);

    g_assert_cmpint(image->width, ==, 1088);
    g_assert_cmpint(image->height, ==, 4);
    for (int y = 0; y < 4; y++) {
        for (int x = 0; x < 1088; x++) {
            int trit = y < 2 ? trace_row(trace, 1 + y)[x] : -1;
            g_assert_cmpmem(image->pixels + (y * 1088 + x) * 3, 3,
                            palette_colour(PALETTE_TORCHLIGHT, trit), 3);
        }
    }
}

/* Small noise changes no trit; confidence is 1 - nearest / second nearest. */
static void
test_colour_correction(Fixture *fixture, gconstpointer data)
{
    g_autoptr(Trace) trace = made_trace("torchlight", 64, 2);
    g_autoptr(Image) image = trace_draw(trace, 0, 64, PALETTE_TORCHLIGHT);
    g_autoptr(Trace) back = NULL;
    size_t n = (size_t)64 * 1088;
    uint8_t *first = image->pixels;

    for (size_t i = 0; i < n * 3; i++) {
        int noisy = image->pixels[i] + g_test_rand_int_range(-100, 101);
        image->pixels[i] = (uint8_t)CLAMP(noisy, 0, 255);
    }
    memcpy(first, (uint8_t[]){10, 200, 60}, 3);   /* one */
    memcpy(first + 3, (uint8_t[]){0, 0, 0}, 3);   /* equally far from all: absent */
    memcpy(first + 6, (uint8_t[]){90, 90, 0}, 3); /* equally far from 0 and 1: 0 */
    trace_row(trace, 0)[0] = 1;
    trace_row(trace, 0)[1] = -1;
    trace_row(trace, 0)[2] = 0;
    back = trace_from_image(image, trace->layout, PALETTE_TORCHLIGHT, NULL);
    assert_same_trits("noisy picture", trace, back);
    g_assert_cmpfloat_with_epsilon(
        back->confidence[0], 1 - sqrt((100 + 55 * 55 + 60 * 60) / (100. + 200 * 200 + 195 * 195)),
        1e-6);
    g_assert_cmpfloat(back->confidence[1], ==, 0);
    g_assert_cmpfloat(back->confidence[2], ==, 0);
    for (size_t i = 0; i < n; i++)
        g_assert_true(back->confidence[i] >= 0 && back->confidence[i] <= 1);
}

/* The same picture as RGB, RGBA, palette and 16 bits reads the same. */
static void
test_png_kinds(Fixture *fixture, gconstpointer data)
{
    static const uint8_t rgba[2][2][4] = {{{255, 0, 0, 255}, {0, 255, 0, 255}},
                                          {{0, 0, 255, 255}, {255, 255, 0, 255}}};
    static const uint8_t map[4 * 3] = {255, 0, 0, 0, 255, 0, 0, 0, 255, 255, 255, 0};
    static const uint8_t indices[4] = {0, 1, 2, 3};
    static const uint8_t expected[12] = {255, 0, 0, 0, 255, 0, 0, 0, 255, 255, 255, 0};

    for (int kind = 0; kind < 2; kind++) {
        png_image png = {.version = PNG_IMAGE_VERSION, .width = 2, .height = 2};
        g_autoptr(Image) colour = NULL, grey = NULL;

        png.format = kind == 0 ? PNG_FORMAT_RGBA : PNG_FORMAT_RGB_COLORMAP;
        png.colormap_entries = kind == 0 ? 0 : 4;
        g_assert_true(png_image_write_to_file(&png, fixture->path, 0,
                                              kind == 0 ? (const void *)rgba : indices, 0, map));
        colour = image_read_png(fixture->path, 3, NULL, NULL);
        g_assert_cmpmem(colour->pixels, 12, expected, 12);
        grey = image_read_png(fixture->path, 1, NULL, NULL);
        g_assert_cmpint(grey->n_channels, ==, 1);
        g_assert_cmpint(grey->pixels[0], ==, 76); /* OpenCV's RGB2GRAY */
        g_assert_cmpint(grey->pixels[1], ==, 150);
        g_assert_cmpint(grey->pixels[2], ==, 29);
        g_assert_cmpint(grey->pixels[3], ==, 226);
    }
}

static void
test_text(Fixture *fixture, gconstpointer data)
{
    g_autoptr(GHashTable) text = g_hash_table_new(g_str_hash, g_str_equal);
    g_autoptr(GHashTable) back = NULL;
    g_autoptr(Image) image = image_new(3, 2, 1), same = NULL;
    g_autofree char *long_text = g_strnfill(100000, 'x');
    g_autofree char *first = NULL, *second = NULL;
    gsize n_first, n_second;

    memcpy(image->pixels, "abcdef", 6);
    g_hash_table_insert(text, "short", "value");
    g_hash_table_insert(text, "long", long_text);
    g_hash_table_insert(text, "accents", "déjà vu ☂");
    g_assert_true(image_write_png(image, fixture->path, text, NULL));
    g_assert_true(g_file_get_contents(fixture->path, &first, &n_first, NULL));
    g_assert_cmpuint(n_first, <, 2000);
    same = image_read_png(fixture->path, 1, &back, NULL);
    g_assert_cmpmem(same->pixels, 6, image->pixels, 6);
    g_assert_cmpuint(g_hash_table_size(back), ==, 3);
    g_assert_cmpstr(g_hash_table_lookup(back, "short"), ==, "value");
    g_assert_cmpstr(g_hash_table_lookup(back, "long"), ==, long_text);
    g_assert_cmpstr(g_hash_table_lookup(back, "accents"), ==, "déjà vu ☂");
    g_assert_true(image_write_png(image, fixture->path, text, NULL));
    g_assert_true(g_file_get_contents(fixture->path, &second, &n_second, NULL));
    g_assert_cmpmem(first, n_first, second, n_second);
}

static void
expect_error(Fixture *fixture, const char *layout, const Palette *palette, const char *word,
             const char *second_word)
{
    g_autoptr(GError) error = NULL;

    g_assert_null(trace_read_png(fixture->path, layout, palette, &error));
    assert_error_says(error, "picture.png", word, second_word, NULL);
}

static void
test_pictures_that_do_not_fit(Fixture *fixture, gconstpointer data)
{
    static const Palette netdiffusion = PALETTE_NETDIFFUSION;
    g_autoptr(Trace) trace = made_trace("torchlight", 20, 3);
    g_autoptr(Trace) long_trace = trace_new(layout_default(), IMAGE_ROWS + 1);
    g_autoptr(Image) drawn = trace_draw(trace, 0, 32, PALETTE_NETDIFFUSION);
    g_autoptr(Image) wide = image_new(1089, 32, 3), narrow = image_new(816, 768, 3);
    g_autoptr(Trace) back = NULL;
    g_autoptr(GError) error = NULL;

    for (int y = 0; y < 32; y++)
        memcpy(wide->pixels + (y * 1089 + 1) * 3, drawn->pixels + y * 1088 * 3, 1088 * 3);
    g_assert_true(image_write_png(wide, fixture->path, NULL, NULL));
    expect_error(fixture, NULL, NULL, "1089", "netdiffusion");
    back = trace_read_png(fixture->path, NULL, &netdiffusion, NULL);
    assert_same_trits("NetDiffusion's picture", trace, back);
    g_assert_true(image_write_png(narrow, fixture->path, NULL, NULL));
    expect_error(fixture, NULL, NULL, "816", "1088");
    g_assert_true(trace_write_png(trace, fixture->path, PALETTE_TORCHLIGHT, NULL));
    expect_error(fixture, "nprint", NULL, "torchlight", "nprint");
    g_assert_false(trace_write_png(long_trace, fixture->path, PALETTE_TORCHLIGHT, &error));
    assert_error_says(error, "picture.png", "1024", "1025", NULL);
}

/* Text chunks that lie. */
static void
test_lying_text(Fixture *fixture, gconstpointer data)
{
    static const struct {
        const char *key, *value, *word;
    } cases[] = {
        {"torchlight:layout", "squint", "squint"},
        {"torchlight:palette", "mauve", "mauve"},
        {"torchlight:rows", "9999999999", "9999999999"},
        {"torchlight:rows", "-1", "rows"},
        {"torchlight:rows", "33", "33"},
        {"torchlight:sides", "", "side columns"},
        {"torchlight:sides", "time_ns\n1\n", "side columns"},
        {"torchlight:sides", "colour\n1\n2\n3\n", "side columns"},
        {"torchlight:sides", "src,src,src,src,src,src,src\n", "side columns"},
        {"torchlight:sides", "direction\n0\n1\n2\n", "line 4"},
        {"torchlight:sides", "length\n0\n-1\n2\n", "line 3"},
        {"torchlight:sides", "src\n192.0.2.1\n192.0.2\n\n", "line 3"},
    };
    g_autoptr(Trace) trace = made_trace("torchlight", 3, 4);
    g_autoptr(Image) image = trace_draw(trace, 0, 32, PALETTE_TORCHLIGHT);

    for (size_t i = 0; i < G_N_ELEMENTS(cases); i++) {
        g_autoptr(GHashTable) text = g_hash_table_new(g_str_hash, g_str_equal);

        g_hash_table_insert(text, (char *)cases[i].key, (char *)cases[i].value);
        g_assert_true(image_write_png(image, fixture->path, text, NULL));
        expect_error(fixture, NULL, NULL, cases[i].word, cases[i].word);
    }
}

int
main(int argc, char **argv)
{
    static const struct {
        const char *name;
        void (*run)(Fixture *, gconstpointer);
    } tests[] = {
        {"/image/palettes", test_palettes},
        {"/image/colour-blind", test_colour_blind},
        {"/image/recolour", test_recolour},
        {"/image/difference", test_difference},
        {"/image/draw", test_draw},
        {"/image/colour-correction", test_colour_correction},
        {"/image/png-kinds", test_png_kinds},
        {"/image/text", test_text},
        {"/image/misfits", test_pictures_that_do_not_fit},
        {"/image/lies", test_lying_text},
    };

    g_test_init(&argc, &argv, NULL);
    for (size_t i = 0; i < G_N_ELEMENTS(tests); i++)
        g_test_add(tests[i].name, Fixture, NULL, set_up, tests[i].run, tear_down);
    return g_test_run();
}
