/* SPDX-License-Identifier: Apache-2.0 */
/* NumPy .npy: N x W int8, C order, not padded. It holds the trits and nothing else. */
#include "app/trace/interchange.h"

#include <errno.h>
#include <gio/gio.h>
#include <glib/gi18n-lib.h>
#include <string.h>

#include "app/trace/npy_header.h"
#include "app/trace/table_write.h"

/* As long for any number of rows, so that it can be written again when that is known. */
static void
put_header(TableWriter *writer, const Trace *trace)
{
    const gint64 shape[] = {writer->n_expected >= 0 ? writer->n_expected : writer->n_rows,
                            writer->layout->n_columns};
    char header[NPY_HEADER_SIZE];

    npy_header_format(header, "|i1", 2, shape);
    fwrite(header, 1, sizeof header, table_stream(writer));
}

static void
npy_append(TableWriter *writer, const Trace *trace)
{
    fwrite(trace->trits, trace->layout->n_columns, trace->n_rows, table_stream(writer));
}

/* Where the rows were foretold the header is right; else it is written again. */
static bool
npy_end(TableWriter *writer, GError **error)
{
    off_t size = NPY_HEADER_SIZE + (off_t)writer->n_rows * writer->layout->n_columns;

    if (writer->n_expected < 0 && fseeko(table_stream(writer), -size, SEEK_CUR) == 0)
        put_header(writer, NULL);
    return true;
}

const TableKind table_kind_npy = {put_header, npy_append, npy_end, NULL};

static void
set_npy_error(GError **error, const char *path, const char *what)
{
    g_set_error(error, G_IO_ERROR, G_IO_ERROR_INVALID_DATA,
                _("“%s” is no .npy of trits (%s): give an N × W array of int8 in C order."), path,
                what);
}

static bool
read_stream(void *stream, void *out, size_t n)
{
    return fread(out, 1, n, stream) == n;
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
    const char *fault;
    NpyHeader header;
    Trace *trace = NULL;

    if (!stream) {
        g_set_error(error, G_FILE_ERROR, g_file_error_from_errno(code),
                    _("Cannot read “%s”: %s; check its name and permissions."), path,
                    g_strerror(code));
        return NULL;
    }
    fault = npy_header_read(&header, read_stream, stream);
    if (!fault)
        fault = npy_header_check_trits(&header, layout->n_columns);
    if (fault)
        set_npy_error(error, path, fault);
    else
        trace = read_trits(stream, path, layout, (int)header.shape[0], error);
    fclose(stream);
    return trace;
}
