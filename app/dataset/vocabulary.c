/* SPDX-License-Identifier: Apache-2.0 */
/* Words of captions. */
#include "app/dataset/vocabulary.h"

#include <gio/gio.h>
#include <glib/gi18n-lib.h>
#include <string.h>

#include "app/trace/lines.h"

enum { MAX_WORDS = 10000, MAX_WORD = 64, MAX_DISTANCE = 3 };

void
vocabulary_free(Vocabulary *vocabulary)
{
    if (!vocabulary)
        return;
    g_ptr_array_unref(vocabulary->words);
    g_clear_pointer(&vocabulary->axes, g_ptr_array_unref);
    g_free(vocabulary->path);
    g_free(vocabulary);
}

Vocabulary *
vocabulary_copy(const Vocabulary *vocabulary)
{
    Vocabulary *copy = g_new0(Vocabulary, 1);

    copy->path = g_strdup(vocabulary->path);
    copy->words = g_ptr_array_new_with_free_func(g_free);
    for (guint i = 0; i < vocabulary->words->len; i++)
        g_ptr_array_add(copy->words, g_strdup(vocabulary->words->pdata[i]));
    copy->axes = vocabulary->axes ? g_ptr_array_copy(vocabulary->axes, NULL, NULL) : NULL;
    return copy;
}

static bool
add_line(Vocabulary *vocabulary, const LineReader *reader, GError **error)
{
    const char *word = strchr(reader->line, '\t');

    if (!*reader->line || *reader->line == '#')
        return true;
    if (!word || !word[1] || strlen(word + 1) > MAX_WORD ||
        !g_utf8_validate(reader->line, -1, NULL) || vocabulary->words->len >= MAX_WORDS) {
        g_set_error(error, G_IO_ERROR, G_IO_ERROR_INVALID_DATA,
                    _("“%s”, line %d: it is no axis and word with a tabulator between them."),
                    reader->path, reader->number);
        return false;
    }
    g_autofree char *axis = g_strndup(reader->line, (gsize)(word - reader->line));
    g_ptr_array_add(vocabulary->words, g_strdup(word + 1));
    g_ptr_array_add(vocabulary->axes, (gpointer)g_intern_string(axis));
    return true;
}

Vocabulary *
vocabulary_read(const char *path, GError **error)
{
    g_autoptr(Vocabulary) vocabulary = g_new0(Vocabulary, 1);
    LineReader reader;
    bool good = true;
    int status;

    vocabulary->path = g_strdup(path);
    vocabulary->words = g_ptr_array_new_with_free_func(g_free);
    vocabulary->axes = g_ptr_array_new();
    if (!line_reader_open(&reader, path, error))
        return NULL;
    while (good && (status = line_reader_next(&reader, error)) != 0)
        good = status == 1 && add_line(vocabulary, &reader, error);
    line_reader_close(&reader);
    return good ? g_steal_pointer(&vocabulary) : NULL;
}

/* Its index, -1 when it is none. */
static int
find_word(const Vocabulary *vocabulary, const char *text)
{
    for (guint i = 0; i < vocabulary->words->len; i++) {
        if (g_ascii_strcasecmp(vocabulary->words->pdata[i], text) == 0)
            return (int)i;
    }
    return -1;
}

/* What stands between the commas of a caption. */
static char **
split_caption(const char *caption)
{
    bool has_prefix = g_ascii_strncasecmp(caption, CAPTION_PREFIX, strlen(CAPTION_PREFIX)) == 0;

    return g_strsplit_set(has_prefix ? caption + strlen(CAPTION_PREFIX) : caption, ",:", -1);
}

char *
vocabulary_find_unknown(const Vocabulary *vocabulary, const char *caption)
{
    g_auto(GStrv) parts = split_caption(caption);

    for (int i = 0; parts[i]; i++) {
        const char *part = g_strstrip(parts[i]);

        if (*part && find_word(vocabulary, part) < 0)
            return g_strdup(part);
    }
    return NULL;
}

const char *
vocabulary_axis_of(const Vocabulary *vocabulary, const char *word)
{
    int i = find_word(vocabulary, word);

    return i >= 0 && vocabulary->axes ? vocabulary->axes->pdata[i] : NULL;
}

const char *
vocabulary_word_on(const Vocabulary *vocabulary, const char *caption, const char *axis)
{
    g_auto(GStrv) parts = split_caption(caption);

    for (int i = 0; parts[i] && vocabulary->axes; i++) {
        int word = find_word(vocabulary, g_strstrip(parts[i]));

        if (word >= 0 && g_strcmp0(vocabulary->axes->pdata[word], axis) == 0)
            return vocabulary->words->pdata[word];
    }
    return NULL;
}

GPtrArray *
vocabulary_list_axes(const Vocabulary *vocabulary)
{
    GPtrArray *axes = g_ptr_array_new();

    for (guint i = 0; vocabulary->axes && i < vocabulary->axes->len; i++) {
        if (!g_ptr_array_find(axes, vocabulary->axes->pdata[i], NULL))
            g_ptr_array_add(axes, vocabulary->axes->pdata[i]);
    }
    return axes;
}

/* Levenshtein's distance, over bytes. */
static int
distance(const char *a, const char *b)
{
    int row[MAX_WORD + 1];
    int n = (int)strlen(b);

    for (int j = 0; j <= n; j++)
        row[j] = j;
    for (int i = 1; a[i - 1]; i++) {
        int diagonal = row[0];

        row[0] = i;
        for (int j = 1; j <= n; j++) {
            int change = diagonal + (a[i - 1] != b[j - 1]);

            diagonal = row[j];
            row[j] = MIN(MIN(row[j], row[j - 1]) + 1, change);
        }
    }
    return row[n];
}

const char *
vocabulary_find_nearest(const Vocabulary *vocabulary, const char *word)
{
    const char *nearest = NULL;
    int least = MAX_DISTANCE + 1;

    for (guint i = 0; strlen(word) <= MAX_WORD && i < vocabulary->words->len; i++) {
        int d = distance(word, vocabulary->words->pdata[i]);

        if (d < least && d < (int)strlen(word)) {
            least = d;
            nearest = vocabulary->words->pdata[i];
        }
    }
    return nearest;
}

char *
vocabulary_to_text(const Vocabulary *vocabulary)
{
    GString *text = g_string_new(NULL);

    for (guint i = 0; i < vocabulary->words->len; i++)
        g_string_append_printf(text, "%s%s", i ? ", " : "",
                               (const char *)vocabulary->words->pdata[i]);
    return g_string_free(text, FALSE);
}
