/* SPDX-License-Identifier: Apache-2.0 */
/* Captions from the names of files. */
#include "app/dataset/caption_template.h"

#include "app/dataset/captions.h"
#include "tests/trace/support.h"

static Vocabulary *
read_vocabulary(void)
{
    g_autofree char *path = source_path("data/captions/vocabulary.txt");
    Vocabulary *vocabulary = vocabulary_read(path, NULL);

    g_assert_nonnull(vocabulary);
    return vocabulary;
}

static void
check(const char *template, const char *path, const char *expected)
{
    g_autoptr(Vocabulary) vocabulary = read_vocabulary();
    g_autofree char *caption = NULL;

    g_assert_true(caption_template_check(template, NULL));
    caption = caption_template_apply(template, path, vocabulary);
    g_assert_cmpstr(caption, ==, expected);
}

static void
test_apply(void)
{
    check("net: {1}, {2}, {3}", "/data/a_b-c_00001.pcap", "net: a, b, c");
    check("net: {1}, {2}, {3}", "b.pcap", "net: b");
    check("net: {4}, {3}", "a_b.pcap", "net");
    check("net: {4}, {2}", "a__b.pcap", "net: b");
    check("{name} in {folder}", "/data/web/a_b.c.pcap", "a_b.c in web");
    check("{folder}", "a.pcap", "");
    check("{{{1}}}", "a.pcap", "{a}");
    check("plain", "a.pcap", "plain");
    check("{1}", ".pcap", ".pcap");
    check("{1}", "äö_ü.pcap", "äö");
    check("{known}", "OpenVPN_udp-dash_720p_1080.pcap", "openvpn-udp, dash, 1080");
    check("{known}", "http2_no-vpn_web.pcap", "no vpn, web, http2");
    check("net: {known}", "something.pcap", "net");
}

static void
test_check(void)
{
    static const char *const wrong[] = {"{",    "}",    "{}",     "{0}", "{words}",
                                        "a {1", "{1}}", "{1234}", "\xff"};

    for (size_t i = 0; i < G_N_ELEMENTS(wrong); i++) {
        GError *error = NULL;

        g_assert_false(caption_template_check(wrong[i], &error));
        g_assert_true(error->domain == G_OPTION_ERROR);
        assert_error_says(error, "template", "{known}", NULL);
    }
}

/* The names of the samples say what their captions say. */
static void
test_samples(void)
{
    g_autoptr(Vocabulary) vocabulary = read_vocabulary();
    g_autofree char *table = source_path("data/samples/captions.csv");
    g_autoptr(Captions) captions = captions_read(table, NULL);
    GHashTableIter iter;
    gpointer name, caption;

    g_hash_table_iter_init(&iter, captions->by_file);
    while (g_hash_table_iter_next(&iter, &name, &caption)) {
        g_autofree char *made = caption_from_name(name, vocabulary);

        g_assert_cmpstr(made, ==, caption);
    }
    g_autofree char *unknown = caption_from_name("a_b-c.pcap", vocabulary);
    g_assert_cmpstr(unknown, ==, "pixelated network data: a b-c");
    g_autofree char *without = caption_from_name("none_dash.pcap", NULL);
    g_assert_cmpstr(without, ==, "pixelated network data: none dash");
}

int
main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/caption-template/apply", test_apply);
    g_test_add_func("/caption-template/check", test_check);
    g_test_add_func("/caption-template/samples", test_samples);
    return g_test_run();
}
