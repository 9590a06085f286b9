/* SPDX-License-Identifier: Apache-2.0 */
/* What the steps of the tour are put together from. */
#pragma once

#include <gtk/gtk.h>

#include "app/trace/trace.h"

/* A label of the tour: wraps, starts at the start; css_class may be NULL. */
GtkWidget *learn_label(const char *text, const char *css_class);
/* A vertical box for what is live. */
GtkWidget *learn_box(void);
/* A picture with its caption above. */
GtkWidget *learn_captioned(const char *caption, GtkWidget *picture);
/* A horizontal slider that tells its value itself; digits after the point. */
GtkWidget *learn_scale(const char *label, double low, double high, double step, int digits);

/* The first rows of a sample capture, read on a thread; _finish gives what is the caller's. */
void learn_read_sample(GtkWidget *widget, const char *name, int n_rows, GCancellable *cancellable,
                       GAsyncReadyCallback callback, gpointer data);
Trace *learn_read_sample_finish(GAsyncResult *result, GError **error);
