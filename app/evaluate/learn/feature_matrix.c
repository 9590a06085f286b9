/* SPDX-License-Identifier: Apache-2.0 */
/* Samples in two bits a trit, or as floats. */
#include "app/evaluate/learn/feature_matrix_private.h"

#include <glib/gi18n-lib.h>
#include <math.h>

#include "app/evaluate/learn/order_free.h"

FeatureMatrix *
feature_matrix_new(FeatureKind kind, const Layout *layout, int n_packets)
{
    FeatureMatrix *matrix;

    g_return_val_if_fail(kind != FEATURES_FLOATS && n_packets > 0, NULL);
    matrix = g_new0(FeatureMatrix, 1);
    matrix->kind = kind;
    matrix->layout = layout;
    matrix->n_packets = n_packets;
    matrix->packet_words = (layout->n_columns + 63) / 64;
    matrix->planes = g_ptr_array_new_with_free_func(g_free);
    matrix->values = g_array_new(FALSE, FALSE, sizeof(float));
    matrix->n_features =
        kind == FEATURES_TRITS ? n_packets * layout->n_columns : order_free_n_features(layout);
    return matrix;
}

FeatureMatrix *
feature_matrix_new_floats(int n_features, const char *const *names)
{
    FeatureMatrix *matrix = g_new0(FeatureMatrix, 1);

    matrix->kind = FEATURES_FLOATS;
    matrix->n_features = n_features;
    matrix->planes = g_ptr_array_new_with_free_func(g_free);
    matrix->values = g_array_new(FALSE, FALSE, sizeof(float));
    if (names) {
        matrix->names = g_ptr_array_new_with_free_func(g_free);
        for (int i = 0; i < n_features; i++)
            g_ptr_array_add(matrix->names, g_strdup(names[i]));
    }
    return matrix;
}

void
feature_matrix_free(FeatureMatrix *matrix)
{
    if (!matrix)
        return;
    g_clear_pointer(&matrix->names, g_ptr_array_unref);
    g_ptr_array_unref(matrix->planes);
    g_array_unref(matrix->values);
    g_free(matrix);
}

static void
add_trits(FeatureMatrix *matrix, const Trace *trace)
{
    size_t n_words = feature_matrix_plane_words(matrix);
    guint64 *present = g_new0(guint64, 2 * n_words), *ones = present + n_words;
    int n_rows = MIN(trace->n_rows, matrix->n_packets);

    for (int row = 0; row < n_rows; row++) {
        const int8_t *trits = trace_row(trace, row);
        size_t first = (size_t)row * matrix->packet_words;

        for (int column = 0; column < matrix->layout->n_columns; column++) {
            guint64 bit = G_GUINT64_CONSTANT(1) << column % 64;

            present[first + column / 64] |= trits[column] >= 0 ? bit : 0;
            ones[first + column / 64] |= trits[column] > 0 ? bit : 0;
        }
    }
    g_ptr_array_add(matrix->planes, present);
}

int
feature_matrix_add_trace(FeatureMatrix *matrix, const Trace *trace, GError **error)
{
    g_return_val_if_fail(matrix->kind != FEATURES_FLOATS, -1);
    if (trace->layout != matrix->layout) {
        g_set_error(error, G_IO_ERROR, G_IO_ERROR_INVALID_DATA,
                    _("The trace has the layout %s, but features of %s are learned: read it under "
                      "that layout."),
                    trace->layout->name, matrix->layout->name);
        return -1;
    }
    if (trace->n_rows == 0) {
        g_set_error_literal(error, G_IO_ERROR, G_IO_ERROR_INVALID_DATA,
                            _("The trace has no packets, so nothing can be learned from it: leave "
                              "it out."));
        return -1;
    }
    if (matrix->kind == FEATURES_TRITS) {
        add_trits(matrix, trace);
    } else {
        g_array_set_size(matrix->values, matrix->values->len + matrix->n_features);
        order_free_features(trace, matrix->n_packets,
                            (float *)feature_matrix_floats(matrix, matrix->n_samples));
    }
    return matrix->n_samples++;
}

int
feature_matrix_add_floats(FeatureMatrix *matrix, const float *values, GError **error)
{
    g_return_val_if_fail(matrix->kind == FEATURES_FLOATS, -1);
    for (int i = 0; i < matrix->n_features; i++) {
        if (!isfinite(values[i])) {
            g_autofree char *name = feature_matrix_name(matrix, i);

            g_set_error(error, G_IO_ERROR, G_IO_ERROR_INVALID_DATA,
                        _("Feature %s of sample %d is not a finite number: leave the sample out."),
                        name, matrix->n_samples);
            return -1;
        }
    }
    g_array_append_vals(matrix->values, values, matrix->n_features);
    return matrix->n_samples++;
}

FeatureKind
feature_matrix_kind(const FeatureMatrix *matrix)
{
    return matrix->kind;
}

const Layout *
feature_matrix_layout(const FeatureMatrix *matrix)
{
    return matrix->layout;
}

int
feature_matrix_n_packets(const FeatureMatrix *matrix)
{
    return matrix->n_packets;
}

int
feature_matrix_n_samples(const FeatureMatrix *matrix)
{
    return matrix->n_samples;
}

int
feature_matrix_n_features(const FeatureMatrix *matrix)
{
    return matrix->n_features;
}

float
feature_matrix_value(const FeatureMatrix *matrix, int sample, int feature)
{
    int packet, column;
    size_t word;

    if (matrix->kind != FEATURES_TRITS)
        return feature_matrix_floats(matrix, sample)[feature];
    packet = feature / matrix->layout->n_columns;
    column = feature % matrix->layout->n_columns;
    word = (size_t)packet * matrix->packet_words + column / 64;
    if (!(feature_matrix_present(matrix, sample)[word] >> column % 64 & 1))
        return -1;
    return feature_matrix_ones(matrix, sample)[word] >> column % 64 & 1;
}
