/* SPDX-License-Identifier: Apache-2.0 */
/* Settings of a generation in words. */
#pragma once

#include "app/jobs/grid_job.h"

/* "Seed 7 · 20 steps · guidance 4 · euler · LoRA voip 0.8 · control 1": what a person looks for
 * first. The caller frees. */
char *settings_text(const GenerateParams *params);
/* The settings in which two differ, a line each: "Steps: 5 | 20"; NULL when they are the same. */
char *settings_difference(const GenerateParams *a, const GenerateParams *b);
/* "Steps × Guidance, 3 × 4"; the caller frees. */
char *grid_text(const GridAxis *x, const GridAxis *y);
