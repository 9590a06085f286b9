/* SPDX-License-Identifier: Apache-2.0 */
/* Captions made of the names of files. */
#include "app/dataset/caption_template.h"

#include <glib/gi18n-lib.h>
#include <stdlib.h>
#include <string.h>

#define BREAKS "_- \t"

enum { MAX_JOINED = 4 }; /* words of a name that are one of the vocabulary: open vpn udp */

char *
caption_stem(const char *path)
{
    char *name = g_filename_display_basename(path);
    char *dot = strrchr(name, '.');

    if (dot && dot != name)
        *dot = '\0';
    return name;
}

/* The words of a name, none of them empty. */
static GPtrArray *
split(const char *stem)
{
    g_auto(GStrv) parts = g_strsplit_set(stem, BREAKS, -1);
    GPtrArray *words = g_ptr_array_new_with_free_func(g_free);

    for (int i = 0; parts[i]; i++) {
        if (*parts[i])
            g_ptr_array_add(words, g_strdup(parts[i]));
    }
    return words;
}

/* --- words that are known --- */

/* What counts when two words are compared: "OpenVPN-udp" is "openvpnudp". */
static char *
bare(const char *word)
{
    g_autofree char *folded = g_utf8_casefold(word, -1);
    GString *out = g_string_new(NULL);

    for (const char *at = folded; *at; at = g_utf8_next_char(at)) {
        gunichar c = g_utf8_get_char(at);

        if (g_unichar_isalnum(c) || c == '.')
            g_string_append_unichar(out, c);
    }
    return g_string_free(out, FALSE);
}

/* Names say it otherwise than captions do. */
static const char *
as_captions_say(const char *word)
{
    return g_str_equal(word, "none") || g_str_equal(word, "plain") ? "novpn" : word;
}

/* The place in the vocabulary of the longest word that starts at words[*at], which is moved behind
 * it; -1 when none does. */
static int
find_known(GHashTable *known, const GPtrArray *words, guint *at)
{
    for (guint n = MIN(MAX_JOINED, words->len - *at); n > 0; n--) {
        g_autoptr(GString) joined = g_string_new(NULL);
        g_autofree char *text = NULL;
        gpointer place;

        for (guint i = 0; i < n; i++)
            g_string_append(joined, words->pdata[*at + i]);
        text = bare(joined->str);
        if (*text && g_hash_table_lookup_extended(known, as_captions_say(text), NULL, &place)) {
            *at += n;
            return GPOINTER_TO_INT(place);
        }
    }
    (*at)++;
    return -1;
}

char *
caption_template_known(const char *path, const Vocabulary *vocabulary)
{
    g_autoptr(GHashTable) known = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);
    g_autofree char *stem = caption_stem(path);
    g_autoptr(GPtrArray) words = split(stem);
    g_autofree bool *found = NULL;
    GString *text = g_string_new(NULL);
    const guint n = vocabulary ? vocabulary->words->len : 0;

    found = g_new0(bool, n + 1);
    for (guint i = n; i-- > 0;)
        g_hash_table_insert(known, bare(vocabulary->words->pdata[i]), GINT_TO_POINTER((int)i));
    for (guint at = 0; at < words->len;) {
        int place = find_known(known, words, &at);

        if (place >= 0)
            found[place] = true;
    }
    for (guint i = 0; i < n; i++) {
        if (found[i])
            g_string_append_printf(text, "%s%s", text->len ? ", " : "",
                                   (const char *)vocabulary->words->pdata[i]);
    }
    return g_string_free(text, FALSE);
}

/* --- templates --- */

typedef struct {
    const char *path;
    const Vocabulary *vocabulary;
    GPtrArray *words;
} Name;

