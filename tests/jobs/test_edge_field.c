/* SPDX-License-Identifier: Apache-2.0 */
/* Edges in two parts against edges at once: the pictures of sample captures, odd sizes, grey and
 * colour. */
#include "app/jobs/edge_field.h"

#include "app/jobs/picture.h"
#include "app/trace/capture.h"

static const double thresholds[][2] = {
    {EDGE_LOW, EDGE_HIGH}, {0, 0}, {30, 500}, {242, 242}, {9, 8}};

static void
check_picture(Device *device, const Image *image)
{
    g_autoptr(GError) error = NULL;

    for (int l2 = 0; l2 < 2; l2++) {
        g_autoptr(EdgeField) field = edge_field_new(image, l2 != 0, &error);
        g_assert_no_error(error);
        g_assert_cmpint(edge_field_width(field), ==, image->width);
        g_assert_cmpint(edge_field_height(field), ==, image->height);
        g_assert_true(edge_field_is_l2(field) == (l2 != 0));
        for (guint i = 0; i < G_N_ELEMENTS(thresholds); i++) {
            const double low = thresholds[i][0], high = thresholds[i][1];
            g_autoptr(Image) parts = edge_field_threshold(field, low, high, &error);
            g_assert_no_error(error);
            g_autoptr(Image) whole = image_edges(device, image, low, high, l2 != 0, &error);
            g_assert_no_error(error);
            g_assert_cmpmem(parts->pixels, (gsize)parts->width * (gsize)parts->height,
                            whole->pixels, (gsize)whole->width * (gsize)whole->height);
        }
    }
}

static void
test_samples(void)
{
    static const char *const names[] = {"none_dns_udp53_00001.pcap",
                                        "none_dash_1080_http1.1_00001.pcap"};
    g_autoptr(GError) error = NULL;
    g_autoptr(Device) device = device_open("cpu", &error);

    g_assert_no_error(error);
    for (guint i = 0; i < G_N_ELEMENTS(names); i++) {
        g_autofree char *path =
            g_build_filename(g_getenv("TORCHLIGHT_DATADIR"), "samples", names[i], NULL);
        g_autoptr(Trace) trace =
            trace_read_capture(path, layout_default(), IMAGE_ROWS, NULL, &error);
        g_assert_no_error(error);
        g_autoptr(Image) image = trace_draw(trace, 0, IMAGE_ROWS, PALETTE_TORCHLIGHT);
        check_picture(device, image);
        /* That nothing is above the largest threshold. */
        g_autoptr(EdgeField) field = edge_field_new(image, false, &error);
        g_autoptr(Image) none = edge_field_threshold(field, EDGE_MAX_THRESHOLD, 1e9, &error);
        for (gsize at = 0; at < (gsize)none->width * (gsize)none->height; at++)
            g_assert_cmpint(none->pixels[at], ==, 0);
    }
}

static void
test_odd_sizes(void)
{
    static const int sizes[][2] = {{1, 1}, {1, 9}, {13, 1}, {2, 2}, {31, 67}, {129, 33}};
    g_autoptr(GError) error = NULL;
    g_autoptr(Device) device = device_open("cpu", &error);
    g_autoptr(GRand) random = g_rand_new_with_seed(3);

    g_assert_no_error(error);
    for (guint i = 0; i < G_N_ELEMENTS(sizes); i++) {
        for (int n_channels = 1; n_channels <= 3; n_channels += 2) {
            g_autoptr(Image) image = image_new(sizes[i][0], sizes[i][1], n_channels);
            for (int k = 0; k < image->width * image->height * n_channels; k++)
                image->pixels[k] = (uint8_t)g_rand_int_range(random, 0, 256);
            check_picture(device, image);
        }
    }
}

int
main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/edge_field/samples", test_samples);
    g_test_add_func("/edge_field/odd_sizes", test_odd_sizes);
    return g_test_run();
}
