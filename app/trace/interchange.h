/* SPDX-License-Identifier: Apache-2.0 */
/* Traces as nPrint CSV and as NumPy .npy (N x W int8). */
#pragma once

#include "app/trace/trace.h"

/* Under layout nprint the bytes are nPrint's own: the column src_ip (NULL when not known), then
 * the bits; LF, no trailing comma. Layout torchlight has no addresses in its bits, so what is
 * known of dst_ip, tv_sec, tv_nsec, length and direction follows src_ip. */
bool trace_write_csv(const Trace *trace, const char *path, GError **error);
/* Columns are matched by name, and those of no use are passed over; layout NULL: the one whose
 * names match the header line. */
Trace *trace_read_csv(const char *path, const Layout *layout, GError **error);
bool trace_write_npy(const Trace *trace, const char *path, GError **error);
/* An .npy names no layout: the caller does. It holds the trits and nothing beside them. */
Trace *trace_read_npy(const char *path, const Layout *layout, GError **error);

/* A CSV or .npy that is written part by part, for captures longer than memory: the same bytes as
 * trace_write_csv and trace_write_npy of the whole. */
typedef struct TableWriter TableWriter;
TableWriter *table_writer_new_csv(const char *path, GError **error);
TableWriter *table_writer_new_npy(const char *path, GError **error);
/* Appends every row of a trace; all have the layout and the sides of the first. False when nothing
 * more can be written: the commit says why. */
bool table_writer_append(TableWriter *writer, const Trace *trace);
/* The file appears under its path, whole. At least one trace, be it of no rows, was appended. */
bool table_writer_commit(TableWriter *writer, GError **error);
void table_writer_free(TableWriter *writer); /* without a commit nothing is left behind */
G_DEFINE_AUTOPTR_CLEANUP_FUNC(TableWriter, table_writer_free)

/* Any of PNG, CSV, NPY or capture, by content (not by suffix). layout_name NULL: the file's own,
 * else torchlight. A layout_name that contradicts a PNG is an error. */
Trace *trace_read_any(const char *path, const char *layout_name, char **warning, GError **error);
