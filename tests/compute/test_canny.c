/* SPDX-License-Identifier: Apache-2.0 */
/* Canny's edges against OpenCV's (canny_cases.h), on the CPU and on Vulkan; and those of a picture
 * of full size on both. */
#include "compute/canny.h"

#include <math.h>
#include <string.h>

#include "tests/compute/canny_cases.h"

static uint32_t
next(uint32_t *state)
{
    *state = *state * 1664525u + 1013904223u;
    return *state;
}

/* The same pictures as picture() of canny_opencv.py draws. */
static uint8_t *
picture_make(const char *kind, int width, int height, int n_channels, uint32_t state)
{
    uint8_t *image = g_malloc((gsize)width * (gsize)height * (gsize)n_channels), *at = image;
    g_autofree uint32_t *column = g_new0(uint32_t, width);
    for (int y = 0; y < height; y++) {
        for (int x = 0; x < width; x++) {
            for (int c = 0; c < n_channels; c++, at++) {
                uint32_t random = next(&state);
                int u = x - width / 2, v = y - height / 3;
                if (g_str_equal(kind, "noise")) {
                    *at = (uint8_t)(random >> 24);
                } else if (g_str_equal(kind, "faint")) {
                    *at = (uint8_t)(100 + (random >> 28) + ((x / 7 + y / 5) % 2 ? 40 : 0));
                } else if (g_str_equal(kind, "slope")) {
                    *at = (uint8_t)(x * 3 + y * 2 + c * 40);
                } else if (g_str_equal(kind, "rings")) {
                    *at = (uint8_t)((u * u + v * v) / (9 + c));
                } else {
                    if (c == 0 && (y == 0 || random >> 28 == 0))
                        column[x] = (random >> 20) % 3;
                    *at = (uint8_t)(n_channels == 1 ? column[x] * 120
                                                    : 255 * (column[x] == (uint32_t)c));
                }
            }
        }
    }
    return image;
}

static uint64_t
hash_of(const uint8_t *data, gsize n)
{
    uint64_t hash = UINT64_C(0xcbf29ce484222325);
    for (gsize i = 0; i < n; i++)
        hash = (hash ^ data[i]) * UINT64_C(0x100000001b3);
    return hash;
}

static Device *
device_or_skip(const char *name)
{
    g_autoptr(GError) error = NULL;
    Device *device = device_open(name, &error);
    if (!device)
        g_test_skip(error->message);
    return device;
}

static void
test_opencv(const void *device_name)
{
    g_autoptr(Device) device = device_or_skip(device_name);
    for (guint i = 0; device && i < G_N_ELEMENTS(canny_cases); i++) {
        const CannyCase *c = &canny_cases[i];
        g_autoptr(GError) error = NULL;
        gsize n = (gsize)c->width * (gsize)c->height;
        g_autofree uint8_t *image =
            picture_make(c->kind, c->width, c->height, c->n_channels, c->seed);
        g_autofree uint8_t *edges = g_malloc(n);
        g_assert_true(canny(device, image, c->width, c->height, c->n_channels, c->low, c->high,
                            c->l2_gradient != 0, edges, &error));
        g_assert_no_error(error);
        int n_edges = 0;
        for (gsize k = 0; k < n; k++)
            n_edges += edges[k] == 255;
        if (n_edges != c->n_edges || hash_of(edges, n) != c->hash) {
            g_test_message("%s %dx%dx%d, %g %g, L%d: %d edge pixels, OpenCV %d", c->kind, c->width,
                           c->height, c->n_channels, c->low, c->high, c->l2_gradient + 1, n_edges,
                           c->n_edges);
            g_test_fail();
        }
    }
}

/* In two parts: what OpenCV finds, too, whichever thresholds were asked for before. */
static void
test_field(void)
{
    for (guint i = 0; i < G_N_ELEMENTS(canny_cases); i++) {
        const CannyCase *c = &canny_cases[i];
        g_autoptr(GError) error = NULL;
        gsize n = (gsize)c->width * (gsize)c->height;
        g_autofree uint8_t *image =
            picture_make(c->kind, c->width, c->height, c->n_channels, c->seed);
        g_autofree uint8_t *edges = g_malloc(n);
        g_autoptr(CannyField) field =
            canny_field_new(image, c->width, c->height, c->n_channels, c->l2_gradient != 0, &error);
        g_assert_no_error(error);
        g_assert_true(canny_field_threshold(field, -3, 0, edges, &error));
        g_assert_true(canny_field_threshold(field, c->low, c->high, edges, &error));
        g_assert_no_error(error);
        g_assert_cmphex(hash_of(edges, n), ==, c->hash);
    }
}

