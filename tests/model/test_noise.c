// SPDX-License-Identifier: Apache-2.0
//
// Noise: PyTorch's CPU generator against set B's numbers; Philox against its published vectors and
// those that engine notes and A1111 give for seed 0; the threads of a GPU; sources by name.
#include <math.h>
#include <string.h>

#include "compute/sample/noise_source.h"
#include "compute/sample/philox.h"
#include "compute/sample/rng.h"
#include "tests/model/golden.h"

/* Random123's known answers (kat_vectors): counter, key, result. */
static void
test_philox_vectors(void)
{
    static const struct {
        uint32_t counter[4], key[2], out[4];
    } cases[] = {
        {{0, 0, 0, 0}, {0, 0}, {0x6627e8d5, 0xe169c58d, 0xbc57ac4c, 0x9b00dbd8}},
        {{~0u, ~0u, ~0u, ~0u}, {~0u, ~0u}, {0x408f276d, 0x41c83b0e, 0xa20bc7c6, 0x6d5451fd}},
        {{0x243f6a88, 0x85a308d3, 0x13198a2e, 0x03707344},
         {0xa4093822, 0x299f31d0},
         {0xd16cfe09, 0x94fdcceb, 0x5001e420, 0x24126ea1}},
    };

    for (size_t i = 0; i < G_N_ELEMENTS(cases); i++) {
        uint32_t out[4];

        philox4x32_10(cases[i].counter, cases[i].key, out);
        g_assert_cmpmem(out, sizeof out, cases[i].out, sizeof cases[i].out);
    }
}

static void
test_cuda_seed_0(void)
{
    static const float expected[] = {-0.924662f, -0.425343f, -2.643846f, 0.145184f};
    float values[4];
    Philox philox;

    philox_init(&philox, 0, 0);
    philox_normal(&philox, values, 4);
    for (int i = 0; i < 4; i++)
        g_assert_cmpfloat_with_epsilon(values[i], expected[i], 1e-6);
}

/* Past the threads a GPU has come the cosine of the first pair, then both of the second, then the
 * next group of words; a later call starts where the groups ended. */
static void
test_cuda_threads(void)
{
    enum { T = 512, N = 5 * T + 3 };
    g_autofree float *few = g_new(float, N);
    g_autofree float *many = g_new(float, N);
    Philox philox, all;
    float next[3];

    philox_init(&philox, 7, T);
    philox_normal(&philox, few, N);
    philox_init(&all, 7, 0);
    philox_normal(&all, many, N);
    g_assert_cmpmem(few, T * sizeof *few, many, T * sizeof *many);
    g_assert_cmpfloat(few[T], !=, many[T]);
    for (int k = 1; k < 4; k++) {
        uint32_t counter[4] = {0, 0, 11, 0}, key[2] = {7, 0}, word[4];

        philox4x32_10(counter, key, word);
        double u = word[k / 2 * 2] * 0x1p-32 + 0x1p-33;
        double angle = (word[k / 2 * 2 + 1] + 0.5) * 0x1p-32 * 2 * G_PI;
        double value = sqrt(-2 * log(u)) * (k % 2 ? cos(angle) : sin(angle));

        g_assert_cmpfloat_with_epsilon(few[11 + k * T], value, 4e-6);
    }
    philox_normal(&all, next, 3); /* second group of words */
    g_assert_cmpmem(next, sizeof next, few + 4 * T, sizeof next);
    g_assert_cmpint(philox.n_used, ==, 2);
}

static void
test_gpus(void)
{
    g_assert_cmpint(philox_gpu_threads("rtx3060"), ==, 43008);
    g_assert_cmpint(philox_gpu_threads("rtx2070"), ==, 36864);
    g_assert_cmpint(philox_gpu_threads("t4"), ==, 40960);
    g_assert_cmpint(philox_gpu_threads("voodoo2"), ==, 0);
}

/* An image of a batch is what it is alone; together they are one tensor; a reseed is another seed.
 */
static void
test_sources(void)
{
    static const char *const names[] = {"cpu", "cpu:f16", "cpu:bf16", "cuda", "cuda:t4", "a1111"};
    enum { N = 100 };

    for (size_t i = 0; i < G_N_ELEMENTS(names); i++) {
        g_autoptr(GError) error = NULL;
        g_autoptr(NoiseSource) both = noise_source_new(names[i], 5, 2, false, &error);
        g_autoptr(NoiseSource) second = noise_source_new(names[i], 6, 1, false, &error);
        float x[2 * N], y[N];

        g_assert_no_error(error);
        for (int draw = 0; draw < 2; draw++) {
            noise_source_draw(both, x, N);
            noise_source_draw(second, y, N);
            g_assert_cmpmem(x + N, sizeof y, y, sizeof y);
        }
        noise_source_reseed(both, 31337);
        noise_source_draw(both, x, N);
        g_autoptr(NoiseSource) other = noise_source_new(names[i], 5 + 31337, 1, false, &error);
        noise_source_draw(other, y, N);
        g_assert_cmpmem(x, sizeof y, y, sizeof y);
        if (g_str_equal(names[i], "a1111"))
            continue;
        g_autoptr(NoiseSource) together = noise_source_new(names[i], 5, 2, true, &error);
        g_autoptr(NoiseSource) one = noise_source_new(names[i], 5, 1, false, &error);
        float whole[2 * N];
        noise_source_draw(together, x, N);
        noise_source_draw(one, whole, 2 * N);
        g_assert_cmpmem(x, sizeof x, whole, sizeof whole);
    }
}

