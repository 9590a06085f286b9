/* SPDX-License-Identifier: Apache-2.0 */
/* Inside of a FeatureMatrix, for those who go through all of it. */
#pragma once

#include "app/evaluate/learn/feature_matrix.h"

struct FeatureMatrix {
    FeatureKind kind;
    const Layout *layout;
    int n_packets;
    int n_samples, n_features;
    GPtrArray *names; /* of a plain table; or NULL */

    /* Trits: a sample is n_packets times packet_words words of "is there", then as many of "is 1",
     * column c of a packet in bit c % 64 of word c / 64. What is behind the last column is 0. */
    int packet_words;
    GPtrArray *planes; /* guint64 *, one a sample */

    GArray *values; /* floats: (n_samples, n_features) float32 */
};

static inline size_t
feature_matrix_plane_words(const FeatureMatrix *matrix)
{
    return (size_t)matrix->n_packets * matrix->packet_words;
}

static inline const guint64 *
feature_matrix_present(const FeatureMatrix *matrix, int sample)
{
    return (const guint64 *)g_ptr_array_index(matrix->planes, sample);
}

static inline const guint64 *
feature_matrix_ones(const FeatureMatrix *matrix, int sample)
{
    return feature_matrix_present(matrix, sample) + feature_matrix_plane_words(matrix);
}

static inline const float *
feature_matrix_floats(const FeatureMatrix *matrix, int sample)
{
    return &g_array_index(matrix->values, float, (size_t)sample * matrix->n_features);
}

/* Of each column of the layout, a bit: whether the mask leaves it. (packet_words) words. */
void feature_matrix_kept_columns(const FeatureMatrix *matrix, FeatureMask mask, guint64 *kept);
