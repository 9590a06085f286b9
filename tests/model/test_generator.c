/* SPDX-License-Identifier: Apache-2.0 */
/* The generator on set A's model: batches, image-to-image, hires-fix, tiles, old names. */
#include "compute/sample/generator.h"
#include "compute/sample/noise_source.h"

#include <math.h>
#include <string.h>

#define WIDTH 128
#define HEIGHT 136
#define N_PIXELS (3 * WIDTH * HEIGHT)

typedef struct {
    Device *device;
    Pipeline *pipeline;
    Generator *generator;
} Model;

static GeneratorOptions
options_new(void)
{
    GeneratorOptions o = GENERATOR_DEFAULTS;

    o.width = WIDTH;
    o.height = HEIGHT;
    o.prompt = "pixelated network data";
    o.n_steps = 3;
    o.seed = 11;
    return o;
}

static float *
run(const Model *m, const GeneratorOptions *o, GeneratorStep on_step, void *data)
{
    g_autoptr(GError) error = NULL;
    float *images = g_new(float, (gsize)N_PIXELS * o->n_images);

    generator_run(m->generator, o, images, on_step, data, NULL, &error);
    g_assert_no_error(error);
    return images;
}

static double
worst(const float *a, const float *b, int n)
{
    double difference = 0;

    for (int i = 0; i < n; i++)
        difference = MAX(difference, fabs((double)a[i] - b[i]));
    return difference;
}

/* Also for samplers that add noise, with a control map, whatever the source. */
static void
test_batch(const void *data)
{
    static const char *const samplers[][2] = {
        {"euler_a", "cpu"}, {"dpmpp_2m_sde", "a1111"}, {"lcm", "cuda:t4"}};
    const Model *m = data;
    g_autofree float *map = g_new0(float, N_PIXELS);
    GeneratorControl control = GENERATOR_CONTROL_DEFAULTS;

    for (int i = 0; i < N_PIXELS; i++)
        map[i] = i % 7 == 0;
    control.map = map;
    for (gsize s = 0; s < G_N_ELEMENTS(samplers); s++) {
        GeneratorOptions o = options_new();

        o.sampler = samplers[s][0];
        o.noise = samplers[s][1];
        o.controls = &control;
        o.n_controls = 1;
        o.n_images = 2;
        g_autofree float *both = run(m, &o, NULL, NULL);
        o.n_images = 1;
        g_autofree float *first = run(m, &o, NULL, NULL);
        o.seed++;
        g_autofree float *second = run(m, &o, NULL, NULL);
        g_assert_cmpfloat(worst(both, first, N_PIXELS), <, 2e-3);
        g_assert_cmpfloat(worst(both + N_PIXELS, second, N_PIXELS), <, 2e-3);
        g_assert_cmpfloat(worst(first, second, N_PIXELS), >, 0.1);
    }
}

/* Every image with a seed and a map of its own is the picture that it is alone. */
static void
test_own(const void *data)
{
    static const guint64 seeds[] = {40, 7};
    const Model *m = data;
    g_autofree float *maps = g_new0(float, 2 * N_PIXELS);
    GeneratorControl control = GENERATOR_CONTROL_DEFAULTS;
    GeneratorOptions o = options_new();

    for (int i = 0; i < 2 * N_PIXELS; i++)
        maps[i] = i % (i < N_PIXELS ? 7 : 5) == 0;
    control.map = maps;
    control.own_maps = true;
    o.controls = &control;
    o.n_controls = 1;
    o.n_images = 2;
    o.seeds = seeds;
    g_autofree float *both = run(m, &o, NULL, NULL);
    o.n_images = 1;
    for (int i = 0; i < 2; i++) {
        control.own_maps = i;
        control.map = maps + (gsize)i * N_PIXELS;
        o.seeds = NULL;
        o.seed = seeds[i];
        g_autofree float *alone = run(m, &o, NULL, NULL);
        g_assert_cmpfloat(worst(both + (gsize)i * N_PIXELS, alone, N_PIXELS), <, 2e-3);
        control.map = maps + (gsize)(1 - i) * N_PIXELS;
        g_autofree float *other = run(m, &o, NULL, NULL);
        g_assert_cmpfloat(worst(alone, other, N_PIXELS), >, 4e-3);
    }
}

static void
test_same_bytes(const void *data)
{
    const Model *m = data;
    GeneratorOptions o = options_new();

    o.sampler = "dpmpp_2m_karras";
    g_autofree float *old = run(m, &o, NULL, NULL);
    o.sampler = "dpmpp_2m";
    o.schedule = "karras";
    g_autofree float *named = run(m, &o, NULL, NULL);
    g_assert_cmpmem(old, N_PIXELS * sizeof *old, named, N_PIXELS * sizeof *named);
    o.guidance_rescale = 0.7;
    g_autofree float *rescaled = run(m, &o, NULL, NULL);
    g_assert_cmpfloat(worst(named, rescaled, N_PIXELS), >, 1e-3);
}

