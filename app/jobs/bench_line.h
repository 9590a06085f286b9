/* SPDX-License-Identifier: Apache-2.0 */
/* The lines of a benchmark: filled, and as text for people. Private to bench_job.c. */
#pragma once

#include "app/jobs/bench_job.h"
#include "compute/bench/measure.h"

BenchLine *bench_line_new(const char *name, const BenchParams *params);
void bench_line_free(BenchLine *line);
/* What was measured of the item; result: for the device's best. */
void bench_line_take(BenchLine *line, const BenchItem *item, const BenchTiming *timing,
                     const BenchResult *result);
/* Head and lines of a table; the caller frees. */
char *bench_line_columns(const BenchParams *params);
char *bench_line_text(const BenchLine *line, const BenchParams *params);
/* All items but the samplings, which take long; the caller frees. */
char **bench_line_default_items(void);
/* Removes a folder that model_configs_write made. */
void bench_export_remove(const char *dir);
