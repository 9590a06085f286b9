/* SPDX-License-Identifier: Apache-2.0 */
/* The pictures that the guided tour shows, computed once and kept in the user's cache: a drawing
 * step by step, and the same drawing under several weights of a LoRA or of a ControlNet. Small
 * pictures of few steps, so that a machine without a graphics card makes each in a minute. */
#pragma once

#include "app/jobs/job.h"

typedef enum {
    LEARN_KIND_FILM,    /* step-N.png: what the model believes in after step N; step 0 is noise */
    LEARN_KIND_LORA,    /* weight-W.png */
    LEARN_KIND_CONTROL, /* weight-W.png, and control.png */
} LearnKind;

typedef struct {
    LearnKind kind;
    char *prompt;  /* owned */
    char *capture; /* owned: LEARN_KIND_CONTROL: the real trace whose edges guide */
    char *lora;    /* owned: LEARN_KIND_LORA: a LoRA to show; NULL: one is taught first */
    char *
        *lessons; /* owned: LEARN_KIND_LORA: captures to teach it by, all with prompt for caption */
    int train_steps;
    int rows, steps;
    double guidance;
    guint64 seed;
} LearnParams;

/* With what the tour shows: the sample captures. */
LearnParams *learn_params_new(LearnKind kind);
void learn_params_free(LearnParams *params);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(LearnParams, learn_params_free)

/* Where the pictures of these parameters are kept; the caller frees. */
char *learn_folder(const LearnParams *params);
/* Whether they are there. */
bool learn_is_made(const LearnParams *params);

typedef struct {
    double value; /* step or weight */
    Image *image;
} LearnFrame;

/* The pictures of a folder, LearnFrame, by value; for a worker thread. NULL and error when one
 * cannot be read or there is none. */
GPtrArray *learn_read(const char *folder, GError **error);

/* Takes params. Makes the folder. */
TorchlightJob *learn_job_new(LearnParams *params);
