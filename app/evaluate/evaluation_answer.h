/* SPDX-License-Identifier: Apache-2.0 */
/* What a cell answers: what it takes each trace that it is asked about for; of a forest also which
 * header fields it looks at. */
#pragma once

#include "app/evaluate/evaluation_plan.h"

enum { EVALUATION_TOP = 100 }; /* features that count as the top of a forest */

typedef struct {
    int set;           /* that it is asked about; 0: the real one */
    GArray *samples;   /* int: of the data */
    GArray *predicted; /* int: the class of each */
} EvaluationTest;

typedef struct {
    EvaluationCell cell;
    GPtrArray *tests; /* EvaluationTest, owned; without those that nothing was asked of */
    /* (N_FEATURE_GROUPS) share of the importance of each group of features, and the features that
     * count most, the first of them first (int); NULL where none was taken. */
    double *groups;
    GArray *top;
} EvaluationAnswer;

/* Whether evaluation_data_multiply makes its answer quick. */
bool evaluation_cell_shares_products(const EvaluationCell *cell);
/* Fits and asks. Where a cell has nothing to learn from or nobody to be asked about it is an
 * error. */
EvaluationAnswer *evaluation_answer_find(const EvaluationPlan *plan, const EvaluationCell *cell,
                                         const LearnWatch *watch, GError **error);
void evaluation_answer_free(EvaluationAnswer *answer);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(EvaluationAnswer, evaluation_answer_free)

/* As it is kept (evaluation_cache.h). The caller frees. */
char *evaluation_answer_to_text(const EvaluationAnswer *answer);
/* NULL, without an error, when the text is none of this cell. */
EvaluationAnswer *evaluation_answer_from_text(const char *text, const EvaluationPlan *plan,
                                              const EvaluationCell *cell);

/* The test about a set; NULL when there is none. Borrowed. */
const EvaluationTest *evaluation_answer_test(const EvaluationAnswer *answer, int set);
