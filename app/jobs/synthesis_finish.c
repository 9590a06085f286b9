/* SPDX-License-Identifier: Apache-2.0 */
/* Colour correction, repair, times, files, and what is said of them. */
#include "app/jobs/synthesis_finish.h"

#include <glib/gi18n-lib.h>

#include "app/jobs/generate_files.h"
#include "app/trace/field_random.h"

enum { HALF = 128 };

SynthesisDrawn *
synthesis_drawn_new(const SynthesisItem *item)
{
    SynthesisDrawn *drawn = g_new0(SynthesisDrawn, 1);

    drawn->item = item;
    drawn->parents = g_ptr_array_new_with_free_func(g_free);
    drawn->first_row = -1;
    return drawn;
}

void
synthesis_drawn_free(SynthesisDrawn *drawn)
{
    if (!drawn)
        return;
    image_free(drawn->image);
    trace_free(drawn->trace);
    g_clear_pointer(&drawn->parents, g_ptr_array_unref);
    g_free(drawn);
}

char *
synthesis_capture_path(const SynthesisFinish *f, const SynthesisItem *item)
{
    g_autofree char *name = g_strconcat(item->name, ".pcapng", NULL);

    return f->options->repairs ? g_build_filename(f->params->output, "captures", name, NULL) : NULL;
}

char *
synthesis_drawn_path(const SynthesisFinish *f, const SynthesisItem *item)
{
    g_autofree char *name = g_strconcat(item->name, ".png", NULL);

    return f->options->keeps_drawn ? g_build_filename(f->params->output, "drawn", name, NULL)
                                   : NULL;
}

Trace *
synthesis_threshold(const Image *image, const Layout *layout, GError **error)
{
    Trace *trace = trace_from_image(image, layout, PALETTE_TORCHLIGHT, error);
    size_t n = (size_t)image->width * image->height;

    if (!trace)
        return NULL;
    g_clear_pointer(&trace->confidence, g_free);
    for (size_t i = 0; i < n; i++) {
        const uint8_t *pixel = image->pixels + 3 * i;

        trace->trits[i] = pixel[1] >= HALF ? 1 : pixel[0] >= HALF ? 0 : -1;
    }
    return trace;
}

static void
put(GHashTable *table, const char *key, const char *value)
{
    g_hash_table_insert(table, g_strdup(key), g_strdup(value));
}

/* The trace as drawn, with what made it. */
static bool
correct(const SynthesisFinish *f, SynthesisDrawn *drawn, GError **error)
{
    const SynthesisItem *item = drawn->item;
    g_autofree char *path = synthesis_drawn_path(f, item);

    if (!drawn->trace)
        drawn->trace =
            f->options->by_thresholds
                ? synthesis_threshold(drawn->image, layout_default(), error)
                : trace_from_image(drawn->image, layout_default(), PALETTE_TORCHLIGHT, error);
    if (!drawn->trace)
        return false;
    g_clear_pointer(&drawn->image, image_free);
    put(drawn->trace->provenance, "caption", item->class->caption);
    put(drawn->trace->provenance, "kind", f->options->kind);
    put(drawn->trace->provenance, "seed", generate_seed_text(item->seed).text);
    put(drawn->trace->provenance, "tool", "torchlight " TORCHLIGHT_VERSION);
    return !path || trace_write_png(drawn->trace, path, PALETTE_TORCHLIGHT, error);
}

/* NULL and no error where nothing is a packet. */
static Trace *
repair(const SynthesisFinish *f, const SynthesisDrawn *drawn, RepairReport **report, GError **error)
{
    /* Real captures begin in the middle of what goes on, and so do these. */
    const RepairOptions options = {.timing = f->real->timing,
                                   .seed = drawn->item->seed,
                                   .payload = f->params->export.payload,
                                   .addresses = f->params->export.addresses,
                                   .mid_stream = true};
    g_autoptr(GError) local = NULL;
    Trace *repaired = repair_trace(drawn->trace, &options, report, &local);

    if (!repaired && !g_error_matches(local, G_IO_ERROR, G_IO_ERROR_INVALID_DATA))
        g_propagate_error(error, g_steal_pointer(&local));
    if (repaired)
        export_note_times(repaired, f->real->times);
    return repaired;
}

/* --- the line --- */

