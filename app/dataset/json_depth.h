/* SPDX-License-Identifier: Apache-2.0 */
/* json-glib's parser calls itself for each bracket, so that a file of brackets would end in a stack
 * overflow: text from outside is looked at first. */
#pragma once

#include <stdbool.h>

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
