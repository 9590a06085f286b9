/* SPDX-License-Identifier: Apache-2.0 */
/* Rows of samples become columns of features. */
#include "app/evaluate/learn/train_view.h"

#include "app/evaluate/learn/feature_matrix_private.h"

enum { PACKETS_A_PIECE = 8 };

typedef struct {
    TrainView *view;
    const FeatureMatrix *matrix;
    guint64 *kept;     /* (packet_words) columns of a packet that the mask leaves */
    guint64 **pieces;  /* bits of the columns kept, one array a piece */
    GArray **features; /* and which features they are */
} Turn;

static void
order_by_class(TrainView *view)
{
    const LearnSet *set = view->set;
    g_autofree int *first = g_new0(int, set->n_classes + 1);

    for (int i = 0; i < set->n; i++)
        first[set->classes[i] + 1]++;
    for (int i = 0; i < set->n_classes; i++)
        first[i + 1] += first[i];
    for (int i = 0; i < set->n; i++) {
        int place = first[set->classes[i]]++;

        view->order[place] = i;
        view->classes[place] = set->classes[i];
    }
}

/* Bit j of word i becomes bit i of word j (Warren, Hacker's Delight, 7-3, for 64 bits). */
static void
transpose_64(guint64 words[64])
{
    guint64 mask = G_GUINT64_CONSTANT(0x00000000ffffffff);

    for (int step = 32; step > 0; step >>= 1, mask ^= mask << step) {
        for (int i = 0; i < 64; i = ((i | step) + 1) & ~step) {
            guint64 swapped = (words[i] >> step ^ words[i | step]) & mask;

            words[i] ^= swapped << step;
            words[i | step] ^= swapped;
        }
    }
}

/* Whether all places have the same trit. */
static bool
is_constant(const guint64 *present, const guint64 *ones, int n_words, const guint64 *all)
{
    bool none = true, zeros = true, all_ones = true;

    for (int i = 0; i < n_words; i++) {
        none &= present[i] == 0;
        zeros &= present[i] == all[i] && ones[i] == 0;
        all_ones &= ones[i] == all[i];
    }
    return none || zeros || all_ones;
}

/* Packets of a piece, whose columns it keeps in their order. */
static void
turn_packets(int piece, int thread, gpointer data)
{
    Turn *turn = data;
    const TrainView *view = turn->view;
    int n_words = view->n_words, width = turn->matrix->layout->n_columns;
    int first_packet = piece * PACKETS_A_PIECE;
    int n_packets = MIN(PACKETS_A_PIECE, turn->matrix->n_packets - first_packet);
    GArray *bits = g_array_new(FALSE, FALSE, sizeof(guint64));
    GArray *features = g_array_new(FALSE, FALSE, sizeof(int));
    g_autofree guint64 *block = g_new(guint64, 64 * 2 * (size_t)n_words);
    g_autofree guint64 *all = g_new0(guint64, n_words);

    for (int place = 0; place < view->n; place++)
        all[place / 64] |= G_GUINT64_CONSTANT(1) << place % 64;
    for (int word = 0; word < n_packets * turn->matrix->packet_words; word++) {
        size_t at = (size_t)first_packet * turn->matrix->packet_words + word;
        int packet = first_packet + word / turn->matrix->packet_words;
        int column = word % turn->matrix->packet_words * 64;

        for (int part = 0; part < 2 * n_words; part++) {
            guint64 square[64] = {0};
            int first = part % n_words * 64;

            for (int i = 0; i < MIN(64, view->n - first); i++) {
                int sample = view->set->samples[view->order[first + i]];

                square[i] = (part < n_words ? feature_matrix_present(turn->matrix, sample)
                                            : feature_matrix_ones(turn->matrix, sample))[at];
            }
            transpose_64(square);
            for (int i = 0; i < 64; i++)
                block[(size_t)i * 2 * n_words + part] = square[i];
        }
        for (int i = 0; i < MIN(64, width - column); i++) {
            const guint64 *present = block + (size_t)i * 2 * n_words;
            int feature = packet * width + column + i;

            if (!(turn->kept[column / 64] >> i & 1) ||
                is_constant(present, present + n_words, n_words, all))
                continue;
            g_array_append_vals(bits, present, 2 * n_words);
            g_array_append_val(features, feature);
        }
    }
    turn->features[piece] = features;
    turn->pieces[piece] = (guint64 *)g_array_free(bits, FALSE);
}

