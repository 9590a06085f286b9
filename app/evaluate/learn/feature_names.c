/* SPDX-License-Identifier: Apache-2.0 */
/* What features are called and about, and which of them a mask takes out. */
#include "app/evaluate/learn/feature_matrix_private.h"
#include "app/evaluate/learn/order_free.h"
#include "app/trace/field_random.h"

static const char *const mask_names[N_FEATURE_MASKS] = {
    "ports", "checksums", "identification", "sequence", "ttl", "window", "options", "times",
};

static const char *const group_names[N_FEATURE_GROUPS - N_FIELDS] = {
    "sizes", "gaps", "bursts", "counts", "other",
};

const char *
feature_mask_name(int i)
{
    g_return_val_if_fail(i >= 0 && i < N_FEATURE_MASKS, NULL);
    return mask_names[i];
}

const char *
feature_group_name(int group)
{
    g_return_val_if_fail(group >= 0 && group < N_FEATURE_GROUPS, NULL);
    return group < N_FIELDS ? field_table[group].name : group_names[group - N_FIELDS];
}

static FeatureMask
mask_of_field(int field)
{
    RandomBits ways = field_random((FieldId)field);

    if (ways & RANDOM_PORT)
        return FEATURE_MASK_PORTS;
    if (ways & RANDOM_CHECKSUM)
        return FEATURE_MASK_CHECKSUMS;
    if (ways & RANDOM_IDENTIFICATION)
        return FEATURE_MASK_IDENTIFICATION;
    if (ways & RANDOM_SEQUENCE)
        return FEATURE_MASK_SEQUENCE;
    switch (field) {
    case FIELD_IPV4_TTL:
    case FIELD_IPV6_HL:
        return FEATURE_MASK_TTL;
    case FIELD_TCP_WSIZE:
        return FEATURE_MASK_WINDOW;
    case FIELD_TCP_OPT:
        return FEATURE_MASK_OPTIONS;
    default:
        return FEATURE_MASK_NONE;
    }
}

int
feature_matrix_group(const FeatureMatrix *matrix, int feature)
{
    int bit;

    switch (matrix->kind) {
    case FEATURES_TRITS:
        return layout_field_at(matrix->layout, feature % matrix->layout->n_columns, &bit)->field;
    case FEATURES_ORDER_FREE:
        return order_free_group(matrix->layout, feature);
    default:
        return FEATURE_GROUP_OTHER;
    }
}

bool
feature_matrix_is_masked(const FeatureMatrix *matrix, int feature, FeatureMask mask)
{
    if (mask & mask_of_field(feature_matrix_group(matrix, feature)))
        return true;
    return mask & FEATURE_MASK_TIMES && matrix->kind == FEATURES_ORDER_FREE &&
           order_free_is_time(matrix->layout, feature);
}

char *
feature_matrix_name(const FeatureMatrix *matrix, int feature)
{
    g_autofree char *column = NULL;

    switch (matrix->kind) {
    case FEATURES_TRITS:
        column = layout_column_name(matrix->layout, feature % matrix->layout->n_columns);
        return g_strdup_printf("packet %d %s", feature / matrix->layout->n_columns + 1, column);
    case FEATURES_ORDER_FREE:
        return order_free_name(matrix->layout, feature);
    default:
        return matrix->names ? g_strdup(g_ptr_array_index(matrix->names, feature))
                             : g_strdup_printf("%d", feature);
    }
}

void
feature_matrix_sum_groups(const FeatureMatrix *matrix, const double *by_feature, double *by_group)
{
    memset(by_group, 0, N_FEATURE_GROUPS * sizeof *by_group);
    if (matrix->kind != FEATURES_TRITS) {
        for (int i = 0; i < matrix->n_features; i++)
            by_group[feature_matrix_group(matrix, i)] += by_feature[i];
        return;
    }
    for (int column = 0; column < matrix->layout->n_columns; column++) {
        int group = feature_matrix_group(matrix, column);

        for (int packet = 0; packet < matrix->n_packets; packet++)
            by_group[group] += by_feature[packet * matrix->layout->n_columns + column];
    }
}

void
feature_matrix_kept_columns(const FeatureMatrix *matrix, FeatureMask mask, guint64 *kept)
{
    memset(kept, 0, matrix->packet_words * sizeof *kept);
    for (int column = 0; column < matrix->layout->n_columns; column++) {
        if (!feature_matrix_is_masked(matrix, column, mask))
            kept[column / 64] |= G_GUINT64_CONSTANT(1) << column % 64;
    }
}
