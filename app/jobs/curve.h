/* SPDX-License-Identifier: Apache-2.0 */
/* Points of a curve, as observers of a job use them: smoothed, kept in a file and read again. */
#pragma once

#include "app/jobs/job.h"

/* Exponential moving average without the pull of its start (Kingma and Ba 2015, section 3, on
 * arXiv 1412.6980): each value is the mean of those up to it, where one that is span points older
 * counts for e times less. span <= 0 gives the points themselves. As many JobPoint as there were;
 * the caller unrefs. */
GArray *curve_smooth(const GArray *points, double span);
/* A span that calms a curve of n points and hides little: 1/30 of them, from 2 to 50. */
double curve_span(guint n);

/* "step,NAME\n", then a line a point. Atomic. */
bool curve_write(const GArray *points, const char *name, const char *path, GError **error);
/* What curve_write wrote; lines that are no point are left out. NULL and error when the file cannot
 * be read. */
GArray *curve_read(const char *path, GError **error);
