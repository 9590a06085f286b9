/* SPDX-License-Identifier: Apache-2.0 */
/* Sums over samples, feature by feature, and weights applied to a sample. */
#include <math.h>
#include <string.h>

#include "app/evaluate/learn/feature_matrix_private.h"
#include "app/evaluate/learn/products.h"

/* The bits of every byte as floats, the lowest first. */
typedef struct {
    float bits[256][8];
} ByteTable;

static ByteTable *
byte_table_new(void)
{
    ByteTable *table = g_new(ByteTable, 1);

    for (int i = 0; i < 256 * 8; i++)
        table->bits[i / 8][i % 8] = (float)(i / 8 >> i % 8 & 1);
    return table;
}

/* The trits of a packet as floats, (packet_words * 64); 0 of a column that is not kept. */
static void
unpack_packet(const FeatureMatrix *matrix, int sample, int packet, const guint64 *kept,
              const ByteTable *table, float *trits)
{
    size_t first = (size_t)packet * matrix->packet_words;
    const guint64 *present = feature_matrix_present(matrix, sample) + first;
    const guint64 *ones = feature_matrix_ones(matrix, sample) + first;

    for (int word = 0; word < matrix->packet_words; word++) {
        guint64 plus = ones[word] & kept[word], minus = ~present[word] & kept[word];

        for (int byte = 0; byte < 64; byte += 8, trits += 8) {
            const float *up = table->bits[plus >> byte & 255];
            const float *down = table->bits[minus >> byte & 255];

            for (int i = 0; i < 8; i++)
                trits[i] = up[i] - down[i];
        }
    }
}

typedef struct {
    const LearnSet *set;
    const guint64 *kept;
    const ByteTable *table;
    const double *factors;
    int n_sums;
    float *sums;
} Sums;

static void
sum_packet(int packet, int thread, gpointer data)
{
    const Sums *sums = data;
    const FeatureMatrix *matrix = sums->set->matrix;
    int width = matrix->layout->n_columns, n_sums = sums->n_sums;
    g_autofree float *trits = g_new(float, matrix->packet_words * 64);
    g_autofree float *made = g_new0(float, (size_t)n_sums *width);

    for (int i = 0; i < sums->set->n; i++) {
        unpack_packet(matrix, sums->set->samples[i], packet, sums->kept, sums->table, trits);
        for (int k = 0; k < n_sums; k++) {
            float factor = (float)sums->factors[(size_t)i * n_sums + k], *to = made + k * width;

            if (factor == 0)
                continue;
            for (int column = 0; column < width; column++)
                to[column] += factor * trits[column];
        }
    }
    for (int k = 0; k < n_sums; k++)
        memcpy(sums->sums + (size_t)k * matrix->n_features + (size_t)packet * width,
               made + k * width, width * sizeof(float));
}

static void
sum_floats(int k, int thread, gpointer data)
{
    const Sums *sums = data;
    int n_features = sums->set->matrix->n_features;
    g_autofree double *made = g_new0(double, n_features);

    for (int i = 0; i < sums->set->n; i++) {
        const float *row = feature_matrix_floats(sums->set->matrix, sums->set->samples[i]);
        double factor = sums->factors[(size_t)i * sums->n_sums + k];

        for (int feature = 0; feature < n_features && factor != 0; feature++)
            made[feature] += factor * row[feature];
    }
    for (int feature = 0; feature < n_features; feature++)
        sums->sums[(size_t)k * n_features + feature] = (float)made[feature];
}

bool
learn_sums(const LearnSet *set, FeatureMask mask, const double *factors, int n_sums, float *sums,
           const LearnWatch *watch, GError **error)
{
    const FeatureMatrix *matrix = set->matrix;
    g_autofree guint64 *kept = NULL;
    g_autofree ByteTable *table = NULL;
    Sums job = {.set = set, .factors = factors, .n_sums = n_sums, .sums = sums};

    if (matrix->kind == FEATURES_TRITS) {
        kept = g_new0(guint64, matrix->packet_words);
        feature_matrix_kept_columns(matrix, mask, kept);
        job.kept = kept;
        job.table = table = byte_table_new();
        return learn_in_parallel(matrix->n_packets, watch, sum_packet, &job, error);
    }
    if (!learn_in_parallel(n_sums, watch, sum_floats, &job, error))
        return false;
    for (int feature = 0; feature < matrix->n_features; feature++) {
        for (int k = 0; k < n_sums && feature_matrix_is_masked(matrix, feature, mask); k++)
            sums[(size_t)k * matrix->n_features + feature] = 0;
    }
    return true;
}

/* Adds a word to 64 counters whose bits k are in counters[k]. */
static inline void
count_word(guint64 counters[32], guint64 word)
{
    for (int k = 0; word && k < 32; k++) {
        guint64 carry = counters[k] & word;

        counters[k] ^= word;
        word = carry;
    }
}

static int
read_counter(const guint64 counters[32], int i)
{
    int count = 0;

    for (int k = 0; k < 31; k++)
        count |= (int)(counters[k] >> i & 1) << k;
    return count;
}

