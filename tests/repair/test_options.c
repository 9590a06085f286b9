/* SPDX-License-Identifier: Apache-2.0 */
/* Option lists: what is legal, and the nearest legal list. */
#include "app/repair/option_list.h"

#include <string.h>

#include "app/trace/random.h"

typedef struct {
    OptionFamily family;
    int n;
    uint8_t bytes[OPTION_LIST_MAX_BYTES];
    bool is_legal;
} Case;

static const Case cases[] = {
    {OPTIONS_TCP, 0, {0}, true},
    {OPTIONS_TCP, 12, {1, 1, 8, 10, 1, 2, 3, 4, 5, 6, 7, 8}, true},
    {OPTIONS_TCP, 4, {1, 1, 1, 0}, true},
    {OPTIONS_TCP, 4, {1, 0, 0, 1}, false},   /* not zero after the end */
    {OPTIONS_TCP, 4, {2, 4, 5, 180}, false}, /* MSS without SYN */
    {OPTIONS_TCP_SYN, 4, {2, 4, 5, 180}, true},
    {OPTIONS_TCP_SYN, 4, {2, 4, 0, 0}, false},                 /* MSS 0 */
    {OPTIONS_TCP_SYN, 8, {2, 4, 5, 180, 2, 4, 5, 180}, false}, /* twice */
    {OPTIONS_TCP_SYN, 8, {2, 4, 5, 180, 1, 3, 3, 14}, true},
    {OPTIONS_TCP_SYN, 8, {2, 4, 5, 180, 1, 3, 3, 15}, false}, /* shift above 14 */
    {OPTIONS_TCP_SYN, 20, {2, 4, 5, 180, 4, 2, 8, 10, 0, 0, 0, 1, 0, 0, 0, 0, 1, 3, 3, 7}, true},
    {OPTIONS_TCP_SYN, 4, {3, 3, 7, 4}, false}, /* kind without length */
    {OPTIONS_TCP, 4, {8, 10, 0, 0}, false},    /* longer than the list */
    {OPTIONS_TCP, 4, {1, 77, 2, 1}, false},    /* unassigned kind */
    {OPTIONS_TCP, 12, {1, 1, 5, 10, 1, 2, 3, 4, 5, 6, 7, 8}, true},
    {OPTIONS_TCP, 12, {5, 11, 1, 2, 3, 4, 5, 6, 7, 8, 9, 1}, false}, /* half a block */
    {OPTIONS_IPV4, 4, {148, 4, 0, 0}, true},
    {OPTIONS_IPV4, 4, {1, 1, 0, 0}, true},
    {OPTIONS_IPV4, 8, {7, 7, 4, 0, 0, 0, 0, 0}, true},
    {OPTIONS_IPV4, 8, {7, 7, 5, 0, 0, 0, 0, 0}, false}, /* pointer between addresses */
    {OPTIONS_IPV4, 4, {2, 4, 5, 180}, false},
};

static void
test_legal(void)
{
    for (guint i = 0; i < G_N_ELEMENTS(cases); i++) {
        if (option_list_is_legal(cases[i].family, cases[i].bytes, cases[i].n) != cases[i].is_legal)
            g_error("case %u", i);
    }
}

typedef struct {
    Trace *drawn;
    RepairOptions options;
    RepairContext context;
} Setting;

static void
setting_init(Setting *setting)
{
    *setting = (Setting){.drawn = trace_new(layout_default(), 1)};
    repair_context_init(&setting->context, setting->drawn, &setting->options);
}

static void
setting_clear(Setting *setting)
{
    repair_context_clear(&setting->context);
    trace_free(setting->drawn);
}

static void
draw_options(Setting *setting, FieldId field, const uint8_t *bytes, int n)
{
    int8_t *trits = trace_row(setting->drawn, 0) + layout_default()->column_of[field];
    memset(trits, -1, 320);
    for (int bit = 0; bit < n * 8; bit++)
        trits[bit] = bytes[bit / 8] >> (7 - bit % 8) & 1;
}

static int
count_differences(const uint8_t *a, const uint8_t *b, int n)
{
    int count = 0;
    for (int i = 0; i < n; i++)
        count += __builtin_popcount(a[i] ^ b[i]);
    return count;
}

/* Any bytes become a legal list; a legal list with one flipped bit is at most one bit away. */
static void
test_repair(void)
{
    Random random = random_seeded(7);
    Setting setting;

    setting_init(&setting);
    for (int round = 0; round < 2000; round++) {
        const Case *from = &cases[round % G_N_ELEMENTS(cases)];
        FieldId field = from->family == OPTIONS_IPV4 ? FIELD_IPV4_OPT : FIELD_TCP_OPT;
        uint8_t bytes[OPTION_LIST_MAX_BYTES], out[OPTION_LIST_MAX_BYTES];
        int n = from->n;
        memcpy(bytes, from->bytes, sizeof bytes);
        if (!from->is_legal || n == 0) {
            n = 4 * (1 + (int)random_below(&random, 10));
            for (int i = 0; i < n; i++)
                bytes[i] = (uint8_t)random_next(&random);
        } else {
            int bit = (int)random_below(&random, n * 8);
            bytes[bit / 8] ^= 0x80 >> bit % 8;
        }
        draw_options(&setting, field, bytes, n);
        memcpy(out, bytes, sizeof out);
        if (!option_list_is_legal(from->family, out, n))
            option_list_repair(&setting.context, 0, from->family, out, n);
        g_assert_true(option_list_is_legal(from->family, out, n));
        /* Kinds that repair does not offer (record route) may cost more. */
        if (from->is_legal && from->n > 0 && from->bytes[0] != 7)
            g_assert_cmpint(count_differences(bytes, out, n), <=, 1);
    }
    setting_clear(&setting);
}

/* Absence and the header length vote on how many words of options there are. */
static void
test_words(void)
{
    static const uint8_t bytes[12] = {1, 1, 8, 10};
    Setting setting;

    setting_init(&setting);
    draw_options(&setting, FIELD_TCP_OPT, bytes, 12);
    trace_set(setting.drawn, 0, FIELD_TCP_DOFF, 8);
    g_assert_cmpint(option_list_words(&setting.context, 0, FIELD_TCP_OPT, FIELD_TCP_DOFF), ==, 3);
    trace_set(setting.drawn, 0, FIELD_TCP_DOFF, 15);
    g_assert_cmpint(option_list_words(&setting.context, 0, FIELD_TCP_OPT, FIELD_TCP_DOFF), ==, 3);
    draw_options(&setting, FIELD_TCP_OPT, bytes, 0);
    g_assert_cmpint(option_list_words(&setting.context, 0, FIELD_TCP_OPT, FIELD_TCP_DOFF), ==, 0);
    setting_clear(&setting);
}

int
main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/options/legal", test_legal);
    g_test_add_func("/options/repair", test_repair);
    g_test_add_func("/options/words", test_words);
    return g_test_run();
}
