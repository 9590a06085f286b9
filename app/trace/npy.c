/* SPDX-License-Identifier: Apache-2.0 */
/* NumPy .npy, format 1.0 written, 1.0 to 3.0 read (numpy.lib.format): N x W int8, C order, not
 * padded. It holds the trits and nothing else. */
#include "app/trace/interchange.h"

#include <errno.h>
#include <gio/gio.h>
#include <glib/gi18n-lib.h>
#include <string.h>

#include "app/trace/table_write.h"

static const char magic[6] = {'\x93', 'N', 'U', 'M', 'P', 'Y'};
enum { PREAMBLE = 10, HEADER = 128 - PREAMBLE, MAX_HEADER = 1 << 16 }; /* bytes */

/* As long for any number of rows, so that it can be written again when that is known. */
static void
put_header(TableWriter *writer, const Trace *trace)
{
    g_autofree char *shape = g_strdup_printf(
        "{'descr': '|i1', 'fortran_order': False, 'shape': (%" G_GINT64_FORMAT ", %d), }",
        writer->n_expected >= 0 ? writer->n_expected : writer->n_rows, writer->layout->n_columns);
    g_autofree char *header = g_strdup_printf("%-*s\n", HEADER - 1, shape);
    FILE *stream = table_stream(writer);

    fwrite(magic, 1, sizeof magic, stream);
    fwrite((char[]){1, 0, HEADER, 0}, 1, 4, stream);
    fwrite(header, 1, HEADER, stream);
}

static void
npy_append(TableWriter *writer, const Trace *trace)
{
    fwrite(trace->trits, trace->layout->n_columns, trace->n_rows, table_stream(writer));
}

/* Where the rows were foretold the header is right; else it is written again. */
static void
npy_end(TableWriter *writer)
{
    off_t size = PREAMBLE + HEADER + (off_t)writer->n_rows * writer->layout->n_columns;

    if (writer->n_expected < 0 && fseeko(table_stream(writer), -size, SEEK_CUR) == 0)
        put_header(writer, NULL);
}

const TableKind table_kind_npy = {put_header, npy_append, npy_end, NULL};

static void
set_npy_error(GError **error, const char *path, const char *what)
{
    g_set_error(error, G_IO_ERROR, G_IO_ERROR_INVALID_DATA,
                _("“%s” is no .npy of trits (%s): give an N × W array of int8 in C order."), path,
                what);
}

/* The text after 'key': in a dictionary, or NULL. */
static const char *
find_value(const char *header, const char *key)
{
    g_autofree char *single = g_strdup_printf("'%s'", key);
    g_autofree char *twofold = g_strdup_printf("\"%s\"", key);
    const char *at = strstr(header, single);

    if (!at)
        at = strstr(header, twofold);
    if (!at)
        return NULL;
    at += strlen(single);
    while (*at == ' ')
        at++;
    if (*at++ != ':')
        return NULL;
    while (*at == ' ')
        at++;
    return at;
}

/* "(N, W)" */
static bool
parse_shape(const char *text, int *n_rows, int *n_columns)
{
    gint64 numbers[2];
    char *end;

    if (*text++ != '(')
        return false;
    for (int i = 0; i < 2; i++) {
        while (*text == ' ')
            text++;
        if (!g_ascii_isdigit(*text))
            return false;
        numbers[i] = g_ascii_strtoll(text, &end, 10);
        text = end;
        while (*text == ' ')
            text++;
        if (numbers[i] > G_MAXINT || (i == 0 && *text++ != ','))
            return false;
    }
    if (*text == ',')
        text++;
    *n_rows = (int)numbers[0];
    *n_columns = (int)numbers[1];
    return *text == ')';
}

/* The header's dictionary, or NULL. */
static char *
read_header(FILE *stream)
{
    uint8_t start[12];
    size_t size, length_size;
    char *header;

    if (fread(start, 1, 8, stream) != 8 || memcmp(start, magic, sizeof magic) != 0 ||
        start[6] < 1 || start[6] > 3)
        return NULL;
    length_size = start[6] == 1 ? 2 : 4;
    if (fread(start + 8, 1, length_size, stream) != length_size)
        return NULL;
    size = start[8] | (size_t)start[9] << 8;
    if (length_size == 4)
        size |= (size_t)start[10] << 16 | (size_t)start[11] << 24;
    if (size > MAX_HEADER)
        return NULL;
    header = g_malloc0(size + 1);
    if (fread(header, 1, size, stream) != size)
        g_clear_pointer(&header, g_free);
    return header;
}

/* What is wrong with a header under a layout, or NULL and the number of rows. */
static const char *
check_header(const char *header, const Layout *layout, int *n_rows)
{
    const char *descr = find_value(header, "descr");
    const char *order = find_value(header, "fortran_order");
    const char *shape = find_value(header, "shape");
    int n_columns;

    if (!descr || !order || !shape)
        return _("its header is not whole");
    if (!g_str_has_prefix(descr + (*descr != '\0'), "|i1") &&
        !g_str_has_prefix(descr + (*descr != '\0'), "<i1"))
        return _("its type is not int8");
    if (!g_str_has_prefix(order, "False"))
        return _("it is in Fortran order");
    if (!parse_shape(shape, n_rows, &n_columns))
        return _("it has not two dimensions");
    if (n_columns != layout->n_columns)
        return _("its width is not the layout's");
    return NULL;
}

/* Bytes from here to the end, -1 when that cannot be told. */
static gint64
bytes_left(FILE *stream)
{
    off_t here = ftello(stream), end;

    if (here < 0 || fseeko(stream, 0, SEEK_END) != 0)
        return -1;
    end = ftello(stream);
    return fseeko(stream, here, SEEK_SET) == 0 ? end - here : -1;
}

static Trace *
read_trits(FILE *stream, const char *path, const Layout *layout, int n_rows, GError **error)
{
    size_t size = (size_t)n_rows * layout->n_columns;
    g_autoptr(Trace) trace = NULL;

    if (bytes_left(stream) != (gint64)size) {
        set_npy_error(error, path, _("its size is not what its header says"));
        return NULL;
    }
    trace = trace_new(layout, n_rows);
    if (fread(trace->trits, 1, size, stream) != size) {
        set_npy_error(error, path, _("it cannot be read to its end"));
        return NULL;
    }
    for (size_t i = 0; i < size; i++) {
        if (trace->trits[i] < -1 || trace->trits[i] > 1) {
            set_npy_error(error, path, _("a value is none of -1, 0 and 1"));
            return NULL;
        }
    }
    g_hash_table_insert(trace->provenance, g_strdup("source"), g_path_get_basename(path));
    return g_steal_pointer(&trace);
}

Trace *
trace_read_npy(const char *path, const Layout *layout, GError **error)
{
    bool folder = g_file_test(path, G_FILE_TEST_IS_DIR);
    FILE *stream = folder ? NULL : fopen(path, "rbe");
    int code = folder ? EISDIR : errno;
    g_autofree char *header = NULL;
    const char *fault;
    Trace *trace = NULL;
    int n_rows = 0;

    if (!stream) {
        g_set_error(error, G_FILE_ERROR, g_file_error_from_errno(code),
                    _("Cannot read “%s”: %s; check its name and permissions."), path,
                    g_strerror(code));
        return NULL;
    }
    header = read_header(stream);
    fault = header ? check_header(header, layout, &n_rows) : _("it is cut or of another kind");
    if (fault)
        set_npy_error(error, path, fault);
    else
        trace = read_trits(stream, path, layout, n_rows, error);
    fclose(stream);
    return trace;
}
