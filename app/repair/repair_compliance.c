/* SPDX-License-Identifier: Apache-2.0 */
/* Rules broken, counted. */
#include "app/repair/repair_compliance.h"

#include <glib/gi18n-lib.h>
#include <string.h>

void
repair_compliance_free(RepairCompliance *compliance)
{
    if (!compliance)
        return;
    g_free(compliance->broken);
    g_free(compliance->n_broken);
    g_free(compliance);
}

static void
mark_declined(RepairCompliance *compliance, const RepairReport *report)
{
    int out = 0;

    for (guint i = 0; i < report->declined->len; i++) {
        const RepairChange *change = &g_array_index(report->declined, RepairChange, i);
        while (out < report->n_rows_out && report->row_of[out] < change->row)
            out++;
        if (out < report->n_rows_out && report->row_of[out] == change->row)
            compliance->broken[out] |= (uint64_t)1 << change->rule;
    }
}

/* What a second repair, with all rules on, still finds. */
static bool
mark_audit(RepairCompliance *compliance, const Trace *repaired, const RepairOptions *options,
           GError **error)
{
    RepairOptions all = *options;
    g_autoptr(RepairReport) report = NULL;
    g_autoptr(Trace) again = NULL;
    int out = 0;

    all.without = NULL;
    all.as_drawn = NULL;
    all.n_as_drawn = 0;
    all.progress = NULL;
    again = repair_trace(repaired, &all, &report, error);
    if (!again)
        return false;
    for (guint i = 0; i < report->changes->len; i++) {
        const RepairChange *change = &g_array_index(report->changes, RepairChange, i);
        compliance->broken[change->row] |= (uint64_t)1 << change->rule;
    }
    /* Rows that are no packets; all of them are dropped by the first rule, "padding". */
    for (int row = 0; row < repaired->n_rows; row++) {
        if (out < report->n_rows_out && report->row_of[out] == row)
            out++;
        else
            compliance->broken[row] |= 1;
    }
    return true;
}

static void
count_packets(RepairCompliance *compliance, const RepairReport *report)
{
    g_autofree bool *is_broken = g_new0(bool, MAX(compliance->n_flows, 1));
    int n_rules;

    repair_rules(&n_rules);
    for (int row = 0; row < compliance->n_packets; row++) {
        int flow = report->flow_of[row];
        compliance->n_legal_packets += compliance->broken[row] == 0;
        if (flow >= 0)
            is_broken[flow] |= compliance->broken[row] != 0;
        for (int rule = 0; rule < n_rules; rule++)
            compliance->n_broken[rule] += (int)(compliance->broken[row] >> rule & 1);
    }
    for (int flow = 0; flow < compliance->n_flows; flow++)
        compliance->n_legal_flows += !is_broken[flow];
}

static void
count_about(RepairCompliance *compliance, const Trace *repaired)
{
    int n_rules;

    repair_rules(&n_rules);
    for (int rule = 0; rule < n_rules; rule++) {
        RepairAboutCheck *check = &compliance->about[repair_rule_about(rule)];
        check->n_rules++;
        check->n_hold += compliance->n_broken[rule] == 0;
    }
    for (int row = 0; row < repaired->n_rows; row++) {
        for (int header = 0; header < N_HEADERS; header++)
            compliance->about[REPAIR_ABOUT_IPV4 + header].n_packets +=
                trace_has_header(repaired, row, (Header)header);
    }
    compliance->about[REPAIR_ABOUT_PACKET].n_packets = repaired->n_rows;
    compliance->about[REPAIR_ABOUT_FLOW].n_packets = repaired->n_rows;
}

RepairCompliance *
repair_compliance_new(const Trace *repaired, const RepairReport *report,
                      const RepairOptions *options, GError **error)
{
    g_autoptr(RepairCompliance) compliance = g_new0(RepairCompliance, 1);
    int n_rules;

    repair_rules(&n_rules);
    compliance->n_packets = repaired->n_rows;
    compliance->n_flows = report->n_flows;
    compliance->broken = g_new0(uint64_t, MAX(repaired->n_rows, 1));
    compliance->n_broken = g_new0(int, n_rules);
    for (int i = 0; options->without && options->without[i]; i++) {
        int rule = repair_rule_find(options->without[i], error);
        if (rule < 0)
            return NULL;
        compliance->rules_off |= (uint64_t)1 << rule;
    }
    mark_declined(compliance, report);
    if (!mark_audit(compliance, repaired, options, error))
        return NULL;
    count_packets(compliance, report);
    count_about(compliance, repaired);
    return g_steal_pointer(&compliance);
}

char *
repair_compliance_to_text(const RepairCompliance *compliance)
{
    GString *text = g_string_new(NULL);
    int n_rules;
    const RepairRule *const *rules = repair_rules(&n_rules);

    g_string_append_printf(text, _("%d of %d packets and %d of %d flows are legal"),
                           compliance->n_legal_packets, compliance->n_packets,
                           compliance->n_legal_flows, compliance->n_flows);
    for (int rule = 0; rule < n_rules; rule++) {
        int n = compliance->n_broken[rule];
        if (n == 0)
            continue;
        g_string_append_printf(text,
                               compliance->rules_off >> rule & 1
                                   ? ngettext("\n%s, which is off, is broken by %d packet: %s",
                                              "\n%s, which is off, is broken by %d packets: %s", n)
                                   : ngettext("\n%s is broken by %d packet: %s",
                                              "\n%s is broken by %d packets: %s", n),
                               rules[rule]->id, n, _(rules[rule]->statement));
    }
    return g_string_free(text, FALSE);
}
