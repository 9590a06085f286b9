/* SPDX-License-Identifier: Apache-2.0 */
/* Pictures as trits, and which of them are random by nature. */
#include "app/jobs/picture_bits.h"

static Image *
draw(void)
{
    g_autoptr(Trace) trace = trace_new(layout_default(), 2);
    g_assert_true(trace_set(trace, 0, FIELD_IPV4_VER, 4));
    g_assert_true(trace_set(trace, 0, FIELD_IPV4_ID, 0xabcd));
    g_assert_true(trace_set(trace, 0, FIELD_UDP_SPORT, 53));
    return trace_draw(trace, 0, 4, PALETTE_TORCHLIGHT);
}

static size_t
pixel_of(FieldId field, int bit)
{
    return (size_t)(layout_default()->column_of[field] + bit);
}

static void
test_trits(void)
{
    g_autoptr(Image) image = draw();
    g_autoptr(PictureBits) bits = picture_bits_new(image, layout_default());
    g_assert_nonnull(bits);
    g_assert_cmpint(bits->width, ==, 1088);
    g_assert_cmpint(bits->height, ==, 4);
    g_assert_cmpint(picture_bits_trit(bits, pixel_of(FIELD_IPV4_VER, 0)), ==, 0);
    g_assert_cmpint(picture_bits_trit(bits, pixel_of(FIELD_IPV4_VER, 1)), ==, 1);
    g_assert_cmpint(picture_bits_trit(bits, pixel_of(FIELD_IPV4_ID, 0)), ==, 1);
    g_assert_cmpint(picture_bits_trit(bits, pixel_of(FIELD_UDP_SPORT, 15)), ==, 1);
    g_assert_cmpint(picture_bits_trit(bits, pixel_of(FIELD_TCP_SEQ, 0)), ==, -1);
    g_assert_cmpint(picture_bits_trit(bits, 1088 + pixel_of(FIELD_IPV4_VER, 1)), ==, -1);
}

/* Ports are drawn once for a connection: training is to see them. */
static void
test_random(void)
{
    g_autoptr(Image) image = draw();
    g_autoptr(PictureBits) bits = picture_bits_new(image, layout_default());
    g_assert_true(picture_bits_is_random(bits, pixel_of(FIELD_IPV4_ID, 3)));
    g_assert_false(picture_bits_is_random(bits, pixel_of(FIELD_IPV4_VER, 1)));
    g_assert_false(picture_bits_is_random(bits, pixel_of(FIELD_UDP_SPORT, 15)));
}

static void
test_other_pictures(void)
{
    g_autoptr(Image) image = draw();
    g_autoptr(Image) narrow = image_new(2, 1, 3);
    narrow->pixels[0] = narrow->pixels[4] = 255; /* red, green */
    g_autoptr(PictureBits) bits = picture_bits_new(narrow, layout_default());
    g_assert_nonnull(bits);
    g_assert_cmpint(picture_bits_trit(bits, 0), ==, 0);
    g_assert_cmpint(picture_bits_trit(bits, 1), ==, 1);
    g_assert_false(picture_bits_is_random(bits, 0));
    image->pixels[7]++;
    g_assert_null(picture_bits_new(image, layout_default()));
}

int
main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/picture-bits/trits", test_trits);
    g_test_add_func("/picture-bits/random", test_random);
    g_test_add_func("/picture-bits/other-pictures", test_other_pictures);
    return g_test_run();
}
