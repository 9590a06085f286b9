/* SPDX-License-Identifier: Apache-2.0 */
/* What CSV and .npy have in common when written. Private to app/trace. */
#pragma once

#include "app/trace/atomic.h"
#include "app/trace/interchange.h"

typedef struct {
    void (*begin)(TableWriter *writer, const Trace *trace); /* before the rows of the first */
    void (*append)(TableWriter *writer, const Trace *trace);
    bool (*end)(TableWriter *writer, GError **error);
    void (*free_state)(void *state); /* NULL: g_free */
} TableKind;

struct TableWriter {
    const TableKind *kind;
    AtomicFile *file;
    char *path;           /* of it, for messages */
    const Layout *layout; /* NULL before the first trace */
    GString *out;         /* CSV not yet handed to the stream */
    gint64 n_rows;
    gint64 n_expected; /* -1: not told */
    void *state;       /* of the kind */
};

extern const TableKind table_kind_csv, table_kind_npy, table_kind_npz;

TableWriter *table_writer_new(const TableKind *kind, const char *path, GError **error);

static inline FILE *
table_stream(const TableWriter *writer)
{
    return atomic_file_stream(writer->file);
}
