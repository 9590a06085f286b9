/* SPDX-License-Identifier: Apache-2.0 */
/* What a trace looks like to who learned from real ones: a random forest for each axis of the
 * captions, on order-free features, kept together in a folder:
 *   forests.json   format, version, packets, and of each axis how many traces it learned from and
 *                  how much of real ones that it has not seen it gets right
 *   AXIS.forest    the forest (learn/classifier.h) */
#pragma once

#include "app/evaluate/evaluation_axis.h"
#include "app/evaluate/evaluation_data.h"
#include "app/evaluate/learn/classifier.h"

#define FORESTS_INDEX "forests.json"
#define FORESTS_FORMAT "torchlight-forests"
enum { FORESTS_VERSION = 1 };

typedef struct {
    const char *axis;          /* interned */
    Classifier *classifier;    /* owned; its classes are named */
    int n_train, n_test;       /* traces it learned from, and was asked about */
    double accuracy, macro_f1; /* of these; NAN where there were none */
} AxisForest;

typedef struct {
    int n_packets;    /* the first of a trace that count */
    GPtrArray *axes;  /* AxisForest, owned, in the order of the vocabulary */
    GPtrArray *notes; /* char*, owned: axes that nothing could be learned of, and why */
} Forests;

/* Learns from the train part of the real set of data, and asks about its test part. An axis with
 * fewer than two classes is noted. Error where none is left. watch may be NULL. */
Forests *forests_learn(const EvaluationData *data, const Vocabulary *vocabulary,
                       const ClassifierOptions *options, const LearnWatch *watch, GError **error);
void forests_free(Forests *forests);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(Forests, forests_free)

/* Into a folder, which is made if need be. Loading believes nothing. */
bool forests_save(const Forests *forests, const char *dir, GError **error);
Forests *forests_load(const char *dir, GError **error);

static inline const AxisForest *
forests_axis(const Forests *forests, guint i)
{
    return forests->axes->pdata[i];
}

/* What the forest of an axis takes a trace for. */
typedef struct {
    const char *axis; /* interned */
    const char *word; /* of the forest's: what most of its votes are for */
    double share;     /* of the votes; these are the mean over the trees of shares in a leaf */
    double *shares;   /* (classes of the forest) owned */
} ForestAnswer;

/* ForestAnswer, one for each axis; the caller unrefs, before the forests. NULL and error when the
 * trace is of another layout than the default one, or empty. */
GPtrArray *forests_ask(const Forests *forests, const Trace *trace, GError **error);
/* The answer on an axis; NULL when there is none. Borrowed. */
const ForestAnswer *forest_answer_on(const GPtrArray *answers, const char *axis);
