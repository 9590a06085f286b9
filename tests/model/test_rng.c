// SPDX-License-Identifier: Apache-2.0
//
// Rng against values that PyTorch's CPU generator gave.
#include <math.h>
#include <string.h>

#include "compute/sample/rng.h"

static void
assert_close(const float *got, const float *expected, int n)
{
    for (int i = 0; i < n; i++)
        g_assert_cmpfloat_with_epsilon(got[i], expected[i], 4e-6);
}

static void
test_block(void)
{
    static const float zero[] = {-1.1258f, -1.1524f, -0.2506f, -0.4339f};
    static const float answer[] = {1.9269f, 1.4873f, 0.9007f, -2.1055f};
    float values[16];
    Rng rng;

    rng_init(&rng, 0);
    rng_normal(&rng, values, 16);
    for (int i = 0; i < 4; i++)
        g_assert_cmpfloat_with_epsilon(values[i], zero[i], 5.1e-5);
    rng_init(&rng, 42);
    rng_normal(&rng, values, 16);
    for (int i = 0; i < 4; i++)
        g_assert_cmpfloat_with_epsilon(values[i], answer[i], 5.1e-5);
}

/* The last 16 of 17 are drawn again, so only the first is that of a longer tensor. */
static void
test_odd_size(void)
{
    static const float expected[17] = {
        1.92691529f,  -0.159597471f, -0.497397542f, 0.439589262f, -0.758131146f, 1.07831764f,
        0.800800562f, 1.68062055f,   0.355859905f,  1.29642284f,  0.61046648f,   1.33473778f,
        -0.23162432f, 0.041759491f,  -0.251575291f, 0.859858513f, -0.309726775f,
    };
    float values[17];
    Rng rng;

    rng_init(&rng, 42);
    rng_normal(&rng, values, 17);
    assert_close(values, expected, 17);
}

/* 5 + 3 small draws share the second half of a pair; then a block, integers and uniforms. */
static void
test_sequence(void)
{
    static const float five[] = {-0.146795094f, 0.786141276f, 0.94682163f, -1.114344f, 1.69079018f};
    static const float three[] = {-0.894827902f, -0.355625033f, 1.23238575f};
    static const float block[] = {-1.58266461f, -0.324566633f, 1.92636812f, -0.330011725f};
    static const uint32_t whole[] = {116, 463, 605, 176, 416, 727};
    static const float uniform[] = {0.374202073f, 0.195258141f, 0.740523994f};
    float values[16];
    Rng rng, saved;

    rng_init(&rng, 7);
    rng_normal(&rng, values, 5);
    assert_close(values, five, 5);
    saved = rng;
    rng_normal(&rng, values, 3);
    assert_close(values, three, 3);
    rng_normal(&rng, values, 16);
    assert_close(values, block, 4);
    for (int i = 0; i < 6; i++)
        g_assert_cmpuint(rng_int(&rng, 1000), ==, whole[i]);
    rng_uniform(&rng, values, 3);
    assert_close(values, uniform, 3);
    /* A copy is a saved state. */
    rng_normal(&saved, values, 3);
    assert_close(values, three, 3);
}

static void
test_latent(void)
{
    enum { N = 4 * 136 * 128 };
    g_autofree float *values = g_new(float, N);
    g_autoptr(Rng) rng = rng_new(1);
    double sum = 0, squares = 0;

    rng_normal(rng, values, N);
    for (int i = 0; i < N; i++) {
        sum += values[i];
        squares += values[i] * (double)values[i];
    }
    g_assert_cmpfloat_with_epsilon(sum, -9.178475592, 1e-2);
    g_assert_cmpfloat_with_epsilon(squares, 69958.19619, 1e-2);
    g_assert_cmpfloat_with_epsilon(values[N - 1], -1.98205125, 4e-6);
}

static void
test_low_bits_seed(void)
{
    static const float expected[] = {1.84232986f, 0.518887162f, -1.71192133f, -1.7013793f};
    float values[20];
    Rng rng;

    rng_init(&rng, (UINT64_C(1) << 32) + 5);
    rng_normal(&rng, values, 20);
    assert_close(values, expected, 4);
    /* The reference implementation's first word for its default seed. */
    rng_init(&rng, 5489);
    g_assert_cmpuint(rng_next(&rng), ==, 3499211612u);
    for (int i = 2; i < 10000; i++)
        rng_next(&rng);
    g_assert_cmpuint(rng_next(&rng), ==, 4123659995u);
}

static void
test_shuffle(void)
{
    int items[100], seen[100] = {0}, moved = 0;
    Rng rng;

    rng_init(&rng, 3);
    for (int i = 0; i < 100; i++)
        items[i] = i;
    rng_shuffle(&rng, items, 100);
    for (int i = 0; i < 100; i++) {
        seen[items[i]]++;
        moved += items[i] != i;
    }
    for (int i = 0; i < 100; i++)
        g_assert_cmpint(seen[i], ==, 1);
    g_assert_cmpint(moved, >, 80);
}

int
main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/rng/block", test_block);
    g_test_add_func("/rng/odd-size", test_odd_size);
    g_test_add_func("/rng/sequence", test_sequence);
    g_test_add_func("/rng/latent", test_latent);
    g_test_add_func("/rng/low-bits-seed", test_low_bits_seed);
    g_test_add_func("/rng/shuffle", test_shuffle);
    return g_test_run();
}
