/* SPDX-License-Identifier: Apache-2.0 */
/* Words of captions: counted, completed at the cursor, and slips of the pen found. */
#include "app/dataset/caption_words.h"

#include <string.h>

static Vocabulary *
new_vocabulary(void)
{
    static const char *const words[] = {"no vpn", "wireguard", "web", "download", "http2", "http3"};
    Vocabulary *vocabulary = g_new0(Vocabulary, 1);

    vocabulary->path = g_strdup("made");
    vocabulary->words = g_ptr_array_new_with_free_func(g_free);
    for (guint i = 0; i < G_N_ELEMENTS(words); i++)
        g_ptr_array_add(vocabulary->words, g_strdup(words[i]));
    return vocabulary;
}

static CaptionWords *
new_words(void)
{
    g_autoptr(Vocabulary) vocabulary = new_vocabulary();
    CaptionWords *words = caption_words_new(vocabulary);

    caption_words_count(words, "pixelated network data: no vpn, web, http3", 1);
    caption_words_count(words, "pixelated network data: wireguard, web, office wlan, web", 1);
    caption_words_count(words, "Pixelated network data: no vpn, Web, http3", 1);
    return words;
}

/* The words of a list, joined; the caller frees. */
static char *
join(GArray *list)
{
    GString *text = g_string_new(NULL);

    for (guint i = 0; i < list->len; i++)
        g_string_append_printf(text, "%s%s", i ? "|" : "",
                               g_array_index(list, CaptionWord, i).text);
    g_array_unref(list);
    return g_string_free(text, FALSE);
}

static void
check_complete(const CaptionWords *words, const char *marked, const char *expected)
{
    int cursor = (int)(strchr(marked, '^') - marked);
    g_autofree char *before = g_strndup(marked, (gsize)cursor);
    g_autofree char *text = g_strconcat(before, marked + cursor + 1, NULL);
    g_autofree char *found = join(caption_words_complete(words, text, cursor, 4));

    g_assert_cmpstr(found, ==, expected);
}

static void
test_count(void)
{
    g_autoptr(CaptionWords) words = new_words();
    g_autoptr(GArray) list = caption_words_list(words);
    const CaptionWord *first = &g_array_index(list, CaptionWord, 0);
    g_autofree char *all = NULL;

    g_assert_cmpstr(first->text, ==, "web");
    g_assert_cmpint(first->count, ==, 3); /* a word that a caption has twice counts once */
    g_assert_true(first->known);
    caption_words_count(words, "pixelated network data: wireguard, web, office wlan, web", -1);
    all = join(caption_words_list(words));
    g_assert_cmpstr(all, ==, "no vpn|web|http3|wireguard|download|http2");
}

static void
test_complete(void)
{
    g_autoptr(CaptionWords) words = new_words();

    check_complete(words, "ht^", "http3|http2");
    check_complete(words, "pixelated network data: web, HT^", "http3|http2");
    check_complete(words, "w^", "web|wireguard|office wlan|download");
    check_complete(words, "no^, web", "no vpn");
    check_complete(words, "w^, web", "wireguard|office wlan|download"); /* web is there */
    check_complete(words, "wireguard^", "");
    check_complete(words, "zz^", "");
    check_complete(words, "web, ^", "no vpn|http3|wireguard|office wlan");
}

static void
test_insert(void)
{
    const struct {
        const char *text;
        int cursor;
        const char *word, *expected;
        int after;
    } cases[] = {
        {"ht", 2, "http2", "http2, ", 7},
        {"pixelated network data:w", 24, "web", "pixelated network data: web, ", 29},
        {"no, web", 2, "no vpn", "no vpn, web", 6},
        {"web, h, voip", 6, "http2", "web, http2, voip", 10},
        {"", 0, "web", "web, ", 5},
    };

    for (guint i = 0; i < G_N_ELEMENTS(cases); i++) {
        int cursor = cases[i].cursor;
        g_autofree char *made = caption_words_insert(cases[i].text, &cursor, cases[i].word);

        g_assert_cmpstr(made, ==, cases[i].expected);
        g_assert_cmpint(cursor, ==, cases[i].after);
    }
}

static void
test_unknown(void)
{
    g_autoptr(CaptionWords) words = new_words();
    g_autoptr(CaptionWords) none = caption_words_new(NULL);
    const char *text = "pixelated network data: wireguad, web, office wlan";
    g_autoptr(GArray) unknown = caption_words_unknown(words, text);
    g_autoptr(GArray) nothing = caption_words_unknown(none, text);
    const CaptionUnknown *slip = &g_array_index(unknown, CaptionUnknown, 0);

    g_assert_cmpuint(unknown->len, ==, 2);
    g_assert_cmpstr(slip->word, ==, "wireguad");
    g_assert_cmpstr(slip->nearest, ==, "wireguard");
    g_assert_cmpint(slip->span.start, ==, 24);
    g_assert_cmpint(slip->span.end, ==, 32);
    g_assert_cmpstr(slip[1].word, ==, "office wlan");
    g_assert_null(slip[1].nearest);
    g_assert_cmpuint(nothing->len, ==, 0);
}

/* Captions that nobody would write, but that may be in a file. */
static void
test_odd(void)
{
    g_autoptr(CaptionWords) words = new_words();
    g_autofree char *huge = g_strnfill(100000, 'x');
    g_autoptr(GArray) list = NULL;

    caption_words_count(words, huge, 1);
    caption_words_count(words, "\xff\xfe", 1);
    caption_words_count(words, ",,:,\n ,", 1);
    caption_words_count(words, "لا في بي إن, web", 1);
    list = caption_words_list(words);
    g_assert_cmpuint(list->len, ==, 8);
    check_complete(words, "لا^", "لا في بي إن");
}

int
main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/caption-words/count", test_count);
    g_test_add_func("/caption-words/complete", test_complete);
    g_test_add_func("/caption-words/insert", test_insert);
    g_test_add_func("/caption-words/unknown", test_unknown);
    g_test_add_func("/caption-words/odd", test_odd);
    return g_test_run();
}
