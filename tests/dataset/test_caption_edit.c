/* SPDX-License-Identifier: Apache-2.0 */
/* Words of captions set and taken away, changes to many, what is looked for, what is wrong. */
#include "app/dataset/caption_edit.h"

#include <gio/gio.h>
#include <string.h>

#include "app/dataset/caption_check.h"
#include "app/dataset/caption_query.h"
#include "app/dataset/caption_tags.h"
#include "tests/trace/support.h"

static Vocabulary *vocabulary;

static void
read_vocabulary(void)
{
    g_autofree char *base = scratch_new();
    g_autofree char *path = scratch_path(base, "vocabulary.txt");

    put_file(path,
             "tunnel\tno vpn\ntunnel\twireguard\napp\tweb\napp\tdash\nquality\t720\n"
             "transport\thttp2\n",
             -1);
    vocabulary = vocabulary_read(path, NULL);
    g_assert_nonnull(vocabulary);
    scratch_free(g_steal_pointer(&base));
}

static void
test_add(void)
{
    static const struct {
        const char *caption, *word, *becomes;
    } cases[] = {
        {"", "web", "pixelated network data: web"},
        {"  ", "new", "pixelated network data: new"},
        {"pixelated network data", "web", "pixelated network data: web"},
        {"pixelated network data:", "web", "pixelated network data: web"},
        {"pixelated network data: web, http2", "wireguard",
         "pixelated network data: wireguard, web, http2"},
        {"pixelated network data: web, http2", "720", "pixelated network data: web, 720, http2"},
        {"pixelated network data: web,", "http2", "pixelated network data: web, http2"},
        {"web, mine", "http2", "web, http2, mine"},
        {"web, mine", "other", "web, mine, other"},
        {"web", "WEB", "web"},
        {"pixelated network data, type-0", "web", "pixelated network data, web, type-0"},
    };

    for (guint i = 0; i < G_N_ELEMENTS(cases); i++) {
        g_autofree char *text = caption_add_word(cases[i].caption, cases[i].word, vocabulary);

        g_assert_cmpstr(text, ==, cases[i].becomes);
        g_assert_true(caption_has_word(text, cases[i].word));
    }
    g_autofree char *free_word = caption_add_word("web", "wireguard", NULL);
    g_assert_cmpstr(free_word, ==, "web, wireguard");
}

static void
test_remove(void)
{
    static const struct {
        const char *caption, *word, *becomes;
    } cases[] = {
        {"pixelated network data: wireguard, web", "wireguard", "pixelated network data: web"},
        {"pixelated network data: wireguard, web", "web", "pixelated network data: wireguard"},
        {"pixelated network data: web", "Web", "pixelated network data:"},
        {"a, web , b, WEB", "web", "a, b"},
        {"web", "web", ""},
        {"websocket", "web", "websocket"},
        {"two\nlines, web", "web", "two\nlines"},
    };

    for (guint i = 0; i < G_N_ELEMENTS(cases); i++) {
        g_autofree char *text = caption_remove_word(cases[i].caption, cases[i].word);

        g_assert_cmpstr(text, ==, cases[i].becomes);
        g_assert_false(caption_has_word(text, cases[i].word));
    }
}

static void
test_edit(void)
{
    static const struct {
        CaptionEditSpec spec;
        const char *caption, *becomes;
    } cases[] = {
        {{CAPTION_REPLACE, CAPTION_MATCH_TEXT, "web", "www", false},
         "Web, websocket",
         "www, wwwsocket"},
        {{CAPTION_REPLACE, CAPTION_MATCH_TEXT, "web", "www", true}, "Web, web", "Web, www"},
        {{CAPTION_REPLACE, CAPTION_MATCH_TEXT, "a.b", "\\1", true}, "a.b, axb", "\\1, axb"},
        {{CAPTION_REPLACE, CAPTION_MATCH_WORD, "openvpn", "vpn", false},
         "openvpn, openvpn-udp, my-openvpn",
         "vpn, openvpn-udp, my-openvpn"},
        {{CAPTION_REPLACE, CAPTION_MATCH_WORD, "http1", "x", false},
         "http1.1, http1. http1",
         "http1.1, x. x"},
        {{CAPTION_REPLACE, CAPTION_MATCH_REGEX, "(\\d+)p", "\\1", false},
         "720p, 1080p",
         "720, 1080"},
        {{CAPTION_REPLACE, CAPTION_MATCH_TEXT, "x", "y", false}, "abc", NULL},
        {{CAPTION_REMOVE, CAPTION_MATCH_WORD, "web", NULL, false},
         "data: web, http2, a  b",
         "data: http2, a  b"},
        {{CAPTION_REMOVE, CAPTION_MATCH_WORD, "web", NULL, false}, "a,web , b", "a, b"},
        {{CAPTION_REMOVE, CAPTION_MATCH_WORD, "web", NULL, false}, "a, web", "a"},
        {{CAPTION_REMOVE, CAPTION_MATCH_TEXT, "web", NULL, false}, "web", ""},
        {{CAPTION_ADD, CAPTION_MATCH_TEXT, NULL, "http2, wireguard", false},
         "x: web",
         "x: wireguard, web, http2"},
        {{CAPTION_ADD, CAPTION_MATCH_TEXT, NULL, "web", false}, "x: web", NULL},
        {{CAPTION_REPLACE, CAPTION_MATCH_TEXT, "א", "ב", false}, "אבג", "בבג"},
    };

    for (guint i = 0; i < G_N_ELEMENTS(cases); i++) {
        g_autoptr(GError) error = NULL;
        g_autoptr(CaptionEdit) edit = caption_edit_new(&cases[i].spec, vocabulary, &error);
        g_autofree char *text = NULL;

        g_assert_no_error(error);
        text = caption_edit_apply(edit, cases[i].caption, &error);
        g_assert_no_error(error);
        g_assert_cmpstr(text, ==, cases[i].becomes);
    }
}

