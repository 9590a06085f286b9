/* SPDX-License-Identifier: Apache-2.0 */
/* The protocol of NetDiffusion's evaluation (Jiang et al. 2024, section 4) and of those after it,
 * as a list of cells: each fits one classifier once and asks it about one or more sets.
 *
 *   cross-validation  a fold of all real traces, from a classifier of the other folds
 *   real              the real test part, and the first synthetic set (a forest: every one), from
 *                     the real train part
 *   synthetic         the real test part from a synthetic set
 *   mixture           the real test part from as many traces, so many tenths of them synthetic
 *   scarce-real       the real test part from a few real captures a class
 *   scarce-both       the same with the synthetic set added to them
 *
 * Which captures are few, and which traces are in a mixture, follows from the seed of the round
 * alone: classifiers and features are asked about the same ones. */
#pragma once

#include "app/evaluate/evaluation_axis.h"
#include "app/evaluate/evaluation_data.h"
#include "app/evaluate/learn/classifier.h"

typedef enum {
    PROTOCOL_CROSS_VALIDATION,
    PROTOCOL_REAL,
    PROTOCOL_SYNTHETIC,
    PROTOCOL_MIXTURE,
    PROTOCOL_SCARCE_REAL,
    PROTOCOL_SCARCE_BOTH,
    N_PROTOCOLS
} EvaluationProtocol;

const char *evaluation_protocol_name(EvaluationProtocol protocol); /* "cross-validation", ... */

enum { EVALUATION_TENTHS = 10 };

/* What is left out of the features in an ablation. */
typedef struct {
    const char *name; /* "ports" */
    FeatureMask mask;
} EvaluationAblation;

/* "none" first; the others until one without name. */
const EvaluationAblation *evaluation_ablations(void);

typedef struct {
    char **axes;            /* NULL: all */
    unsigned features;      /* bits 1 << EvaluationFeatures; 0: all */
    unsigned classifiers;   /* bits 1 << ClassifierKind; 0: all */
    int n_folds, n_repeats; /* of the cross-validation; no repeats: none */
    int n_rounds;           /* seeds of all else */
    int n_mixture_rounds;   /* 0: no mixtures */
    int n_scarce;           /* captures a class; 0: none of this */
    int n_ablation_rounds;  /* 0: no ablations; they are of the forest */
    int n_trees;            /* of a forest */
    guint64 seed;
} EvaluationOptions;

EvaluationOptions evaluation_options_default(void);
EvaluationOptions evaluation_options_quick(void); /* one seed, no mixtures, ... */

typedef struct {
    EvaluationProtocol protocol;
    int task; /* index into the tasks of the plan */
    EvaluationFeatures features;
    ClassifierKind classifier;
    int ablation; /* index into evaluation_ablations() */
    int set;      /* the synthetic set that is learned from, from 1; 0: none */
    int step;     /* tenths of a mixture; fold of a cross-validation */
    int round;    /* or repeat */
} EvaluationCell;

typedef struct {
    const EvaluationData *data; /* borrowed */
    EvaluationOptions options;  /* axes borrowed */
    GPtrArray *tasks;           /* EvaluationTask, owned */
    int **labels;               /* (n tasks): class of each sample of data, -1 for none; owned */
    int **folds;      /* (n tasks * n_repeats): fold of each real sample, -1; owned, NULL: none */
    GArray *cells;    /* EvaluationCell, those that are soon known first */
    GPtrArray *notes; /* char*, owned: what cannot be asked */
} EvaluationPlan;

/* data is borrowed. The first synthetic set goes through all of the protocol, the others through
 * what the table needs: the forest, from the synthetic set. Tasks that cannot be asked are in the
 * plan with their problem and have no cells. */
EvaluationPlan *evaluation_plan_new(const EvaluationData *data, const Vocabulary *vocabulary,
                                    const EvaluationOptions *options);
void evaluation_plan_free(EvaluationPlan *plan);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(EvaluationPlan, evaluation_plan_free)

static inline const EvaluationTask *
evaluation_plan_task(const EvaluationPlan *plan, int i)
{
    return plan->tasks->pdata[i];
}

/* The samples that a cell learns from, and those of a set (0: the real ones) that it is asked
 * about: int elements, the caller unrefs. Empty where it is not asked about the set. */
GArray *evaluation_cell_train(const EvaluationPlan *plan, const EvaluationCell *cell);
GArray *evaluation_cell_test(const EvaluationPlan *plan, const EvaluationCell *cell, guint set);
/* The seed of its classifier. */
guint64 evaluation_cell_seed(const EvaluationPlan *plan, const EvaluationCell *cell);
/* SHA-256 over all that its answer depends on: the bytes of the files, classes, parameters, the
 * version of the program. The caller frees. */
char *evaluation_cell_key(const EvaluationPlan *plan, const EvaluationCell *cell);
/* "tunnel, flattened, random-forest, mixture 3/10 of mini, seed 2"; the caller frees. */
char *evaluation_cell_text(const EvaluationPlan *plan, const EvaluationCell *cell);
