/* SPDX-License-Identifier: Apache-2.0 */
/* Tags of captions: small changes to the text between its commas. */
#include "app/dataset/caption_tags.h"

#include <string.h>

#include "app/dataset/caption_words.h"

static bool
is_word(const char *caption, CaptionSpan span, const char *folded)
{
    g_autofree char *word = g_utf8_casefold(caption + span.start, span.end - span.start);

    return g_str_equal(word, folded);
}

static bool
find_word(const char *caption, const char *word, CaptionSpan *span)
{
    g_autofree char *folded = g_utf8_casefold(word, -1);
    int at = 0;

    while (caption_words_next(caption, &at, span)) {
        if (is_word(caption, *span, folded))
            return true;
    }
    return false;
}

bool
caption_has_word(const char *caption, const char *word)
{
    CaptionSpan span;

    return find_word(caption, word, &span);
}

/* The place of a word's axis among the axes, -1 when it has none. */
static int
axis_rank(const Vocabulary *vocabulary, const char *word)
{
    const char *axis = vocabulary ? vocabulary_axis_of(vocabulary, word) : NULL;
    guint first = 0;

    return axis && g_ptr_array_find(vocabulary->axes, axis, &first) ? (int)first : -1;
}

/* The first word whose axis comes after that of the word given; false: there is none. */
static bool
find_place(const char *caption, const char *word, const Vocabulary *vocabulary, CaptionSpan *span)
{
    int axis = axis_rank(vocabulary, word);
    int at = 0;

    while (axis >= 0 && caption_words_next(caption, &at, span)) {
        g_autofree char *other = g_strndup(caption + span->start, span->end - span->start);
        int its_axis = axis_rank(vocabulary, other);

        if ((its_axis < 0 && caption[span->end] != ':') || its_axis > axis)
            return true; /* what a colon follows is a prefix of another's making */
    }
    return false;
}

char *
caption_add_word(const char *caption, const char *word, const Vocabulary *vocabulary)
{
    g_autofree char *text = g_strchomp(g_strdup(caption));
    const char *between = ", ";
    CaptionSpan span;
    size_t n;

    if (caption_has_word(caption, word))
        return g_strdup(caption);
    if (find_place(caption, word, vocabulary, &span))
        return g_strdup_printf("%.*s%s, %s", span.start, caption, word, caption + span.start);
    n = strlen(text);
    if (n == 0)
        return g_strconcat(CAPTION_PREFIX ": ", word, NULL);
    if (text[n - 1] == ',' || text[n - 1] == ':')
        between = " ";
    else if (g_ascii_strcasecmp(text, CAPTION_PREFIX) == 0)
        between = ": ";
    return g_strconcat(text, between, word, NULL);
}

/* Text without the bytes of a word and the comma behind it, or else that before it. */
static char *
cut_word(const char *text, CaptionSpan span)
{
    int start = span.start, end = span.end;

    end += (int)strspn(text + end, " \t");
    if (text[end] == ',') {
        end += 1 + (int)strspn(text + end + 1, " \t");
    } else {
        end = span.end;
        while (start > 0 && (text[start - 1] == ' ' || text[start - 1] == '\t'))
            start--;
        start -= start > 0 && text[start - 1] == ',';
    }
    return g_strdup_printf("%.*s%s", start, text, text + end);
}

char *
caption_remove_word(const char *caption, const char *word)
{
    char *text = g_strdup(caption);
    CaptionSpan span;

    while (find_word(text, word, &span)) {
        char *less = cut_word(text, span);

        g_free(text);
        text = less;
    }
    return text;
}
