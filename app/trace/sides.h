/* SPDX-License-Identifier: Apache-2.0 */
/* The side columns of a trace as text, for files that hold pictures: a first line that names the
 * columns, then a line a row:
 *   time_ns,src,dst,frame,length,direction
 *   1700000000000000000,192.0.2.1,198.51.100.1,1,60,0
 * A column that is not known is left out of all lines; an address that is not known is empty. */
#pragma once

#include "app/trace/trace.h"

/* The caller frees. */
char *trace_sides_to_text(const Trace *trace);
/* Fills rows and sides. False and error, with the trace untouched, when the text is not such a
 * table of exactly n_rows rows. */
bool trace_sides_from_text(Trace *trace, const char *text, GError **error);
