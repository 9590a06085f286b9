/* SPDX-License-Identifier: Apache-2.0 */
/* Any file that holds a trace, told apart by its first bytes. */
#include "app/trace/interchange.h"

#include <errno.h>
#include <gio/gio.h>
#include <glib/gi18n-lib.h>
#include <stdio.h>
#include <string.h>

#include "app/trace/capture.h"
#include "app/trace/image.h"

typedef enum {
    KIND_UNKNOWN,
    KIND_EMPTY,
    KIND_CAPTURE,
    KIND_PNG,
    KIND_NPY,
    KIND_NPZ,
    KIND_CSV
} Kind;

/* Of the first n bytes of a file. */
static Kind
kind_of(const uint8_t *start, size_t n)
{
    static const struct {
        Kind kind;
        const char *magic;
        size_t size;
    } magics[] = {
        {KIND_PNG, "\x89PNG\r\n\x1a\n", 8},    {KIND_NPY, "\x93NUMPY", 6},
        {KIND_CAPTURE, "\xd4\xc3\xb2\xa1", 4}, {KIND_CAPTURE, "\xa1\xb2\xc3\xd4", 4},
        {KIND_CAPTURE, "\x4d\x3c\xb2\xa1", 4}, {KIND_CAPTURE, "\xa1\xb2\x3c\x4d", 4},
        {KIND_CAPTURE, "\x34\xcd\xb2\xa1", 4}, {KIND_CAPTURE, "\xa1\xb2\xcd\x34", 4},
        {KIND_CAPTURE, "\x0a\x0d\x0d\x0a", 4}, {KIND_NPZ, "PK\x03\x04", 4},
        {KIND_NPZ, "PK\x05\x06", 4},
    };

    if (n == 0)
        return KIND_EMPTY;
    for (size_t i = 0; i < G_N_ELEMENTS(magics); i++) {
        if (n >= magics[i].size && memcmp(start, magics[i].magic, magics[i].size) == 0)
            return magics[i].kind;
    }
    for (size_t i = n >= 3 && memcmp(start, "\xef\xbb\xbf", 3) == 0 ? 3 : 0; i < n; i++) {
        if (!g_ascii_isprint(start[i]) && start[i] != '\r' && start[i] != '\n')
            return KIND_UNKNOWN;
    }
    return memchr(start, ',', n) ? KIND_CSV : KIND_UNKNOWN;
}

static bool
file_kind(const char *path, Kind *kind, GError **error)
{
    bool folder = g_file_test(path, G_FILE_TEST_IS_DIR);
    FILE *stream = folder ? NULL : fopen(path, "rbe");
    int code = folder ? EISDIR : errno;
    uint8_t start[64];

    if (!stream) {
        g_set_error(error, G_FILE_ERROR, g_file_error_from_errno(code),
                    _("Cannot read “%s”: %s; give a capture, PNG, CSV, .npy or .npz file."), path,
                    g_strerror(code));
        return false;
    }
    *kind = kind_of(start, fread(start, 1, sizeof start, stream));
    fclose(stream);
    return true;
}

bool
trace_file_is_table(const char *path)
{
    Kind kind = KIND_UNKNOWN;

    return strcmp(path, "-") != 0 && file_kind(path, &kind, NULL) &&
           (kind == KIND_PNG || kind == KIND_CSV || kind == KIND_NPY || kind == KIND_NPZ);
}

Trace *
trace_read_any(const char *path, const char *layout_name, char **warning, GError **error)
{
    const Layout *layout = layout_name ? layout_by_name(layout_name, error) : NULL;
    const Layout *or_default = layout ? layout : layout_default();
    Kind kind = KIND_CAPTURE;

    if (warning)
        *warning = NULL;
    if (layout_name && !layout)
        return NULL;
    if (strcmp(path, "-") != 0 && !file_kind(path, &kind, error))
        return NULL;
    switch (kind) {
    case KIND_CAPTURE:
        return trace_read_capture(path, or_default, 0, warning, error);
    case KIND_PNG:
        return trace_read_png(path, layout_name, NULL, error);
    case KIND_NPY:
        return trace_read_npy(path, or_default, error);
    case KIND_NPZ:
        return trace_read_npz(path, layout, error);
    case KIND_CSV:
        return trace_read_csv(path, layout, error);
    case KIND_EMPTY:
        g_set_error(error, G_IO_ERROR, G_IO_ERROR_INVALID_DATA,
                    _("“%s” is empty: give a capture, PNG, CSV, .npy or .npz file."), path);
        return NULL;
    default:
        g_set_error(error, G_IO_ERROR, G_IO_ERROR_INVALID_DATA,
                    _("“%s” is none of the kinds that are read: give a capture (pcap or pcapng), "
                      "PNG, CSV, .npy or .npz file."),
                    path);
        return NULL;
    }
}
