/* SPDX-License-Identifier: Apache-2.0 */
/* Changes to captions; whatever is looked for becomes one regular expression. */
#include "app/dataset/caption_edit.h"

#include <gio/gio.h>
#include <glib/gi18n-lib.h>
#include <string.h>

#include "app/dataset/caption_tags.h"

/* A word goes on over hyphens, and over dots that letters or digits follow. */
#define WORD_START "(?<![\\w-])(?<!\\w\\.)"
#define WORD_END "(?![\\w-]|\\.\\w)"

struct CaptionEdit {
    CaptionAction action;
    GRegex *find;    /* NULL for add */
    char *with;      /* of replace */
    bool is_literal; /* with */
    char **words;    /* of add */
    Vocabulary *vocabulary;
};

void
caption_edit_free(CaptionEdit *edit)
{
    if (!edit)
        return;
    g_clear_pointer(&edit->find, g_regex_unref);
    g_free(edit->with);
    g_strfreev(edit->words);
    vocabulary_free(edit->vocabulary);
    g_free(edit);
}

static char **
split_words(const char *text)
{
    g_auto(GStrv) parts = g_strsplit_set(text, ",\n", -1);
    g_autoptr(GPtrArray) words = g_ptr_array_new();

    for (int i = 0; parts[i]; i++) {
        if (*g_strstrip(parts[i]))
            g_ptr_array_add(words, g_strdup(parts[i]));
    }
    g_ptr_array_add(words, NULL);
    return (char **)g_ptr_array_free(g_steal_pointer(&words), FALSE);
}

static bool
fail(GError **error, const char *sentence)
{
    g_set_error_literal(error, G_OPTION_ERROR, G_OPTION_ERROR_BAD_VALUE, sentence);
    return false;
}

static bool
compile(CaptionEdit *edit, const CaptionEditSpec *spec, GError **error)
{
    g_autofree char *literal = g_regex_escape_string(spec->find, -1);
    g_autofree char *pattern = spec->match == CAPTION_MATCH_REGEX ? g_strdup(spec->find)
                               : spec->match == CAPTION_MATCH_WORD
                                   ? g_strconcat(WORD_START, literal, WORD_END, NULL)
                                   : g_strdup(literal);
    g_autoptr(GError) wrong = NULL;

    edit->is_literal = spec->match != CAPTION_MATCH_REGEX;
    edit->find = g_regex_new(pattern, spec->match_case ? 0 : G_REGEX_CASELESS, 0, &wrong);
    if (!edit->find ||
        (!edit->is_literal && !g_regex_check_replacement(edit->with, NULL, &wrong))) {
        g_set_error(error, G_OPTION_ERROR, G_OPTION_ERROR_BAD_VALUE,
                    _("“%s” is no regular expression: %s."), edit->find ? edit->with : spec->find,
                    wrong->message);
        return false;
    }
    return true;
}

CaptionEdit *
caption_edit_new(const CaptionEditSpec *spec, const Vocabulary *vocabulary, GError **error)
{
    g_autoptr(CaptionEdit) edit = g_new0(CaptionEdit, 1);

    edit->action = spec->action;
    edit->vocabulary = vocabulary ? vocabulary_copy(vocabulary) : NULL;
    if ((spec->find && !g_utf8_validate(spec->find, -1, NULL)) ||
        (spec->with && !g_utf8_validate(spec->with, -1, NULL)))
        return fail(error, _("The text is not UTF-8: type it again.")), NULL;
    if (spec->action == CAPTION_ADD) {
        edit->words = split_words(spec->with ? spec->with : "");
        if (!*edit->words)
            return fail(error, _("There is no word to add: name one.")), NULL;
        return g_steal_pointer(&edit);
    }
    if (!spec->find || !*spec->find)
        return fail(error, _("There is nothing to look for: name a text.")), NULL;
    edit->with = g_strdup(spec->action == CAPTION_REPLACE && spec->with ? spec->with : "");
    return compile(edit, spec, error) ? g_steal_pointer(&edit) : NULL;
}

static char *
add_words(const CaptionEdit *edit, const char *caption)
{
    char *text = g_strdup(caption);

    for (int i = 0; edit->words[i]; i++) {
        char *more = caption_add_word(text, edit->words[i], edit->vocabulary);

        g_free(text);
        text = more;
    }
    return text;
}

/* Commas with nothing between them are one, and none stands at an end. */
static char *
tidy(const char *text)
{
    g_autoptr(GString) out = g_string_new(NULL);
    bool comma = false;

    for (const char *at = text; *at;) {
        size_t blanks = strspn(at, " \t");

        if (at[blanks] == ',') {
            comma = out->len > 0;
            at += blanks + 1;
        } else if (!at[blanks]) {
            break;
        } else {
            bool after_colon = out->len > 0 && out->str[out->len - 1] == ':';

            if (comma)
                g_string_append(out, after_colon ? " " : ", ");
            else
                g_string_append_len(out, at, out->len > 0 ? blanks : 0);
            comma = false;
            at += blanks;
            blanks = strcspn(at, ", \t");
            g_string_append_len(out, at, blanks);
            at += blanks;
        }
    }
    return g_string_free(g_steal_pointer(&out), FALSE);
}

char *
caption_edit_apply(const CaptionEdit *edit, const char *caption, GError **error)
{
    g_autofree char *text = NULL;

    if (!g_utf8_validate(caption, -1, NULL))
        return NULL;
    if (edit->action == CAPTION_ADD) {
        text = add_words(edit, caption);
    } else if (edit->is_literal) {
        text = g_regex_replace_literal(edit->find, caption, -1, 0, edit->with, 0, error);
    } else {
        text = g_regex_replace(edit->find, caption, -1, 0, edit->with, 0, error);
    }
    if (!text || g_str_equal(text, caption))
        return NULL;
    return edit->action == CAPTION_REMOVE ? tidy(text) : g_steal_pointer(&text);
}
