/* SPDX-License-Identifier: Apache-2.0 */
/* A flat object needs no more than this: it is written and read without a tree in memory, and no
 * depth of brackets can do harm. */
#include "app/trace/provenance.h"

#include <string.h>

#define KEY_SKIPPED "skipped"

static void
append_string(GString *out, const char *text)
{
    g_autofree char *valid = g_utf8_make_valid(text, -1);

    g_string_append_c(out, '"');
    for (const char *at = valid; *at; at++) {
        if (*at == '"' || *at == '\\')
            g_string_append_printf(out, "\\%c", *at);
        else if ((guchar)*at < 0x20)
            g_string_append_printf(out, "\\u%04x", (guchar)*at);
        else
            g_string_append_c(out, *at);
    }
    g_string_append_c(out, '"');
}

static GList *
sorted_keys(GHashTable *table)
{
    return table ? g_list_sort(g_hash_table_get_keys(table), (GCompareFunc)g_strcmp0) : NULL;
}

char *
provenance_to_json(GHashTable *provenance, GHashTable *skipped)
{
    g_autoptr(GList) keys = sorted_keys(provenance);
    g_autoptr(GList) reasons = sorted_keys(skipped);
    GString *out = g_string_new("{");

    for (GList *at = keys; at; at = at->next) {
        if (strcmp(at->data, KEY_SKIPPED) == 0)
            continue;
        append_string(out, at->data);
        g_string_append(out, ": ");
        append_string(out, g_hash_table_lookup(provenance, at->data));
        g_string_append(out, ", ");
    }
    g_string_append(out, "\"" KEY_SKIPPED "\": {");
    for (GList *at = reasons; at; at = at->next) {
        append_string(out, at->data);
        g_string_append_printf(out, ": %u%s",
                               GPOINTER_TO_UINT(g_hash_table_lookup(skipped, at->data)),
                               at->next ? ", " : "");
    }
    g_string_append(out, "}}");
    return g_string_free(out, FALSE);
}

static void
skip_space(const char **at)
{
    *at += strspn(*at, " \t\r\n");
}

static bool
take(const char **at, char what)
{
    skip_space(at);
    if (**at != what)
        return false;
    (*at)++;
    return true;
}

/* Four hexadecimal digits, -1 when they are none. */
static int
take_hex(const char **at)
{
    int value = 0;

    for (int i = 0; i < 4; i++, (*at)++) {
        if (!g_ascii_isxdigit(**at))
            return -1;
        value = value << 4 | g_ascii_xdigit_value(**at);
    }
    return value;
}

/* \uXXXX, two of them for what lies above 16 bits. */
static bool
take_unicode(const char **at, GString *out)
{
    int high = take_hex(at), low;

    if (high >= 0xd800 && high < 0xdc00 && (*at)[0] == '\\' && (*at)[1] == 'u') {
        *at += 2;
        low = take_hex(at);
        if (low < 0xdc00 || low > 0xdfff)
            return false;
        high = 0x10000 + ((high - 0xd800) << 10) + (low - 0xdc00);
    }
    if (high <= 0 || !g_unichar_validate((gunichar)high))
        return false;
    g_string_append_unichar(out, (gunichar)high);
    return true;
}

static char *
take_string(const char **at)
{
    static const char escapes[] = "\"\\/bfnrt", meanings[] = "\"\\/\b\f\n\r\t";
    g_autoptr(GString) out = g_string_new(NULL);

    if (!take(at, '"'))
        return NULL;
    while (**at != '"') {
        const char *escape;

        if ((guchar) * *at < 0x20)
            return NULL; /* the end, too */
        if (**at != '\\') {
            g_string_append_c(out, *(*at)++);
            continue;
        }
        (*at)++;
        if (**at == 'u') {
            (*at)++;
            if (!take_unicode(at, out))
                return NULL;
            continue;
        }
        escape = **at ? strchr(escapes, **at) : NULL;
        if (!escape)
            return NULL;
        g_string_append_c(out, meanings[escape - escapes]);
        (*at)++;
    }
    (*at)++;
    return g_string_free(g_steal_pointer(&out), FALSE);
}

static char *
take_number(const char **at)
{
    const char *start;

    skip_space(at);
    start = *at;
    *at += **at == '-';
    if (!g_ascii_isdigit(**at))
        return NULL;
    *at += strspn(*at, "0123456789");
    return g_strndup(start, *at - start);
}

static bool
take_skipped(const char **at, GHashTable *skipped)
{
    if (!take(at, '{'))
        return false;
    if (take(at, '}'))
        return true;
    do {
        g_autofree char *reason = take_string(at);
        g_autofree char *number = reason && take(at, ':') ? take_number(at) : NULL;
        guint64 count;

        if (!number || !g_ascii_string_to_unsigned(number, 10, 0, G_MAXUINT32, &count, NULL))
            return false;
        g_hash_table_insert(skipped, g_steal_pointer(&reason), GUINT_TO_POINTER((guint)count));
    } while (take(at, ','));
    return take(at, '}');
}

bool
provenance_from_json(const char *json, GHashTable *provenance, GHashTable *skipped)
{
    const char *at = json;

    if (!g_utf8_validate(json, -1, NULL) || !take(&at, '{'))
        return false;
    if (!take(&at, '}')) {
        do {
            g_autofree char *key = take_string(&at);
            g_autofree char *value = NULL;

            if (!key || !take(&at, ':'))
                return false;
            if (strcmp(key, KEY_SKIPPED) == 0) {
                if (!take_skipped(&at, skipped))
                    return false;
                continue;
            }
            skip_space(&at);
            value = *at == '"' ? take_string(&at) : take_number(&at);
            if (!value)
                return false;
            g_hash_table_insert(provenance, g_steal_pointer(&key), g_steal_pointer(&value));
        } while (take(&at, ','));
        if (!take(&at, '}'))
            return false;
    }
    skip_space(&at);
    return *at == '\0';
}
