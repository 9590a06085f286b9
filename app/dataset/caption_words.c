/* SPDX-License-Identifier: Apache-2.0 */
/* Words in a table by their folded text, counted as captions come and go. */
#include "app/dataset/caption_words.h"

#include <string.h>

enum { MAX_WORD_BYTES = 64, MAX_WORDS = 20000 };

typedef struct {
    char *text, *folded;
    int count, order; /* order: of the vocabulary, -1 where it does not have it */
} Entry;

struct CaptionWords {
    Vocabulary *vocabulary; /* NULL without one */
    GHashTable *entries;    /* folded (borrowed from the entry) -> Entry */
};

static void
entry_free(void *data)
{
    Entry *entry = data;

    g_free(entry->text);
    g_free(entry->folded);
    g_free(entry);
}

static Entry *
get_entry(CaptionWords *words, const char *text)
{
    g_autofree char *folded = g_utf8_casefold(text, -1);
    Entry *entry = g_hash_table_lookup(words->entries, folded);

    if (entry || g_hash_table_size(words->entries) >= MAX_WORDS)
        return entry;
    entry = g_new0(Entry, 1);
    entry->text = g_strdup(text);
    entry->folded = g_steal_pointer(&folded);
    entry->order = -1;
    g_hash_table_insert(words->entries, entry->folded, entry);
    return entry;
}

CaptionWords *
caption_words_new(const Vocabulary *vocabulary)
{
    CaptionWords *words = g_new0(CaptionWords, 1);

    words->entries = g_hash_table_new_full(g_str_hash, g_str_equal, NULL, entry_free);
    words->vocabulary = vocabulary ? vocabulary_copy(vocabulary) : NULL;
    for (guint i = 0; vocabulary && i < vocabulary->words->len; i++) {
        Entry *entry = get_entry(words, vocabulary->words->pdata[i]);

        if (entry && entry->order < 0)
            entry->order = (int)i;
    }
    return words;
}

void
caption_words_free(CaptionWords *words)
{
    if (!words)
        return;
    vocabulary_free(words->vocabulary);
    g_hash_table_unref(words->entries);
    g_free(words);
}

/* --- places in a text --- */

static bool
is_separator(char c)
{
    return c == ',' || c == ':' || c == '\n';
}

/* Without the blanks around it; an empty one stays where the cursor would write. */
static CaptionSpan
trim(const char *text, int start, int end)
{
    while (start < end && g_ascii_isspace(text[start]))
        start++;
    while (end > start && g_ascii_isspace(text[end - 1]))
        end--;
    return (CaptionSpan){start, end};
}

CaptionSpan
caption_words_at(const char *text, int cursor)
{
    int start = cursor, end = cursor;

    while (start > 0 && !is_separator(text[start - 1]))
        start--;
    while (text[end] && !is_separator(text[end]))
        end++;
    return trim(text, start, end);
}

bool
caption_words_next(const char *text, int *at, CaptionSpan *span)
{
    while (text[*at]) {
        int start = *at;

        while (text[*at] && !is_separator(text[*at]))
            ++*at;
        *span = trim(text, start, *at);
        if (text[*at])
            ++*at;
        if (span->end > span->start &&
            !(start == 0 && span->end - span->start == (int)strlen(CAPTION_PREFIX) &&
              g_ascii_strncasecmp(text + span->start, CAPTION_PREFIX, strlen(CAPTION_PREFIX)) == 0))
            return true;
    }
    return false;
}

void
caption_words_count(CaptionWords *words, const char *caption, int n)
{
    g_autoptr(GHashTable) seen = NULL;
    CaptionSpan span;
    int at = 0;

    if (!g_utf8_validate(caption, -1, NULL))
        return;
    seen = g_hash_table_new(NULL, NULL);
    while (caption_words_next(caption, &at, &span)) {
        g_autofree char *word = g_strndup(caption + span.start, (gsize)(span.end - span.start));
        Entry *entry = strlen(word) <= MAX_WORD_BYTES ? get_entry(words, word) : NULL;

        if (!entry || !g_hash_table_add(seen, entry))
            continue;
        entry->count = MAX(entry->count + n, 0);
        if (entry->count == 0 && entry->order < 0) {
            g_hash_table_remove(seen, entry);
            g_hash_table_remove(words->entries, entry->folded);
        }
    }
}

/* --- lists --- */

typedef struct {
    CaptionWord word;
    int rank, order; /* the lesser goes first */
} Candidate;

static int
compare_candidates(const void *a, const void *b)
{
    const Candidate *x = a, *y = b;

    if (x->rank != y->rank)
        return x->rank - y->rank;
    if (x->word.count != y->word.count)
        return y->word.count - x->word.count;
    if (x->order != y->order)
        return x->order - y->order;
    return strcmp(x->word.text, y->word.text);
}

