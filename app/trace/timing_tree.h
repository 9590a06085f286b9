/* SPDX-License-Identifier: Apache-2.0 */
/* A decision tree over small whole numbers whose leaves hold a distribution: how likely each of
 * TIMING_BINS outcomes is, given the features. Grown by information gain (Quinlan 1986; Breiman et
 * al. 1984), each split paying for itself by the Bayesian information criterion, so that contexts
 * seen often are told apart finely and rare ones fall back to what they have in common. */
#pragma once

#include <glib.h>
#include <stdbool.h>
#include <stdint.h>

enum { TIMING_BINS = 16, TIMING_TREE_LEAVES = 512, TIMING_RANKS = 256 };

typedef struct {
    uint8_t feature, threshold; /* goes left when features[feature] <= threshold */
    uint16_t left, right;       /* node numbers, greater than this one's; 0, 0: a leaf */
    uint8_t share[TIMING_BINS]; /* of a leaf: in 255ths of the likeliest, at least one > 0 */
    /* Of a leaf: how outcomes within it follow one of the features, the guide, beyond what the
     * splits say: mean and standard deviation of the guide, in quarters and sixteenths, and the
     * correlation of its deviation with the normal score of the outcome, in 127ths. */
    uint8_t guide_mean, guide_wide;
    int8_t follow;
} TimingNode;

typedef struct {
    guint n_nodes; /* at least 1; node 0 is the root */
    TimingNode *nodes;
} TimingTree;

/* rows: n rows of n_features features, then the outcome as a rank, 0 .. TIMING_RANKS - 1 (a bin is
 * TIMING_RANKS / TIMING_BINS of them); all bytes, features below TIMING_LEVELS. guide is one of the
 * features. At most max_leaves leaves (TIMING_TREE_LEAVES), of at least min_rows rows each. n 0
 * gives one leaf where everything is as likely. The same rows give the same tree. */
void timing_tree_fit(TimingTree *tree, const uint8_t *rows, guint n, guint n_features, guint guide,
                     guint max_leaves, guint min_rows);
void timing_tree_clear(TimingTree *tree);

/* The leaf that the features lead to. */
const TimingNode *timing_tree_leaf(const TimingTree *tree, const uint8_t *features);
/* A rank, 0 .. 1, drawn from a leaf with the guide at this value, by a standard normal number. */
double timing_node_draw(const TimingNode *leaf, uint8_t guide, double normal);
