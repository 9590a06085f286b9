/* SPDX-License-Identifier: Apache-2.0 */
/* Facts of traces, pictures and datasets; which kind a path is. */
#include "app/jobs/inspect.h"

#include <gio/gio.h>
#include <glib/gi18n-lib.h>
#include <stdio.h>
#include <string.h>

#include "app/dataset/dataset.h"
#include "app/jobs/inspect_private.h"
#include "app/trace/capture.h"
#include "app/trace/flow.h"
#include "app/trace/image.h"
#include "app/trace/interchange.h"

static void
fact_free(void *data)
{
    Fact *fact = data;

    g_free(fact->key);
    g_free(fact->label);
    g_free(fact->text);
    facts_free(fact->facts);
    g_free(fact);
}

Facts *
facts_new(void)
{
    Facts *facts = g_new0(Facts, 1);

    facts->facts = g_ptr_array_new_with_free_func(fact_free);
    return facts;
}

void
facts_free(Facts *facts)
{
    if (!facts)
        return;
    g_ptr_array_unref(facts->facts);
    g_free(facts);
}

static Fact *
add(Facts *facts, const char *key, const char *label)
{
    Fact *fact = g_new0(Fact, 1);

    fact->key = g_strdup(key);
    fact->label = g_utf8_make_valid(label, -1);
    g_ptr_array_add(facts->facts, fact);
    return fact;
}

void
facts_add_text(Facts *facts, const char *key, const char *label, const char *text)
{
    add(facts, key, label)->text = g_utf8_make_valid(text, -1);
}

void
facts_add_int(Facts *facts, const char *key, const char *label, gint64 value)
{
    Fact *fact = add(facts, key, label);

    fact->number = (double)value;
    fact->is_integer = true;
}

void
facts_add_number(Facts *facts, const char *key, const char *label, double value)
{
    add(facts, key, label)->number = value;
}

Facts *
facts_add_group(Facts *facts, const char *key, const char *label)
{
    return add(facts, key, label)->facts = facts_new();
}

/* --- traces --- */

static void
add_table(Facts *facts, GHashTable *table, bool counts)
{
    g_autoptr(GList) keys = g_list_sort(g_hash_table_get_keys(table), (GCompareFunc)strcmp);

    for (GList *at = keys; at; at = at->next) {
        gpointer value = g_hash_table_lookup(table, at->data);

        if (counts)
            facts_add_int(facts, at->data, at->data, GPOINTER_TO_UINT(value));
        else
            facts_add_text(facts, at->data, at->data, value);
    }
}

static void
add_headers(Facts *facts, const Trace *trace)
{
    Facts *group = facts_add_group(facts, "packets_with", _("with header"));

    for (int header = 0; header < N_HEADERS; header++) {
        int first, n_columns, n = 0;

        if (!layout_header_span(trace->layout, (Header)header, &first, &n_columns))
            continue;
        for (int row = 0; row < trace->n_rows; row++)
            n += trace_has_header(trace, row, (Header)header);
        if (n)
            facts_add_int(group, header_name((Header)header), header_title((Header)header), n);
    }
}

static void
add_times(Facts *facts, const Trace *trace)
{
    int64_t first, last;

    if (!(trace->sides & TRACE_HAS_TIMES) || trace->n_rows == 0)
        return;
    first = last = trace->rows[0].time_ns;
    for (int row = 1; row < trace->n_rows; row++) {
        first = MIN(first, trace->rows[row].time_ns);
        last = MAX(last, trace->rows[row].time_ns);
    }
    g_autoptr(GDateTime) start = g_date_time_new_from_unix_utc(first / 1000000000);
    g_autofree char *text = start ? g_date_time_format(start, "%Y-%m-%d %H:%M:%S UTC") : NULL;

    if (text)
        facts_add_text(facts, "start", _("first packet"), text);
    facts_add_number(facts, "seconds", _("seconds"), ((double)last - (double)first) / 1e9);
}

static void
add_trace(Facts *facts, const Trace *trace)
{
    g_autofree int *flow_of = g_new(int, MAX(1, trace->n_rows));

    facts_add_int(facts, "packets", _("packets"), trace->n_rows);
    facts_add_text(facts, "layout", _("layout"), trace->layout->name);
    facts_add_int(facts, "columns", _("columns"), trace->layout->n_columns);
    facts_add_int(facts, "flows", _("flows"), trace_group_flows(trace, flow_of, NULL));
    add_times(facts, trace);
    add_headers(facts, trace);
    if (g_hash_table_size(trace->skipped) > 0)
        add_table(facts_add_group(facts, "skipped", _("packets without a row")), trace->skipped,
                  true);
    if (g_hash_table_size(trace->provenance) > 0)
        add_table(facts_add_group(facts, "provenance", _("made from")), trace->provenance, false);
}

static bool
inspect_trace(Facts *facts, const char *path, const char *layout, GError **error)
{
    g_autofree char *warning = NULL;
    g_autoptr(Trace) trace = trace_read_any(path, layout, &warning, error);

    if (!trace)
        return false;
    trace_drop_empty(trace);
    add_trace(facts, trace);
    if (warning)
        facts_add_text(facts, "warning", _("warning"), warning);
    return true;
}

