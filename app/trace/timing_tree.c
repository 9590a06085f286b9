/* SPDX-License-Identifier: Apache-2.0 */
/* Best-first growth on histograms. */
#include "app/trace/timing_tree.h"

#include <math.h>
#include <string.h>

#include "app/trace/timing_rows.h"

enum { MAX_FEATURES = 64 };

/* A part of the rows that may be split further, and the best way to. */
typedef struct {
    guint node;
    guint first, n; /* rows order[first] .. */
    double gain;    /* nats, less what the split costs; <= 0: none */
    guint feature, threshold;
    double prior[TIMING_BINS]; /* of the parent's outcomes, sums to 1 */
} Part;

typedef struct {
    const uint8_t *rows;
    guint n_features, stride, min_rows;
    guint *order;
    GArray *parts; /* Part */
    GArray *nodes; /* TimingNode */
} Growth;

static void
count_outcomes(const Growth *growth, const Part *part, guint *counts)
{
    memset(counts, 0, TIMING_BINS * sizeof *counts);
    for (guint i = 0; i < part->n; i++) {
        const uint8_t *row = growth->rows + (size_t)growth->order[part->first + i] * growth->stride;

        counts[row[growth->n_features] % TIMING_BINS]++;
    }
}

/* n log n less the sum of c log c: the entropy of the counts, times their number. */
static double
total_entropy(const guint *counts, guint n)
{
    double sum = n > 0 ? n * log(n) : 0;

    for (int i = 0; i < TIMING_BINS; i++)
        sum -= counts[i] > 0 ? counts[i] * log(counts[i]) : 0;
    return sum;
}

static void
try_feature(Growth *growth, Part *part, guint feature, const guint *all, double entropy)
{
    guint table[TIMING_LEVELS][TIMING_BINS] = {{0}};
    guint left[TIMING_BINS] = {0}, right[TIMING_BINS], sizes[TIMING_LEVELS] = {0};
    guint n_left = 0;
    double cost = 0.1 * TIMING_BINS * log(part->n);

    for (guint i = 0; i < part->n; i++) {
        const uint8_t *row = growth->rows + (size_t)growth->order[part->first + i] * growth->stride;
        guint level = MIN(row[feature], TIMING_LEVELS - 1);

        table[level][row[growth->n_features] % TIMING_BINS]++;
        sizes[level]++;
    }
    for (guint level = 0; level + 1 < TIMING_LEVELS; level++) {
        double gain;

        if (sizes[level] == 0)
            continue;
        n_left += sizes[level];
        for (int i = 0; i < TIMING_BINS; i++) {
            left[i] += table[level][i];
            right[i] = all[i] - left[i];
        }
        if (n_left < growth->min_rows || part->n - n_left < growth->min_rows)
            continue;
        gain =
            entropy - total_entropy(left, n_left) - total_entropy(right, part->n - n_left) - cost;
        if (gain > part->gain) {
            part->gain = gain;
            part->feature = feature;
            part->threshold = level;
        }
    }
}

static void
find_split(Growth *growth, Part *part)
{
    guint all[TIMING_BINS];
    double entropy;

    part->gain = 0;
    if (part->n < 2 * growth->min_rows)
        return;
    count_outcomes(growth, part, all);
    entropy = total_entropy(all, part->n);
    for (guint feature = 0; feature < growth->n_features; feature++)
        try_feature(growth, part, feature, all, entropy);
}

/* Rows that go left come first; both halves keep their order. The number that go left. */
static guint
divide(Growth *growth, const Part *part)
{
    g_autofree guint *right = g_new(guint, part->n);
    guint *order = growth->order + part->first;
    guint n_left = 0, n_right = 0;

    for (guint i = 0; i < part->n; i++) {
        const uint8_t *row = growth->rows + (size_t)order[i] * growth->stride;

        if (row[part->feature] <= part->threshold)
            order[n_left++] = order[i];
        else
            right[n_right++] = order[i];
    }
    memcpy(order + n_left, right, n_right * sizeof *right);
    return n_left;
}

/* Smoothed towards the parent, as if it had been seen SMOOTHING times more. */
static void
smooth(const Growth *growth, const Part *part, double *shares)
{
    static const double SMOOTHING = 8;
    guint counts[TIMING_BINS];

    count_outcomes(growth, part, counts);
    for (int i = 0; i < TIMING_BINS; i++)
        shares[i] = (counts[i] + SMOOTHING * part->prior[i]) / (part->n + SMOOTHING);
}

