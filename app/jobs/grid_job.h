/* SPDX-License-Identifier: Apache-2.0 */
/* A grid of pictures (an X/Y plot): one generation, but that two of its settings go over lists of
 * values, one from left to right, one from top to bottom. */
#pragma once

#include "app/jobs/generate_job.h"

typedef struct {
    char *key;     /* owned: of generate_settings.h */
    char **values; /* owned, NULL-terminated, at least one: as generate_params_set_text has them */
} GridAxis;

enum { GRID_MAX_VALUES = 64, GRID_MAX_CELLS = 1024 };

/* From "steps=5,10,20"; "lora_weight=0..1:5" is five values from 0 to 1. Values of a prompt, and of
 * what else may hold commas, are separated by | alone. The error names what is wrong. */
GridAxis *grid_axis_parse(const char *text, GError **error);
/* The same of a setting that is known. */
GridAxis *grid_axis_new(const char *key, const char *values, GError **error);
GridAxis *grid_axis_copy(const GridAxis *axis);
void grid_axis_free(GridAxis *axis); /* NULL is fine */
G_DEFINE_AUTOPTR_CLEANUP_FUNC(GridAxis, grid_axis_free)
int grid_axis_n(const GridAxis *axis); /* 1 of NULL */
/* "steps=5,10,20"; the caller frees. */
char *grid_axis_to_text(const GridAxis *axis);

typedef struct {
    GenerateParams *base; /* owned: what all have in common; count is 1 */
    GridAxis *x, *y;      /* owned; one of them may be NULL */
    char *picture;        /* owned: where the grid goes as one PNG, unless base->output is set: then
                             it is grid.png in that run folder */
} GridParams;

GridParams *grid_params_new(void);
void grid_params_free(GridParams *params);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(GridParams, grid_params_free)
/* What the cell has for its settings; NULL and an error when a value does not fit. */
GenerateParams *grid_params_cell(const GridParams *params, int x, int y, GError **error);

/* Takes params; session may be NULL. The preview is the cell in the making, at the end the grid. */
TorchlightJob *grid_job_new(GridParams *params, GenerateSession *session);
const GridParams *grid_job_get_params(TorchlightJob *job);
/* As of a generation: cells that are done, row by row. */
int grid_job_n_done(TorchlightJob *job);
const GenerateImage *grid_job_get_image(TorchlightJob *job, int n);
/* The settings of the n-th of them; owned by the job. */
const GenerateParams *grid_job_get_cell(TorchlightJob *job, int n);
/* After the job is done: what it ran on, seconds a picture. */
const char *grid_job_get_device(TorchlightJob *job);
double grid_job_get_seconds(TorchlightJob *job);
