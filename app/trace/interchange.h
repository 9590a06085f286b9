/* SPDX-License-Identifier: Apache-2.0 */
/* Traces as nPrint CSV and as NumPy .npy (N x W int8). */
#pragma once

#include "app/trace/trace.h"

bool trace_write_csv(const Trace *trace, const char *path, GError **error);
/* Columns are matched by name; layout NULL: the one whose names match the header line. */
Trace *trace_read_csv(const char *path, const Layout *layout, GError **error);
bool trace_write_npy(const Trace *trace, const char *path, GError **error);
/* An .npy names no layout: the caller does. */
Trace *trace_read_npy(const char *path, const Layout *layout, GError **error);

/* Any of PNG, CSV, NPY or capture, by content (not by suffix). layout_name NULL: the file's own,
 * else torchlight. */
Trace *trace_read_any(const char *path, const char *layout_name, char **warning, GError **error);
