/* SPDX-License-Identifier: Apache-2.0 */
/* Traces counted by class, and the figures in their order. */
#include <glib/gi18n-lib.h>

#include "app/evaluate/comparison_private.h"

enum { BLOCK = 64, SEED = 1 };

static void
class_free(void *data)
{
    ComparedClass *class = data;

    g_free(class->name);
    for (int side = 0; side < N_SIDES; side++)
        g_array_unref(class->shares[side]);
    g_array_unref(class->repairs);
    g_free(class);
}

Comparison *
comparison_new(void)
{
    Comparison *comparison = g_new0(Comparison, 1);

    comparison->classes = g_ptr_array_new_with_free_func(class_free);
    comparison->fidelity = fidelity_new(NULL);
    return comparison;
}

void
comparison_free(Comparison *comparison)
{
    if (!comparison)
        return;
    g_ptr_array_unref(comparison->classes);
    fidelity_free(comparison->fidelity);
    g_free(comparison);
}

static ComparedClass *
find_class(Comparison *comparison, const char *name)
{
    ComparedClass *made;

    for (guint i = 0; i < comparison->classes->len; i++) {
        if (g_str_equal(comparison_class(comparison, i)->name, name))
            return comparison->classes->pdata[i];
    }
    made = g_new0(ComparedClass, 1);
    made->name = g_strdup(name);
    for (int side = 0; side < N_SIDES; side++)
        made->shares[side] = g_array_new(FALSE, FALSE, sizeof(ShareCount));
    made->repairs = g_array_new(FALSE, FALSE, sizeof(RepairCount));
    g_ptr_array_add(comparison->classes, made);
    return made;
}

/* --- counting --- */

static ShareCount
count_shares(const Trace *trace)
{
    static const Header headers[] = {HEADER_IPV4, HEADER_IPV6, HEADER_TCP, HEADER_UDP, HEADER_ICMP};
    ShareCount count = {0};

    for (int row = 0; row < trace->n_rows; row++) {
        bool has_transport = false;

        if (trace_row_is_empty(trace, row))
            continue;
        for (guint i = 0; i < G_N_ELEMENTS(headers); i++) {
            bool has = trace_has_header(trace, row, headers[i]);

            count.n[i] += has;
            has_transport |= has && i >= SHARE_TCP;
        }
        count.n[SHARE_OTHER] += !has_transport;
        count.n_packets++;
    }
    return count;
}

void
comparison_add(Comparison *comparison, const char *class, Side side, const Trace *trace, bool alone)
{
    ShareCount count = count_shares(trace);

    g_array_append_val(find_class(comparison, class)->shares[side], count);
    if (!alone || trace->n_rows <= BLOCK) {
        fidelity_add(comparison->fidelity, class, side, trace_counts_new(trace, 0));
        return;
    }
    for (int first = 0; first < trace->n_rows; first += BLOCK) {
        g_autoptr(Trace) block = trace_slice(trace, first, MIN(BLOCK, trace->n_rows - first));

        fidelity_add(comparison->fidelity, class, side, trace_counts_new(block, 0));
    }
}

void
comparison_add_repair(Comparison *comparison, const char *class, const RepairReport *report)
{
    const RepairRule *const *rules = repair_rules(NULL);
    RepairCount count = {.n_bits = report->n_bits};

    for (guint i = 0; i < report->changes->len; i++) {
        const RepairChange *change = &g_array_index(report->changes, RepairChange, i);

        if (rules[change->rule]->tree == REPAIR_INTRA_PACKET)
            count.n_intra += change->n_bits;
        else
            count.n_inter += change->n_bits;
    }
    g_array_append_val(find_class(comparison, class)->repairs, count);
}

/* --- figures --- */

Figure *
comparison_new_bars(const Comparison *comparison, const FidelityReport *report, const char *id,
                    const char *title, const char *unit, DistanceFunc distance)
{
    Figure *figure = figure_new(id, FIGURE_BARS, title);
    FigureSeries *found = figure_add_series(figure, _("Generated against real"), "");
    FigureSeries *floor = figure_add_series(figure, _("Real against real"), "");

    figure_axis_label(&figure->x, _("Class"), "");
    figure_axis_label(&figure->y, _("Distance"), unit);
    figure->y.min = 0;
    for (guint i = 0; i < comparison->classes->len; i++) {
        const char *name = comparison_class(comparison, i)->name;
        const FidelityClass *class = fidelity_report_find(report, name);
        BesideFloor d =
            class ? *distance(class) : (BesideFloor){estimate_unknown(), estimate_unknown()};

        figure_axis_add_name(&figure->x, name);
        figure_series_add(found, NAN, d.generated.value, d.generated.low, d.generated.high);
        figure_series_add(floor, NAN, d.floor.value, d.floor.low, d.floor.high);
    }
    return figure;
}

static guint64
count_packets(const GArray *shares)
{
    guint64 n = 0;

    for (guint i = 0; i < shares->len; i++)
        n += g_array_index(shares, ShareCount, i).n_packets;
    return n;
}

static void
note_counts(const Comparison *comparison, JsonObject *parameters)
{
    JsonArray *classes = json_array_new();

    for (guint i = 0; i < comparison->classes->len; i++) {
        const ComparedClass *class = comparison_class(comparison, i);
        JsonObject *object = json_object_new();

        json_object_set_string_member(object, "class", class->name);
        json_object_set_int_member(object, "real_traces", class->shares[SIDE_REAL]->len);
        json_object_set_int_member(object, "real_packets",
                                   (gint64)count_packets(class->shares[SIDE_REAL]));
        json_object_set_int_member(object, "generated_traces", class->shares[SIDE_GENERATED]->len);
        json_object_set_int_member(object, "generated_packets",
                                   (gint64)count_packets(class->shares[SIDE_GENERATED]));
        json_array_add_object_element(classes, object);
    }
    json_object_set_array_member(parameters, "classes", classes);
}

Figures *
comparison_to_figures(const Comparison *comparison, const char *title)
{
    Figures *figures = figures_new(title);
    g_autoptr(FidelityReport) report = fidelity_compare(comparison->fidelity, SEED);

    note_counts(comparison, figures->parameters);
    comparison_add_field_bars(comparison, report, figures);
    comparison_add_samples(comparison, report, figures);
    comparison_add_shares(comparison, figures);
    comparison_add_field_maps(comparison, report, figures);
    return figures;
}
