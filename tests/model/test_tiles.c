// SPDX-License-Identifier: Apache-2.0
//
// Tiles cover and blend; planes are resized as torch and Pillow do, by hand.
#include <math.h>
#include <string.h>

#include <glib.h>

#include "compute/sample/resize.h"
#include "compute/sample/tiles.h"

static void
test_cover(void)
{
    static const int cases[][3] = {{136, 64, 16}, {17, 8, 2}, {13, 8, 2}, {8, 8, 2},
                                   {9, 8, 2},     {5, 8, 2},  {100, 7, 3}};

    for (size_t c = 0; c < G_N_ELEMENTS(cases); c++) {
        TileLine line = tile_line(cases[c][0], cases[c][1], cases[c][2]);

        g_assert_cmpint(tile_line_start(&line, 0), ==, 0);
        g_assert_cmpint(tile_line_start(&line, line.n - 1) + line.size, ==, line.length);
        for (int i = 1; i < line.n; i++)
            g_assert_cmpint(tile_line_start(&line, i - 1) + line.size - tile_line_start(&line, i),
                            >=, cases[c][2]);
        for (int scale = 1; scale <= 8; scale += 7) {
            g_autofree double *sum = g_new0(double, line.length *scale);
            g_autofree float *weights = g_new(float, line.size *scale);

            for (int i = 0; i < line.n; i++) {
                tile_line_weights(&line, i, scale, weights);
                for (int k = 0; k < line.size * scale; k++) {
                    g_assert_cmpfloat(weights[k], >=, 0);
                    sum[tile_line_start(&line, i) * scale + k] += weights[k];
                }
            }
            for (int k = 0; k < line.length * scale; k++)
                g_assert_cmpfloat_with_epsilon(sum[k], 1, 1e-6);
        }
    }
}

/* Tiles that differ by 1 leave no step larger than 1 over what they share. */
static void
test_seam(void)
{
    enum { LENGTH = 24, SIZE = 14, SCALE = 8 };
    TileLine line = tile_line(LENGTH, SIZE, 4);
    float canvas[LENGTH * SCALE] = {0}, tile[SIZE * SCALE], weights[SIZE * SCALE];
    const float one = 1;

    g_assert_cmpint(line.n, ==, 2);
    for (int i = 0; i < 2; i++) {
        TileWindow window = {.n = 1, .height = 1, .width = LENGTH * SCALE, .h = 1};

        window.x = tile_line_start(&line, i) * SCALE;
        window.w = SIZE * SCALE;
        for (int k = 0; k < SIZE * SCALE; k++)
            tile[k] = (float)i;
        tile_line_weights(&line, i, SCALE, weights);
        tile_add(&window, tile, &one, weights, canvas);
    }
    for (int k = 1; k < LENGTH * SCALE; k++)
        g_assert_cmpfloat(fabsf(canvas[k] - canvas[k - 1]), <=, 1.0f / (4 * SCALE) + 1e-6);
    g_assert_cmpfloat(canvas[0], ==, 0);
    g_assert_cmpfloat(canvas[LENGTH * SCALE - 1], ==, 1);
}

static void
test_cut(void)
{
    float planes[2 * 3 * 4], tile[2 * 2 * 2];
    TileWindow window = {.n = 2, .height = 3, .width = 4, .y = 1, .x = 2, .h = 2, .w = 2};
    static const float expected[] = {6, 7, 10, 11, 18, 19, 22, 23};

    for (int i = 0; i < 24; i++)
        planes[i] = (float)i;
    tile_cut(&window, planes, tile);
    g_assert_cmpmem(tile, sizeof tile, expected, sizeof expected);
}

/* --- resize --- */

static void
check_line(ResizeKind kind, const float *from, int n, const float *expected, int n_to)
{
    g_autofree float *across = g_new(float, n_to);
    g_autofree float *down = g_new(float, n_to);

    resize_planes(kind, from, 1, 1, n, across, 1, n_to);
    resize_planes(kind, from, 1, n, 1, down, n_to, 1);
    for (int i = 0; i < n_to; i++) {
        g_assert_cmpfloat_with_epsilon(across[i], expected[i], 1e-5);
        g_assert_cmpfloat_with_epsilon(down[i], expected[i], 1e-5);
    }
}

/* torch.nn.functional.interpolate's own rules, worked out by hand for 0, 1, 4. */
static void
test_interpolate(void)
{
    static const float x[] = {0, 1, 4};

    check_line(RESIZE_NEAREST, x, 3, (float[]){0, 0, 1, 1, 4}, 5);
    check_line(RESIZE_BILINEAR, x, 3, (float[]){0, 0.25f, 0.75f, 1.75f, 3.25f, 4}, 6);
    /* a = -0.75: weights at 0.25 are -0.10546875, 0.87890625, 0.26171875, -0.03515625 */
    check_line(
        RESIZE_BICUBIC, x, 3,
        (float[]){-0.10546875f, 0.12109375f, 0.45703125f, 1.78515625f, 3.35546875f, 4.31640625f},
        6);
    check_line(RESIZE_AREA, (float[]){0, 2, 4, 6}, 4, (float[]){1, 5}, 2);
    check_line(RESIZE_AREA, x, 3, (float[]){1.0f / 3, 3}, 2);
}

static void
test_lanczos(void)
{
    float flat[7], out[16], line[3] = {0, 0, 0};

    for (int i = 0; i < 7; i++)
        flat[i] = 2.5f;
    resize_planes(RESIZE_LANCZOS, flat, 1, 1, 7, out, 1, 16);
    for (int i = 0; i < 16; i++)
        g_assert_cmpfloat_with_epsilon(out[i], 2.5, 1e-5);
    resize_planes(RESIZE_LANCZOS, flat, 1, 1, 7, out, 1, 3);
    for (int i = 0; i < 3; i++)
        g_assert_cmpfloat_with_epsilon(out[i], 2.5, 1e-5);
    line[1] = 1; /* the same size is the same picture */
    check_line(RESIZE_LANCZOS, line, 3, line, 3);
}

int
main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/tiles/cover", test_cover);
    g_test_add_func("/tiles/seam", test_seam);
    g_test_add_func("/tiles/cut", test_cut);
    g_test_add_func("/resize/interpolate", test_interpolate);
    g_test_add_func("/resize/lanczos", test_lanczos);
    return g_test_run();
}
