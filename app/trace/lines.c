/* SPDX-License-Identifier: Apache-2.0 */
/* Bounded lines. */
#include "app/trace/lines.h"

#include <errno.h>
#include <gio/gio.h>
#include <glib/gi18n-lib.h>
#include <string.h>

/* Makes room for more of the line. */
static bool
line_grow(LineReader *reader)
{
    size_t more = MIN(MAX(2 * reader->room, (size_t)1 << 16), (size_t)LINE_MAX_SIZE + 1);

    if (more == reader->room)
        return false;
    reader->line = g_realloc(reader->line, more + LINE_SLACK);
    memset(reader->line + more, 0, LINE_SLACK);
    reader->room = more;
    return true;
}

bool
line_reader_open(LineReader *reader, const char *path, GError **error)
{
    bool folder = g_file_test(path, G_FILE_TEST_IS_DIR);
    int code;

    *reader = (LineReader){.path = path, .stream = folder ? NULL : fopen(path, "rbe")};
    code = folder ? EISDIR : errno;
    if (!reader->stream) {
        g_set_error(error, G_FILE_ERROR, g_file_error_from_errno(code),
                    _("Cannot read “%s”: %s; check its name and permissions."), path,
                    g_strerror(code));
        return false;
    }
    return line_grow(reader);
}

void
line_reader_close(LineReader *reader)
{
    if (reader->stream)
        fclose(g_steal_pointer(&reader->stream));
    g_clear_pointer(&reader->line, g_free);
}

int
line_reader_next(LineReader *reader, GError **error)
{
    size_t size, before = 0;

    while (true) {
        size_t last = reader->room - 1;

        /* The last byte tells whether fgets filled the buffer, whatever NULs the line holds. */
        reader->line[last] = 'x';
        if (!fgets(reader->line + before, (int)(reader->room - before), reader->stream)) {
            if (before > 0 && !ferror(reader->stream))
                break;
            if (!ferror(reader->stream))
                return 0;
            g_set_error(error, G_IO_ERROR, G_IO_ERROR_FAILED, _("Cannot read “%s” to its end: %s."),
                        reader->path, g_strerror(errno));
            return -1;
        }
        if (reader->line[last] != '\0' || reader->line[last - 1] == '\n')
            break;
        before = last;
        if (!line_grow(reader)) {
            g_set_error(error, G_IO_ERROR, G_IO_ERROR_INVALID_DATA,
                        _("“%s” has a line longer than %d bytes (line %d): it is no nPrint CSV."),
                        reader->path, LINE_MAX_SIZE, reader->number + 1);
            return -1;
        }
    }
    reader->number++;
    size = strlen(reader->line);
    while (size > 0 && (reader->line[size - 1] == '\n' || reader->line[size - 1] == '\r'))
        reader->line[--size] = '\0';
    reader->size = size;
    return 1;
}
