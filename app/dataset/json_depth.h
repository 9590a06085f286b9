/* SPDX-License-Identifier: Apache-2.0 */
/* json-glib's parser calls itself for each bracket, so that a file of brackets would end in a stack
 * overflow; and of half a surrogate pair it makes bytes that are no UTF-8. So text from outside is
 * looked at first. */
#pragma once

#include <glib.h>
#include <stdbool.h>
#include <string.h>

enum { JSON_MAX_DEPTH = 64 };

static inline bool
json_is_shallow(const char *text)
{
    bool in_string = false;
    int depth = 0;

    for (; *text; text++) {
        if (in_string && *text == '\\' && text[1])
            text++;
        else if (*text == '"')
            in_string = !in_string;
        else if (!in_string && (*text == '[' || *text == '{') && ++depth > JSON_MAX_DEPTH)
            return false;
        else if (!in_string && (*text == ']' || *text == '}'))
            depth--;
    }
    return true;
}

/* The four hexadecimal digits at text, -1 when there are fewer. */
static inline int
json_hex4(const char *text)
{
    int value = 0;

    for (int i = 0; i < 4; i++) {
        if (!g_ascii_isxdigit(text[i]))
            return -1;
        value = value * 16 + g_ascii_xdigit_value(text[i]);
    }
    return value;
}

/* Whether every \uXXXX is a character, or two of them are (RFC 8259, section 7). */
static inline bool
json_escapes_are_whole(const char *text)
{
    while ((text = strchr(text, '\\'))) {
        int first, second;

        if (text[1] != 'u') {
            text += text[1] ? 2 : 1;
            continue;
        }
        first = json_hex4(text + 2);
        text += 6;
        if (first < 0 || (first >= 0xdc00 && first <= 0xdfff))
            return false;
        if (first < 0xd800 || first > 0xdfff)
            continue;
        second = text[0] == '\\' && text[1] == 'u' ? json_hex4(text + 2) : -1;
        if (second < 0xdc00 || second > 0xdfff)
            return false;
        text += 6;
    }
    return true;
}