static void
set_leaf(const Growth *growth, const Part *part)
{
    TimingNode *node = &g_array_index(growth->nodes, TimingNode, part->node);
    double shares[TIMING_BINS], most = 0;

    smooth(growth, part, shares);
    for (int i = 0; i < TIMING_BINS; i++)
        most = MAX(most, shares[i]);
    for (int i = 0; i < TIMING_BINS; i++)
        node->share[i] = (uint8_t)lround(255 * shares[i] / most);
}

static void
add_part(Growth *growth, guint first, guint n, const double *prior, guint node)
{
    Part part = {.node = node, .first = first, .n = n};

    memcpy(part.prior, prior, sizeof part.prior);
    find_split(growth, &part);
    g_array_append_val(growth->parts, part);
}

static bool
split_best(Growth *growth)
{
    guint best = 0;
    Part part;
    TimingNode *node, empty[2] = {{0}};
    double shares[TIMING_BINS];
    guint n_left;

    for (guint i = 1; i < growth->parts->len; i++) {
        if (g_array_index(growth->parts, Part, i).gain >
            g_array_index(growth->parts, Part, best).gain)
            best = i;
    }
    part = g_array_index(growth->parts, Part, best);
    if (part.gain <= 0)
        return false;
    g_array_remove_index_fast(growth->parts, best);
    smooth(growth, &part, shares);
    n_left = divide(growth, &part);
    node = &g_array_index(growth->nodes, TimingNode, part.node);
    node->feature = (uint8_t)part.feature;
    node->threshold = (uint8_t)part.threshold;
    node->left = (uint16_t)growth->nodes->len;
    node->right = (uint16_t)(growth->nodes->len + 1);
    g_array_append_vals(growth->nodes, empty, 2);
    add_part(growth, part.first, n_left, shares, growth->nodes->len - 2);
    add_part(growth, part.first + n_left, part.n - n_left, shares, growth->nodes->len - 1);
    return true;
}

void
timing_tree_fit(TimingTree *tree, const uint8_t *rows, guint n, guint n_features, guint max_leaves,
                guint min_rows)
{
    Growth growth = {rows,
                     n_features,
                     n_features + 1,
                     MAX(min_rows, 1),
                     g_new(guint, MAX(n, 1)),
                     g_array_new(FALSE, FALSE, sizeof(Part)),
                     g_array_new(FALSE, FALSE, sizeof(TimingNode))};
    TimingNode root = {0};
    double even[TIMING_BINS];

    g_return_if_fail(n_features <= MAX_FEATURES);
    for (guint i = 0; i < n; i++)
        growth.order[i] = i;
    for (int i = 0; i < TIMING_BINS; i++)
        even[i] = 1.0 / TIMING_BINS;
    g_array_append_val(growth.nodes, root);
    add_part(&growth, 0, n, even, 0);
    while (growth.parts->len < MIN(max_leaves, TIMING_TREE_LEAVES) && split_best(&growth))
        ;
    for (guint i = 0; i < growth.parts->len; i++)
        set_leaf(&growth, &g_array_index(growth.parts, Part, i));
    tree->n_nodes = growth.nodes->len;
    tree->nodes = (TimingNode *)(void *)g_array_free(growth.nodes, FALSE);
    g_array_unref(growth.parts);
    g_free(growth.order);
}

void
timing_tree_clear(TimingTree *tree)
{
    g_clear_pointer(&tree->nodes, g_free);
    tree->n_nodes = 0;
}

const TimingNode *
timing_tree_leaf(const TimingTree *tree, const uint8_t *features)
{
    const TimingNode *node = tree->nodes;

    while (node->left)
        node =
            tree->nodes + (features[node->feature] <= node->threshold ? node->left : node->right);
    return node;
}

int
timing_node_draw(const TimingNode *leaf, double uniform, double *rest)
{
    double total = 0, at;
    int bin = 0;

    for (int i = 0; i < TIMING_BINS; i++)
        total += leaf->share[i];
    at = uniform * total;
    while (bin < TIMING_BINS - 1 && at >= leaf->share[bin])
        at -= leaf->share[bin++];
    *rest = leaf->share[bin] > 0 ? CLAMP(at / leaf->share[bin], 0, 1) : 0.5;
    return bin;
}
