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
    guint n_features, stride, guide, min_rows;
    guint *order;
    GArray *parts; /* Part */
    GArray *nodes; /* TimingNode */
} Growth;

static int
outcome_bin(const Growth *growth, const uint8_t *row)
{
    return row[growth->n_features] / (TIMING_RANKS / TIMING_BINS);
}

static void
count_outcomes(const Growth *growth, const Part *part, guint *counts)
{
    memset(counts, 0, TIMING_BINS * sizeof *counts);
    for (guint i = 0; i < part->n; i++) {
        const uint8_t *row = growth->rows + (size_t)growth->order[part->first + i] * growth->stride;

        counts[outcome_bin(growth, row)]++;
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

        table[level][outcome_bin(growth, row)]++;
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

/* Φ⁻¹ to about 4.5e-4 (Abramowitz and Stegun, 26.2.23). */
static double
normal_score(double p)
{
    double t = sqrt(-2 * log(MIN(p, 1 - p)));
    double z = t - (2.515517 + t * (0.802853 + t * 0.010328)) /
                       (1 + t * (1.432788 + t * (0.189269 + t * 0.001308)));

    return p < 0.5 ? -z : z;
}

/* The normal score of a row's outcome within the distribution of its leaf. */
static double
outcome_score(const Growth *growth, const TimingNode *leaf, const uint8_t *row)
{
    static const int PER_BIN = TIMING_RANKS / TIMING_BINS;
    int bin = outcome_bin(growth, row);
    double total = 0, below = 0;

    for (int i = 0; i < TIMING_BINS; i++) {
        total += leaf->share[i];
        below += i < bin ? leaf->share[i] : 0;
    }
    below += leaf->share[bin] * (row[growth->n_features] % PER_BIN + 0.5) / PER_BIN;
    return normal_score(CLAMP(below / total, 0.002, 0.998));
}

static double
guide_deviation(const TimingNode *leaf, uint8_t guide)
{
    double deviation = (guide - leaf->guide_mean / 4.0) / MAX(leaf->guide_wide / 16.0, 0.25);

    return CLAMP(deviation, -2.5, 2.5);
}

static void
set_follow(const Growth *growth, const Part *part, TimingNode *leaf)
{
    static const double DOUBT = 20; /* rows of no correlation that we start from */
    double mean = 0, square = 0, product = 0, sum = 0;

    for (guint i = 0; i < part->n; i++) {
        uint8_t guide =
            growth->rows[(size_t)growth->order[part->first + i] * growth->stride + growth->guide];

        mean += (double)guide / part->n;
        square += (double)guide * guide / part->n;
    }
    leaf->guide_mean = (uint8_t)lround(4 * mean);
    leaf->guide_wide = (uint8_t)MIN(lround(16 * sqrt(MAX(square - mean * mean, 0))), 255);
    for (guint i = 0; i < part->n; i++) {
        const uint8_t *row = growth->rows + (size_t)growth->order[part->first + i] * growth->stride;
        double deviation = guide_deviation(leaf, row[growth->guide]);

        product += deviation * outcome_score(growth, leaf, row);
        sum += deviation * deviation;
    }
    leaf->follow = (int8_t)lround(127 * CLAMP(product / (sum + DOUBT), -0.95, 0.95));
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
    set_follow(growth, part, node);
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
timing_tree_fit(TimingTree *tree, const uint8_t *rows, guint n, guint n_features, guint guide,
                guint max_leaves, guint min_rows)
{
    Growth growth = {rows,
                     n_features,
                     n_features + 1,
                     guide,
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

double
timing_node_draw(const TimingNode *leaf, uint8_t guide, double normal)
{
    /* Running on its own draws a chain forgets more than it did on real gaps: the slow changes that
     * real ones follow are not there to push it. Measured by tests/bench/timing_bench. */
    static const double MORE = 0.15;
    double follow = CLAMP(leaf->follow / 127.0 + MORE, -0.95, 0.95), total = 0, at;
    double score = follow * guide_deviation(leaf, guide) + sqrt(1 - follow * follow) * normal;
    int bin = 0;

    for (int i = 0; i < TIMING_BINS; i++)
        total += leaf->share[i];
    at = 0.5 * erfc(-score * G_SQRT2 / 2) * total;
    while (bin < TIMING_BINS - 1 && at >= leaf->share[bin])
        at -= leaf->share[bin++];
    return (bin + (leaf->share[bin] > 0 ? CLAMP(at / leaf->share[bin], 0, 1) : 0.5)) / TIMING_BINS;
}
