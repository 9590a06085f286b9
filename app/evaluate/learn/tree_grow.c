/* SPDX-License-Identifier: Apache-2.0 */
/* A tree grown node by node, the left child first. */
#include "app/evaluate/learn/tree_grow.h"

#include <string.h>

enum { COLUMNS_A_PIECE = 8192, DRAWN_AT_ONCE = 16 };

typedef struct {
    int node, first, n, depth;
    int n_constant; /* of the columns, the first so many of grower->columns are constant in it */
} Pending;

typedef struct {
    const TrainView *view;
    const int *weights;
    const TreeOptions *options;
    Random *random;
    const LearnWatch *watch;
    SplitRoom room;
    int *places; /* a node's are in a row */
    int *spare;
    int *columns;  /* (n_columns) of the view, in an order that changes */
    int *constant; /* where in it those stand that a node found constant */
    int n_constant;
    int *counts; /* (n_classes) of the node */
    GArray *nodes, *shares, *pending;
} Grower;

/* Where all columns are tried: pieces of them, by several threads. */
typedef struct {
    Grower *grower;
    const NodeSamples *node;
    int first;
    SplitRoom *rooms;
    Split *bests; /* of a piece */
    guint8 *constant;
} Scan;

static bool
try_column(SplitRoom *room, const NodeSamples *node, int column, int min_leaf, Split *best)
{
    return (room->view->bits ? split_try_trits : split_try_floats)(room, node, column, min_leaf,
                                                                   best);
}

static void
scan_piece(int piece, int thread, gpointer data)
{
    Scan *scan = data;
    Grower *grower = scan->grower;
    int first = scan->first + piece * COLUMNS_A_PIECE;
    int end = MIN(first + COLUMNS_A_PIECE, grower->view->n_columns);

    for (int i = first; i < end; i++)
        scan->constant[i] = !try_column(&scan->rooms[thread], scan->node, grower->columns[i],
                                        grower->options->min_leaf, &scan->bests[piece]);
}

/* Tries every column that is not known to be constant; those found so go in front. */
static bool
scan_all(Grower *grower, const NodeSamples *node, int *n_constant, Split *best, GError **error)
{
    const TrainView *view = grower->view;
    int n = view->n_columns - *n_constant;
    int n_pieces = (n + COLUMNS_A_PIECE - 1) / COLUMNS_A_PIECE;
    LearnWatch quiet = grower->watch ? *grower->watch : (LearnWatch){.n_threads = 1};
    int n_threads = learn_n_threads(&quiet, n_pieces), at = 0;
    g_autofree SplitRoom *rooms = g_new(SplitRoom, n_threads);
    g_autofree Split *bests = g_new(Split, n_pieces + 1);
    g_autofree guint8 *constant = g_new(guint8, view->n_columns + 1);
    g_autofree int *kept = g_new(int, n + 1);
    Scan scan = {grower, node, *n_constant, rooms, bests, constant};
    int n_kept = 0;
    bool whole;

    quiet.progress = NULL;
    for (int i = 0; i < n_threads; i++) {
        split_room_init(&rooms[i], view, grower->weights);
        split_room_enter(&rooms[i], node);
    }
    for (int i = 0; i < n_pieces; i++)
        bests[i].column = -1;
    whole = learn_in_parallel(n_pieces, &quiet, scan_piece, &scan, error);
    for (int i = 0; i < n_threads; i++)
        split_room_clear(&rooms[i]);
    if (!whole)
        return false;
    for (int i = 0; i < n_pieces; i++) {
        if (bests[i].column >= 0 && split_is_better(best, bests[i].score, bests[i].salt))
            *best = bests[i];
    }
    at = *n_constant;
    for (int i = *n_constant; i < view->n_columns; i++) {
        if (constant[i])
            grower->columns[at++] = grower->columns[i];
        else
            kept[n_kept++] = grower->columns[i];
    }
    memcpy(grower->columns + at, kept, n_kept * sizeof *kept);
    *n_constant = at;
    return true;
}

/* Draws a column that is neither tried nor known to be constant, which goes behind those not tried;
 * or one of the n_constant that are known, which changes nothing but their number: -1. */