static void
add_candidate(GArray *candidates, const Entry *entry, int rank)
{
    Candidate candidate = {.word = {entry->text, entry->count, entry->order >= 0},
                           .rank = rank,
                           .order = entry->order >= 0 ? entry->order : G_MAXINT};

    g_array_append_val(candidates, candidate);
}

static GArray *
take_words(GArray *candidates, guint max)
{
    GArray *list = g_array_new(FALSE, FALSE, sizeof(CaptionWord));

    g_array_sort(candidates, compare_candidates);
    for (guint i = 0; i < MIN(candidates->len, max); i++)
        g_array_append_val(list, g_array_index(candidates, Candidate, i).word);
    g_array_unref(candidates);
    return list;
}

GArray *
caption_words_list(const CaptionWords *words)
{
    GArray *candidates = g_array_new(FALSE, FALSE, sizeof(Candidate));
    GHashTableIter iter;
    void *entry;

    g_hash_table_iter_init(&iter, words->entries);
    while (g_hash_table_iter_next(&iter, NULL, &entry))
        add_candidate(candidates, entry, 0);
    return take_words(candidates, G_MAXUINT);
}

/* The folded words that text has outside a span. */
static GHashTable *
words_elsewhere(const char *text, CaptionSpan span)
{
    GHashTable *used = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);
    CaptionSpan at_span;
    int at = 0;

    while (caption_words_next(text, &at, &at_span)) {
        if (at_span.start != span.start)
            g_hash_table_add(used,
                             g_utf8_casefold(text + at_span.start, at_span.end - at_span.start));
    }
    return used;
}

/* Whether the span holds the word already. */
static bool
is_written(const CaptionWord *word, const char *text, CaptionSpan span)
{
    g_autofree char *written = g_utf8_casefold(text + span.start, span.end - span.start);
    g_autofree char *folded = g_utf8_casefold(word->text, -1);

    return g_str_equal(written, folded);
}

GArray *
caption_words_complete(const CaptionWords *words, const char *text, int cursor, int max)
{
    CaptionSpan span = caption_words_at(text, cursor);
    g_autofree char *typed = g_utf8_casefold(text + span.start, MAX(cursor - span.start, 0));
    g_autoptr(GHashTable) used = words_elsewhere(text, span);
    GArray *candidates = g_array_new(FALSE, FALSE, sizeof(Candidate));
    GHashTableIter iter;
    void *data;

    g_hash_table_iter_init(&iter, words->entries);
    while (g_hash_table_iter_next(&iter, NULL, &data)) {
        const Entry *entry = data;
        const char *found =
            g_hash_table_contains(used, entry->folded) ? NULL : strstr(entry->folded, typed);

        if (found)
            add_candidate(candidates, entry, found != entry->folded);
    }
    if (candidates->len == 1 &&
        is_written(&g_array_index(candidates, Candidate, 0).word, text, span))
        g_array_set_size(candidates, 0);
    return take_words(candidates, (guint)MAX(max, 0));
}

char *
caption_words_insert(const char *text, int *cursor, const char *word)
{
    CaptionSpan span = caption_words_at(text, *cursor);
    const char *rest = text + span.end;
    bool last = !rest[strspn(rest, " \t\n")];
    bool close = span.start > 0 && is_separator(text[span.start - 1]); /* no blank before it */
    g_autofree char *before = g_strndup(text, (gsize)span.start);
    g_autofree char *head = g_strconcat(before, close && text[span.start - 1] != '\n' ? " " : "",
                                        word, last ? ", " : "", NULL);

    *cursor = (int)strlen(head);
    return g_strconcat(head, last ? "" : rest, NULL);
}

/* --- unknown words --- */

static void
unknown_clear(void *data)
{
    g_free(((CaptionUnknown *)data)->word);
}

GArray *
caption_words_unknown(const CaptionWords *words, const char *text)
{
    GArray *unknown = g_array_new(FALSE, FALSE, sizeof(CaptionUnknown));
    CaptionSpan span;
    int at = 0;

    g_array_set_clear_func(unknown, unknown_clear);
    while (words->vocabulary && caption_words_next(text, &at, &span)) {
        g_autofree char *word = g_strndup(text + span.start, (gsize)(span.end - span.start));
        g_autofree char *folded = g_utf8_casefold(word, -1);
        const Entry *entry = g_hash_table_lookup(words->entries, folded);
        CaptionUnknown found = {.span = span};

        if (entry && entry->order >= 0)
            continue;
        found.nearest = vocabulary_find_nearest(words->vocabulary, folded);
        found.word = g_steal_pointer(&word);
        g_array_append_val(unknown, found);
    }
    return unknown;
}