static void
test_refusals(void)
{
    g_autoptr(GError) error = NULL;
    g_autoptr(GError) apart = NULL;

    g_assert_null(noise_source_new("cuda:voodoo2", 0, 1, false, &error));
    g_assert_nonnull(strstr(error->message, "cuda:rtx3060"));
    g_assert_null(noise_source_new("a1111", 0, 2, true, &apart));
    g_assert_nonnull(strstr(apart->message, "a1111"));
}

/* --- set B's noise.safetensors --- */

static int64_t
count_of(const char *shape)
{
    g_auto(GStrv) parts = g_strsplit(shape, "x", -1);
    int64_t n = 1;

    for (int i = 0; parts[i]; i++)
        n *= g_ascii_strtoll(parts[i], NULL, 10);
    return n;
}

/* name: "randn.f32.4x3", "randint_0_1000.i64.8" ... */
static void
draw(Rng *rng, const char *name, float *out)
{
    g_auto(GStrv) parts = g_strsplit(name, ".", 3);
    int64_t n = count_of(parts[2]);

    if (g_str_equal(parts[0], "rand")) {
        rng_uniform(rng, out, n);
    } else if (g_str_has_prefix(parts[0], "randint")) {
        for (int64_t i = 0; i < n; i++)
            out[i] = (float)rng_int(rng, 1000);
    } else if (g_str_equal(parts[1], "f32")) {
        rng_normal(rng, out, n);
    } else {
        rng_normal_rounded(rng, g_str_equal(parts[1], "f16") ? RNG_F16 : RNG_BF16, out, n);
    }
}

static void
check(const WeightsFile *file, Rng *rng, const char *tensor, const char *name)
{
    int64_t n;
    g_autofree float *expected = golden_read(file, tensor, &n);
    g_autofree float *got = g_new(float, n);
    bool exact = strstr(name, ".i64.") || g_str_has_prefix(name, "rand.");
    bool half = strstr(name, "f16.");

    draw(rng, name, got);
    /* Rounded draws may go to the neighbour where a logarithm or cosine ends in a tie. */
    golden_compare_within(file, tensor, got, n,
                          exact  ? 0
                          : half ? golden_atol("B/noise", tensor)
                                 : 4e-6);
}

static void
test_golden_noise(void)
{
    g_autoptr(WeightsFile) file = golden_open("B/noise");
    int n_checked = 0;

    for (int i = 0; i < weights_n_entries(file); i++) {
        const char *tensor = weights_entry(file, i)->name;
        g_auto(GStrv) parts = g_strsplit(tensor, ".", 2);
        uint64_t seed = g_ascii_strtoull(parts[0] + strlen("seed"), NULL, 10);
        Rng rng;

        if (g_str_has_prefix(parts[1], "randperm") || g_str_has_prefix(parts[1], "sequence") ||
            g_str_has_prefix(parts[1], "training_like"))
            continue;
        rng_init(&rng, seed);
        check(file, &rng, tensor, parts[1]);
        n_checked++;
    }
    g_assert_cmpint(n_checked, >, 40);
}

/* Several draws from one generator. */
static void
test_golden_sequences(void)
{
    static const char *const kinds[] = {"sequence", "training_like"};
    g_autoptr(WeightsFile) file = golden_open("B/noise");
    static const char *const seeds[] = {"0", "42"};

    for (size_t s = 0; s < G_N_ELEMENTS(seeds); s++) {
        for (size_t k = 0; k < G_N_ELEMENTS(kinds); k++) {
            Rng rng;
            int at = 0;

            rng_init(&rng, g_ascii_strtoull(seeds[s], NULL, 10));
            for (int i = 0; i < weights_n_entries(file); i++) {
                g_autofree char *start = g_strdup_printf("seed%s.%s.%d.", seeds[s], kinds[k], at);
                const char *tensor = weights_entry(file, i)->name;

                if (!g_str_has_prefix(tensor, start))
                    continue;
                check(file, &rng, tensor, tensor + strlen(start));
                at++;
                i = -1; /* names may be in any order */
            }
            g_assert_cmpint(at, ==, k ? 3 : 7);
        }
    }
}

int
main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/noise/philox-vectors", test_philox_vectors);
    g_test_add_func("/noise/cuda-seed-0", test_cuda_seed_0);
    g_test_add_func("/noise/cuda-threads", test_cuda_threads);
    g_test_add_func("/noise/gpus", test_gpus);
    g_test_add_func("/noise/sources", test_sources);
    g_test_add_func("/noise/refusals", test_refusals);
    if (golden_has_set_b()) {
        g_test_add_func("/noise/goldens", test_golden_noise);
        g_test_add_func("/noise/golden-sequences", test_golden_sequences);
    }
    return g_test_run();
}