static int
draw_column(Grower *grower, int n_constant, int first, int *end)
{
    int at = (int)random_below(grower->random, n_constant + *end - first), column;

    if (at < n_constant)
        return -1;
    at += first - n_constant;
    column = grower->columns[at];
    grower->columns[at] = grower->columns[--*end];
    grower->columns[*end] = column;
    return column;
}

static void
fetch_column(const TrainView *view, int column)
{
    if (view->bits) {
        const char *bits = (const char *)(view->bits + (size_t)column * 2 * view->n_words);

        for (int i = 0; i < MIN(2 * view->n_words * 8, 512); i += 64)
            __builtin_prefetch(bits + i);
    }
}

/* Tries max_features columns drawn without returning them, and more until one is not constant.
 * Some are drawn before the first of them is tried, so that they come from memory at once. */
static void
scan_drawn(Grower *grower, const NodeSamples *node, int *n_constant, Split *best)
{
    const TrainView *view = grower->view;
    int first = *n_constant, end = view->n_columns, max_features = grower->options->max_features;
    /* Those constant in all of the view have no place in columns, but are drawn as any other. */
    int n_known = view->n_allowed - view->n_columns + first;
    int n_visited = 0, n_useful = 0, drawn[DRAWN_AT_ONCE];

    split_room_enter(&grower->room, node);
    while (end > first && (n_visited < max_features || n_useful == 0)) {
        int n_draws = CLAMP(max_features - n_visited, 1, DRAWN_AT_ONCE), n = 0;

        for (int i = 0; i < n_draws && end > first; i++) {
            int column = draw_column(grower, n_known, first, &end);

            n_visited++;
            n_known -= column < 0;
            if (column >= 0) {
                fetch_column(view, column);
                drawn[n++] = end;
            }
        }
        for (int i = 0; i < n; i++) {
            if (try_column(&grower->room, node, grower->columns[drawn[i]],
                           grower->options->min_leaf, best))
                n_useful++;
            else
                grower->constant[grower->n_constant++] = drawn[i];
        }
    }
    /* The places of those found constant fall: each changes with one of the front. */
    while (grower->n_constant > 0) {
        int at = grower->constant[--grower->n_constant], column = grower->columns[at];

        grower->columns[at] = grower->columns[*n_constant];
        grower->columns[(*n_constant)++] = column;
    }
}

static int
add_node(Grower *grower, const Pending *pending, int *weight, bool *pure)
{
    int n_classes = grower->view->n_classes, heaviest = 0;
    const TreeNode leaf = {.feature = -1, .left = -1, .right = -1};
    float *shares;

    memset(grower->counts, 0, n_classes * sizeof *grower->counts);
    *weight = 0;
    for (int i = pending->first; i < pending->first + pending->n; i++) {
        int place = grower->places[i];

        grower->counts[grower->view->classes[place]] += grower->weights[place];
        *weight += grower->weights[place];
    }
    g_array_append_val(grower->nodes, leaf);
    g_array_set_size(grower->shares, grower->shares->len + n_classes);
    shares = &g_array_index(grower->shares, float, grower->shares->len - n_classes);
    for (int i = 0; i < n_classes; i++) {
        shares[i] = (float)((double)grower->counts[i] / *weight);
        heaviest = MAX(heaviest, grower->counts[i]);
    }
    *pure = heaviest == *weight;
    return (int)grower->nodes->len - 1;
}

/* How many places go to the left, which then stand first; both sides keep their order. */
static int
part_places(Grower *grower, const Pending *pending, const Split *split)
{
    int *places = grower->places + pending->first, n_left = 0, n_right = 0;

    for (int i = 0; i < pending->n; i++) {
        if (train_view_value(grower->view, split->column, places[i]) <= split->threshold)
            places[n_left++] = places[i];
        else
            grower->spare[n_right++] = places[i];
    }
    memcpy(places + n_left, grower->spare, n_right * sizeof *places);
    return n_left;
}