/* At both ends of what thresholds can be, and where none is a number. */
static void
test_field_ends(void)
{
    enum { WIDTH = 203, HEIGHT = 77 };
    static const double thresholds[][2] = {{0, 0},      {-5, -1},    {1, 1},  {2039, 2040},
                                           {1e9, 1e12}, {0.5, 2041}, {-1, 7}, {1000, 0}};
    g_autoptr(Device) device = device_or_skip("cpu");
    g_autoptr(GError) error = NULL;
    g_autofree uint8_t *image = picture_make("noise", WIDTH, HEIGHT, 3, 11);
    g_autofree uint8_t *whole = g_malloc(WIDTH * HEIGHT), *parts = g_malloc(WIDTH * HEIGHT);
    for (int l2 = 0; l2 < 2; l2++) {
        g_autoptr(CannyField) field = canny_field_new(image, WIDTH, HEIGHT, 3, l2 != 0, &error);
        g_assert_no_error(error);
        for (guint i = 0; i < G_N_ELEMENTS(thresholds); i++) {
            const double low = thresholds[i][0], high = thresholds[i][1];
            g_assert_true(
                canny(device, image, WIDTH, HEIGHT, 3, low, high, l2 != 0, whole, &error));
            g_assert_true(canny_field_threshold(field, low, high, parts, &error));
            g_assert_cmpmem(whole, WIDTH * HEIGHT, parts, WIDTH * HEIGHT);
        }
        g_assert_false(canny_field_threshold(field, 1, (double)NAN, parts, &error));
        g_assert_error(error, G_IO_ERROR, G_IO_ERROR_INVALID_ARGUMENT);
        g_clear_error(&error);
    }
    g_assert_null(canny_field_new(image, WIDTH, 0, 3, false, &error));
    g_assert_error(error, G_IO_ERROR, G_IO_ERROR_INVALID_ARGUMENT);
}

/* The weak outline of a line that winds through the whole picture from a strong dot: the devices
 * must follow it to its end, however often they have to begin again. */
static void
test_winding(const void *device_name)
{
    enum { WIDTH = 331, HEIGHT = 257 };
    g_autoptr(Device) device = device_or_skip(device_name);
    if (!device)
        return;
    g_autoptr(GError) error = NULL;
    g_autofree uint8_t *image = g_malloc0(WIDTH * HEIGHT), *edges = g_malloc(WIDTH * HEIGHT);
    for (int y = 8; y < HEIGHT - 8; y += 16) {
        int left = y / 16 % 2 ? 8 : WIDTH - 11;
        for (int v = y; v < y + 3; v++)
            memset(image + v * WIDTH + 8, 40, WIDTH - 16);
        for (int v = y; v < y + 16 && v < HEIGHT - 8; v++)
            memset(image + v * WIDTH + left, 40, 3);
    }
    gsize n_weak = 0, n_all = 0;
    g_assert_true(canny(device, image, WIDTH, HEIGHT, 1, 50, 300, false, edges, &error));
    for (gsize i = 0; i < WIDTH * HEIGHT; i++)
        n_weak += edges[i] != 0;
    g_assert_cmpuint(n_weak, ==, 0);
    for (int i = 0; i < 9; i++)
        image[(7 + i / 3) * WIDTH + 8 + i % 3] = 255;
    g_assert_true(canny(device, image, WIDTH, HEIGHT, 1, 50, 300, false, edges, &error));
    for (gsize i = 0; i < WIDTH * HEIGHT; i++)
        n_all += edges[i] != 0;
    g_assert_cmpuint(n_all, ==, 10413); /* OpenCV's */
}

static void
test_same_on_both(void)
{
    enum { WIDTH = 1088, HEIGHT = 512 };
    g_autoptr(Device) cpu = device_or_skip("cpu");
    g_autoptr(Device) vulkan = device_or_skip("vulkan");
    if (!vulkan)
        return;
    g_autoptr(GError) error = NULL;
    g_autofree uint8_t *image = picture_make("trace", WIDTH, HEIGHT, 3, 5);
    g_autofree uint8_t *a = g_malloc(WIDTH * HEIGHT), *b = g_malloc(WIDTH * HEIGHT);
    g_assert_true(canny(cpu, image, WIDTH, HEIGHT, 3, 100, 200, false, a, &error));
    g_assert_true(canny(vulkan, image, WIDTH, HEIGHT, 3, 100, 200, false, b, &error));
    g_assert_cmpmem(a, WIDTH * HEIGHT, b, WIDTH * HEIGHT);
}

static void
test_bad_arguments(void)
{
    g_autoptr(Device) device = device_or_skip("cpu");
    uint8_t pixel = 0;
    const struct {
        int width, height, n_channels;
        double low;
    } bad[] = {{0, 1, 1, 1}, {1, -1, 1, 1},          {1, 1, 0, 1},
               {1, 1, 5, 1}, {1, 1, 1, (double)NAN}, {1 << 15, 1 << 15, 1, 1}};
    for (guint i = 0; i < G_N_ELEMENTS(bad); i++) {
        g_autoptr(GError) error = NULL;
        g_assert_false(canny(device, &pixel, bad[i].width, bad[i].height, bad[i].n_channels,
                             bad[i].low, 2, false, &pixel, &error));
        g_assert_error(error, G_IO_ERROR, G_IO_ERROR_INVALID_ARGUMENT);
    }
}

int
main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_data_func("/canny/opencv/cpu", "cpu", test_opencv);
    g_test_add_data_func("/canny/opencv/vulkan", "vulkan", test_opencv);
    g_test_add_func("/canny/field", test_field);
    g_test_add_func("/canny/field_ends", test_field_ends);
    g_test_add_data_func("/canny/winding/cpu", "cpu", test_winding);
    g_test_add_data_func("/canny/winding/vulkan", "vulkan", test_winding);
    g_test_add_func("/canny/same_on_both", test_same_on_both);
    g_test_add_func("/canny/bad_arguments", test_bad_arguments);
    return g_test_run();
}
