/* SPDX-License-Identifier: Apache-2.0 */
/* Reading the traces of the sets. */
#include "app/evaluate/evaluation_data.h"

#include <glib/gi18n-lib.h>
#include <string.h>

#include "app/trace/capture.h"
#include "app/trace/interchange.h"

const char *
evaluation_features_name(int features)
{
    static const char *const names[N_EVALUATION_FEATURES] = {"flattened", "order-free"};

    return names[features];
}

void
evaluation_data_free(EvaluationData *data)
{
    if (!data)
        return;
    g_ptr_array_unref(data->sets);
    for (int i = 0; i < N_EVALUATION_FEATURES; i++)
        feature_matrix_free(data->matrices[i]);
    svm_products_free(data->products);
    g_ptr_array_unref(data->digests);
    g_array_unref(data->lengths);
    g_free(data->first);
    g_free(data->captures);
    g_free(data->layout);
    g_free(data);
}

/* --- one trace --- */

Trace *
evaluation_trace_read(const char *path, const char *layout, int n_packets, char **warning,
                      GError **error)
{
    Trace *read = trace_file_is_table(path)
                      ? trace_read_any(path, layout, warning, error)
                      : trace_read_capture(path, layout_default(), n_packets, warning, error);

    if (!read)
        return NULL;
    trace_drop_empty(read);
    if (read->n_rows > n_packets) {
        Trace *first = trace_slice(read, 0, n_packets);

        trace_free(read);
        read = first;
    }
    if (read->n_rows > 0 && read->layout == layout_default())
        return read;
    if (read->n_rows == 0)
        g_set_error(error, G_IO_ERROR, G_IO_ERROR_INVALID_DATA, _("it has no packets"));
    else
        g_set_error(error, G_IO_ERROR, G_IO_ERROR_INVALID_DATA,
                    _("its layout is %s, and %s is compared"), read->layout->name,
                    layout_default()->name);
    trace_free(read);
    return NULL;
}

Trace *
evaluation_data_open(const EvaluationData *data, const EvaluationTrace *trace, const char *path,
                     GError **error)
{
    g_autofree char *warning = NULL; /* said when it was read first */

    return evaluation_trace_read(path ? path : trace->path, data->layout, data->n_packets, &warning,
                                 error);
}

bool
evaluation_data_multiply(EvaluationData *data, const LearnWatch *watch, GError **error)
{
    if (!data->products)
        data->products = svm_products_new(data->matrices[EVALUATION_FLATTENED],
                                          data->first[MIN(data->sets->len, 2)], watch, error);
    return data->products != NULL;
}

static char *
digest_of(const char *path, GError **error)
{
    g_autofree char *bytes = NULL;
    gsize size;

    if (!g_file_get_contents(path, &bytes, &size, error))
        return NULL;
    return g_compute_checksum_for_data(G_CHECKSUM_SHA256, (const guchar *)bytes, size);
}

/* A picture that `torchlight generate` made says its prompt itself. */
static void
take_prompt(EvaluationTrace *trace, const Trace *read)
{
    const char *prompt = g_hash_table_lookup(read->provenance, "prompt");

    if (*trace->caption || !prompt)
        return;
    g_free(trace->caption);
    trace->caption = g_strdup(prompt);
}

/* False, with a note, where the trace cannot stay. Both matrices take the same traces. */
static bool
add_trace(EvaluationData *data, guint s, EvaluationTrace *trace)
{
    EvaluationSet *set = evaluation_data_set(data, s);
    g_autofree char *warning = NULL;
    g_autoptr(GError) local = NULL;
    g_autofree char *digest = digest_of(trace->path, &local);
    g_autoptr(Trace) read =
        digest ? evaluation_trace_read(trace->path, data->layout, data->n_packets, &warning, &local)
               : NULL;

    if (warning)
        evaluation_set_note(set, "%s", warning);
    for (int i = 0; read && i < N_EVALUATION_FEATURES; i++) {
        if (feature_matrix_add_trace(data->matrices[i], read, &local) < 0)
            g_clear_pointer(&read, trace_free);
    }
    if (!read) {
        evaluation_set_note(set, _("“%s” is left out: %s."), trace->name, local->message);
        return false;
    }
    take_prompt(trace, read);
    g_ptr_array_add(data->digests, g_steal_pointer(&digest));
    g_array_append_val(data->lengths, read->n_rows);
    return true;
}

/* --- sets --- */

static guint
count_all(const GPtrArray *sets)
{
    guint n = 0;

    for (guint s = 0; s < sets->len; s++)
        n += ((EvaluationSet *)sets->pdata[s])->traces->len;
    return n;
}