/* How much repair changed: in all, without checksums, and by field. */
static void
put_changes(JsonObject *line, const RepairReport *report)
{
    JsonObject *by_field = json_object_new();
    gint64 bits[N_FIELDS] = {0}, of_checksums = 0;

    for (guint i = 0; i < report->changes->len; i++) {
        const RepairChange *change = &g_array_index(report->changes, RepairChange, i);

        bits[change->field] += change->n_bits;
        of_checksums += field_random(change->field) & RANDOM_CHECKSUM ? change->n_bits : 0;
    }
    for (int field = 0; field < N_FIELDS; field++) {
        if (bits[field] > 0)
            json_object_set_int_member(by_field, field_table[field].name, bits[field]);
    }
    json_object_set_int_member(line, "repaired_bits", (gint64)report->n_bits_changed);
    json_object_set_int_member(line, "repaired_bits_without_checksums",
                               (gint64)report->n_bits_changed - of_checksums);
    json_object_set_int_member(line, "n_bits", (gint64)report->n_bits);
    json_object_set_object_member(line, "repaired_bits_by_field", by_field);
    json_object_set_int_member(line, "padding", report->n_padding);
    json_object_set_int_member(line, "dropped", report->n_dropped);
}

static JsonArray *
list_names(const GPtrArray *names)
{
    JsonArray *list = json_array_new();

    for (guint i = 0; i < names->len; i++)
        json_array_add_string_element(list, names->pdata[i]);
    return list;
}

/* report NULL: it was not repaired. */
static char *
make_line(const SynthesisFinish *f, const SynthesisDrawn *drawn, const RepairReport *report,
          int n_packets)
{
    const SynthesisItem *item = drawn->item;
    JsonObject *line = json_object_new();
    g_autoptr(JsonNode) root = json_node_init_object(json_node_alloc(), line);
    g_autofree char *capture = g_strdup_printf("captures/%s.pcapng", item->name);
    g_autofree char *picture = g_strdup_printf("drawn/%s.png", item->name);
    g_autoptr(JsonNode) about = json_from_string(f->about, NULL);
    JsonObject *others = json_node_get_object(about);
    GList *members = json_object_get_members(others);

    json_object_unref(line); /* of the root now */
    json_object_set_string_member(line, "file_name", report ? capture : picture);
    json_object_set_string_member(line, "text", item->class->caption);
    if (f->options->keeps_drawn)
        json_object_set_string_member(line, "drawn", picture);
    json_object_set_array_member(line, "parents", list_names(drawn->parents));
    json_object_set_string_member(line, "trained_on", "trained_on.txt");
    json_object_set_string_member(line, "kind", f->options->kind);
    json_object_set_int_member(line, "seed", (gint64)item->seed);
    for (GList *at = members; at; at = at->next)
        json_object_set_member(line, at->data,
                               json_node_copy(json_object_get_member(others, at->data)));
    g_list_free(members);
    if (drawn->first_row >= 0)
        json_object_set_int_member(line, "first_row", drawn->first_row);
    json_object_set_int_member(line, "packets", n_packets);
    if (report)
        put_changes(line, report);
    return json_to_string(root, FALSE);
}

static int
count_packets(const Trace *trace)
{
    int n = 0;

    for (int row = 0; row < trace->n_rows; row++)
        n += !trace_row_is_empty(trace, row);
    return n;
}

/* Seconds since the last call. */
static double
lap(gint64 *since_us)
{
    gint64 now_us = g_get_monotonic_time();
    double seconds = (double)(now_us - *since_us) / G_USEC_PER_SEC;

    *since_us = now_us;
    return seconds;
}

static bool
repair_and_write(const SynthesisFinish *f, SynthesisDrawn *drawn, SynthesisFinished *out,
                 GError **error)
{
    g_autofree char *path = synthesis_capture_path(f, drawn->item);
    g_autoptr(Export) export =
        export_open(&f->params->export, drawn->item->seed, NULL, NULL, error);
    g_autoptr(RepairReport) report = NULL;
    g_autoptr(Trace) repaired = NULL;
    gint64 since_us = g_get_monotonic_time();
    GError *local = NULL;
    int n_dropped = 0;

    if (!export)
        return false;
    export_map_trace(export, drawn->trace);
    repaired = repair(f, drawn, &report, &local);
    out->times.repair = lap(&since_us);
    if (local)
        g_propagate_error(error, local);
    if (!repaired)
        return !local;
    if (!export_write(export, repaired, report, path, NULL, &n_dropped, error))
        return false;
    out->times.write = lap(&since_us);
    out->n_bits = report->n_bits;
    out->n_repaired_bits = report->n_bits_changed;
    out->line = make_line(f, drawn, report, repaired->n_rows - n_dropped);
    return true;
}

bool
synthesis_finish(const SynthesisFinish *f, SynthesisDrawn *drawn, SynthesisFinished *out,
                 GError **error)
{
    gint64 since_us = g_get_monotonic_time();
    int n_packets;

    *out = (SynthesisFinished){0};
    if (!correct(f, drawn, error))
        return false;
    out->times.correct = lap(&since_us);
    if (f->options->repairs)
        return repair_and_write(f, drawn, out, error);
    n_packets = count_packets(drawn->trace);
    if (n_packets > 0)
        out->line = make_line(f, drawn, NULL, n_packets);
    return true;
}
