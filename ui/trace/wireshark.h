/* SPDX-License-Identifier: Apache-2.0 */
/* Showing a trace in Wireshark, where that is installed. */
#pragma once

#include <gtk/gtk.h>

#include "app/trace/trace.h"

/* Looked for once: as a program, else as an application of the desktop (Flatpak). */
bool wireshark_is_installed(void);
/* Writes a capture under a name made of stem into the cache of the user, on a thread, and starts
 * Wireshark with it. repair: makes the trace legal first; else rows are written as they are. trace
 * must live until the callback: keep what owns it in data. */
void wireshark_open(GtkWidget *widget, const Trace *trace, bool repair, const char *stem,
                    GAsyncReadyCallback callback, gpointer data);
bool wireshark_open_finish(GAsyncResult *result, GError **error);
