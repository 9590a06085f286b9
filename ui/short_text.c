/* SPDX-License-Identifier: Apache-2.0 */
/* Shortening texts. */
#include "ui/short_text.h"

#include <glib.h>
#include <string.h>

enum { MAX_BYTES = 2000 };

char *
short_text(const char *text)
{
    const char *end;

    if (!text || strlen(text) <= MAX_BYTES)
        return g_strdup(text ? text : "");
    end = g_utf8_find_prev_char(text, text + MAX_BYTES);
    return g_strdup_printf("%.*s…", (int)(end - text), text);
}
