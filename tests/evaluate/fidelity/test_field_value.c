/* SPDX-License-Identifier: Apache-2.0 */
/* Values of fields as bins. */
#include "app/evaluate/fidelity/field_value.h"

#include <string.h>

/* Bins rise with the value, exact below 64, then at most 1/32 of it wide. */
static void
test_numbers(void)
{
    guint64 last = 0;
    guint32 start = 0;

    for (guint32 value = 0; value < 1 << 17; value++) {
        guint64 bin = field_value_bin_of(value);

        g_assert_true(bin == last || bin == last + 1);
        if (bin != last)
            start = value;
        g_assert_cmpuint(value - start, <=, start < 64 ? 0 : start / 32 - 1);
        last = bin;
    }
    g_assert_cmpuint(field_value_bin_of(0), ==, 1);
    g_assert_cmpuint(field_value_bin_of(63), ==, 64);
    g_assert_cmpuint(field_value_bin_of(64), ==, field_value_bin_of(65));
    g_assert_cmpuint(field_value_bin_of(1420), !=, field_value_bin_of(1500));
    g_assert_cmpuint(field_value_bin_of(G_MAXUINT32), ==, 1 + 26 * 32 + 63);
}

static guint64
bin_of_bytes(FieldId field, const uint8_t *bytes, int n)
{
    int8_t trits[320];

    memset(trits, -1, sizeof trits);
    for (int bit = 0; bit < n * 8; bit++)
        trits[bit] = bytes[bit / 8] >> (7 - bit % 8) & 1;
    return field_value_bin(field, trits);
}

static void
test_fields(void)
{
    const uint8_t ttl = 200, length[] = {0x05, 0xdc};
    int8_t half[8] = {1, 0, 1, -1, 0, 0, 0, 0};

    g_assert_cmpuint(bin_of_bytes(FIELD_IPV4_TTL, &ttl, 1), ==, 201);
    g_assert_cmpuint(bin_of_bytes(FIELD_IPV4_TL, length, 2), ==, field_value_bin_of(1500));
    g_assert_cmpuint(bin_of_bytes(FIELD_IPV4_TL, length, 1), ==, FIELD_VALUE_ABSENT);
    g_assert_cmpuint(field_value_bin(FIELD_IPV4_TTL, half), ==, FIELD_VALUE_ABSENT);
}

/* What options hold does not count, which there are and in which order does. */
static void
test_options(void)
{
    const uint8_t list[] = {1, 1, 8, 10, 1, 2, 3, 4, 5, 6, 7, 8};
    const uint8_t later[] = {1, 1, 8, 10, 9, 9, 9, 9, 0, 0, 0, 0};
    const uint8_t moved[] = {8, 10, 1, 2, 3, 4, 5, 6, 7, 8, 1, 1};
    const uint8_t cut[] = {1, 1, 8, 41, 1, 2, 3, 4}, stuck[] = {1, 1, 8, 0, 1, 2, 3, 4};
    guint64 bin = bin_of_bytes(FIELD_TCP_OPT, list, sizeof list);

    g_assert_cmpuint(bin, !=, FIELD_VALUE_ABSENT);
    g_assert_cmpuint(bin_of_bytes(FIELD_TCP_OPT, later, sizeof later), ==, bin);
    g_assert_cmpuint(bin_of_bytes(FIELD_TCP_OPT, moved, sizeof moved), !=, bin);
    g_assert_cmpuint(bin_of_bytes(FIELD_TCP_OPT, cut, sizeof cut), !=, bin);
    g_assert_cmpuint(bin_of_bytes(FIELD_TCP_OPT, stuck, sizeof stuck), !=, FIELD_VALUE_ABSENT);
    g_assert_cmpuint(bin_of_bytes(FIELD_TCP_OPT, list, 0), ==, FIELD_VALUE_ABSENT);
}

int
main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/field-value/numbers", test_numbers);
    g_test_add_func("/field-value/fields", test_fields);
    g_test_add_func("/field-value/options", test_options);
    return g_test_run();
}
