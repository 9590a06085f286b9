/* SPDX-License-Identifier: Apache-2.0 */
/* Inside of a Classifier: one of three, and what it was fitted on. */
#pragma once

#include "app/evaluate/learn/classifier.h"
#include "app/evaluate/learn/forest.h"
#include "app/evaluate/learn/linear_svm.h"

struct Classifier {
    ClassifierKind kind;
    FeatureKind features;
    char *layout; /* its name; NULL of plain floats */
    int n_packets, n_features, n_classes;
    char **class_names; /* (n_classes), or NULL */
    Forest *forest;     /* a decision tree is a forest of one */
    LinearSvm *svm;
};
