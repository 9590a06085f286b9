/* SPDX-License-Identifier: Apache-2.0 */
/* The best split of a node at a column, by Gini's impurity. */
#include "app/evaluate/learn/simd.h"
#include "app/evaluate/learn/tree_grow.h"

#include <string.h>

void
split_room_init(SplitRoom *room, const TrainView *view, const int *weights)
{
    int heaviest = 0;

    *room = (SplitRoom){.view = view, .weights = weights};
    for (int i = 0; i < view->n; i++)
        heaviest = MAX(heaviest, weights[i]);
    while (heaviest >> room->n_shifts)
        room->n_shifts++;
    room->parts = g_new(WordPart, (size_t)room->n_shifts * view->n + 1);
    room->keys = g_new(guint64, view->n + 1);
    room->in_node = g_new0(guint8, view->n + 1);
    room->right = g_new(int, 2 * (size_t)view->n_classes);
}

void
split_room_clear(SplitRoom *room)
{
    g_free(room->parts);
    g_free(room->keys);
    g_free(room->in_node);
    g_free(room->right);
}

void
split_room_enter(SplitRoom *room, const NodeSamples *node)
{
    const TrainView *view = room->view;

    if (!view->bits) {
        memset(room->in_node, 0, view->n);
        for (int i = 0; i < node->n; i++)
            room->in_node[node->places[i]] = 1;
        return;
    }
    room->n_parts = 0;
    for (int shift = 0; shift < room->n_shifts; shift++) {
        int first = room->n_parts;

        for (int i = 0; i < node->n; i++) {
            int place = node->places[i];
            WordPart *part = room->parts + room->n_parts;

            if (!(room->weights[place] >> shift & 1))
                continue;
            if (room->n_parts > first && part[-1].word == place / 64 &&
                part[-1].class == view->classes[place])
                part--;
            else
                room->parts[room->n_parts++] =
                    (WordPart){0, place / 64, view->classes[place], shift};
            part->mask |= G_GUINT64_CONSTANT(1) << place % 64;
        }
    }
}

/* right: counts by class of what goes to the right, n_right together. */
static inline void
weigh(const NodeSamples *node, int n_classes, const int *right, int n_right, int column,
      float threshold, int side, int min_leaf, Split *best)
{
    gint64 left_squares = 0, right_squares = 0;
    int n_left = node->weight - n_right;
    double score;

    if (n_left < MAX(min_leaf, 1) || n_right < MAX(min_leaf, 1))
        return;
    for (int i = 0; i < n_classes; i++) {
        gint64 r = right[i], l = node->counts[i] - r;

        left_squares += l * l;
        right_squares += r * r;
    }
    score = (double)left_squares / n_left + (double)right_squares / n_right;
    if (best->column < 0 || score >= best->score) {
        guint64 salt = split_salt(node->salt, column, side);

        if (split_is_better(best, score, salt))
            *best = (Split){column, threshold, score, salt};
    }
}

LEARN_BIT_KERNEL bool
split_try_trits(SplitRoom *room, const NodeSamples *node, int column, int min_leaf, Split *best)
{
    const TrainView *view = room->view;
    const guint64 *present = view->bits + (size_t)column * 2 * view->n_words;
    const guint64 *ones = present + view->n_words;
    int n_classes = view->n_classes, n_present = 0, n_ones = 0;
    int *by_present = room->right, *by_ones = room->right + n_classes;

    memset(by_present, 0, 2 * (size_t)n_classes * sizeof *by_present);
    for (int i = 0; i < room->n_parts; i++) {
        const WordPart *part = &room->parts[i];

        by_present[part->class] += __builtin_popcountll(present[part->word] & part->mask)
                                   << part->shift;
        by_ones[part->class] += __builtin_popcountll(ones[part->word] & part->mask) << part->shift;
    }
    for (int i = 0; i < n_classes; i++) {
        n_present += by_present[i];
        n_ones += by_ones[i];
    }
    if (n_present == 0 || n_ones == node->weight || (n_present == node->weight && n_ones == 0))
        return false;
    if (n_present < node->weight)
        weigh(node, n_classes, by_present, n_present, column, -0.5f, 0, min_leaf, best);
    if (n_ones > 0)
        weigh(node, n_classes, by_ones, n_ones, column, 0.5f, 1, min_leaf, best);
    return true;
}

/* Shell's sort with Ciura's gaps: nodes are small. */
static void
sort_keys(guint64 *keys, int n)
{
    static const int gaps[] = {1750, 701, 301, 132, 57, 23, 10, 4, 1};

    for (int k = 0; k < G_N_ELEMENTS(gaps); k++) {
        int gap = gaps[k];

        for (int i = gap; i < n; i++) {
            guint64 key = keys[i];
            int j = i;

            for (; j >= gap && keys[j - gap] > key; j -= gap)
                keys[j] = keys[j - gap];
            keys[j] = key;
        }
    }
}

/* Bits of a float that order as the float does. */
static inline guint32
float_key(float value)
{
    guint32 bits;

    value += 0.0f; /* -0 becomes 0 */
    memcpy(&bits, &value, sizeof bits);
    return bits >> 31 ? ~bits : bits | 0x80000000u;
}

/* Places of the node in rising order of value, into room->keys. */
static void
order_places(SplitRoom *room, const NodeSamples *node, int column)
{
    const TrainView *view = room->view;
    const float *values = view->values + (size_t)column * view->n;

    if (node->n > view->n / 8) {
        const int *ranking = view->ranking + (size_t)column * view->n;
        int n = 0;

        for (int i = 0; i < view->n; i++) {
            room->keys[n] = (guint64)ranking[i];
            n += room->in_node[ranking[i]];
        }
        return;
    }
    for (int i = 0; i < node->n; i++)
        room->keys[i] = (guint64)float_key(values[node->places[i]]) << 32 | node->places[i];
    sort_keys(room->keys, node->n);
}

bool
split_try_floats(SplitRoom *room, const NodeSamples *node, int column, int min_leaf, Split *best)
{
    const TrainView *view = room->view;
    const float *values = view->values + (size_t)column * view->n;
    int n_left = 0, *left = room->right;
    gint64 left_squares = 0, right_squares = 0;

    order_places(room, node, column);
    if (values[(guint32)room->keys[0]] == values[(guint32)room->keys[node->n - 1]])
        return false;
    memset(left, 0, view->n_classes * sizeof *left);
    for (int i = 0; i < view->n_classes; i++)
        right_squares += (gint64)node->counts[i] * node->counts[i];
    for (int i = 0; i + 1 < node->n; i++) {
        int place = (int)(guint32)room->keys[i], class = view->classes[place];
        gint64 weight = room->weights[place], right = node->counts[class] - left[class];
        float value = values[place], next = values[(guint32)room->keys[i + 1]], threshold;
        int n_right;
        double score;
        guint64 salt;

        left_squares += weight * (2 * left[class] + weight);
        right_squares -= weight * (2 * right - weight);
        left[class] += (int)weight;
        n_left += (int)weight;
        n_right = node->weight - n_left;
        if (value == next || n_left < MAX(min_leaf, 1) || n_right < MAX(min_leaf, 1))
            continue;
        score = (double)left_squares / n_left + (double)right_squares / n_right;
        if (best->column >= 0 && score < best->score)
            continue;
        threshold = value / 2 + next / 2;
        if (!(threshold >= value && threshold < next))
            threshold = value;
        salt = split_salt(node->salt, column, 0);
        if (split_is_better(best, score, salt))
            *best = (Split){column, threshold, score, salt};
    }
    return true;
}
