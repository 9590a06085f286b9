/* SPDX-License-Identifier: Apache-2.0 */
/* Finding the traces of a set. */
#include "app/evaluate/evaluation_set.h"

#include <glib/gi18n-lib.h>
#include <string.h>

#include "app/dataset/captions.h"
#include "app/dataset/dataset.h"
#include "app/evaluate/evaluation_set_private.h"

static void
trace_free_(void *data)
{
    EvaluationTrace *trace = data;

    g_free(trace->name);
    g_free(trace->path);
    g_free(trace->drawn);
    g_free(trace->caption);
    g_free(trace->capture);
    g_ptr_array_unref(trace->parents.names);
    g_ptr_array_unref(trace->trained_on.names);
    g_free(trace);
}

EvaluationSet *
evaluation_set_new(const char *name, bool is_real)
{
    EvaluationSet *set = g_new0(EvaluationSet, 1);

    set->name = g_strdup(name);
    set->path = g_strdup(name);
    set->is_real = is_real;
    set->kind = is_real ? "real" : "";
    set->traces = g_ptr_array_new_with_free_func(trace_free_);
    set->notes = g_ptr_array_new_with_free_func(g_free);
    return set;
}

void
evaluation_set_free(EvaluationSet *set)
{
    if (!set)
        return;
    g_free(set->name);
    g_free(set->path);
    g_ptr_array_unref(set->traces);
    g_ptr_array_unref(set->notes);
    g_free(set);
}

EvaluationTrace *
evaluation_set_add(EvaluationSet *set, const char *name, const char *caption)
{
    EvaluationTrace *trace = g_new0(EvaluationTrace, 1);

    trace->name = g_strdup(name);
    trace->path = g_build_filename(set->path, name, NULL);
    trace->caption = g_strdup(caption ? caption : "");
    trace->capture = g_path_get_basename(name);
    trace->parents.names = g_ptr_array_new();
    trace->trained_on.names = g_ptr_array_new();
    trace->kind = "";
    trace->seed = trace->repaired_bits = trace->n_bits = -1;
    g_ptr_array_add(set->traces, trace);
    return trace;
}

void
evaluation_set_note(EvaluationSet *set, const char *format, ...)
{
    va_list args;

    va_start(args, format);
    g_ptr_array_add(set->notes, g_strdup_vprintf(format, args));
    va_end(args);
}

void
capture_list_add(CaptureList *list, const char *capture)
{
    g_autofree char *name = g_path_get_basename(capture);

    list->known = true;
    g_ptr_array_add(list->names, (gpointer)g_intern_string(name));
}

char *
evaluation_capture_stem(const char *name)
{
    static const char *const endings[] = {".pcap", ".pcapng", ".cap", ".png",
                                          ".csv",  ".npy",    ".npz", NULL};
    char *stem = g_path_get_basename(name);

    for (int i = 0; endings[i]; i++) {
        if (g_str_has_suffix(stem, endings[i])) {
            stem[strlen(stem) - strlen(endings[i])] = '\0';
            break;
        }
    }
    return stem;
}

/* --- folders --- */

static int
compare_traces(const void *a, const void *b)
{
    return strcmp((*(EvaluationTrace *const *)a)->name, (*(EvaluationTrace *const *)b)->name);
}

static bool
is_capture(const char *name)
{
    return g_str_has_suffix(name, ".pcap") || g_str_has_suffix(name, ".pcapng");
}

static bool
add_dataset(EvaluationSet *set, GError **error)
{
    g_autoptr(Dataset) dataset = dataset_open(set->path, error);

    for (guint i = 0; dataset && i < dataset->items->len; i++) {
        const DatasetItem *item = dataset_item(dataset, i);
        EvaluationTrace *trace = evaluation_set_add(set, item->name, item->caption);

        if (item->source) {
            g_free(trace->capture);
            trace->capture = g_path_get_basename(item->source);
        }
    }
    return dataset != NULL;
}

