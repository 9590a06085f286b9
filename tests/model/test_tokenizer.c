// SPDX-License-Identifier: Apache-2.0
//
// The tokenizer against the ids of the reference, on odd text, on damaged folders, and a
// vocabulary learned and read back.
#include "compute/model/tokenizer.h"

#include <math.h>
#include <string.h>
#include <glib/gstdio.h>

#include "compute/json_text.h"
#include "tests/model/golden.h"

static Tokenizer *
open_golden(void)
{
    g_autofree char *dir = golden_path("model/tokenizer");
    g_autoptr(GError) error = NULL;
    Tokenizer *tokenizer = tokenizer_open(dir, &error);

    g_assert_no_error(error);
    return tokenizer;
}

/* The captions of tokenizer_captions.json, in order. */
static GPtrArray *
golden_captions(void)
{
    g_autofree char *path = golden_path("goldens/tokenizer_captions.json");
    g_autoptr(GError) error = NULL;
    GPtrArray *captions = g_ptr_array_new_with_free_func(g_free);
    size_t size;
    g_autofree char *text = json_text_load(path, 1 << 20, &size, &error);
    JsonText json;

    g_assert_no_error(error);
    json_text_init(&json, text, size);
    json_text_enter(&json, '[');
    while (json_text_more(&json, ']')) {
        json_text_enter(&json, '{');
        while (json_text_more(&json, '}')) {
            g_autofree char *key = json_text_key(&json);

            if (strcmp(key, "caption") == 0)
                g_ptr_array_add(captions, json_text_string(&json));
            else
                json_text_skip(&json, NULL);
        }
    }
    g_assert_true(json_text_at_end(&json));
    return captions;
}

static void
test_goldens(void)
{
    g_autoptr(Tokenizer) tokenizer = open_golden();
    g_autoptr(GPtrArray) captions = golden_captions();
    g_autoptr(WeightsFile) file = golden_open("tokenizer");
    g_autofree float *ids = golden_read(file, "output.ids", NULL);
    g_autofree float *lengths = golden_read(file, "output.lengths", NULL);

    g_assert_cmpuint(captions->len, ==, 20);
    g_assert_cmpint(tokenizer_n_tokens(tokenizer), ==, 600);
    g_assert_cmpint(tokenizer_max_length(tokenizer), ==, 77);
    for (guint i = 0; i < captions->len; i++) {
        int32_t got[77];
        bool truncated;
        int n_used;
        g_autoptr(GArray) all = tokenizer_split(tokenizer, g_ptr_array_index(captions, i));

        tokenizer_encode(tokenizer, g_ptr_array_index(captions, i), got, &n_used, &truncated);
        g_assert_cmpint(n_used, ==, (int)lengths[i]);
        g_assert_cmpint(truncated, ==, all->len > 75);
        for (int k = 0; k < 77; k++)
            g_assert_cmpint(got[k], ==, (int)ids[i * 77 + k]);
    }
}

static void
test_text_back(void)
{
    g_autoptr(Tokenizer) tokenizer = open_golden();
    int32_t ids[77];
    int n_used;

    tokenizer_encode(tokenizer, "Pixelated  Network Data, caf\xc3\xa9 7", ids, &n_used, NULL);
    g_autofree char *text = tokenizer_decode(tokenizer, ids, n_used);
    g_autofree char *piece = tokenizer_token_text(tokenizer, ids[1]);
    g_autofree char *none = tokenizer_token_text(tokenizer, 600);

    g_assert_cmpstr(text, ==, "pixelated network data , caf\xc3\xa9 7");
    g_assert_cmpstr(piece, ==, "pixelated ");
    g_assert_null(none);
    g_assert_null(tokenizer_token_text(tokenizer, -1));
}

/* Two texts that are one to the tokenizer. */
static void
test_cleaning(void)
{
    static const char *const pairs[][2] = {
        {"A &amp;amp; B", "a & b"},
        {"x &lt;tag&gt; &#65;&#x42;", "x <tag> ab"},
        {"tab\tand\u00a0space \u2003 wide", "tab and space wide"},
        {"e\u0301", "\u00e9"},
        {"I\u0130", "ii\u0307"},
        {"bell\x07 gone", "bell gone"},
        {"\xff\xfe", "\ufffd\ufffd"},
        {"&#0;&#xd800;&#99999999999999999999;", "\ufffd\ufffd\ufffd"},
        {"&; &# &#x &#x; &bogus;", "&;  &#  &#x  &#x;  &bogus;"},
    };
    g_autoptr(Tokenizer) tokenizer = open_golden();

    for (size_t i = 0; i < G_N_ELEMENTS(pairs); i++) {
        int32_t first[77], second[77];

        tokenizer_encode(tokenizer, pairs[i][0], first, NULL, NULL);
        tokenizer_encode(tokenizer, pairs[i][1], second, NULL, NULL);
        g_test_message("%s", pairs[i][1]);
        g_assert_cmpmem(first, sizeof first, second, sizeof second);
    }
}