/* --- pictures --- */

static bool
inspect_picture(Facts *facts, const char *path, const char *layout, GError **error)
{
    g_autoptr(GHashTable) text = NULL;
    g_autoptr(Image) image = image_read_png(path, 3, &text, error);
    Facts *group;
    bool is_trace;

    if (!image)
        return false;
    is_trace = layout || g_hash_table_contains(text, "torchlight:layout");
    facts_add_text(facts, "kind", _("kind"), is_trace ? _("picture of a trace") : _("picture"));
    facts_add_int(facts, "width", _("width"), image->width);
    facts_add_int(facts, "height", _("height"), image->height);
    if (is_trace)
        return inspect_trace(facts, path, layout, error);
    g_hash_table_remove(text, "torchlight:sides");
    if (g_hash_table_size(text) > 0) {
        group = facts_add_group(facts, "text", _("text chunks"));
        add_table(group, text, false);
    }
    return true;
}

/* --- folders --- */

static bool
inspect_dataset(Facts *facts, const char *dir, GError **error)
{
    g_autoptr(Dataset) dataset = dataset_open(dir, error);
    g_autoptr(GHashTable) counts = NULL;
    g_autofree char *first = NULL;
    g_autoptr(Image) image = NULL;

    if (!dataset)
        return false;
    facts_add_text(facts, "kind", _("kind"), _("dataset"));
    facts_add_int(facts, "pictures", _("pictures"), dataset->items->len);
    first = dataset_path(dataset, dataset_item(dataset, 0));
    image = image_read_png(first, 3, NULL, error);
    if (!image)
        return false;
    facts_add_int(facts, "width", _("width"), image->width);
    facts_add_int(facts, "height", _("height"), image->height);
    counts = g_hash_table_new(g_str_hash, g_str_equal);
    for (guint i = 0; i < dataset->items->len; i++) {
        char *caption = dataset_item(dataset, i)->caption;
        guint n = GPOINTER_TO_UINT(g_hash_table_lookup(counts, caption));

        g_hash_table_insert(counts, caption, GUINT_TO_POINTER(n + 1));
    }
    add_table(facts_add_group(facts, "captions", _("captions")), counts, true);
    return true;
}

static bool
has_file(const char *dir, const char *name)
{
    g_autofree char *path = g_build_filename(dir, name, NULL);

    return g_file_test(path, G_FILE_TEST_EXISTS);
}

static bool
inspect_folder(Facts *facts, const char *dir, GError **error)
{
    if (has_file(dir, "model_index.json") || has_file(dir, "unet"))
        return inspect_model(facts, dir, error);
    if (inspect_is_part(dir))
        return inspect_part(facts, dir, error);
    if (dataset_is_folder(dir))
        return inspect_dataset(facts, dir, error);
    g_set_error(error, G_IO_ERROR, G_IO_ERROR_INVALID_DATA,
                _("“%s” is neither a model (it has no model_index.json) nor a dataset (it has no "
                  "picture with a caption): give a file or such a folder."),
                dir);
    return false;
}

/* --- which kind --- */

/* The first bytes; how many there are, -1 when it cannot be read. */
static int
read_start(const char *path, char *bytes, int size)
{
    FILE *stream = fopen(path, "rbe");
    int n;

    if (!stream)
        return -1;
    n = (int)fread(bytes, 1, (size_t)size, stream);
    fclose(stream);
    return n;
}

/* A safetensors file starts with the length of its JSON header and then that. */
static bool
looks_like_safetensors(const char *path, const char *start, int n)
{
    return g_str_has_suffix(path, ".safetensors") ||
           g_str_has_suffix(path, ".safetensors.index.json") ||
           (n >= 9 && start[8] == '{' && start[7] == 0);
}

Facts *
inspect_path(const char *path, const char *layout, GError **error)
{
    g_autoptr(Facts) facts = facts_new();
    g_autofree char *name = g_filename_display_name(path);
    char start[16] = "";
    bool known;
    int n;

    facts_add_text(facts, "path", _("path"), name);
    if (g_file_test(path, G_FILE_TEST_IS_DIR))
        return inspect_folder(facts, path, error) ? g_steal_pointer(&facts) : NULL;
    n = read_start(path, start, sizeof start);
    if (n >= 4 && memcmp(start, "\x89PNG", 4) == 0) {
        known = inspect_picture(facts, path, layout, error);
    } else if (n > 0 && looks_like_safetensors(path, start, n)) {
        known = inspect_weights(facts, path, error);
    } else {
        const char *kind = n >= 6 && memcmp(start, "\x93NUMPY", 6) == 0    ? _("table (.npy)")
                           : n >= 4 && memcmp(start, "PK\x03\x04", 4) == 0 ? _("table (.npz)")
                           : n > 0 && g_ascii_isprint(start[0])            ? _("table (nPrint CSV)")
                                                                           : _("capture");

        facts_add_text(facts, "kind", _("kind"), kind);
        known = inspect_trace(facts, path, layout, error);
    }
    return known ? g_steal_pointer(&facts) : NULL;
}
