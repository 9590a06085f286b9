/* SPDX-License-Identifier: Apache-2.0 */
/* Which traces of a project a training is to learn from, and which of them it cannot. */
#pragma once

#include "app/project/project.h"

typedef enum {
    TRAIN_CHOOSE_ALL, /* imported traces but for those kept to test with */
    TRAIN_CHOOSE_SELECTED,
    TRAIN_CHOOSE_CAPTION, /* as ALL, by a query of captions (caption_query.h) */
} TrainChoose;

typedef struct {
    GPtrArray *items;                             /* TorchlightItem, with references */
    int n_captions;                               /* different ones */
    int n_uncaptioned, n_kept_apart, n_elsewhere; /* left out: no caption; generated, or of another
                                                     split; not among the project's pictures */
} TrainChoice;

/* selected: TorchlightItem elements; query may be NULL. */
TrainChoice *train_choice_new(TorchlightProject *project, TrainChoose how, GPtrArray *selected,
                              const char *query);
void train_choice_free(TrainChoice *choice);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(TrainChoice, train_choice_free)

/* Names in the dataset folder that the project's pictures are. */
char **train_choice_dup_names(const TrainChoice *choice);
/* The most frequent captions, at most max; NULL-terminated. */
char **train_choice_dup_captions(const TrainChoice *choice, int max);
/* "27 pictures, 24 captions", and what is left out; the caller frees. */
char *train_choice_to_text(const TrainChoice *choice);
