/* SPDX-License-Identifier: Apache-2.0 */
/* What is packed here, zlib unpacks to the rows it was; checksums and codes by themselves. */
#include "app/trace/deflate.h"

#include <string.h>
#include <zlib.h>

#include "app/trace/adler.h"
#include "app/trace/huffman.h"
#include "tests/trace/support.h"

typedef enum { ZEROS, NOISE, FEW_COLOURS, SAME_ROWS, GRADIENT, N_KINDS } Kind;

static void
fill(uint8_t *pixels, size_t stride, int n_rows, int pixel_size, Kind kind, GRand *random)
{
    static const uint8_t colours[3][3] = {{0, 0, 255}, {255, 0, 0}, {0, 255, 0}};

    for (size_t i = 0; i < stride * n_rows; i++) {
        size_t column = i % stride;

        switch (kind) {
        case NOISE:
            pixels[i] = (uint8_t)g_rand_int(random);
            break;
        case FEW_COLOURS: /* whole pixels, in runs */
            if (column % pixel_size)
                pixels[i] = colours[pixels[i - column % pixel_size] % 3][column % pixel_size];
            else if (column >= (size_t)pixel_size && g_rand_int_range(random, 0, 20))
                pixels[i] = pixels[i - pixel_size];
            else
                pixels[i] = colours[g_rand_int_range(random, 0, 3)][0];
            break;
        case SAME_ROWS:
            pixels[i] = i < stride ? (uint8_t)g_rand_int(random) : pixels[i - stride];
            break;
        case GRADIENT: /* low numbers far more often than high ones */
            pixels[i] = (uint8_t)__builtin_ctz(g_rand_int(random) | 1u << 31);
            break;
        default:
            pixels[i] = 0;
            break;
        }
    }
}

static size_t
check(const uint8_t *pixels, size_t stride, int n_rows, int pixel_size)
{
    GByteArray *packed = deflate_rows(pixels, stride, n_rows, pixel_size);
    uLongf size = (uLongf)(stride + 1) * n_rows, n = size;
    g_autofree uint8_t *rows = g_malloc(size);
    size_t n_packed = packed->len;

    g_assert_cmpint(uncompress(rows, &n, packed->data, packed->len), ==, Z_OK);
    g_assert_cmpuint(n, ==, size);
    for (int row = 0; row < n_rows; row++) {
        const uint8_t *at = rows + row * (stride + 1);

        g_assert_cmpint(at[0], ==, 0);
        g_assert_cmpmem(at + 1, stride, pixels + row * stride, stride);
    }
    g_byte_array_unref(packed);
    return n_packed;
}

static void
test_rows(void)
{
    /* One pixel; fewer than a match; one match and a bit more; as a trace; past the window. */
    static const struct {
        int width, n_rows;
    } sizes[] = {{1, 1},  {1, 50},    {2, 3},     {86, 1},    {87, 2},
                 {7, 40}, {1088, 64}, {10923, 3}, {10922, 3}, {33000, 2}};
    g_autoptr(GRand) random = g_rand_new_with_seed(5);

    for (size_t i = 0; i < G_N_ELEMENTS(sizes); i++) {
        for (int n = 0; n < 2 * N_KINDS; n++) {
            int pixel_size = n < N_KINDS ? 3 : 1;
            size_t stride = (size_t)sizes[i].width * pixel_size;
            g_autofree uint8_t *pixels = g_malloc0(stride * sizes[i].n_rows);

            fill(pixels, stride, sizes[i].n_rows, pixel_size, (Kind)(n % N_KINDS), random);
            check(pixels, stride, sizes[i].n_rows, pixel_size);
        }
    }
}

/* Not only right but small: equal rows cost next to nothing, noise no more than itself. */
static void
test_sizes(void)
{
    enum { STRIDE = 3264, N_ROWS = 200 };
    g_autofree uint8_t *pixels = g_malloc0(STRIDE * N_ROWS);
    g_autoptr(GRand) random = g_rand_new_with_seed(6);

    g_assert_cmpuint(check(pixels, STRIDE, N_ROWS, 3), <, STRIDE * N_ROWS / 100);
    fill(pixels, STRIDE, N_ROWS, 3, SAME_ROWS, random);
    g_assert_cmpuint(check(pixels, STRIDE, N_ROWS, 3), <, STRIDE + STRIDE * N_ROWS / 100);
    fill(pixels, STRIDE, N_ROWS, 3, NOISE, random);
    g_assert_cmpuint(check(pixels, STRIDE, N_ROWS, 3), <, STRIDE * N_ROWS * 101 / 100);
}

static void
check_code(const uint32_t *counts, int n, int max_length)
{
    HuffmanCode code;
    guint sum = 0;

    huffman_code_init(&code, counts, n, max_length);
    for (int i = 0; i < n; i++) {
        g_assert_cmpint(code.lengths[i], <=, max_length);
        if (counts[i])
            g_assert_cmpint(code.lengths[i], >, 0);
        if (code.lengths[i])
            sum += 1u << (max_length - code.lengths[i]);
        for (int j = 0; j < n; j++) {
            if (counts[i] > counts[j] && counts[j] > 0)
                g_assert_cmpint(code.lengths[i], <=, code.lengths[j]);
        }
    }
    g_assert_cmpuint(sum, ==, 1u << max_length); /* complete: no sequence of bits is without use */
}

/* Counts like Fibonacci's numbers give the deepest trees. */
static void
test_codes(void)
{
    uint32_t counts[HUFFMAN_MAX_SYMBOLS] = {0};
    g_autoptr(GRand) random = g_rand_new_with_seed(7);

    check_code(counts, 30, 15);
    counts[3] = 9;
    check_code(counts, 30, 15);
    counts[0] = counts[1] = 1;
    for (int i = 2; i < 40; i++)
        counts[i] = counts[i - 1] + counts[i - 2];
    check_code(counts, 16, 15);
    check_code(counts, 30, 15);
    check_code(counts, 40, 15);
    check_code(counts, 19, 7);
    for (int i = 0; i < HUFFMAN_MAX_SYMBOLS; i++)
        counts[i] = 1u << g_rand_int_range(random, 0, 20);
    check_code(counts, HUFFMAN_MAX_SYMBOLS, 15);
    check_code(counts, HUFFMAN_MAX_SYMBOLS, 9);
}

static void
test_adler(void)
{
    static const size_t sizes[] = {0, 1, 15, 16, 17, 31, 5552, 65535, 65536, 65537, 200000};
    g_autofree uint8_t *bytes = g_malloc(200000);

    for (int fill_with = 0; fill_with < 2; fill_with++) {
        for (size_t i = 0; i < 200000; i++)
            bytes[i] = fill_with ? 255 : (uint8_t)g_test_rand_int();
        for (size_t i = 0; i < G_N_ELEMENTS(sizes); i++) {
            Adler adler = ADLER_INIT;

            adler_add(&adler, bytes, sizes[i]);
            adler_add(&adler, bytes, sizes[i] / 2);
            g_assert_cmpuint(adler_value(&adler), ==,
                             adler32(adler32(1, bytes, (uInt)sizes[i]), bytes, (uInt)sizes[i] / 2));
        }
    }
}

int
main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/deflate/rows", test_rows);
    g_test_add_func("/deflate/sizes", test_sizes);
    g_test_add_func("/deflate/codes", test_codes);
    g_test_add_func("/deflate/adler", test_adler);
    return g_test_run();
}
