/* SPDX-License-Identifier: Apache-2.0 */
/* The traces of an evaluation, read: features of both kinds. The traces themselves are not kept. */
#pragma once

#include "app/evaluate/evaluation_set.h"
#include "app/evaluate/learn/feature_matrix.h"
#include "app/evaluate/learn/svm_products.h"

typedef enum {
    EVALUATION_FLATTENED,  /* all trits of the first packets, in their places */
    EVALUATION_ORDER_FREE, /* means of columns, histograms of sizes, gaps, bursts */
    N_EVALUATION_FEATURES
} EvaluationFeatures;

const char *evaluation_features_name(int features); /* "flattened", "order-free" */

typedef struct {
    int n_packets;   /* the first of each trace that count */
    GPtrArray *sets; /* EvaluationSet, owned: the real one, then the synthetic ones */
    int *first;      /* (n sets + 1): sample of the first trace of each */
    FeatureMatrix *matrices[N_EVALUATION_FEATURES]; /* a sample a trace of every set */
    /* Of flattened samples of the real and the first synthetic set; NULL until
     * evaluation_data_multiply. */
    SvmProducts *products;
    GPtrArray *digests; /* char*, owned: SHA-256 of each sample's file */
    char *layout;       /* owned: of pictures that name none; NULL: the default */
    GArray *lengths;    /* int: rows of each sample, n_packets at most */
    int *captures;      /* (n samples): which capture a sample is of, told apart by number */
} EvaluationData;

typedef struct {
    int n_packets;      /* 0: FEATURE_PACKETS */
    const char *layout; /* of pictures that name none; NULL: the default */
    /* Called before each trace of all; false stops (it was cancelled). May be NULL. */
    bool (*step)(guint i, guint n, void *user, GError **error);
    void *user;
} EvaluationReading;

/* Reads every trace of every set. Traces that cannot be read, are empty, or are not in the split of
 * the real set are taken out of their sets, with a note. Takes the sets (elements EvaluationSet,
 * the real one first). Error where a set has no trace left. */
EvaluationData *evaluation_data_read(GPtrArray *sets, const EvaluationReading *reading,
                                     GError **error);
void evaluation_data_free(EvaluationData *data);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(EvaluationData, evaluation_data_free)

/* One trace as an evaluation sees it: its first n_packets packets, padding dropped. layout: of
 * pictures that name none, NULL: the default. Error where it has no packets, or another layout than
 * the default. *warning is set where the file is damaged. Any thread. */
Trace *evaluation_trace_read(const char *path, const char *layout, int n_packets, char **warning,
                             GError **error);

/* Makes the products, which many fits of an SVM share. */
bool evaluation_data_multiply(EvaluationData *data, const LearnWatch *watch, GError **error);
/* Reads a trace of a set again: its first packets, padding dropped. path: NULL, or the file of what
 * was drawn. Any thread. */
Trace *evaluation_data_open(const EvaluationData *data, const EvaluationTrace *trace,
                            const char *path, GError **error);

static inline EvaluationSet *
evaluation_data_set(const EvaluationData *data, guint i)
{
    return data->sets->pdata[i];
}

static inline int
evaluation_data_n(const EvaluationData *data, guint set)
{
    return data->first[set + 1] - data->first[set];
}
