/* SPDX-License-Identifier: Apache-2.0 */
/* The golden run: which files there are, the index with its tolerances, and the lines. */
#include "compute/selftest/golden.h"

#include <glib/gi18n-lib.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "compute/op_check.h"
#include "compute/selftest/golden_private.h"

/* Small parts first, so that the first failure is near its cause. */
static const GoldenPart *const tables[] = {
    golden_parts_models,   golden_parts_lora,  golden_parts_control,
    golden_parts_sampling, golden_parts_train,
};

/* What storing 16 bits may cost: so many roundings of a tensor's largest magnitude. */
#define N_ROUNDINGS 8

/* Files that begin so are about the models of the set beside. */
#define FIRST_SET_PREFIX "sd1_"
#define FIRST_SET "A"

static void
line_free(void *data)
{
    GoldenLine *line = data;
    g_free(line->file);
    g_free(line->name);
    g_free(line);
}

/* --- the index --- */

static bool
read_index(Golden *g)
{
    g_autofree char *path = golden_path(g, "goldens", "INDEX.tsv", NULL);
    g_autofree char *text = NULL;

    if (!g_file_get_contents(path, &text, NULL, &g->error))
        return false;
    g_auto(GStrv) rows = g_strsplit(text, "\n", -1);
    for (int i = 1; rows[0] && rows[i]; i++) {
        g_auto(GStrv) columns = g_strsplit(rows[i], "\t", -1);
        guint n = g_strv_length(columns);
        if (n == 0)
            continue;
        if (n < 3 || !g_str_has_suffix(columns[0], ".safetensors")) {
            g_set_error(&g->error, G_IO_ERROR, G_IO_ERROR_INVALID_DATA,
                        _("%s: line %d is not a row of file, tensor, ..., tolerance. Unpack the "
                          "golden data again."),
                        path, i + 1);
            return false;
        }
        columns[0][strlen(columns[0]) - strlen(".safetensors")] = 0;
        GHashTable *file = g_hash_table_lookup(g->tolerances, columns[0]);
        if (!file) {
            file = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, g_free);
            g_hash_table_insert(g->tolerances, g_strdup(columns[0]), file);
        }
        double tolerance = g_ascii_strtod(columns[n - 1], NULL);
        g_hash_table_insert(file, g_strdup(columns[1]), g_memdup2(&tolerance, sizeof tolerance));
    }
    return true;
}

double
golden_tolerance(const Golden *g, const char *key)
{
    GHashTable *file = g_hash_table_lookup(g->tolerances, g->name);
    const double *tolerance = file ? g_hash_table_lookup(file, key) : NULL;
    return tolerance ? *tolerance : 0;
}

/* --- lines --- */

static void
add_line(Golden *g, const char *name, int n, double error, double tolerance, bool passed)
{
    GoldenLine *line = g_new(GoldenLine, 1);
    *line = (GoldenLine){
        .file = g_strdup(g->name),
        .name = g_strdup(name),
        .n = n,
        .error = error,
        .tolerance = tolerance,
        .passed = passed,
    };
    g_ptr_array_add(g->lines, line);
    g_ptr_array_add(g->groups, line);
}

void
golden_line(Golden *g, const char *name, int n, double error, double tolerance)
{
    add_line(g, name, n, error, tolerance, error <= tolerance);
}

/* The group of a tensor: steps, parameters and intermediate results share a line each, and so do
 * the results and gradients of one op or block. */
static char *
group_name(const Golden *g, const char *key, const char *note)
{
    static const char *const cuts[] = {".grad.", ".grad_l2norm.", ".param.", "_res_samples."};
    g_autofree char *name = g_strdup(key);

    if (g_str_has_prefix(name, "debug.")) {
        g_free(name);
        name = g_strdup("debug.*");
    } else if (g_str_equal(g->name, "ops") || g_str_equal(g->name, "blocks")) {
        char *dot = strrchr(name, '.');
        if (dot)
            *dot = 0;
    }
    for (guint i = 0; i < G_N_ELEMENTS(cuts); i++) {
        char *at = strstr(name, cuts[i]);
        if (at) {
            at[strlen(cuts[i])] = 0;
            char *starred = g_strconcat(name, "*", NULL);
            g_free(name);
            name = starred;
        }
    }
    char *step = strstr(name, "step");
    if (step && g_ascii_isdigit(step[4]) && !strstr(name, "after_")) {
        char *rest = step + 4 + strspn(step + 4, "0123456789");
        char *starred = g_strdup_printf("%.*s*%s", (int)(step + 4 - name), name, rest);
        g_free(name);
        name = starred;
    }
    return note ? g_strdup_printf("%s (%s)", name, note) : g_steal_pointer(&name);
}

