/* SPDX-License-Identifier: Apache-2.0 */
/* All that an evaluation found, to be written as JSON (evaluation_report_to_json;
 * docs/evaluation.md has its members) and as a page (app/jobs/evaluate_page.h). */
#pragma once

#include "app/evaluate/evaluation_result.h"
#include "app/evaluate/figure.h"
#include "app/evaluate/leaks.h"

#define EVALUATION_FORMAT "torchlight-evaluation"
enum { EVALUATION_VERSION = 1 };

/* One number about a synthetic set, beside the same of real traces among themselves. */
typedef struct {
    const char *group, *id;              /* interned: "fidelity", "jensen-shannon-fields" */
    char *class;                         /* owned: "" for all */
    char *label;                         /* owned, for people */
    const char *unit;                    /* interned: "", "%", "bytes" */
    double value, low, high;             /* NAN: not known */
    double floor, floor_low, floor_high; /* NAN: there is none */
} EvaluationMeasure;

typedef struct {
    GPtrArray *measures; /* EvaluationMeasure, owned */
    LeakReport leaks;    /* of a synthetic set */
} EvaluationSetReport;

typedef enum { GOAL_UNKNOWN, GOAL_MISSED, GOAL_MET } GoalState;

typedef struct {
    const char *id;       /* interned: "utility-flattened" */
    char *statement;      /* owned: what is wanted, a sentence */
    double wanted, value; /* value NAN when not known */
    GoalState state;
    char *detail; /* owned: where it is missed, how many of how many; "" */
} EvaluationGoal;

typedef struct {
    char *title;                /* owned */
    const EvaluationData *data; /* borrowed, as are plan and results */
    const EvaluationPlan *plan;
    const EvaluationResults *results;
    char *split;        /* owned: name of the split's file; NULL: it was made */
    double split_share; /* of the test part, of a split that was made */
    GPtrArray *sets;    /* EvaluationSetReport, owned: one for each of data's sets */
    GPtrArray *goals;   /* EvaluationGoal, owned */
    GPtrArray *notes;   /* char*, owned: what else a reader must know */
    Figures *figures;
} EvaluationReport;

/* data, plan and results live longer than the report. */
EvaluationReport *evaluation_report_new(const EvaluationResults *results, const char *title);
void evaluation_report_free(EvaluationReport *report);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(EvaluationReport, evaluation_report_free)

static inline EvaluationSetReport *
evaluation_report_set(const EvaluationReport *report, guint i)
{
    return report->sets->pdata[i];
}

/* Adds a number; texts are copied, class NULL: all. Borrowed, to add a floor. */
EvaluationMeasure *evaluation_report_add(EvaluationReport *report, guint set, const char *group,
                                         const char *id, const char *class, const char *label,
                                         const char *unit, double value, double low, double high);
/* The number of all classes by that name; NULL when there is none. */
const EvaluationMeasure *evaluation_report_find(const EvaluationReport *report, guint set,
                                                const char *id);

/* The numbers of a set as text, and back; false where it is no such text. The caller frees. */
char *evaluation_measures_to_text(const EvaluationReport *report, guint set);
bool evaluation_measures_from_text(EvaluationReport *report, guint set, const char *text);

/* Of a synthetic set and features: the ratio of what forests learned from it to what forests
 * learned from the real train part get right of the test part: mean, least over the axes (*worst:
 * its task). NAN where nothing is known. */
typedef struct {
    double mean, least;
    int worst;
} EvaluationUtility;

EvaluationUtility evaluation_report_utility(const EvaluationReport *report, guint set,
                                            EvaluationFeatures features);
/* Mean over the axes of the accuracy of forests that learned from a set (0: the real train part).
 */
double evaluation_report_accuracy(const EvaluationReport *report, guint set,
                                  EvaluationFeatures features);

/* Last, when all is added: what was wanted of the first synthetic set, and the figures. */
void evaluation_report_judge(EvaluationReport *report);
void evaluation_report_draw(EvaluationReport *report);

/* The caller frees. */
char *evaluation_report_to_json(const EvaluationReport *report);
/* The small table, a line a synthetic set, for a terminal. The caller frees. */
char *evaluation_report_to_table(const EvaluationReport *report);
