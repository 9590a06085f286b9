/* SPDX-License-Identifier: Apache-2.0 */
/* Queries. Thousands of captions are asked at each key, so that ASCII, as nearly all is, is
 * compared as it stands. */
#include "app/dataset/caption_query.h"

#include <string.h>

typedef struct {
    char *text; /* folded when it is not ASCII */
    bool is_ascii, excluded;
} Word;

struct CaptionQuery {
    GArray *words; /* Word */
};

static void
word_clear(void *data)
{
    g_free(((Word *)data)->text);
}

void
caption_query_free(CaptionQuery *query)
{
    if (!query)
        return;
    g_array_unref(query->words);
    g_free(query);
}

static void
add_word(CaptionQuery *query, const char *text, size_t size, bool excluded)
{
    g_autofree char *word = g_strndup(text, size);
    Word added = {.excluded = excluded, .is_ascii = g_str_is_ascii(word)};

    if (!*word)
        return;
    added.text = added.is_ascii ? g_steal_pointer(&word) : g_utf8_casefold(word, -1);
    g_array_append_val(query->words, added);
}

CaptionQuery *
caption_query_new(const char *text)
{
    CaptionQuery *query = g_new0(CaptionQuery, 1);
    g_autofree char *valid = g_utf8_make_valid(text, -1);
    const char *at = valid;

    query->words = g_array_new(FALSE, FALSE, sizeof(Word));
    g_array_set_clear_func(query->words, word_clear);
    while (*(at += strspn(at, " \t\n"))) {
        bool excluded = *at == '-' && at[1] && !strchr(" \t\n", at[1]);
        const char *start = at + excluded;
        bool quoted = *start == '"';
        const char *end;

        start += quoted;
        end = start + strcspn(start, quoted ? "\"" : " \t\n");
        add_word(query, start, (size_t)(end - start), excluded);
        at = end + (quoted && *end);
    }
    return query;
}

bool
caption_query_is_empty(const CaptionQuery *query)
{
    return query->words->len == 0;
}

static bool
holds(const char *text, const Word *word)
{
    g_autofree char *folded = NULL;

    if (!text)
        return false;
    if (word->is_ascii)
        return strcasestr(text, word->text) != NULL;
    folded = g_utf8_casefold(text, -1);
    return strstr(folded, word->text) != NULL;
}

bool
caption_query_matches(const CaptionQuery *query, const char *const *texts, int n_texts)
{
    for (guint i = 0; i < query->words->len; i++) {
        const Word *word = &g_array_index(query->words, Word, i);
        bool found = false;

        for (int k = 0; k < n_texts && !found; k++)
            found = holds(texts[k], word);
        if (found == word->excluded)
            return false;
    }
    return true;
}