static void
test_special_in_text(void)
{
    g_autoptr(Tokenizer) tokenizer = open_golden();
    g_autoptr(GArray) ids = tokenizer_split(tokenizer, "a<|EndOfText|>a");

    g_assert_cmpuint(ids->len, ==, 3);
    g_assert_cmpint(g_array_index(ids, int32_t, 1), ==, tokenizer_eos(tokenizer));
}

/* A long word and a long text end in time, and say that they were cut. */
static void
test_long_text(void)
{
    g_autoptr(Tokenizer) tokenizer = open_golden();
    g_autofree char *word = g_strnfill(200000, 'a');
    g_autofree char *spaced = g_strnfill(200000, 'a');
    int32_t ids[77];
    bool truncated;

    for (int i = 1; i < 200000; i += 2)
        spaced[i] = ' ';
    tokenizer_encode(tokenizer, word, ids, NULL, &truncated);
    g_assert_true(truncated);
    tokenizer_encode(tokenizer, spaced, ids, NULL, &truncated);
    g_assert_true(truncated);
    tokenizer_encode(tokenizer, "", ids, NULL, &truncated);
    g_assert_false(truncated);
}

static void
write_text(const char *dir, const char *name, const char *text)
{
    g_autofree char *path = g_build_filename(dir, name, NULL);

    g_assert_true(g_file_set_contents(path, text, -1, NULL));
}

static void
expect_failure(const char *dir, const char *part)
{
    g_autoptr(GError) error = NULL;
    g_autoptr(Tokenizer) tokenizer = tokenizer_open(dir, &error);

    g_assert_null(tokenizer);
    g_assert_nonnull(error);
    if (!strstr(error->message, part))
        g_error("“%s” does not speak of “%s”", error->message, part);
}

#define SMALL                                                                                      \
    "{\"a\": 0, \"b</w>\": 1, \"!\": 2, \"ab</w>\": 3, \"<|startoftext|>\": 4, "                   \
    "\"<|endoftext|>\": 5}"

static void
test_padding_by_config(void)
{
    char *dir = golden_scratch_new();
    int32_t ids[10];

    write_text(dir, "vocab.json", SMALL);
    write_text(dir, "merges.txt", "#version: 0.2\na b</w>\n");
    write_text(dir, "tokenizer_config.json",
               "{\"model_max_length\": 10, \"pad_token\": \"<|endoftext|>\"}");
    write_text(dir, "special_tokens_map.json", "{\"pad_token\": {\"content\": \"!\"}}");
    {
        g_autoptr(GError) error = NULL;
        g_autoptr(Tokenizer) tokenizer = tokenizer_open(dir, &error);
        /* z has no token: unknown. The padding token is special inside the text, too. */
        static const int32_t expected[] = {4, 3, 2, 2, 5, 5, 2, 2, 2, 2};

        g_assert_no_error(error);
        tokenizer_encode(tokenizer, "AB!!z", ids, NULL, NULL);
        g_assert_cmpmem(ids, sizeof ids, expected, sizeof expected);
    }
    golden_scratch_free(dir);
}

static void
test_damaged_folders(void)
{
    static const struct {
        const char *vocabulary, *merges, *config, *part;
    } cases[] = {
        {"", "", "{}", "vocab.json"},
        {"{}", "", "{}", "no tokens"},
        {"{\"a\": 0, \"b\": 2}", "", "{}", "numbered"},
        {"{\"a\": 0, \"b\": -1}", "", "{}", "numbered"},
        {"{\"a\": 0, \"a\": 1}", "", "{}", "twice"},
        {"{\"a\": 0, \"b\": 99999999999999999999}", "", "{}", "too large"},
        {"{\"a\": 0, \"b\": 1.5}", "", "{}", "vocab.json"},
        {"{\"a\": 0, \"b\": \"x\"}", "", "{}", "whole number"},
        {"[1, 2]", "", "{}", "object"},
        {"{\"a\": 0, \"b\": 1}", "", "{}", "<|startoftext|>"},
        {SMALL, "#version: 0.2\na  b</w>\n", "{}", "line 2"},
        {SMALL, "ab\n", "{}", "line 1"},
        {SMALL, "a q\n", "{}", "merges.txt"},
        {SMALL, "", "{\"model_max_length\": 2}", "model_max_length"},
        {SMALL, "", "{\"model_max_length\": NaN}", "model_max_length"},
        {SMALL, "", "{\"pad_token\": \"\"}", "special token"},
        {SMALL, "", "{\"pad_token\": \"nowhere\"}", "nowhere"},
        {SMALL, "", "{\"pad_token\": 3}", "pad_token"},
        {SMALL, "", "{\"pad_token\": {\"content\": ", "not valid"},
    };
    char *dir = golden_scratch_new();

    expect_failure(dir, "vocab.json");
    for (size_t i = 0; i < G_N_ELEMENTS(cases); i++) {
        write_text(dir, "vocab.json", cases[i].vocabulary);
        write_text(dir, "merges.txt", cases[i].merges);
        write_text(dir, "tokenizer_config.json", cases[i].config);
        expect_failure(dir, cases[i].part);
    }
    golden_scratch_free(dir);
}

