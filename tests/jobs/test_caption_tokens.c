/* SPDX-License-Identifier: Apache-2.0 */
/* Captions as the bundled model's tokenizer sees them. */
#include "app/jobs/caption_tokens.h"

#include <string.h>

static void
test_count(void)
{
    g_autoptr(GError) error = NULL;
    g_autoptr(CaptionTokens) tokens = caption_tokens_new(NULL, &error);
    g_autofree char *many = g_strnfill(100000, 'x');
    int limit;

    g_assert_no_error(error);
    limit = caption_tokens_limit(tokens);
    g_assert_cmpint(limit, ==, 77);
    g_assert_cmpint(caption_tokens_count(tokens, ""), ==, 2);
    /* A comma and two digits are a token each. */
    g_assert_cmpint(caption_tokens_count(tokens, ", 1 2"), ==, 5);
    for (int i = 1; i < 100000; i += 2)
        many[i] = ' ';
    g_assert_cmpint(caption_tokens_count(tokens, many), >, limit);
}

static void
test_split_words(void)
{
    static const char caption[] = "pixelated network data: web, 12345; qzxqzx";
    g_autoptr(CaptionTokens) tokens = caption_tokens_new("", NULL);
    g_autoptr(GArray) words = caption_tokens_split_words(tokens, caption);
    const CaptionPieces *digits = &g_array_index(words, CaptionPieces, 0);

    g_assert_cmpuint(words->len, ==, 2); /* not those that the model was trained on */
    g_assert_cmpint(digits->n_tokens, ==, 5);
    g_assert_cmpstr(digits->pieces, ==, "1·2·3·4·5");
    g_assert_cmpint(digits->start, ==, (int)(strstr(caption, "1") - caption));
    g_assert_cmpint(digits->end, ==, digits->start + 5);
    g_assert_cmpint(g_array_index(words, CaptionPieces, 1).end, ==, (int)strlen(caption));
}

static void
on_loaded(GObject *source, GAsyncResult *result, gpointer data)
{
    g_autoptr(GError) error = NULL;
    g_autoptr(CaptionTokens) tokens = caption_tokens_load_finish(result, &error);

    g_assert_null(tokens);
    g_assert_nonnull(strstr(error->message, "/nowhere"));
    g_main_loop_quit(data);
}

static void
test_no_model(void)
{
    g_autoptr(GMainLoop) loop = g_main_loop_new(NULL, FALSE);

    caption_tokens_load("/nowhere", NULL, on_loaded, loop);
    g_main_loop_run(loop);
}

int
main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/jobs/caption-tokens/count", test_count);
    g_test_add_func("/jobs/caption-tokens/split-words", test_split_words);
    g_test_add_func("/jobs/caption-tokens/no-model", test_no_model);
    return g_test_run();
}