static void
test_bad_edit(void)
{
    static const CaptionEditSpec specs[] = {
        {CAPTION_ADD, CAPTION_MATCH_TEXT, NULL, " , ", false},
        {CAPTION_REMOVE, CAPTION_MATCH_TEXT, "", NULL, false},
        {CAPTION_REMOVE, CAPTION_MATCH_REGEX, "(", NULL, false},
        {CAPTION_REPLACE, CAPTION_MATCH_REGEX, "a", "\\", false},
        {CAPTION_REPLACE, CAPTION_MATCH_TEXT, "\xff", "a", false},
    };

    for (guint i = 0; i < G_N_ELEMENTS(specs); i++) {
        g_autoptr(GError) error = NULL;

        g_assert_null(caption_edit_new(&specs[i], NULL, &error));
        g_assert_error(error, G_OPTION_ERROR, G_OPTION_ERROR_BAD_VALUE);
    }
}

/* An expression that would take for ever ends with an error. */
static void
test_slow_edit(void)
{
    const CaptionEditSpec spec = {CAPTION_REMOVE, CAPTION_MATCH_REGEX, "^(a+)+$", NULL, true};
    g_autoptr(CaptionEdit) edit = caption_edit_new(&spec, NULL, NULL);
    g_autofree char *many = g_strnfill(60, 'a');
    g_autofree char *caption = g_strconcat(many, "!", NULL);
    g_autoptr(GError) error = NULL;

    g_assert_null(caption_edit_apply(edit, caption, &error));
    g_assert_nonnull(error);
}

static void
test_query(void)
{
    static const struct {
        const char *query;
        bool matches;
    } cases[] = {
        {"", true},
        {"  ", true},
        {"wire", true},
        {"WIRE web", true},
        {"wire -web", false},
        {"-dash", true},
        {"\"no vpn\"", false},
        {"capture", true},
        {"wire dash", false},
        {"\"guard, we", true},
        {"-", false},
        {"STRASSE", false},
        {"straße", true},
        {"-\"guard, w\"", false},
    };
    const char *const texts[] = {"wireguard, web", "my Capture", NULL, "Straße"};

    for (guint i = 0; i < G_N_ELEMENTS(cases); i++) {
        g_autoptr(CaptionQuery) query = caption_query_new(cases[i].query);

        g_assert_true(caption_query_matches(query, texts, 4) == cases[i].matches);
    }
}

static void
test_check(void)
{
    g_autoptr(CaptionWords) words = caption_words_new(vocabulary);
    g_autoptr(GArray) good = caption_check("pixelated network data: wireguard, Web", words);
    g_autoptr(GArray) empty = caption_check(" \n", words);
    g_autoptr(GArray) bad = caption_check("wirequard, web, web, wirequard, web", words);
    const CaptionProblem *problem;

    g_assert_cmpuint(good->len, ==, 0);
    g_assert_cmpuint(empty->len, ==, 1);
    g_assert_cmpint(g_array_index(empty, CaptionProblem, 0).fault, ==, CAPTION_IS_EMPTY);
    g_assert_cmpuint(bad->len, ==, 3);
    problem = &g_array_index(bad, CaptionProblem, 0);
    g_assert_cmpint(problem->fault, ==, CAPTION_HAS_UNKNOWN_WORD);
    g_assert_cmpstr(problem->word, ==, "wirequard");
    g_assert_cmpstr(problem->nearest, ==, "wireguard");
    problem = &g_array_index(bad, CaptionProblem, 1);
    g_assert_cmpint(problem->fault, ==, CAPTION_REPEATS_WORD);
    g_assert_cmpstr(problem->word, ==, "web");
}

int
main(int argc, char **argv)
{
    int status;

    g_test_init(&argc, &argv, NULL);
    read_vocabulary();
    g_test_add_func("/dataset/caption/add", test_add);
    g_test_add_func("/dataset/caption/remove", test_remove);
    g_test_add_func("/dataset/caption/edit", test_edit);
    g_test_add_func("/dataset/caption/bad-edit", test_bad_edit);
    g_test_add_func("/dataset/caption/slow-edit", test_slow_edit);
    g_test_add_func("/dataset/caption/query", test_query);
    g_test_add_func("/dataset/caption/check", test_check);
    status = g_test_run();
    vocabulary_free(vocabulary);
    return status;
}
