/* SPDX-License-Identifier: Apache-2.0 */
/* Text from outside, as a message can show it. */
#pragma once

#include <glib.h>

enum { EXCERPT_LENGTH = 40 }; /* characters */

/* The first characters in valid UTF-8, with U+FFFD for what is none and for what would not be seen
 * as it is (control characters). The caller frees. */
static inline char *
excerpt(const char *text)
{
    g_autofree char *valid = g_utf8_make_valid(text, -1);
    GString *shown = g_string_new(NULL);
    const char *at = valid;

    for (int n = 0; *at && n < EXCERPT_LENGTH; n++, at = g_utf8_next_char(at)) {
        gunichar letter = g_utf8_get_char(at);

        g_string_append_unichar(shown, g_unichar_iscntrl(letter) ? 0xfffd : letter);
    }
    if (*at)
        g_string_append(shown, "…");
    return g_string_free(shown, FALSE);
}