static bool
turn_trits(TrainView *view, FeatureMask mask, const LearnWatch *watch, GError **error)
{
    const FeatureMatrix *matrix = view->set->matrix;
    LearnWatch quiet = watch ? *watch : (LearnWatch){0};
    int n_pieces = (matrix->n_packets + PACKETS_A_PIECE - 1) / PACKETS_A_PIECE, n_kept = 0;
    g_autofree guint64 *kept = g_new0(guint64, matrix->packet_words);
    g_autofree guint64 **pieces = g_new0(guint64 *, n_pieces);
    g_autofree GArray **features = g_new0(GArray *, n_pieces);
    Turn turn = {view, matrix, kept, pieces, features};
    size_t column_words;
    bool whole;

    quiet.progress = NULL;
    view->n_words = (view->n + 63) / 64;
    column_words = 2 * (size_t)view->n_words;
    feature_matrix_kept_columns(matrix, mask, kept);
    for (int i = 0; i < matrix->packet_words; i++)
        n_kept += __builtin_popcountll(kept[i]);
    view->n_allowed = n_kept * matrix->n_packets;
    whole = learn_in_parallel(n_pieces, &quiet, turn_packets, &turn, error);
    for (int i = 0; whole && i < n_pieces; i++)
        view->n_columns += features[i]->len;
    view->features = g_new(int, view->n_columns + 1);
    view->bits = g_new(guint64, view->n_columns * column_words + 1);
    for (int i = 0, at = 0; i < n_pieces; i++) {
        if (whole && features[i]->len > 0) {
            memcpy(view->features + at, features[i]->data, features[i]->len * sizeof(int));
            memcpy(view->bits + at * column_words, pieces[i],
                   features[i]->len * column_words * sizeof(guint64));
            at += features[i]->len;
        }
        g_free(pieces[i]);
        g_clear_pointer(&features[i], g_array_unref);
    }
    return whole;
}

static int
compare_values(gconstpointer a, gconstpointer b, gpointer values)
{
    float x = ((const float *)values)[*(const int *)a],
          y = ((const float *)values)[*(const int *)b];

    return x != y ? (x > y) - (x < y) : *(const int *)a - *(const int *)b;
}

static void
rank_column(int column, int thread, gpointer data)
{
    TrainView *view = data;
    int *ranking = view->ranking + (size_t)column * view->n;

    for (int i = 0; i < view->n; i++)
        ranking[i] = i;
    g_qsort_with_data(ranking, view->n, sizeof *ranking, compare_values,
                      view->values + (size_t)column * view->n);
}

static bool
turn_floats(TrainView *view, FeatureMask mask, const LearnWatch *watch, GError **error)
{
    const FeatureMatrix *matrix = view->set->matrix;
    LearnWatch quiet = watch ? *watch : (LearnWatch){0};

    quiet.progress = NULL;
    view->features = g_new(int, matrix->n_features + 1);
    for (int feature = 0; feature < matrix->n_features; feature++) {
        float first = feature_matrix_floats(matrix, view->set->samples[0])[feature];
        bool constant = true;

        if (feature_matrix_is_masked(matrix, feature, mask))
            continue;
        view->n_allowed++;
        for (int i = 1; i < view->n && constant; i++)
            constant = feature_matrix_floats(matrix, view->set->samples[i])[feature] == first;
        if (!constant)
            view->features[view->n_columns++] = feature;
    }
    view->values = g_new(float, (size_t)view->n_columns * view->n + 1);
    view->ranking = g_new(int, (size_t)view->n_columns * view->n + 1);
    for (int place = 0; place < view->n; place++) {
        const float *row = feature_matrix_floats(matrix, view->set->samples[view->order[place]]);

        for (int column = 0; column < view->n_columns; column++)
            view->values[(size_t)column * view->n + place] = row[view->features[column]];
    }
    return learn_in_parallel(view->n_columns, &quiet, rank_column, view, error);
}

TrainView *
train_view_new(const LearnSet *set, FeatureMask mask, const LearnWatch *watch, GError **error)
{
    g_autoptr(TrainView) view = NULL;

    if (!learn_set_check(set, error))
        return NULL;
    view = g_new0(TrainView, 1);
    view->set = set;
    view->n = set->n;
    view->n_classes = set->n_classes;
    view->order = g_new(int, set->n);
    view->classes = g_new(int, set->n);
    order_by_class(view);
    if (!(set->matrix->kind == FEATURES_TRITS ? turn_trits : turn_floats)(view, mask, watch, error))
        return NULL;
    return g_steal_pointer(&view);
}

void
train_view_free(TrainView *view)
{
    if (!view)
        return;
    g_free(view->order);
    g_free(view->classes);
    g_free(view->features);
    g_free(view->bits);
    g_free(view->values);
    g_free(view->ranking);
    g_free(view);
}
