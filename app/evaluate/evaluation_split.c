/* SPDX-License-Identifier: Apache-2.0 */
/* Reading and making the split. */
#include "app/evaluate/evaluation_split.h"

#include <glib/gi18n-lib.h>
#include <string.h>

#include "app/dataset/split_table.h"

/* Rows by stem, so that pictures find the line of their capture. */
static GHashTable *
rows_by_stem(const SplitTable *table, GError **error)
{
    g_autoptr(GHashTable) rows = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);

    for (guint i = 0; i < table->rows->len; i++) {
        const SplitRow *row = table->rows->pdata[i];
        char *stem = evaluation_capture_stem(row->file);
        const SplitRow *before = g_hash_table_lookup(rows, stem);

        if (before && before->part != row->part) {
            g_set_error(error, G_IO_ERROR, G_IO_ERROR_INVALID_DATA,
                        _("“%s”: the capture “%s” is in two parts, %s and %s; leave it in one."),
                        table->path, stem, split_part_name(before->part),
                        split_part_name(row->part));
            g_free(stem);
            return NULL;
        }
        g_hash_table_replace(rows, stem, (gpointer)row);
    }
    return g_steal_pointer(&rows);
}

static void
take_text(EvaluationTrace *trace, const char *text, guint *n_differ)
{
    if (!text || !*text)
        return;
    if (!*trace->caption) {
        g_free(trace->caption);
        trace->caption = g_strdup(text);
    } else if (!g_str_equal(trace->caption, text)) {
        (*n_differ)++;
    }
}

bool
evaluation_split_read(EvaluationSet *real, const char *path, GError **error)
{
    g_autoptr(SplitTable) table = split_table_read(path, error);
    g_autoptr(GHashTable) rows = table ? rows_by_stem(table, error) : NULL;
    guint n_missing = 0, n_differ = 0;

    if (!rows)
        return false;
    for (guint i = 0; i < real->traces->len; i++) {
        EvaluationTrace *trace = evaluation_set_trace(real, i);
        g_autofree char *stem = evaluation_capture_stem(trace->capture);
        const SplitRow *row = g_hash_table_lookup(rows, stem);

        trace->in_split = row != NULL;
        n_missing += !row;
        if (row) {
            trace->part = row->part;
            take_text(trace, row->text, &n_differ);
        }
    }
    if (n_missing == real->traces->len) {
        g_set_error(
            error, G_IO_ERROR, G_IO_ERROR_INVALID_DATA,
            _("“%s” names none of the captures in “%s”: it is the split of other captures."), path,
            real->path);
        return false;
    }
    if (n_missing > 0)
        evaluation_set_note(real,
                            ngettext("%u trace is left out: the split does not name its capture.",
                                     "%u traces are left out: the split does not name their "
                                     "captures.",
                                     n_missing),
                            n_missing);
    if (n_differ > 0)
        evaluation_set_note(real,
                            ngettext("%u caption is another than the split says; the set's counts.",
                                     "%u captions are others than the split says; the set's count.",
                                     n_differ),
                            n_differ);
    return true;
}

/* --- made --- */

static void
add_used(GHashTable *used, const CaptureList *list)
{
    for (guint i = 0; i < list->names->len; i++)
        g_hash_table_add(used, evaluation_capture_stem(list->names->pdata[i]));
}

static GHashTable *
find_used(const GPtrArray *sets)
{
    GHashTable *used = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);
    const GPtrArray *last = NULL;

    for (guint s = 0; s < sets->len; s++) {
        const EvaluationSet *set = sets->pdata[s];

        for (guint i = 0; i < set->traces->len; i++) {
            const EvaluationTrace *trace = evaluation_set_trace(set, i);

            add_used(used, &trace->parents);
            if (trace->trained_on.names != last) /* traces of one set share their list */
                add_used(used, &trace->trained_on);
            last = trace->trained_on.names;
        }
    }
    return used;
}

