/* SPDX-License-Identifier: Apache-2.0 */
/* The report as tables for a terminal. */
#include "app/repair/report_tally.h"

#include <glib/gi18n-lib.h>

/* "64", "absent", or bits where a field is wide or in part. */
static char *
trits_to_text(const int8_t *trits, int width)
{
    GString *text = g_string_new(NULL);
    int n_present = 0;

    for (int i = 0; i < width; i++)
        n_present += trits[i] >= 0;
    if (n_present == 0) {
        g_string_append(text, "absent");
    } else if (n_present == width && width <= 32) {
        g_string_append_printf(text, "%" G_GUINT64_FORMAT,
                               (guint64)report_first_bits(trits, width));
    } else {
        while (width > 0 && trits[width - 1] < 0)
            width--;
        for (int i = 0; i < width; i++)
            g_string_append_c(text, trits[i] < 0 ? '-' : (char)('0' + trits[i]));
    }
    return g_string_free(text, FALSE);
}

char *
repair_report_to_changes(const RepairReport *report)
{
    GString *text = g_string_new(NULL);
    const RepairRule *const *rules = repair_rules(NULL);

    g_string_append_printf(text, "%7s  %-10s  %-20s  %4s  %s\n", "packet", "field", "rule", "bits",
                           "before -> after");
    for (guint i = 0; i < report->changes->len; i++) {
        const RepairChange *change = &g_array_index(report->changes, RepairChange, i);
        const int8_t *trits = (const int8_t *)report->trits->data + change->trits;
        int width = field_table[change->field].width;
        g_autofree char *before = trits_to_text(trits, width);
        g_autofree char *after = trits_to_text(trits + width, width);

        g_string_append_printf(text, "%7d  %-10s  %-20s  %4d  %s -> %s\n", change->row,
                               field_table[change->field].name, rules[change->rule]->id,
                               change->n_bits, before, after);
    }
    return g_string_free(text, FALSE);
}

static void
append_fields(GString *text, const RepairReport *report)
{
    g_autofree ReportTally *tallies = report_tally(report->changes, N_FIELDS, false);

    g_string_append_printf(text, "\n%-22s %8s %9s  %s\n", "field", "packets", "bits",
                           "of the bits of the field in packets");
    for (int field = 0; field < N_FIELDS; field++) {
        if (tallies[field].n_bits > 0)
            g_string_append_printf(
                text, "%-22s %8" G_GINT64_FORMAT " %9" G_GINT64_FORMAT "  %.1f%%\n",
                field_table[field].name, tallies[field].n_packets, tallies[field].n_bits,
                100.0 * tallies[field].n_bits /
                    (MAX(report->n_rows_out, 1) * field_table[field].width));
    }
    g_string_append_c(text, '\n');
}

char *
repair_report_to_table(const RepairReport *report)
{
    GString *text = g_string_new(NULL);
    int n;
    const RepairRule *const *rules = repair_rules(&n);
    g_autofree ReportTally *tallies = report_tally(report->changes, n, true);

    g_string_append_printf(text, "%-22s %8s %9s  %s\n", "rule", "packets", "bits",
                           "what must hold");
    for (int i = 0; i < n; i++) {
        if (tallies[i].n_bits > 0)
            g_string_append_printf(text, "%-22s %8" G_GINT64_FORMAT " %9" G_GINT64_FORMAT "  %s\n",
                                   rules[i]->id, tallies[i].n_packets, tallies[i].n_bits,
                                   _(rules[i]->statement));
    }
    append_fields(text, report);
    double share = report->n_bits ? 100.0 * report->n_bits_changed / report->n_bits : 0;
    g_string_append_printf(text,
                           "%d of %d rows are packets, in %d flows; %d padding, %d dropped; "
                           "%" G_GUINT64_FORMAT " of %" G_GUINT64_FORMAT " bits changed (%.2f%%)\n",
                           report->n_rows_out, report->n_rows_in, report->n_flows,
                           report->n_padding, report->n_dropped, report->n_bits_changed,
                           report->n_bits, share);
    for (int side = 0; side < N_REPAIR_SIDES; side++) {
        if (report->n_sides[side] > 0)
            g_string_append_printf(text, "%s made or corrected for %d packets\n",
                                   report_side_names[side], report->n_sides[side]);
    }
    return g_string_free(text, FALSE);
}
