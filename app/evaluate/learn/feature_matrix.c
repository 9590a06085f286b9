/* SPDX-License-Identifier: Apache-2.0 */
/* Samples in two bits a trit, or as floats. */
#include "app/evaluate/learn/feature_matrix_private.h"

#include <glib/gi18n-lib.h>
#include <math.h>
#include <string.h>

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

/* Of eight trits, bit i for trit i: "is there" and "is 1". -1 is the byte 0xff, so of each byte the
 * high bit says that it is absent and the low one, where it is there, that it is 1; the product
 * moves the low bits of all bytes into the highest byte. */
static inline void
pack_eight(const int8_t *trits, guint64 *present, guint64 *ones)
{
    const guint64 low = G_GUINT64_CONSTANT(0x0101010101010101);
    const guint64 gather = G_GUINT64_CONSTANT(0x0102040810204080);
    guint64 bytes, there;

    memcpy(&bytes, trits, sizeof bytes);
    bytes = GUINT64_FROM_LE(bytes);
    there = ~(bytes >> 7) & low;
    *present = there * gather >> 56;
    *ones = (bytes & there) * gather >> 56;
}

static void
add_trits(FeatureMatrix *matrix, const Trace *trace)
{
    size_t n_words = feature_matrix_plane_words(matrix);
    guint64 *present = g_new0(guint64, 2 * n_words), *ones = present + n_words;
    int n_rows = MIN(trace->n_rows, matrix->n_packets), width = matrix->layout->n_columns;

    for (int row = 0; row < n_rows; row++) {
        const int8_t *trits = trace_row(trace, row);
        size_t first = (size_t)row * matrix->packet_words;

        for (int column = 0; column < width; column += 8) {
            int8_t last[8] = {-1, -1, -1, -1, -1, -1, -1, -1};
            guint64 there, set;

            if (column + 8 > width)
                memcpy(last, trits + column, width - column);
            pack_eight(column + 8 > width ? last : trits + column, &there, &set);
            present[first + column / 64] |= there << column % 64;
            ones[first + column / 64] |= set << column % 64;
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
