/* SPDX-License-Identifier: Apache-2.0 */
/* A decision tree alone. */
#include "app/evaluate/learn/tree.h"

#include "app/evaluate/learn/tree_grow.h"

Tree *
tree_fit(const LearnSet *set, const TreeOptions *options, const LearnWatch *watch, GError **error)
{
    g_autoptr(TrainView) view = train_view_new(set, options->mask, watch, error);
    g_autofree int *weights = NULL;
    Random random = random_seeded(options->seed);

    if (!view)
        return NULL;
    weights = g_new(int, view->n);
    for (int i = 0; i < view->n; i++)
        weights[i] = 1;
    return tree_grow(view, weights, options, &random, watch, error);
}

void
tree_free(Tree *tree)
{
    if (!tree)
        return;
    g_free(tree->nodes);
    g_free(tree->shares);
    g_free(tree);
}

const float *
tree_leaf(const Tree *tree, const FeatureMatrix *matrix, int sample)
{
    int at = 0;

    while (tree->nodes[at].feature >= 0) {
        const TreeNode *node = &tree->nodes[at];

        at = feature_matrix_value(matrix, sample, node->feature) <= node->threshold ? node->left
                                                                                    : node->right;
    }
    return tree->shares + (size_t)at * tree->n_classes;
}

void
tree_add_importance(const Tree *tree, double scale, double *by_feature)
{
    double sum = 0;

    for (int i = 0; i < tree->n_nodes; i++)
        sum += tree->nodes[i].feature >= 0 ? tree->nodes[i].gain : 0;
    if (sum <= 0)
        return;
    for (int i = 0; i < tree->n_nodes; i++) {
        if (tree->nodes[i].feature >= 0)
            by_feature[tree->nodes[i].feature] += scale * tree->nodes[i].gain / sum;
    }
}
