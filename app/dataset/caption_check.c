/* SPDX-License-Identifier: Apache-2.0 */
/* Checks of captions. */
#include "app/dataset/caption_check.h"

#include <glib/gi18n-lib.h>
#include <string.h>

enum { MAX_PROBLEMS = 20 }; /* of a caption: a text of another kind would have thousands */

void
caption_problem_clear(CaptionProblem *problem)
{
    g_free(problem->word);
    g_free(problem->nearest);
}

static bool
is_told(const GArray *problems, const char *word)
{
    for (guint i = 0; i < problems->len; i++) {
        if (g_str_equal(g_array_index(problems, CaptionProblem, i).word, word))
            return true;
    }
    return false;
}

static void
add_unknown(GArray *problems, const GArray *unknown)
{
    for (guint i = 0; i < unknown->len && problems->len < MAX_PROBLEMS; i++) {
        const CaptionUnknown *found = &g_array_index(unknown, CaptionUnknown, i);
        CaptionProblem problem = {.fault = CAPTION_HAS_UNKNOWN_WORD};

        if (is_told(problems, found->word))
            continue;
        problem.word = g_strdup(found->word);
        problem.nearest = g_strdup(found->nearest);
        g_array_append_val(problems, problem);
    }
}

static void
add_repeated(GArray *problems, const char *caption)
{
    g_autoptr(GHashTable) seen = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);
    g_autoptr(GArray) repeated = g_array_new(FALSE, FALSE, sizeof(CaptionProblem));
    CaptionSpan span;
    int at = 0;

    while (problems->len + repeated->len < MAX_PROBLEMS &&
           caption_words_next(caption, &at, &span)) {
        CaptionProblem problem = {.fault = CAPTION_REPEATS_WORD};

        if (g_hash_table_add(seen, g_utf8_casefold(caption + span.start, span.end - span.start)))
            continue;
        problem.word = g_strndup(caption + span.start, span.end - span.start);
        if (repeated->len == 0 || !is_told(repeated, problem.word))
            g_array_append_val(repeated, problem);
        else
            caption_problem_clear(&problem);
    }
    g_array_append_vals(problems, repeated->data, repeated->len);
}

GArray *
caption_check(const char *caption, const CaptionWords *words)
{
    GArray *problems = g_array_new(FALSE, TRUE, sizeof(CaptionProblem));
    g_autoptr(GArray) unknown = NULL;

    g_array_set_clear_func(problems, (GDestroyNotify)caption_problem_clear);
    if (!caption[strspn(caption, " \t\r\n")]) {
        CaptionProblem empty = {.fault = CAPTION_IS_EMPTY};

        g_array_append_val(problems, empty);
        return problems;
    }
    unknown = caption_words_unknown(words, caption);
    add_unknown(problems, unknown);
    add_repeated(problems, caption);
    return problems;
}

char *
caption_problem_to_text(const CaptionProblem *problem)
{
    switch (problem->fault) {
    case CAPTION_IS_EMPTY:
        return g_strdup(_("There is no caption."));
    case CAPTION_HAS_UNKNOWN_WORD:
        return problem->nearest
                   ? g_strdup_printf(_("“%s” is no word of the vocabulary: “%s”?"), problem->word,
                                     problem->nearest)
                   : g_strdup_printf(_("“%s” is no word of the vocabulary."), problem->word);
    case CAPTION_REPEATS_WORD:
        return g_strdup_printf(_("“%s” stands there twice."), problem->word);
    case CAPTION_IS_TOO_LONG:
        return g_strdup_printf(_("%d tokens, of which the model reads %d."), problem->count,
                               problem->limit);
    }
    g_return_val_if_reached(NULL);
}