static void
note_result(Golden *g, const char *key, const char *note, double error, double tolerance)
{
    g_autofree char *name = group_name(g, key, note);

    for (guint i = 0; i < g->groups->len; i++) {
        GoldenLine *line = g->groups->pdata[i];
        if (!g_str_equal(line->name, name))
            continue;
        line->n++;
        line->passed &= error <= tolerance;
        if (error * line->tolerance >= line->error * tolerance) {
            line->error = error;
            line->tolerance = tolerance;
        }
        return;
    }
    add_line(g, name, 1, error, tolerance, error <= tolerance);
}

void
golden_compare(Golden *g, const char *key, const char *note, const float *got, int64_t n)
{
    const WeightsEntry *entry = weights_find(g->file, key);
    double error = 0, largest = 0;

    if (golden_failed(g) || !entry)
        return;
    if (entry->n_elements != n) {
        error = INFINITY;
    } else {
        g_autofree float *expected = golden_values(g, key);
        for (int64_t i = 0; i < n; i++) {
            double difference = fabs((double)got[i] - (double)expected[i]);
            if (!(difference <= error)) /* NaN counts as infinite */
                error = isnan(difference) ? INFINITY : difference;
            largest = fmax(largest, fabs((double)expected[i]));
        }
    }
    g_hash_table_add(g->compared, g_strdup(key));
    double roundings = N_ROUNDINGS * op_check_unit(device_storage(g->device)) * largest;
    note_result(g, key, note, error, golden_tolerance(g, key) + roundings);
}

/* What nothing was compared with: inputs have no tolerance in the index. */
static void
note_missing(Golden *g)
{
    GHashTable *file = g_hash_table_lookup(g->tolerances, g->name);
    GHashTableIter iter;
    void *key, *value;
    const char *first = NULL;
    int n = 0;

    if (!file)
        return;
    g_hash_table_iter_init(&iter, file);
    while (g_hash_table_iter_next(&iter, &key, &value)) {
        bool is_result = *(double *)value > 0 || g_str_has_prefix(key, "output.");
        if (!is_result || g_hash_table_contains(g->compared, key))
            continue;
        if (!first || strcmp(key, first) < 0)
            first = key;
        n++;
    }
    if (n) {
        g_autofree char *name = g_strdup_printf(_("nothing to compare with: %s"), first);
        add_line(g, name, n, INFINITY, 0, false);
    }
}

/* --- the run --- */

/* The folder whose models the file is about. */
static void
choose_models(Golden *g, const char *name)
{
    g_autofree char *dir = g_str_has_prefix(name, FIRST_SET_PREFIX)
                               ? g_build_filename(g->dir, "..", FIRST_SET, NULL)
                               : g_strdup(g->dir);

    if (g_strcmp0(dir, g->models_dir) == 0)
        return;
    golden_close_models(g);
    g_free(g->models_dir);
    g->models_dir = g_steal_pointer(&dir);
}

/* What stops one file is a failed line of it: the others can still be checked. */
static void
note_error(Golden *g)
{
    g_autofree char *name = g_strdup_printf(_("cannot be computed: %s"), g->error->message);

    if (g_error_matches(g->error, G_IO_ERROR, G_IO_ERROR_CANCELLED))
        return;
    add_line(g, name, 0, INFINITY, 0, false);
    g_clear_error(&g->error);
}

