/* SPDX-License-Identifier: Apache-2.0 */
/* The repair report in a few lines. */
#include "ui/repair/repair_summary.h"

#include <glib/gi18n.h>

typedef struct {
    gint64 n_packets, n_bits;
    int last_row;
} Tally;

static void
line_free(gpointer data)
{
    RepairLine *line = data;

    g_free(line->title);
    g_free(line->detail);
    g_free(line);
}

static int
compare_lines(gconstpointer a, gconstpointer b)
{
    const RepairLine *one = *(const RepairLine *const *)a, *two = *(const RepairLine *const *)b;

    return one->n_bits < two->n_bits ? 1 : one->n_bits > two->n_bits ? -1 : 0;
}

static void
add_lines(RepairSummary *summary, const RepairReport *report)
{
    int n;
    const RepairRule *const *rules = repair_rules(&n);
    g_autofree Tally *tallies = g_new0(Tally, n);

    for (int i = 0; i < n; i++)
        tallies[i].last_row = -1;
    for (guint i = 0; i < report->changes->len; i++) {
        const RepairChange *change = &g_array_index(report->changes, RepairChange, i);
        Tally *tally = &tallies[change->rule];
        tally->n_bits += change->n_bits;
        tally->n_packets += tally->last_row != change->row;
        tally->last_row = change->row;
    }
    for (int i = 0; i < n; i++) {
        RepairLine *line;
        if (tallies[i].n_bits == 0)
            continue;
        line = g_new0(RepairLine, 1);
        line->n_bits = tallies[i].n_bits;
        line->title = g_strdup(rules[i]->statement);
        line->detail = g_strdup_printf(_("%'d packets, %'d bits · %s"), (int)tallies[i].n_packets,
                                       (int)tallies[i].n_bits, rules[i]->source);
        g_ptr_array_add(summary->lines, line);
    }
    g_ptr_array_sort(summary->lines, compare_lines);
}

RepairSummary *
repair_summary_new(const RepairResult *result)
{
    const RepairReport *report = result->report;
    RepairSummary *summary = g_new0(RepairSummary, 1);
    int n_written = result->trace->n_rows - result->n_dropped;
    int n_lost = report->n_dropped + result->n_dropped;
    double percent = report->n_bits ? 100.0 * report->n_bits_changed / report->n_bits : 0;
    g_autoptr(GString) body = g_string_new(NULL);

    summary->lines = g_ptr_array_new_with_free_func(line_free);
    summary->heading = g_strdup_printf(
        ngettext("%'d packet written", "%'d packets written", n_written), n_written);
    if (report->n_bits_changed)
        g_string_append_printf(body, _("Repair changed %'d bits (%.1f %%)."),
                               (int)report->n_bits_changed, percent);
    else
        g_string_append(body, _("Every packet was legal as it was: repair changed no bit."));
    g_string_append_printf(body, " ");
    g_string_append_printf(body,
                           ngettext("There is %'d flow.", "There are %'d flows.", report->n_flows),
                           report->n_flows);
    if (n_lost)
        g_string_append_printf(body,
                               ngettext(" %'d row held too little for a packet and was left out.",
                                        " %'d rows held too little for a packet and were left out.",
                                        n_lost),
                               n_lost);
    summary->body = g_strdup(body->str);
    add_lines(summary, report);
    return summary;
}

void
repair_summary_free(RepairSummary *summary)
{
    if (!summary)
        return;
    g_free(summary->heading);
    g_free(summary->body);
    g_ptr_array_unref(summary->lines);
    g_free(summary);
}
