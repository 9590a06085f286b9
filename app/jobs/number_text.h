/* SPDX-License-Identifier: Apache-2.0 */
/* Numbers as text for files: with a point, whatever the user's locale says. Private to app/jobs. */
#pragma once

#include <glib.h>

/* Nine digits, as many as a float needs; the caller frees. */
static inline char *
number_text(double value)
{
    char buffer[G_ASCII_DTOSTR_BUF_SIZE];

    return g_strdup(g_ascii_formatd(buffer, sizeof buffer, "%.9g", value));
}

/* All digits of a double; the caller frees. */
static inline char *
number_text_exact(double value)
{
    char buffer[G_ASCII_DTOSTR_BUF_SIZE];

    return g_strdup(g_ascii_dtostr(buffer, sizeof buffer, value));
}