static void
run_file(Golden *g, const char *name, void (*run)(Golden *))
{
    g_autofree char *file = g_strconcat(name, ".safetensors", NULL);
    g_autofree char *path = golden_path(g, "goldens", file, NULL);

    choose_models(g, name);
    g->name = name;
    g->file = weights_open(path, &g->error);
    g->compared = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);
    g->groups = g_ptr_array_new();
    if (g->file)
        run(g);
    if (golden_failed(g))
        note_error(g);
    else
        note_missing(g);
    for (guint i = 0; g->func && i < g->groups->len; i++)
        g->func(g->groups->pdata[i], g->func_data);
    g_clear_pointer(&g->file, weights_free);
    g_clear_pointer(&g->compared, g_hash_table_unref);
    g_clear_pointer(&g->groups, g_ptr_array_unref);
    g->name = NULL;
}

/* A file that no table knows. */
static void
note_unknown(Golden *g, const char *name)
{
    g->name = name;
    g->groups = g_ptr_array_new();
    add_line(g, _("nothing checks this file"), 0, INFINITY, 0, false);
    if (g->func)
        g->func(g->groups->pdata[0], g->func_data);
    g_clear_pointer(&g->groups, g_ptr_array_unref);
    g->name = NULL;
}

static int
compare_names(const void *a, const void *b)
{
    return strcmp(*(char *const *)a, *(char *const *)b);
}

/* The first entry of the tables that the file matches, or NULL. */
static const GoldenPart *
part_of(const char *name)
{
    for (guint i = 0; i < G_N_ELEMENTS(tables); i++)
        for (const GoldenPart *part = tables[i]; part->pattern; part++)
            if (g_pattern_match_simple(part->pattern, name))
                return part;
    return NULL;
}

/* Runs those of the files that belong to the part; NULL: notes those that belong to none. */
static void
run_part(Golden *g, const GoldenPart *part, char *const *names, guint n)
{
    for (guint i = 0; i < n && !golden_failed(g); i++) {
        if (part_of(names[i]) != part)
            continue;
        if (g_cancellable_set_error_if_cancelled(g->cancellable, &g->error))
            return;
        if (!part)
            note_unknown(g, names[i]);
        else if (part->run)
            run_file(g, names[i], part->run);
    }
}

/* All files of the index that match the filter, in the order of the tables. */
static void
run_all(Golden *g, const char *filter)
{
    guint n, n_wanted = 0;
    g_autofree char **names = (char **)g_hash_table_get_keys_as_array(g->tolerances, &n);

    for (guint i = 0; i < n; i++)
        if (!filter || g_pattern_match_simple(filter, names[i]))
            names[n_wanted++] = names[i];
    qsort(names, n_wanted, sizeof *names, compare_names);
    for (guint i = 0; i < G_N_ELEMENTS(tables); i++)
        for (const GoldenPart *part = tables[i]; part->pattern; part++)
            run_part(g, part, names, n_wanted);
    run_part(g, NULL, names, n_wanted);
}

static void
golden_clear(Golden *g)
{
    golden_close_models(g);
    g_clear_pointer(&g->models_dir, g_free);
    g_clear_pointer(&g->tolerances, g_hash_table_unref);
    g_clear_pointer(&g->lines, g_ptr_array_unref);
}

GPtrArray *
golden_run(Device *device, const char *dir, const char *filter, GoldenFunc func, void *data,
           GCancellable *cancellable, GError **error)
{
    Golden g = {
        .device = device,
        .dir = dir,
        .func = func,
        .func_data = data,
        .cancellable = cancellable,
    };
    GPtrArray *lines = NULL;

    g.lines = g_ptr_array_new_with_free_func(line_free);
    g.tolerances =
        g_hash_table_new_full(g_str_hash, g_str_equal, g_free, (GDestroyNotify)g_hash_table_unref);
    if (read_index(&g))
        run_all(&g, filter);
    if (golden_failed(&g))
        g_propagate_error(error, g.error);
    else
        lines = g_steal_pointer(&g.lines);
    golden_clear(&g);
    return lines;
}

bool
golden_passed(const GPtrArray *lines)
{
    for (guint i = 0; i < lines->len; i++)
        if (!((GoldenLine *)lines->pdata[i])->passed)
            return false;
    return lines->len > 0;
}