static bool
add_set(EvaluationData *data, const EvaluationReading *reading, guint s, guint *done, guint n,
        GError **error)
{
    EvaluationSet *set = evaluation_data_set(data, s);
    guint at = 0;

    while (at < set->traces->len) {
        EvaluationTrace *trace = evaluation_set_trace(set, at);
        bool good = !set->is_real || trace->in_split;

        if (reading->step && !reading->step((*done)++, n, reading->user, error))
            return false;
        if (good && add_trace(data, s, trace))
            at++;
        else
            g_ptr_array_remove_index(set->traces, at);
    }
    data->first[s + 1] = (int)data->digests->len;
    if (set->traces->len > 0)
        return true;
    g_set_error(error, G_IO_ERROR, G_IO_ERROR_INVALID_DATA,
                _("“%s” has no trace that can be compared: %s"), set->path,
                set->notes->len > 0 ? (char *)set->notes->pdata[set->notes->len - 1]
                                    : _("name other captures."));
    return false;
}

/* Traces of short captures are padded, which a classifier sees too. */
static void
note_lengths(EvaluationData *data, guint s)
{
    EvaluationSet *set = evaluation_data_set(data, s);
    int least = G_MAXINT, most = 0, n_short = 0;

    for (int i = data->first[s]; i < data->first[s + 1]; i++) {
        int length = g_array_index(data->lengths, int, i);

        least = MIN(least, length);
        most = MAX(most, length);
        n_short += length < data->n_packets;
    }
    if (n_short > 0)
        evaluation_set_note(
            set,
            ngettext("%d of %d traces is shorter than %d packets (from %d to %d): padding is a "
                     "feature too where trits are flattened.",
                     "%d of %d traces are shorter than %d packets (from %d to %d): padding is a "
                     "feature too where trits are flattened.",
                     (gulong)n_short),
            n_short, evaluation_data_n(data, s), data->n_packets, least, most);
}

/* Real traces by the capture that they are of; every synthetic trace is one of its own. */
static void
number_captures(EvaluationData *data)
{
    g_autoptr(GHashTable) numbers = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);
    const EvaluationSet *real = evaluation_data_set(data, 0);
    int n = (int)data->digests->len, next = 0;

    data->captures = g_new(int, n + 1);
    for (int i = 0; i < n; i++) {
        char *stem = i < data->first[1]
                         ? evaluation_capture_stem(evaluation_set_trace(real, (guint)i)->capture)
                         : NULL;
        gpointer known;

        if (stem && g_hash_table_lookup_extended(numbers, stem, NULL, &known)) {
            data->captures[i] = GPOINTER_TO_INT(known);
            g_free(stem);
            continue;
        }
        data->captures[i] = next++;
        if (stem)
            g_hash_table_insert(numbers, stem, GINT_TO_POINTER(data->captures[i]));
    }
}

/* The same bytes to train and to test with, under two names. */
static void
note_copies(EvaluationData *data)
{
    g_autoptr(GHashTable) tested = g_hash_table_new(g_str_hash, g_str_equal);
    EvaluationSet *real = evaluation_data_set(data, 0);

    for (int i = 0; i < data->first[1]; i++) {
        const EvaluationTrace *trace = evaluation_set_trace(real, (guint)i);

        if (trace->part == SPLIT_INTO_TEST)
            g_hash_table_insert(tested, data->digests->pdata[i], trace->name);
    }
    for (guint s = 0; s < data->sets->len; s++) {
        EvaluationSet *set = evaluation_data_set(data, s);
        const char *of = NULL, *copy = NULL;
        int n = 0;

        for (int i = data->first[s]; i < data->first[s + 1]; i++) {
            const EvaluationTrace *trace = evaluation_set_trace(set, (guint)(i - data->first[s]));
            const char *same = g_hash_table_lookup(tested, data->digests->pdata[i]);

            if (!same || (set->is_real && trace->part == SPLIT_INTO_TEST))
                continue;
            n++;
            of = same;
            copy = trace->name;
        }
        if (n > 0)
            evaluation_set_note(set,
                                ngettext("%d file is the same byte for byte as one of the test "
                                         "part (“%s” as “%s”).",
                                         "%d files are the same byte for byte as some of the test "
                                         "part (“%s” as “%s”).",
                                         (gulong)n),
                                n, copy, of);
    }
}

EvaluationData *
evaluation_data_read(GPtrArray *sets, const EvaluationReading *reading, GError **error)
{
    g_autoptr(EvaluationData) data = g_new0(EvaluationData, 1);
    guint n = count_all(sets), done = 0;

    data->sets = sets;
    data->n_packets = reading->n_packets > 0 ? reading->n_packets : FEATURE_PACKETS;
    data->layout = g_strdup(reading->layout);
    data->first = g_new0(int, sets->len + 1);
    data->digests = g_ptr_array_new_with_free_func(g_free);
    data->lengths = g_array_new(FALSE, FALSE, sizeof(int));
    data->matrices[EVALUATION_FLATTENED] =
        feature_matrix_new(FEATURES_TRITS, layout_default(), data->n_packets);
    data->matrices[EVALUATION_ORDER_FREE] =
        feature_matrix_new(FEATURES_ORDER_FREE, layout_default(), data->n_packets);
    for (guint s = 0; s < sets->len; s++) {
        if (!add_set(data, reading, s, &done, n, error))
            return NULL;
        note_lengths(data, s);
    }
    number_captures(data);
    note_copies(data);
    return g_steal_pointer(&data);
}
