/* SPDX-License-Identifier: Apache-2.0 */
/* One interface over decision tree, random forest and linear SVM: fitted, asked, kept in a file. */
#pragma once

#include "app/evaluate/learn/learn_set.h"

typedef enum {
    CLASSIFIER_TREE,
    CLASSIFIER_FOREST, /* 100 trees, or options.n_trees */
    CLASSIFIER_SVM,
    N_CLASSIFIER_KINDS
} ClassifierKind;

const char *classifier_kind_name(ClassifierKind kind); /* "decision-tree"; untranslated */

typedef struct {
    FeatureMask mask;
    guint64 seed;
    int n_trees;  /* of a forest; 0: 100 */
    int min_leaf; /* samples in a leaf of a tree at least; 0: 1 */
    double c;     /* of an SVM; 0: 10 */
} ClassifierOptions;

typedef struct Classifier Classifier;

/* options and watch may be NULL. Where all samples are of one class it is fitted and says always
 * that class. */
Classifier *classifier_fit(ClassifierKind kind, const LearnSet *set,
                           const ClassifierOptions *options, const LearnWatch *watch,
                           GError **error);
void classifier_free(Classifier *classifier);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(Classifier, classifier_free)

ClassifierKind classifier_kind(const Classifier *classifier);
int classifier_n_classes(const Classifier *classifier);
/* Names of the classes, for files and people; n_classes strings, copied. */
void classifier_set_class_names(Classifier *classifier, const char *const *names);
const char *classifier_class_name(const Classifier *classifier, int i); /* NULL when not named */

/* Of n samples of a matrix of the same kind, layout and size as it was fitted on (else an error):
 * predicted (n) may be NULL; scores (n, n_classes) may be NULL: probabilities of the trees, the
 * decision values of an SVM. The class predicted is the first of the highest score. */
bool classifier_predict(const Classifier *classifier, const FeatureMatrix *matrix,
                        const int *samples, int n, const LearnWatch *watch, int *predicted,
                        double *scores, GError **error);

/* How much each feature counts: (n_features), sum 1 (or all 0): impurity taken away by the trees,
 * the sum over classes of absolute weights times the deviation of the feature for an SVM. */
void classifier_importance(const Classifier *classifier, double *by_feature);

/* Out-of-bag scores of a forest just fitted: (n, n_classes) of the set's samples, NAN where every
 * tree saw the sample; borrowed. NULL of others. */
const double *classifier_oob(const Classifier *classifier);

/* A file of its own format, read as if it were hostile; written atomically. */
bool classifier_save(const Classifier *classifier, const char *path, GError **error);
Classifier *classifier_load(const char *path, GError **error);
