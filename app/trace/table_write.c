/* SPDX-License-Identifier: Apache-2.0 */
/* Tables, whole or part by part. */
#include "app/trace/table_write.h"

TableWriter *
table_writer_new(const TableKind *kind, const char *path, GError **error)
{
    AtomicFile *file = atomic_file_new(path, error);
    TableWriter *writer;

    if (!file)
        return NULL;
    writer = g_new0(TableWriter, 1);
    *writer = (TableWriter){.kind = kind,
                            .file = file,
                            .path = g_strdup(path),
                            .out = g_string_new(NULL),
                            .n_expected = -1};
    return writer;
}

TableWriter *
table_writer_new_npy(const char *path, GError **error)
{
    return table_writer_new(&table_kind_npy, path, error);
}

TableWriter *
table_writer_new_npz(const char *path, GError **error)
{
    return table_writer_new(&table_kind_npz, path, error);
}

bool
table_writer_needs_count(const TableWriter *writer)
{
    return writer->kind == &table_kind_npy && !atomic_file_can_seek(writer->file);
}

void
table_writer_expect(TableWriter *writer, gint64 n_rows)
{
    g_return_if_fail(!writer->layout);
    writer->n_expected = n_rows;
}

void
table_writer_free(TableWriter *writer)
{
    if (!writer)
        return;
    atomic_file_free(writer->file);
    g_string_free(writer->out, TRUE);
    if (writer->kind->free_state)
        writer->kind->free_state(writer->state);
    else
        g_free(writer->state);
    g_free(writer->path);
    g_free(writer);
}

bool
table_writer_append(TableWriter *writer, const Trace *trace)
{
    g_return_val_if_fail(!writer->layout || writer->layout == trace->layout, false);
    writer->n_rows += trace->n_rows;
    if (!writer->layout) {
        writer->layout = trace->layout;
        writer->kind->begin(writer, trace);
    }
    writer->kind->append(writer, trace);
    return ferror(table_stream(writer)) == 0;
}

bool
table_writer_commit(TableWriter *writer, GError **error)
{
    g_return_val_if_fail(writer->layout, false);
    return writer->kind->end(writer, error) && atomic_file_commit(writer->file, error);
}

static bool
table_write(TableWriter *writer, const Trace *trace, GError **error)
{
    bool written = writer != NULL;

    if (writer) {
        table_writer_append(writer, trace);
        written = table_writer_commit(writer, error);
    }
    table_writer_free(writer);
    return written;
}

bool
trace_write_csv(const Trace *trace, const char *path, GError **error)
{
    return trace_write_csv_with(trace, path, NULL, error);
}

bool
trace_write_csv_with(const Trace *trace, const char *path, const CsvOptions *options,
                     GError **error)
{
    return table_write(table_writer_new_csv_with(path, options, error), trace, error);
}

bool
trace_write_npz(const Trace *trace, const char *path, GError **error)
{
    return table_write(table_writer_new_npz(path, error), trace, error);
}

bool
trace_write_npy(const Trace *trace, const char *path, GError **error)
{
    return table_write(table_writer_new_npy(path, error), trace, error);
}
