/* SPDX-License-Identifier: Apache-2.0 */
/* Tree, forest and linear machine as one. */
#include "app/evaluate/learn/classifier_private.h"

#include <glib/gi18n-lib.h>

const char *
classifier_kind_name(ClassifierKind kind)
{
    static const char *const names[N_CLASSIFIER_KINDS] = {"decision-tree", "random-forest",
                                                          "linear-svm"};

    g_return_val_if_fail((unsigned)kind < N_CLASSIFIER_KINDS, NULL);
    return names[kind];
}

static bool
fit_tree(Classifier *classifier, const LearnSet *set, const ClassifierOptions *options,
         const LearnWatch *watch, GError **error)
{
    const TreeOptions tree = {
        .min_leaf = options->min_leaf, .seed = options->seed, .mask = options->mask};
    Tree *made = tree_fit(set, &tree, watch, error);

    if (!made)
        return false;
    classifier->forest = g_new0(Forest, 1);
    classifier->forest->n_classes = set->n_classes;
    classifier->forest->n_trees = 1;
    classifier->forest->trees = g_new(Tree *, 1);
    classifier->forest->trees[0] = made;
    return true;
}

Classifier *
classifier_fit(ClassifierKind kind, const LearnSet *set, const ClassifierOptions *options,
               const LearnWatch *watch, GError **error)
{
    g_autoptr(Classifier) classifier = g_new0(Classifier, 1);
    const Layout *layout = feature_matrix_layout(set->matrix);
    ClassifierOptions given = options ? *options : (ClassifierOptions){0};
    bool fitted = false;

    classifier->kind = kind;
    classifier->features = feature_matrix_kind(set->matrix);
    classifier->layout = g_strdup(layout ? layout->name : NULL);
    classifier->n_packets = feature_matrix_n_packets(set->matrix);
    classifier->n_features = feature_matrix_n_features(set->matrix);
    classifier->n_classes = set->n_classes;
    if (kind == CLASSIFIER_TREE) {
        fitted = fit_tree(classifier, set, &given, watch, error);
    } else if (kind == CLASSIFIER_FOREST) {
        const ForestOptions forest = {.n_trees = given.n_trees,
                                      .min_leaf = given.min_leaf,
                                      .seed = given.seed,
                                      .mask = given.mask};

        classifier->forest = forest_fit(set, &forest, watch, error);
        fitted = classifier->forest != NULL;
    } else {
        const SvmOptions svm = {.c = given.c, .mask = given.mask};

        classifier->svm = linear_svm_fit(set, &svm, watch, error);
        fitted = classifier->svm != NULL;
    }
    return fitted ? g_steal_pointer(&classifier) : NULL;
}

void
classifier_free(Classifier *classifier)
{
    if (!classifier)
        return;
    for (int i = 0; classifier->class_names && i < classifier->n_classes; i++)
        g_free(classifier->class_names[i]);
    g_free(classifier->class_names);
    g_free(classifier->layout);
    forest_free(classifier->forest);
    linear_svm_free(classifier->svm);
    g_free(classifier);
}

ClassifierKind
classifier_kind(const Classifier *classifier)
{
    return classifier->kind;
}

int
classifier_n_classes(const Classifier *classifier)
{
    return classifier->n_classes;
}

void
classifier_set_class_names(Classifier *classifier, const char *const *names)
{
    if (!classifier->class_names)
        classifier->class_names = g_new0(char *, classifier->n_classes);
    for (int i = 0; i < classifier->n_classes; i++) {
        g_free(classifier->class_names[i]);
        classifier->class_names[i] = g_strdup(names[i]);
    }
}

const char *
classifier_class_name(const Classifier *classifier, int i)
{
    g_return_val_if_fail(i >= 0 && i < classifier->n_classes, NULL);
    return classifier->class_names ? classifier->class_names[i] : NULL;
}

static bool
check_matrix(const Classifier *classifier, const FeatureMatrix *matrix, GError **error)
{
    const Layout *layout = feature_matrix_layout(matrix);

    if (feature_matrix_kind(matrix) == classifier->features &&
        feature_matrix_n_features(matrix) == classifier->n_features &&
        feature_matrix_n_packets(matrix) == classifier->n_packets &&
        g_strcmp0(layout ? layout->name : NULL, classifier->layout) == 0)
        return true;
    g_set_error(error, G_IO_ERROR, G_IO_ERROR_INVALID_DATA,
                _("The classifier was fitted on %d features of other traces than these, which have "
                  "%d: take the same layout, packets and kind of features."),
                classifier->n_features, feature_matrix_n_features(matrix));
    return false;
}

bool
classifier_predict(const Classifier *classifier, const FeatureMatrix *matrix, const int *samples,
                   int n, const LearnWatch *watch, int *predicted, double *scores, GError **error)
{
    int n_classes = classifier->n_classes;
    g_autofree double *own = NULL;

    if (!check_matrix(classifier, matrix, error))
        return false;
    if (!scores)
        scores = own = g_new(double, (size_t)n *n_classes + 1);
    if (classifier->forest
            ? !forest_probabilities(classifier->forest, matrix, samples, n, watch, scores, error)
            : !linear_svm_decide(classifier->svm, matrix, samples, n, watch, scores, error))
        return false;
    for (int i = 0; predicted && i < n; i++) {
        const double *of_sample = scores + (size_t)i * n_classes;

        predicted[i] = 0;
        for (int k = 1; k < n_classes; k++)
            predicted[i] = of_sample[k] > of_sample[predicted[i]] ? k : predicted[i];
    }
    return true;
}

void
classifier_importance(const Classifier *classifier, double *by_feature)
{
    if (classifier->forest)
        forest_importance(classifier->forest, classifier->n_features, by_feature);
    else
        linear_svm_importance(classifier->svm, by_feature);
}

const double *
classifier_oob(const Classifier *classifier)
{
    return classifier->forest ? classifier->forest->oob : NULL;
}
