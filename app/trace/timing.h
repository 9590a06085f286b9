/* SPDX-License-Identifier: Apache-2.0 */
/* Timestamps for a trace that has none, sampled from a real one. */
#pragma once

#include "app/trace/trace.h"

/* Gives every row of trace a time. The gap before a row is drawn, with replacement, from the
 * gaps of the template between two packets that went the same two ways (direction of the packet
 * before, direction of this one) and whose second packet is of the same size class (up to 80,
 * up to 600, above 600 bytes of IP packet); where the template has no such gap, from those of the
 * same two ways; else from all. The first row gets the template's first time. Times never go
 * back: a negative gap of the template counts as 0. A template NULL, without times or with fewer
 * than two rows gives 1 ms between rows, from the epoch or its first time. Directions of both
 * must have been set (see trace_set_directions); unknown ones count as 0. The same seed gives
 * the same times. */
void trace_sample_times(Trace *trace, const Trace *template_trace, guint64 seed);