static bool
count_steps(int step, int n_steps, const float *x0, void *data)
{
    int *n = data;

    g_assert_cmpint(step, ==, *n + 1);
    g_assert_cmpint(step, <=, n_steps);
    *n = step;
    return true;
}

/* Strength 0 is the picture through the VAE; 1 takes all the steps. */
static void
test_image_to_image(const void *data)
{
    const Model *m = data;
    GeneratorOptions o = options_new();
    g_autoptr(GError) error = NULL;
    g_autofree float *init = g_new(float, N_PIXELS);
    g_autofree float *expected = g_new(float, N_PIXELS);
    int h = HEIGHT / 8, w = WIDTH / 8, n = 4 * h * w, n_steps = 0;
    g_autofree float *moments = g_new(float, 2 * n);
    g_autofree float *latent = g_new(float, n);

    for (int i = 0; i < N_PIXELS; i++)
        init[i] = sinf((float)i * 0.01f);
    o.init = init;
    o.strength = 0;
    g_autofree float *same = run(m, &o, count_steps, &n_steps);
    g_assert_cmpint(n_steps, ==, 0);
    g_autoptr(NoiseSource) noise = noise_source_new(NULL, o.seed, 1, false, &error);
    g_autoptr(VaeRunner) encoder =
        vae_runner_new(m->pipeline, VAE_ENCODE, h, w, VAE_TILING_OFF, 0, &error);
    g_autoptr(VaeRunner) decoder =
        vae_runner_new(m->pipeline, VAE_DECODE, h, w, VAE_TILING_OFF, 0, &error);
    g_assert_true(vae_runner_run(encoder, init, moments, NULL, &error));
    noise_source_draw(noise, latent, n);
    vae_sample_moments(moments, latent, n, m->pipeline->vae->config.scaling_factor, latent);
    g_assert_true(vae_runner_run(decoder, latent, expected, NULL, &error));
    g_assert_no_error(error);
    g_assert_cmpfloat(worst(same, expected, N_PIXELS), <, 1e-5);

    o.strength = 1;
    g_autofree float *far = run(m, &o, count_steps, &n_steps);
    g_assert_cmpint(n_steps, ==, 3);
    o.strength = 0.4; /* int(3 * 0.4) = 1 step */
    n_steps = 0;
    g_autofree float *near = run(m, &o, count_steps, &n_steps);
    g_assert_cmpint(n_steps, ==, 1);
    g_assert_cmpfloat(worst(near, far, N_PIXELS), >, 1e-3);
}

/* From an odd latent (15 x 13) to 17 x 16, by every upscaler; with a map, which is made smaller. */
static void
test_hires(const void *data)
{
    const Model *m = data;
    g_autofree float *map = g_new0(float, N_PIXELS);
    GeneratorControl control = GENERATOR_CONTROL_DEFAULTS;

    control.map = map;
    for (int i = 0; generator_upscaler_name(i); i++) {
        GeneratorOptions o = options_new();
        int n_steps = 0;

        o.sampler = i == 1 ? "heun" : "euler";
        o.controls = &control;
        o.n_controls = 1;
        o.hires = (GeneratorHires){.width = 104, .height = 120, .strength = 0.5, .n_steps = 2};
        o.hires.upscaler = generator_upscaler_name(i);
        g_autofree float *picture = run(m, &o, count_steps, &n_steps);
        g_assert_cmpint(n_steps, ==, i == 1 ? 5 + 3 : 3 + 2);
        for (int k = 0; k < N_PIXELS; k++)
            g_assert_true(isfinite(picture[k]));
        o.hires.strength = 0;
        n_steps = 0;
        g_autofree float *enlarged = run(m, &o, count_steps, &n_steps);
        g_assert_cmpint(n_steps, ==, i == 1 ? 5 : 3);
        g_assert_cmpfloat(worst(picture, enlarged, N_PIXELS), >, 1e-3);
    }
}

/* What tiles of a random model differ by: all of it is attention and GroupNorm, as vae_runner.h
 * says, because this VAE sees a tile of 8 as a picture of 64 pixels. No seam is steeper than the
 * picture itself is. */
static void
test_tiles(const void *data)
{
    const Model *m = data;
    g_autoptr(GError) error = NULL;
    int h = 17, w = 16, n = 4 * h * w;
    g_autoptr(VaeRunner) whole =
        vae_runner_new(m->pipeline, VAE_DECODE, h, w, VAE_TILING_AUTO, 0, &error);
    g_autoptr(VaeRunner) tiled =
        vae_runner_new(m->pipeline, VAE_DECODE, h, w, VAE_TILING_ON, 12, &error);
    g_autofree float *latent = g_new(float, n);
    g_autofree float *a = g_new(float, N_PIXELS);
    g_autofree float *b = g_new(float, N_PIXELS);
    double square = 0, power = 0, mean = 0;

    g_assert_no_error(error);
    g_assert_cmpint(vae_runner_n_tiles(whole), ==, 1);
    g_assert_cmpint(vae_runner_n_tiles(tiled), ==, 4);
    g_assert_false(vae_runner_was_exact(whole));
    for (int i = 0; i < n; i++)
        latent[i] = 0.18215f * sinf((float)i * 0.7f);
    g_assert_true(vae_runner_run(whole, latent, a, NULL, &error));
    g_assert_true(vae_runner_run(tiled, latent, b, NULL, &error));
    for (int i = 0; i < N_PIXELS; i++)
        mean += a[i] / N_PIXELS;
    for (int i = 0; i < N_PIXELS; i++) {
        square += (a[i] - b[i]) * (a[i] - b[i]);
        power += (a[i] - mean) * (a[i] - mean);
    }
    g_test_message("tiles differ by %.3f of the picture's spread", sqrt(square / power));
    g_assert_cmpfloat(square, >, 0);
    g_assert_cmpfloat(sqrt(square / power), <, 0.25);
}

