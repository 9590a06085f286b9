/* SPDX-License-Identifier: Apache-2.0 */
/* How long the main loop is away from its poll, and how long frames take: what a user feels as a
 * stutter. Measured when TORCHLIGHT_LATENCY names a file, written there as JSON when the program
 * ends:
 *   {"start_ms": process start to the first painted frame,
 *    "dispatch_ms": {"n", "p50", "p99", "max", "over_10": [ms, ...]},
 *    "frame_ms": {...}}
 * over_10 lists at most 1,000 of those over 10 ms. */
#pragma once

#include <gtk/gtk.h>

/* Before the main loop runs. */
void latency_begin(void);
/* Frames of this window are counted too. */
void latency_watch(GtkWindow *window);
/* After it has run. */
void latency_end(void);
