/* SPDX-License-Identifier: Apache-2.0 */
/* Findings on disk. */
#include "app/evaluate/evaluation_cache.h"

#include <errno.h>
#include <gio/gio.h>
#include <glib/gi18n-lib.h>
#include <glib/gstdio.h>
#include <string.h>

#include "app/trace/atomic.h"

#define CACHE_HEAD "torchlight-evaluation-cache 1"

static char *
head_of(const char *key, const char *text)
{
    g_autofree char *sum = g_compute_checksum_for_string(G_CHECKSUM_SHA256, text, -1);

    return g_strdup_printf(CACHE_HEAD "\nkey %s\nsum %s\n", key, sum);
}

char *
evaluation_cache_read(const char *dir, const char *key)
{
    g_autofree char *path = g_build_filename(dir, key, NULL);
    g_autofree char *whole = NULL;
    g_autofree char *head = NULL;
    const char *text;
    gsize size;

    if (!g_file_get_contents(path, &whole, &size, NULL) || strlen(whole) != size)
        return NULL;
    text = whole;
    for (int line = 0; line < 3 && text; line++)
        text = (text = strchr(text, '\n')) ? text + 1 : NULL;
    if (!text)
        return NULL;
    head = head_of(key, text);
    return strlen(head) == (gsize)(text - whole) && memcmp(head, whole, strlen(head)) == 0
               ? g_strdup(text)
               : NULL;
}

bool
evaluation_cache_write(const char *dir, const char *key, const char *text, GError **error)
{
    g_autofree char *path = g_build_filename(dir, key, NULL);
    g_autofree char *head = head_of(key, text);
    g_autofree char *whole = g_strconcat(head, text, NULL);

    if (g_mkdir_with_parents(dir, 0777) != 0) {
        g_set_error(error, G_IO_ERROR, g_io_error_from_errno(errno),
                    _("The folder “%s” cannot be made: %s."), dir, g_strerror(errno));
        return false;
    }
    return atomic_file_write(path, whole, strlen(whole), error);
}