/* Latents that no 16-bit number holds the way of: decoded again in 32 bits, and right. Where there
 * is no Vulkan device that stores 16 bits, nothing is tested. */
static void
test_overflow(const void *data)
{
    const Model *m = data;
    g_autoptr(GError) error = NULL;
    g_autoptr(Device) vulkan = device_open("vulkan", NULL);
    int side = 8, n = 4 * side * side, n_pixels = 3 * 64 * 64;
    g_autofree float *latent = g_new(float, n);
    g_autofree float *a = g_new(float, n_pixels);
    g_autofree float *b = g_new(float, n_pixels);

    if (!vulkan || !device_set_precision(vulkan, PRECISION_F16, NULL)) {
        g_test_skip("no Vulkan device with 16-bit storage");
        return;
    }
    g_autoptr(Pipeline) half = pipeline_open(vulkan, m->pipeline->dir, &error);
    g_assert_no_error(error);
    g_autoptr(VaeRunner) exact =
        vae_runner_new(m->pipeline, VAE_DECODE, side, side, VAE_TILING_OFF, 0, &error);
    g_autoptr(VaeRunner) runner =
        vae_runner_new(half, VAE_DECODE, side, side, VAE_TILING_OFF, 0, &error);
    g_assert_no_error(error);
    for (int i = 0; i < n; i++)
        latent[i] = 2e4f * sinf((float)i);
    g_assert_true(vae_runner_run(exact, latent, a, NULL, &error));
    g_assert_true(vae_runner_run(runner, latent, b, NULL, &error));
    g_assert_true(vae_runner_was_exact(runner));
    g_assert_true(device_precision(vulkan) == PRECISION_F16);
    g_assert_cmpfloat(worst(a, b, n_pixels), <, 0.1); /* the weights are still of 16 bits */
}

static void
refused(const Model *m, const GeneratorOptions *o, const char *says)
{
    g_autoptr(GError) error = NULL;
    g_autofree float *image = g_new(float, N_PIXELS);

    g_assert_false(generator_run(m->generator, o, image, NULL, NULL, NULL, &error));
    g_assert_nonnull(strstr(error->message, says));
}

static void
test_refusals(const void *data)
{
    const Model *m = data;
    GeneratorOptions o = options_new();
    g_autofree float *init = g_new0(float, N_PIXELS);

    o.hires = (GeneratorHires){.width = 100, .height = 120};
    refused(m, &o, "100x120");
    o.hires = (GeneratorHires){.width = 104, .height = 120, .upscaler = "esrgan"};
    refused(m, &o, "lanczos");
    o.hires.upscaler = NULL;
    o.init = init;
    refused(m, &o, "Hires");
    o = options_new();
    o.noise = "dice";
    refused(m, &o, "dice");
    o = options_new();
    o.schedule = "cosine";
    refused(m, &o, "cosine");
}

int
main(int argc, char **argv)
{
    const char *root = g_getenv("TORCHLIGHT_SOURCE_ROOT");
    g_autoptr(GError) error = NULL;
    g_autofree char *dir =
        g_build_filename(root ? root : ".", "tests", "goldens", "A", "model", NULL);
    g_autofree char *net =
        g_build_filename(root ? root : ".", "tests", "goldens", "A", "controlnet", NULL);
    Model m;
    int status;

    g_test_init(&argc, &argv, NULL);
    m.device = device_open("cpu", &error);
    m.pipeline = pipeline_open(m.device, dir, &error);
    g_assert_no_error(error);
    g_assert_true(pipeline_open_controlnet(m.pipeline, net, &error));
    m.generator = generator_new(m.pipeline);
    g_test_add_data_func("/generator/batch", &m, test_batch);
    g_test_add_data_func("/generator/own", &m, test_own);
    g_test_add_data_func("/generator/same-bytes", &m, test_same_bytes);
    g_test_add_data_func("/generator/image-to-image", &m, test_image_to_image);
    g_test_add_data_func("/generator/hires", &m, test_hires);
    g_test_add_data_func("/generator/tiles", &m, test_tiles);
    g_test_add_data_func("/generator/overflow", &m, test_overflow);
    g_test_add_data_func("/generator/refusals", &m, test_refusals);
    status = g_test_run();
    generator_free(m.generator);
    pipeline_free(m.pipeline);
    device_close(m.device);
    return status;
}