/* No byte lost and no bit turned makes it crash. */
static void
test_bit_flips(void)
{
    char *dir = golden_scratch_new();
    static const char *const names[] = {"vocab.json", "merges.txt", "tokenizer_config.json",
                                        "special_tokens_map.json"};
    char *texts[4];
    size_t sizes[4];
    guint32 state = 1;

    for (int i = 0; i < 4; i++) {
        g_autofree char *relative = g_strdup_printf("model/tokenizer/%s", names[i]);
        g_autofree char *path = golden_path(relative);

        g_assert_true(g_file_get_contents(path, &texts[i], &sizes[i], NULL));
        write_text(dir, names[i], texts[i]);
    }
    for (int i = 0; i < 4; i++) {
        g_autofree char *path = g_build_filename(dir, names[i], NULL);

        for (size_t round = 0; round < 60; round++) {
            g_autofree char *bad = g_memdup2(texts[i], sizes[i]);
            bool cut = round % 2;
            size_t at = (state = state * 1664525 + 1013904223) % sizes[i];
            g_autoptr(Tokenizer) tokenizer = NULL;

            bad[at] ^= 1 << round % 8;
            g_assert_true(g_file_set_contents(path, bad, cut ? at : sizes[i], NULL));
            tokenizer = tokenizer_open(dir, NULL);
            if (tokenizer) {
                g_autoptr(GArray) ids = tokenizer_split(tokenizer, "pixelated network data!");
                g_assert_cmpuint(ids->len, >, 0);
            }
        }
        write_text(dir, names[i], texts[i]);
        g_free(texts[i]);
    }
    golden_scratch_free(dir);
}

static void
test_training(void)
{
    static const char *const captions[] = {
        "pixelated network data, type-0", "pixelated network data, netflix",
        "pixelated network data, caf\xc3\xa9 \xf0\x9f\x98\x80", "type-1 \"quoted\\\" text"};
    char *dir = golden_scratch_new(), *other = golden_scratch_new();
    g_autoptr(GError) error = NULL;

    g_assert_true(tokenizer_train(captions, 4, 600, dir, &error));
    g_assert_true(tokenizer_train(captions, 4, 600, other, &error));
    for (int i = 0; i < 2; i++) {
        static const char *const names[] = {"vocab.json", "merges.txt"};
        g_autofree char *first = g_build_filename(dir, names[i], NULL);
        g_autofree char *second = g_build_filename(other, names[i], NULL);
        g_autofree char *a = NULL, *b = NULL;

        g_assert_true(g_file_get_contents(first, &a, NULL, NULL));
        g_assert_true(g_file_get_contents(second, &b, NULL, NULL));
        g_assert_cmpstr(a, ==, b);
    }
    {
        g_autoptr(Tokenizer) tokenizer = tokenizer_open(dir, &error);
        int32_t ids[77];
        int n_used;

        g_assert_no_error(error);
        g_assert_cmpint(tokenizer_n_tokens(tokenizer), <=, 600);
        g_assert_cmpint(tokenizer_eos(tokenizer), ==, tokenizer_n_tokens(tokenizer) - 1);
        tokenizer_encode(tokenizer, "Pixelated network data, netflix", ids, &n_used, NULL);
        g_assert_cmpint(n_used, ==, 2 + 5);
        for (int i = 0; i < 4; i++) {
            g_autofree char *text = NULL;

            tokenizer_encode(tokenizer, captions[i], ids, &n_used, NULL);
            text = tokenizer_decode(tokenizer, ids, n_used);
            g_assert_cmpuint(text[0], ==, captions[i][0]);
        }
    }
    /* Nothing to learn from still makes a whole vocabulary. */
    g_assert_true(tokenizer_train(NULL, 0, 514, other, &error));
    g_autoptr(Tokenizer) empty = tokenizer_open(other, &error);
    g_assert_no_error(error);
    g_assert_cmpint(tokenizer_n_tokens(empty), ==, 514);
    golden_scratch_free(dir);
    golden_scratch_free(other);
}

static void
test_training_refusals(void)
{
    g_autoptr(GError) error = NULL;
    g_autoptr(GError) second = NULL;

    g_assert_false(tokenizer_train(NULL, 0, 513, "unused", &error));
    g_assert_nonnull(strstr(error->message, "514"));
    g_assert_false(tokenizer_train(NULL, 0, 600, "/proc/nowhere", &second));
    g_assert_nonnull(strstr(second->message, "/proc/nowhere"));
}

int
main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/tokenizer/goldens", test_goldens);
    g_test_add_func("/tokenizer/text-back", test_text_back);
    g_test_add_func("/tokenizer/cleaning", test_cleaning);
    g_test_add_func("/tokenizer/special-in-text", test_special_in_text);
    g_test_add_func("/tokenizer/long-text", test_long_text);
    g_test_add_func("/tokenizer/padding-by-config", test_padding_by_config);
    g_test_add_func("/tokenizer/damaged-folders", test_damaged_folders);
    g_test_add_func("/tokenizer/bit-flips", test_bit_flips);
    g_test_add_func("/tokenizer/training", test_training);
    g_test_add_func("/tokenizer/training-refusals", test_training_refusals);
    return g_test_run();
}