/* Captures stand in the folder, or in its captures/; so does their table. */
static bool
add_captures(EvaluationSet *set, const char *folder, GError **error)
{
    g_autofree char *dir = g_build_filename(set->path, folder, NULL);
    g_autofree char *table = g_build_filename(dir, "captions.csv", NULL);
    g_autoptr(GDir) listing = g_dir_open(dir, 0, NULL);
    g_autoptr(Captions) captions = NULL;
    const char *name;
    guint n_bare = 0;

    if (g_file_test(table, G_FILE_TEST_IS_REGULAR) && !(captions = captions_read(table, error)))
        return false;
    while (listing && (name = g_dir_read_name(listing))) {
        g_autofree char *inside = *folder ? g_build_filename(folder, name, NULL) : g_strdup(name);
        const char *caption = captions ? captions_lookup(captions, name, NULL) : NULL;

        if (!is_capture(name))
            continue;
        n_bare += captions && !caption;
        evaluation_set_add(set, inside, caption);
    }
    if (n_bare > 0)
        evaluation_set_note(set,
                            ngettext("%u capture has no caption in “%s”.",
                                     "%u captures have no caption in “%s”.", n_bare),
                            n_bare, table);
    return true;
}

/* What `torchlight generate` leaves: pictures with the prompt in them. NAME.trace.png is NAME.png
 * with its colours corrected, and is the one that counts. */
static void
add_pictures(EvaluationSet *set)
{
    g_autoptr(GDir) listing = g_dir_open(set->path, 0, NULL);
    g_autoptr(GHashTable) corrected = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);
    const char *name;

    while (listing && (name = g_dir_read_name(listing))) {
        if (g_str_has_suffix(name, ".trace.png"))
            g_hash_table_add(corrected, g_strdup_printf("%.*s.png", (int)strlen(name) - 10, name));
    }
    g_clear_pointer(&listing, g_dir_close);
    listing = g_dir_open(set->path, 0, NULL);
    while (listing && (name = g_dir_read_name(listing))) {
        if (g_str_has_suffix(name, ".png") && !g_hash_table_contains(corrected, name))
            evaluation_set_add(set, name, NULL);
    }
}

static void
name_kind(EvaluationSet *set)
{
    for (guint i = 0; i < set->traces->len && !set->is_real; i++) {
        const char *kind = evaluation_set_trace(set, i)->kind;

        if (i == 0)
            set->kind = kind;
        else if (set->kind != kind)
            set->kind = "mixed";
    }
}

static bool
find_traces(EvaluationSet *set, GError **error)
{
    g_autofree char *metadata = g_build_filename(set->path, DATASET_METADATA, NULL);

    if (!g_file_test(set->path, G_FILE_TEST_IS_DIR)) {
        g_set_error(error, G_IO_ERROR, G_IO_ERROR_NOT_FOUND,
                    _("“%s” is no folder: name one of captures with their captions.csv, a dataset, "
                      "or what `torchlight synthesize` made."),
                    set->path);
        return false;
    }
    if (evaluation_metadata_is_of_set(metadata))
        return evaluation_set_read_metadata(set, metadata, error);
    if (dataset_is_folder(set->path))
        return add_dataset(set, error);
    if (!add_captures(set, "", error))
        return false;
    if (set->traces->len == 0 && !add_captures(set, "captures", error))
        return false;
    if (set->traces->len == 0)
        add_pictures(set);
    return true;
}

EvaluationSet *
evaluation_set_read(const char *path, bool is_real, GError **error)
{
    g_autofree char *canonical = g_canonicalize_filename(path, NULL);
    g_autofree char *name = g_path_get_basename(canonical);
    g_autoptr(EvaluationSet) set = evaluation_set_new(name, is_real);

    g_free(set->path);
    set->path = g_strdup(path);
    if (!find_traces(set, error))
        return NULL;
    if (set->traces->len == 0) {
        g_set_error(error, G_IO_ERROR, G_IO_ERROR_NOT_FOUND,
                    _("“%s” holds no traces: name a folder of captures with their captions.csv, a "
                      "dataset, or what `torchlight synthesize` made."),
                    path);
        return NULL;
    }
    g_ptr_array_sort(set->traces, compare_traces);
    name_kind(set);
    return g_steal_pointer(&set);
}
