/* SPDX-License-Identifier: Apache-2.0 */
/* The forward process: the picture itself at 0, noise at the end, and the same for the same seed.
 */
#include "app/jobs/forward_noise.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { WIDTH = 64, HEIGHT = 32 };

static Image *
make_picture(void)
{
    Image *image = image_new(WIDTH, HEIGHT, 3);

    for (int i = 0; i < WIDTH * HEIGHT; i++)
        image->pixels[i * 3 + (i % WIDTH < WIDTH / 2 ? 0 : 2)] = 255;
    return image;
}

/* Mean distance of the pixels. */
static double
distance(const Image *a, const Image *b)
{
    gsize n = (gsize)a->width * a->height * a->n_channels;
    double sum = 0;

    g_assert_cmpint(a->width, ==, b->width);
    g_assert_cmpint(a->height, ==, b->height);
    for (gsize i = 0; i < n; i++)
        sum += abs(a->pixels[i] - b->pixels[i]);
    return sum / (double)n;
}

static void
test_process(void)
{
    g_autoptr(GError) error = NULL;
    g_autoptr(Image) picture = make_picture();
    g_autoptr(ForwardNoise) noise = forward_noise_new(picture, NULL, "cpu", 5, NULL, &error);
    int n;
    double before = 2;

    g_assert_no_error(error);
    n = forward_noise_n_steps(noise);
    g_assert_cmpfloat(forward_noise_signal(noise, 0), ==, 1);
    for (int t = 0; t <= n; t++) {
        g_assert_cmpfloat(forward_noise_signal(noise, t), <, before);
        before = forward_noise_signal(noise, t);
    }
    g_assert_cmpfloat(before, <, 0.05);

    g_autoptr(Image) start = forward_noise_pixels(noise, 0);
    g_autoptr(Image) early = forward_noise_pixels(noise, n / 10);
    g_autoptr(Image) late = forward_noise_pixels(noise, n);
    g_assert_cmpfloat(distance(picture, start), ==, 0);
    g_assert_cmpfloat(distance(picture, early), >, 2);
    g_assert_cmpfloat(distance(picture, late), >, distance(picture, early));

    g_autoptr(Image) decoded = forward_noise_decode(noise, n / 2, NULL, &error);
    g_assert_no_error(error);
    g_assert_cmpint(decoded->width, ==, WIDTH);
    g_assert_cmpint(decoded->height, ==, HEIGHT);

    g_autoptr(ForwardNoise) again = forward_noise_new(picture, NULL, "cpu", 5, NULL, &error);
    g_autoptr(Image) same = forward_noise_pixels(again, n / 10);
    g_assert_cmpfloat(distance(early, same), ==, 0);
}

int
main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/forward-noise/process", test_process);
    return g_test_run();
}