static void
trit_moments(const LearnSet *set, FeatureMask mask, double *mean, double *spread)
{
    const FeatureMatrix *matrix = set->matrix;
    int width = matrix->layout->n_columns;
    g_autofree guint64 *kept = g_new0(guint64, matrix->packet_words);

    feature_matrix_kept_columns(matrix, mask, kept);
    for (size_t word = 0; word < feature_matrix_plane_words(matrix); word++) {
        guint64 plus[32] = {0}, minus[32] = {0}, keep = kept[word % matrix->packet_words];
        int first = (int)(word % matrix->packet_words) * 64, n = MIN(64, width - first);
        size_t feature = word / matrix->packet_words * width + first;

        for (int i = 0; i < set->n; i++) {
            count_word(plus, feature_matrix_ones(matrix, set->samples[i])[word] & keep);
            count_word(minus, ~feature_matrix_present(matrix, set->samples[i])[word] & keep);
        }
        for (int i = 0; i < n; i++) {
            int n_plus = read_counter(plus, i), n_minus = read_counter(minus, i);
            double average = (double)(n_plus - n_minus) / set->n;

            if (mean)
                mean[feature + i] = average;
            spread[feature + i] =
                sqrt(MAX((double)(n_plus + n_minus) / set->n - average * average, 0));
        }
    }
}

static void
float_moments(const LearnSet *set, FeatureMask mask, double *mean, double *spread)
{
    const FeatureMatrix *matrix = set->matrix;

    for (int feature = 0; feature < matrix->n_features; feature++) {
        double sum = 0, squares = 0, average;
        float least = INFINITY, most = -INFINITY;

        for (int i = 0; i < set->n; i++) {
            float value = feature_matrix_floats(matrix, set->samples[i])[feature];

            sum += value;
            least = MIN(least, value);
            most = MAX(most, value);
        }
        average = sum / set->n;
        for (int i = 0; i < set->n; i++) {
            double off = feature_matrix_floats(matrix, set->samples[i])[feature] - average;

            squares += off * off;
        }
        if (mean)
            mean[feature] = average;
        spread[feature] = least == most || feature_matrix_is_masked(matrix, feature, mask)
                              ? 0
                              : sqrt(squares / set->n);
    }
}

void
learn_moments(const LearnSet *set, FeatureMask mask, double *mean, double *spread)
{
    (set->matrix->kind == FEATURES_TRITS ? trit_moments : float_moments)(set, mask, mean, spread);
}

static double
float_dot(const float *a, const float *b, int n)
{
    double sums[4] = {0};
    int i = 0;

    for (; i + 4 <= n; i += 4) {
        for (int lane = 0; lane < 4; lane++)
            sums[lane] += (double)a[i + lane] * b[i + lane];
    }
    for (; i < n; i++)
        sums[0] += (double)a[i] * b[i];
    return sums[0] + sums[1] + sums[2] + sums[3];
}

/* Of weights with trits, which need no doubles. */
static float
trit_dot(const float *weights, const float *trits, int n)
{
    float sums[16] = {0}, sum = 0;
    int i = 0;

    for (; i + 16 <= n; i += 16) {
        for (int lane = 0; lane < 16; lane++)
            sums[lane] += weights[i + lane] * trits[i + lane];
    }
    for (; i < n; i++)
        sums[0] += weights[i] * trits[i];
    for (int lane = 0; lane < 16; lane++)
        sum += sums[lane];
    return sum;
}

static void
weigh_trits(const FeatureMatrix *matrix, const int *samples, int n, const float *weights,
            int n_rows, double *values)
{
    int width = matrix->layout->n_columns;
    g_autofree float *trits = g_new(float, (size_t)matrix->packet_words * 64);
    g_autofree guint64 *kept = g_new0(guint64, matrix->packet_words);
    g_autofree ByteTable *table = byte_table_new();

    feature_matrix_kept_columns(matrix, FEATURE_MASK_NONE, kept);
    for (int packet = 0; packet < matrix->n_packets; packet++) {
        const float *of_packet = weights + (size_t)packet * width;

        for (int i = 0; i < n; i++) {
            unpack_packet(matrix, samples[i], packet, kept, table, trits);
            for (int k = 0; k < n_rows; k++)
                values[(size_t)i * n_rows + k] +=
                    trit_dot(of_packet + (size_t)k * matrix->n_features, trits, width);
        }
    }
}

void
learn_weigh(const FeatureMatrix *matrix, const int *samples, int n, const float *weights,
            int n_rows, double *values)
{
    memset(values, 0, (size_t)n * n_rows * sizeof *values);
    if (matrix->kind == FEATURES_TRITS) {
        weigh_trits(matrix, samples, n, weights, n_rows, values);
        return;
    }
    for (int i = 0; i < n; i++) {
        const float *row = feature_matrix_floats(matrix, samples[i]);

        for (int k = 0; k < n_rows; k++)
            values[(size_t)i * n_rows + k] =
                float_dot(weights + (size_t)k * matrix->n_features, row, matrix->n_features);
    }
}
