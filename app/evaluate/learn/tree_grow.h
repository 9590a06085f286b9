/* SPDX-License-Identifier: Apache-2.0 */
/* A tree as it grows on a TrainView: what tree.c, which grows it, and the searches for the best
 * split of trits and of floats share. */
#pragma once

#include "app/evaluate/learn/train_view.h"
#include "app/evaluate/learn/tree.h"
#include "app/trace/random.h"

/* A node's part of the samples. */
typedef struct {
    const int *places; /* (n) */
    int n;
    const int *counts; /* (n_classes): weights by class */
    int weight;        /* their sum */
    guint64 salt;      /* what equal splits are told apart by */
} NodeSamples;

typedef struct {
    int column; /* of the view; -1: none found yet */
    float threshold;
    double score; /* sum over both sides of sum over classes of count^2 / count of all: the greater,
                     the purer */
    guint64 salt;
} Split;

/* A class's share of a word of a column: which bits of it are samples of the node whose weight has
 * the bit `shift`. */
typedef struct {
    guint64 mask;
    int word, class, shift;
} WordPart;

/* Room that a thread works in. */
typedef struct {
    const TrainView *view;
    const int *weights; /* (n): how often the bootstrap drew a place */
    int n_shifts;       /* bits of the greatest weight */
    WordPart *parts;    /* of the node: trits */
    int n_parts;
    guint64 *keys;   /* (n) for sorting: floats */
    guint8 *in_node; /* (n): floats */
    int *right;      /* (2, n_classes) counts */
} SplitRoom;

void split_room_init(SplitRoom *room, const TrainView *view, const int *weights);
void split_room_clear(SplitRoom *room);
/* Called once a node, before its columns are tried. */
void split_room_enter(SplitRoom *room, const NodeSamples *node);
/* Lets the best splits at the column replace *best where they are better. False when the column is
 * constant in the node. */
bool split_try_trits(SplitRoom *room, const NodeSamples *node, int column, int min_leaf,
                     Split *best);
bool split_try_floats(SplitRoom *room, const NodeSamples *node, int column, int min_leaf,
                      Split *best);

/* Whether a split of this score at this column goes before best. */
static inline bool
split_is_better(const Split *best, double score, guint64 salt)
{
    return best->column < 0 || score > best->score || (score == best->score && salt < best->salt);
}

static inline guint64
split_salt(guint64 node_salt, int column, int side)
{
    Random random = random_seeded(node_salt ^ ((guint64)column * 2 + side) * 0x9e3779b97f4a7c15);

    return random_next(&random);
}

/* Grows a tree on the places whose weight is not 0. Features are drawn from random; watch, which
 * may be NULL, says how many threads may look through them where a split takes all. */
Tree *tree_grow(const TrainView *view, const int *weights, const TreeOptions *options,
                Random *random, const LearnWatch *watch, GError **error);