static void
split_node(Grower *grower, const Pending *pending, int node, const NodeSamples *samples,
           const Split *split, int n_constant, int root_weight)
{
    double squares = 0;
    TreeNode *made = &g_array_index(grower->nodes, TreeNode, node);
    Pending child = {.node = node, .depth = pending->depth + 1, .n_constant = n_constant};
    int n_left = part_places(grower, pending, split);

    for (int i = 0; i < grower->view->n_classes; i++)
        squares += (double)samples->counts[i] * samples->counts[i];
    made->feature = grower->view->features[split->column];
    made->threshold = split->threshold;
    made->gain = (split->score - squares / samples->weight) / root_weight;
    child.first = pending->first + n_left;
    child.n = pending->n - n_left;
    g_array_append_val(grower->pending, child); /* right: taken after all of the left */
    child.first = pending->first;
    child.n = n_left;
    g_array_append_val(grower->pending, child);
}

/* The next node: a leaf, or split in two that wait. */
static bool
grow_node(Grower *grower, int *root_weight, GError **error)
{
    Pending pending = g_array_index(grower->pending, Pending, grower->pending->len - 1);
    const TreeOptions *options = grower->options;
    NodeSamples samples = {
        .places = grower->places + pending.first, .n = pending.n, .counts = grower->counts};
    Split best = {.column = -1};
    bool pure;
    int node = add_node(grower, &pending, &samples.weight, &pure), n_constant = pending.n_constant;

    g_array_set_size(grower->pending, grower->pending->len - 1);
    if (node == 0)
        *root_weight = samples.weight;
    else if (g_array_index(grower->nodes, TreeNode, pending.node).left < 0)
        g_array_index(grower->nodes, TreeNode, pending.node).left = node;
    else
        g_array_index(grower->nodes, TreeNode, pending.node).right = node;
    if (pure || samples.weight < 2 * MAX(options->min_leaf, 1) ||
        (options->max_depth > 0 && pending.depth >= options->max_depth))
        return true;
    samples.salt = random_next(grower->random);
    if (options->max_features <= 0 || options->max_features >= grower->view->n_allowed) {
        if (!scan_all(grower, &samples, &n_constant, &best, error))
            return false;
    } else {
        scan_drawn(grower, &samples, &n_constant, &best);
    }
    if (best.column >= 0)
        split_node(grower, &pending, node, &samples, &best, n_constant, *root_weight);
    return true;
}

Tree *
tree_grow(const TrainView *view, const int *weights, const TreeOptions *options, Random *random,
          const LearnWatch *watch, GError **error)
{
    Grower grower = {.view = view, .weights = weights, .options = options, .random = random};
    Pending root = {0};
    Tree *tree = NULL;
    bool whole = true;
    int root_weight = 0;

    grower.watch = watch;
    grower.places = g_new(int, view->n);
    grower.spare = g_new(int, view->n);
    grower.columns = g_new(int, view->n_columns + 1);
    grower.constant = g_new(int, view->n_columns + 1);
    grower.counts = g_new(int, view->n_classes);
    grower.nodes = g_array_new(FALSE, FALSE, sizeof(TreeNode));
    grower.shares = g_array_new(FALSE, FALSE, sizeof(float));
    grower.pending = g_array_new(FALSE, FALSE, sizeof(Pending));
    split_room_init(&grower.room, view, weights);
    for (int i = 0; i < view->n; i++) {
        if (weights[i] > 0)
            grower.places[root.n++] = i;
    }
    for (int i = 0; i < view->n_columns; i++)
        grower.columns[i] = i;
    g_array_append_val(grower.pending, root);
    while (whole && grower.pending->len > 0)
        whole = grow_node(&grower, &root_weight, error);
    if (whole) {
        tree = g_new0(Tree, 1);
        tree->n_classes = view->n_classes;
        tree->n_nodes = (int)grower.nodes->len;
        tree->nodes = (TreeNode *)g_array_free(grower.nodes, FALSE);
        tree->shares = (float *)g_array_free(grower.shares, FALSE);
    } else {
        g_array_unref(grower.nodes);
        g_array_unref(grower.shares);
    }
    g_array_unref(grower.pending);
    split_room_clear(&grower.room);
    g_free(grower.places);
    g_free(grower.spare);
    g_free(grower.columns);
    g_free(grower.constant);
    g_free(grower.counts);
    return tree;
}