/* What stands for a placeholder; NULL when there is no such. name NULL: "" for any that is. */
static char *
value_of(const char *placeholder, const Name *name)
{
    const guint64 number = g_ascii_strtoull(placeholder, NULL, 10);
    const bool is_number = *placeholder != '\0' && strlen(placeholder) <= 3 &&
                           strspn(placeholder, "0123456789") == strlen(placeholder) && number > 0;
    g_autofree char *folder = NULL;

    if (!is_number && !g_str_equal(placeholder, "name") && !g_str_equal(placeholder, "folder") &&
        !g_str_equal(placeholder, "known"))
        return NULL;
    if (!name)
        return g_strdup("");
    if (is_number)
        return g_strdup(number <= name->words->len ? name->words->pdata[number - 1] : "");
    if (g_str_equal(placeholder, "name"))
        return caption_stem(name->path);
    if (g_str_equal(placeholder, "known"))
        return caption_template_known(name->path, name->vocabulary);
    folder = g_path_get_dirname(name->path);
    return g_str_equal(folder, ".") ? g_strdup("") : g_filename_display_basename(folder);
}

/* The template with its placeholders filled in; NULL and where it is wrong. */
static char *
fill(const char *template, const Name *name, char **wrong)
{
    g_autoptr(GString) text = g_string_new(NULL);

    for (const char *at = template; *at; at++) {
        const char *close = *at == '{' ? strchr(at, '}') : NULL;
        g_autofree char *placeholder = NULL, *value = NULL;

        if ((*at != '{' && *at != '}') || at[1] == *at) {
            g_string_append_c(text, *at);
            at += (*at == '{' || *at == '}');
            continue;
        }
        placeholder = close ? g_strndup(at + 1, (gsize)(close - at - 1)) : NULL;
        value = placeholder ? value_of(placeholder, name) : NULL;
        if (!value) {
            *wrong = close ? g_strndup(at, (gsize)(close - at + 1)) : g_strdup(at);
            return NULL;
        }
        g_string_append(text, value);
        at = close;
    }
    return g_strdup(text->str);
}

bool
caption_template_check(const char *template, GError **error)
{
    g_autofree char *wrong = NULL;
    g_autofree char *text = NULL;

    if (!g_utf8_validate(template, -1, NULL))
        wrong = g_utf8_make_valid(template, -1);
    else
        text = fill(template, NULL, &wrong);
    if (text)
        return true;
    g_set_error(error, G_OPTION_ERROR, G_OPTION_ERROR_BAD_VALUE,
                _("“%s” cannot stand in the template of a caption: use {1}, {2}, … for words of "
                  "the file's name, {name}, {folder} or {known}."),
                wrong);
    return false;
}

/* Parts between commas that are empty go; behind a colon the next part follows without a comma. */
static char *
tidy(const char *text)
{
    g_auto(GStrv) parts = g_strsplit(text, ",", -1);
    GString *out = g_string_new(NULL);

    for (int i = 0; parts[i]; i++) {
        const char *part = g_strstrip(parts[i]);

        if (!*part)
            continue;
        if (out->len > 0)
            g_string_append(out, out->str[out->len - 1] == ':' ? " " : ", ");
        g_string_append(out, part);
    }
    if (out->len > 0 && out->str[out->len - 1] == ':')
        g_string_truncate(out, out->len - 1);
    return g_string_free(out, FALSE);
}

char *
caption_template_apply(const char *template, const char *path, const Vocabulary *vocabulary)
{
    g_autofree char *stem = caption_stem(path);
    g_autoptr(GPtrArray) words = split(stem);
    g_autofree char *wrong = NULL;
    g_autofree char *text = fill(template, &(Name){path, vocabulary, words}, &wrong);

    g_return_val_if_fail(text, g_strdup(""));
    return tidy(text);
}

char *
caption_from_name(const char *path, const Vocabulary *vocabulary)
{
    g_autofree char *known = caption_template_known(path, vocabulary);
    g_autofree char *stem = caption_stem(path);

    return g_strconcat(CAPTION_PREFIX ": ", *known ? known : g_strdelimit(stem, "_", ' '), NULL);
}
