/* SPDX-License-Identifier: Apache-2.0 */
/* The VAE's trainer on a tiny VAE: weights of pixels, the decoder alone, noise on the latents. */
#include "compute/train/vae_trainer.h"

#include <math.h>
#include <string.h>

enum { SIDE = 8, N = 3 * SIDE * SIDE };

static Vae *
open_vae(void)
{
    VaeConfig config = {.in_channels = 3,
                        .out_channels = 3,
                        .latent_channels = 2,
                        .n_levels = 2,
                        .block_out_channels = {4, 4},
                        .layers_per_block = 1,
                        .norm_num_groups = 2,
                        .norm_eps = 1e-6,
                        .scaling_factor = 1.0,
                        .use_quant_conv = true,
                        .use_post_quant_conv = true};
    g_autoptr(GError) error = NULL;
    Device *device = device_open("cpu", &error);
    g_assert_no_error(error);
    Vae *vae = vae_new_random(device, &config, 7, &error);
    g_assert_no_error(error);
    return vae;
}

static void
close_vae(Vae *vae)
{
    Device *device = vae->module->device;
    vae_free(vae);
    device_close(device);
}

static void
fill_image(float *image)
{
    for (int i = 0; i < N; i++)
        image[i] = i % 3 ? -1.0f : 1.0f;
}

/* The loss of each of two steps. weights may be NULL. */
static void
two_steps(VaeTrainerOptions options, const char *frozen, const float *weights, double losses[2])
{
    Vae *vae = open_vae();
    g_autoptr(GError) error = NULL;
    float image[N];
    fill_image(image);
    module_set_trainable(vae->module, NULL, true);
    if (frozen)
        module_set_trainable(vae->module, frozen, false);
    options.n = 1;
    options.height = options.width = SIDE;
    options.optimiser = (OptimiserOptions)OPTIMISER_DEFAULTS;
    options.seed = 3;
    g_autoptr(VaeTrainer) trainer = vae_trainer_new(vae, &options, &error);
    g_assert_no_error(error);
    for (int i = 0; i < 2; i++)
        g_assert_true(
            vae_trainer_step(trainer, image, weights, 1e-6, 1e-2, &losses[i], NULL, NULL));
    g_clear_pointer(&trainer, vae_trainer_free);
    close_vae(vae);
}

static void
test_weights(void)
{
    float ones[N], halves[N], zeros[N] = {0};
    double plain[2], weighted[2], half[2], none[2];
    for (int i = 0; i < N; i++) {
        ones[i] = 1;
        halves[i] = 0.5f;
    }
    two_steps((VaeTrainerOptions){0}, NULL, NULL, plain);
    two_steps((VaeTrainerOptions){.weighted = true}, NULL, ones, weighted);
    two_steps((VaeTrainerOptions){.weighted = true}, NULL, halves, half);
    two_steps((VaeTrainerOptions){.weighted = true}, NULL, zeros, none);
    g_assert_cmpfloat(plain[0], >, 0.1);
    g_assert_cmpfloat(plain[1], <, plain[0]);
    g_assert_cmpfloat_with_epsilon(weighted[0], plain[0], 1e-6);
    g_assert_cmpfloat_with_epsilon(weighted[1], plain[1], 1e-5);
    g_assert_cmpfloat_with_epsilon(half[0], plain[0] / 2, 1e-6);
    g_assert_cmpfloat(none[0], ==, 0);
}

/* Pixels of weight 0 do not matter, whatever they are. */
static void
test_masked(void)
{
    float weights[N];
    double masked[2], whole[2];
    for (int i = 0; i < N; i++)
        weights[i] = i % 3 ? 0.0f : 1.0f;
    two_steps((VaeTrainerOptions){.weighted = true}, NULL, weights, masked);
    two_steps((VaeTrainerOptions){0}, NULL, NULL, whole);
    g_assert_cmpfloat(masked[0], <, whole[0]);
    g_assert_cmpfloat(masked[0], >, 0);
}

static void
test_decoder_alone(void)
{
    Vae *vae = open_vae();
    g_autoptr(GError) error = NULL;
    VaeTrainerOptions options = {
        .n = 1, .height = SIDE, .width = SIDE, .optimiser = OPTIMISER_DEFAULTS, .seed = 3};
    const char *const names[] = {"encoder.conv_in.weight", "decoder.conv_in.weight"};
    float image[N];
    double loss;
    fill_image(image);
    module_set_trainable(vae->module, NULL, false);
    g_assert_cmpint(module_set_trainable(vae->module, "decoder.*", true), >, 0);
    g_autoptr(VaeTrainer) trainer = vae_trainer_new(vae, &options, &error);
    g_assert_no_error(error);
    for (int i = 0; i < 2; i++) {
        Weight *weight = module_find(vae->module, names[i]);
        size_t n = (size_t)shape_count(&weight->shape);
        g_autofree float *before = g_new(float, n), *after = g_new(float, n);
        g_assert_true(weight_read(weight, before, NULL));
        g_assert_true(vae_trainer_step(trainer, image, NULL, 1e-3, 1e-2, &loss, NULL, NULL));
        g_assert_true(weight_read(weight, after, NULL));
        g_assert_cmpint(memcmp(before, after, n * sizeof *before) == 0, ==, i == 0);
    }
    g_clear_pointer(&trainer, vae_trainer_free);
    close_vae(vae);
}

static void
test_latent_noise(void)
{
    double without[2], with[2], again[2];
    two_steps((VaeTrainerOptions){0}, NULL, NULL, without);
    two_steps((VaeTrainerOptions){.latent_noise = 1}, NULL, NULL, with);
    two_steps((VaeTrainerOptions){.latent_noise = 1}, NULL, NULL, again);
    g_assert_cmpfloat(with[0], !=, without[0]);
    g_assert_cmpfloat(with[0], ==, again[0]);
    g_assert_cmpfloat(with[1], ==, again[1]);
}

int
main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/vae-trainer/weights", test_weights);
    g_test_add_func("/vae-trainer/masked", test_masked);
    g_test_add_func("/vae-trainer/decoder-alone", test_decoder_alone);
    g_test_add_func("/vae-trainer/latent-noise", test_latent_noise);
    return g_test_run();
}