/* Of the traces of one caption, those of free captures go to the test with share_test of all. */
static void
divide_class(const EvaluationSet *real, const GArray *class, GHashTable *used, double share_test,
             guint64 seed)
{
    g_autoptr(GPtrArray) captures = g_ptr_array_new_with_free_func(g_free);
    g_autoptr(GArray) free_ones = g_array_new(FALSE, FALSE, sizeof(guint));
    g_autofree SplitPart *parts = NULL;
    double shares[N_SPLIT_PARTS] = {0};

    for (guint k = 0; k < class->len; k++) {
        guint i = g_array_index(class, guint, k);
        EvaluationTrace *trace = evaluation_set_trace(real, i);
        char *stem = evaluation_capture_stem(trace->capture);

        trace->in_split = true;
        trace->part = SPLIT_INTO_TRAIN;
        if (g_hash_table_contains(used, stem)) {
            g_free(stem);
            continue;
        }
        g_array_append_val(free_ones, i);
        g_ptr_array_add(captures, stem);
    }
    if (free_ones->len == 0)
        return;
    shares[SPLIT_INTO_TEST] = MIN(1, share_test * class->len / free_ones->len);
    shares[SPLIT_INTO_TRAIN] = 1 - shares[SPLIT_INTO_TEST];
    parts = g_new(SplitPart, free_ones->len);
    split_by_capture((const char *const *)captures->pdata, free_ones->len, shares, seed, parts);
    for (guint k = 0; k < free_ones->len; k++)
        evaluation_set_trace(real, g_array_index(free_ones, guint, k))->part = parts[k];
}

void
evaluation_split_make(EvaluationSet *real, const GPtrArray *synthetic_sets, double share_test,
                      guint64 seed)
{
    g_autoptr(GHashTable) used = find_used(synthetic_sets);
    g_autoptr(GHashTable) classes =
        g_hash_table_new_full(g_str_hash, g_str_equal, NULL, (GDestroyNotify)g_array_unref);
    g_autoptr(GPtrArray) order = g_ptr_array_new();
    g_autoptr(GHashTable) class_of = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);

    for (guint i = 0; i < real->traces->len; i++) {
        const EvaluationTrace *trace = evaluation_set_trace(real, i);
        g_autofree char *stem = evaluation_capture_stem(trace->capture);
        /* A capture of several captions goes with its first: it may be in one part only. */
        const char *caption = g_hash_table_lookup(class_of, stem);
        GArray *class;

        if (!caption) {
            caption = trace->caption;
            g_hash_table_insert(class_of, g_steal_pointer(&stem), trace->caption);
        }
        class = g_hash_table_lookup(classes, caption);
        if (!class) {
            class = g_array_new(FALSE, FALSE, sizeof(guint));
            g_hash_table_insert(classes, (gpointer)caption, class);
            g_ptr_array_add(order, class);
        }
        g_array_append_val(class, i);
    }
    for (guint k = 0; k < order->len; k++)
        divide_class(real, order->pdata[k], used, share_test, seed + k);
}

void
evaluation_split_count(const EvaluationSet *real, int counts[N_SPLIT_PARTS])
{
    memset(counts, 0, N_SPLIT_PARTS * sizeof *counts);
    for (guint i = 0; i < real->traces->len; i++) {
        const EvaluationTrace *trace = evaluation_set_trace(real, i);

        if (trace->in_split)
            counts[trace->part]++;
    }
}

static void
append_cell(GString *text, const char *cell)
{
    g_string_append_c(text, '"');
    for (; *cell; cell++) {
        if (*cell == '"')
            g_string_append_c(text, '"');
        g_string_append_c(text, *cell);
    }
    g_string_append_c(text, '"');
}

char *
evaluation_split_to_csv(const EvaluationSet *real)
{
    GString *text = g_string_new("file_name,part,text\n");
    g_autoptr(GHashTable) said = g_hash_table_new(g_str_hash, g_str_equal);

    for (guint i = 0; i < real->traces->len; i++) {
        const EvaluationTrace *trace = evaluation_set_trace(real, i);

        if (!trace->in_split || !g_hash_table_add(said, trace->capture))
            continue;
        append_cell(text, trace->capture);
        g_string_append_printf(text, ",%s,", split_part_name(trace->part));
        append_cell(text, trace->caption);
        g_string_append_c(text, '\n');
    }
    return g_string_free(text, FALSE);
}
