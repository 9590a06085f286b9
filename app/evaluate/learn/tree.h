/* SPDX-License-Identifier: Apache-2.0 */
/* A decision tree: CART with Gini's impurity (Breiman, Friedman, Olshen, Stone 1984), grown until
 * its leaves are pure. A node sends value <= threshold to the left; of trits the thresholds are
 * -0.5 ("is it there") and 0.5 ("is it 1"), of floats the middle between two values. Trees are as
 * scikit-learn's: the best of a random choice of features a node, of which those that are constant
 * in it count as chosen, but at least one that is not. Among splits as good as each other chance
 * decides by the seed. */
#pragma once

#include "app/evaluate/learn/learn_set.h"

typedef struct {
    int max_features; /* a split chooses among so many; 0: all */
    int max_depth;    /* 0: as deep as needed */
    int min_leaf;     /* samples in a leaf at least; 0: 1 */
    guint64 seed;
    FeatureMask mask;
} TreeOptions;

typedef struct {
    int feature; /* -1: a leaf */
    float threshold;
    int left, right; /* nodes */
    double gain;     /* impurity taken away, times the share of samples that come by */
} TreeNode;

typedef struct {
    int n_classes, n_nodes;
    TreeNode *nodes; /* (n_nodes), the root first, children behind their parent */
    float *shares;   /* (n_nodes, n_classes): of the training samples in it, which sum to 1 */
} Tree;

Tree *tree_fit(const LearnSet *set, const TreeOptions *options, const LearnWatch *watch,
               GError **error);
void tree_free(Tree *tree);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(Tree, tree_free)

/* Shares of the classes in the leaf that a sample comes to: (n_classes), owned by the tree. */
const float *tree_leaf(const Tree *tree, const FeatureMatrix *matrix, int sample);
/* Adds each feature's share of the impurity that the tree takes away (which sum to 1, or all 0 of
 * a tree that is one leaf), times scale, to by_feature (n_features). */
void tree_add_importance(const Tree *tree, double scale, double *by_feature);
