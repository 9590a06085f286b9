/* SPDX-License-Identifier: Apache-2.0 */
/* Captures of synthetic traces looked up in the split. */
#include "app/evaluate/leaks.h"

#include <glib/gi18n-lib.h>

enum { NOT_THERE = -1 };

/* Stem of a capture -> 1 + its part. A picture of a dataset may also be named by its own file. */
static GHashTable *
map_parts(const EvaluationSet *real)
{
    GHashTable *parts = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);

    for (guint i = 0; i < real->traces->len; i++) {
        const EvaluationTrace *trace = evaluation_set_trace(real, i);

        if (!trace->in_split)
            continue;
        g_hash_table_insert(parts, evaluation_capture_stem(trace->name),
                            GINT_TO_POINTER(1 + trace->part));
        g_hash_table_insert(parts, evaluation_capture_stem(trace->capture),
                            GINT_TO_POINTER(1 + trace->part));
    }
    return parts;
}

static int
part_of(GHashTable *parts, const char *capture)
{
    g_autofree char *stem = evaluation_capture_stem(capture);

    return GPOINTER_TO_INT(g_hash_table_lookup(parts, stem)) - 1;
}

/* What a list of captures holds: a bit 1 << part each; the first of the test part. */
static unsigned
find_parts(GHashTable *parts, const CaptureList *list, const char **tested, bool *foreign)
{
    unsigned found = 0;

    for (guint i = 0; i < list->names->len; i++) {
        int part = part_of(parts, list->names->pdata[i]);

        if (part == NOT_THERE)
            *foreign = true;
        else
            found |= 1u << part;
        if (part == SPLIT_INTO_TEST && !*tested)
            *tested = list->names->pdata[i];
    }
    return found;
}

bool
leaks_check(const EvaluationSet *synthetic, const EvaluationSet *real, LeakReport *report,
            GError **error)
{
    g_autoptr(GHashTable) parts = map_parts(real);
    const GPtrArray *last = NULL;
    const EvaluationTrace *worst = NULL;
    const char *capture = NULL, *trained_test = NULL;
    unsigned trained = 0;
    bool ignored = false, is_parent = false;
    int n_leaks = 0;

    *report = (LeakReport){.n_traces = (int)synthetic->traces->len};
    for (guint i = 0; i < synthetic->traces->len; i++) {
        const EvaluationTrace *trace = evaluation_set_trace(synthetic, i);
        const char *parent_test = NULL;
        bool foreign = false;
        unsigned found = find_parts(parts, &trace->parents, &parent_test, &foreign);

        if (trace->trained_on.names != last) { /* traces of one set share their list */
            trained_test = NULL;
            trained = find_parts(parts, &trace->trained_on, &trained_test, &ignored);
            last = trace->trained_on.names;
        }
        report->n_parents_unknown += !trace->parents.known;
        report->n_trained_on_unknown += !trace->trained_on.known;
        report->n_validation += ((found | trained) >> SPLIT_INTO_VALIDATION & 1) != 0;
        report->n_foreign += foreign;
        if (!parent_test && !trained_test)
            continue;
        n_leaks++;
        if (!worst) {
            worst = trace;
            is_parent = parent_test != NULL;
            capture = is_parent ? parent_test : trained_test;
        }
    }
    if (!worst)
        return true;
    g_set_error(
        error, G_IO_ERROR, G_IO_ERROR_INVALID_DATA,
        is_parent ? _("The synthetic set “%s” is refused: “%s” was made from “%s”, which is in the "
                      "test part (%d of its %d traces know test captures). Make it again from "
                      "captures of the train part.")
                  : _("The synthetic set “%s” is refused: what drew “%s” was trained on “%s”, "
                      "which is in the test part (%d of its %d traces know test captures). Make "
                      "it again from captures of the train part."),
        synthetic->name, worst->name, capture, n_leaks, report->n_traces);
    return false;
}
