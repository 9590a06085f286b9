/* SPDX-License-Identifier: Apache-2.0 */
/* Time against size, as a picture. */
#pragma once

#include "app/jobs/bench_job.h"

/* Writes an SVG: milliseconds over latent pixels, both logarithmic, ours and where there is one the
 * peer's. The lines must be those of BENCH_SIZES. */
bool bench_plot_write(const BenchResult *result, const char *path, GError **error);
