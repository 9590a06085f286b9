/* SPDX-License-Identifier: Apache-2.0 */
/* A preview is fit to what an affine map made of random latents, and then draws what the map does.
 */
#include "compute/sample/latent_preview.h"

#include <math.h>

enum { CHANNELS = 5, SCALE = 2, FACTOR = 4, H = 6, W = 40 };

/* What the pixel (x, y) of a latent pixel's block is, by plane; the four pixels that become one of
 * the preview have the same. */
static float
pixel(const float *z, int c, int x, int y)
{
    float value = 0.1f * (float)c - 0.2f;

    for (int k = 0; k < CHANNELS; k++)
        value += z[k] * (float)((k * 7 + c * 3 + x / 2 * 5 + y / 2 * 2) % 11 - 5) * 0.02f;
    return value;
}

static void
make(GRand *random, float *z, float *image)
{
    for (int i = 0; i < CHANNELS * H * W; i++)
        z[i] = (float)g_rand_double_range(random, -2, 2);
    for (int c = 0; c < 3; c++) {
        for (int y = 0; y < H * FACTOR; y++) {
            for (int x = 0; x < W * FACTOR; x++) {
                float at[CHANNELS];

                for (int k = 0; k < CHANNELS; k++)
                    at[k] = z[(k * H + y / FACTOR) * W + x / FACTOR];
                image[(c * H * FACTOR + y) * W * FACTOR + x] = pixel(at, c, x % FACTOR, y % FACTOR);
            }
        }
    }
}

static void
test_fit(void)
{
    g_autoptr(GRand) random = g_rand_new_with_seed(3);
    g_autoptr(LatentPreview) preview = latent_preview_new(CHANNELS, SCALE);
    g_autofree float *z = g_new(float, CHANNELS *H *W);
    g_autofree float *image = g_new(float, 3 * H * FACTOR * W * FACTOR);
    g_autofree uint8_t *rgb = g_new0(uint8_t, 3 * H * SCALE * W * SCALE);

    make(random, z, image);
    g_assert_false(latent_preview_fit(preview)); /* nothing was learnt */
    latent_preview_learn(preview, z, image, H, W, 1, H - 2, FACTOR);
    g_assert_true(latent_preview_fit(preview));
    make(random, z, image);
    latent_preview_draw(preview, z, H, W, rgb);
    for (int c = 0; c < 3; c++) {
        for (int y = 0; y < H * SCALE; y++) {
            for (int x = 0; x < W * SCALE; x++) {
                float want = image[(c * H * FACTOR + y * 2) * W * FACTOR + x * 2];
                float byte = CLAMP((want + 1) * 127.5f, 0, 255);

                g_assert_cmpfloat(fabsf((float)rgb[(y * W * SCALE + x) * 3 + c] - byte), <, 2);
            }
        }
    }
}

int
main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/latent-preview/fit", test_fit);
    return g_test_run();
}
