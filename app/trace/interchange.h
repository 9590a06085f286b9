/* SPDX-License-Identifier: Apache-2.0 */
/* Traces as nPrint CSV and as NumPy .npy and .npz. */
#pragma once

#include "app/trace/trace.h"

/* The first column of a CSV, in the order of nPrint's -O 0 to 5. */
typedef enum {
    CSV_INDEX_SRC_IP,
    CSV_INDEX_DST_IP,
    CSV_INDEX_SRC_PORT, /* src_prt */
    CSV_INDEX_DST_PORT, /* dst_prt */
    CSV_INDEX_FLOW,     /* src_dst_sport_dport_TCP, or UDP, or NULL */
    CSV_INDEX_TX_MAC,   /* of an 802.11 transmitter: NULL, as nPrint has it for IP packets */
} CsvIndex;

bool csv_index_by_name(const char *name, CsvIndex *index, GError **error);

typedef struct {
    CsvIndex index;
    bool relative_time; /* a column rts (-R): microseconds since the row before, 0 in the first */
    bool absolute_time; /* columns tv_sec and tv_usec (-A) */
    int fill;           /* what stands for absence (-F): -128 to 127. 0 and 1 cannot be read back */
} CsvOptions;

#define CSV_OPTIONS_DEFAULT ((CsvOptions){.index = CSV_INDEX_SRC_IP, .fill = -1})

/* Under layouts of nPrint the bytes are nPrint's own: the index column (NULL where not known), the
 * times asked for, the Ethernet bits of trace->extra, the layout's, the payload bits; LF, no
 * trailing comma. Layout torchlight has no addresses in its bits, so what is known of src_ip,
 * dst_ip, tv_sec, tv_nsec, length and direction stands before them where it does not already.
 * options may be NULL: the default. */
bool trace_write_csv(const Trace *trace, const char *path, GError **error);
bool trace_write_csv_with(const Trace *trace, const char *path, const CsvOptions *options,
                          GError **error);
/* Columns are matched by name, in any order; those of no use are passed over. A header of which
 * no column is there is absent in every row; one of which some are there must have all (without
 * the addresses under torchlight), else it is an error that names the first that lacks. Layout
 * NULL: nPrint's of the headers that are there, when there are address columns or no column of an
 * IP header; else torchlight. A cell of 0 or 1 is a bit and any other whole number is absence;
 * numbers may be written as floats, cells in quotes. rts makes times where tv_sec is not there, and
 * address bits that the layout leaves out addresses. */
Trace *trace_read_csv(const char *path, const Layout *layout, GError **error);
bool trace_write_npy(const Trace *trace, const char *path, GError **error);
/* A NumPy .npz, deflated: trits (N, W) int8; layout; time_ns int64, src and dst (text), frame and
 * length uint32, direction uint8 (N each), as far as they are known; provenance, a JSON object with
 * what was skipped in it. docs/formats.md has the members. */
bool trace_write_npz(const Trace *trace, const char *path, GError **error);
/* Stored or deflated, of any program: trits, else an only member, of int8; the other members where
 * they are there. layout (may be NULL) is an error when the file names another; when neither names
 * one it is the default. */
Trace *trace_read_npz(const char *path, const Layout *layout, GError **error);
/* An .npy names no layout: the caller does. It holds the trits and nothing beside them. */
Trace *trace_read_npy(const char *path, const Layout *layout, GError **error);

/* A CSV, .npy or .npz that is written part by part, for captures longer than memory: the same bytes
 * as trace_write_csv, _npy and _npz of the whole. */
typedef struct TableWriter TableWriter;
TableWriter *table_writer_new_csv(const char *path, GError **error);
TableWriter *table_writer_new_csv_with(const char *path, const CsvOptions *options, GError **error);
TableWriter *table_writer_new_npy(const char *path, GError **error);
TableWriter *table_writer_new_npz(const char *path, GError **error);
/* An .npy begins with the number of its rows: where that cannot be written afterwards, as in a pipe
 * ("-"), it must be told before the first trace is appended. */
bool table_writer_needs_count(const TableWriter *writer);
void table_writer_expect(TableWriter *writer, gint64 n_rows);
/* Appends every row of a trace; all have the layout, sides and extra bits of the first. False when
 * nothing more can be written: the commit says why. */
bool table_writer_append(TableWriter *writer, const Trace *trace);
/* The file appears under its path, whole. At least one trace, be it of no rows, was appended. */
bool table_writer_commit(TableWriter *writer, GError **error);
void table_writer_free(TableWriter *writer); /* without a commit nothing is left behind */
G_DEFINE_AUTOPTR_CLEANUP_FUNC(TableWriter, table_writer_free)

/* Whether a file holds a trace but is no capture: PNG, CSV, NPY or NPZ, by content. False for one
 * that cannot be read. */
bool trace_file_is_table(const char *path);
/* Any of PNG, CSV, NPY, NPZ or capture, by content (not by suffix). layout_name NULL: the file's
 * own, else torchlight. A layout_name that contradicts a PNG is an error. */
Trace *trace_read_any(const char *path, const char *layout_name, char **warning, GError **error);
