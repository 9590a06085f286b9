/* SPDX-License-Identifier: Apache-2.0 */
/* Names for numbers. */
#include <glib/gi18n-lib.h>

#include "app/jobs/evaluate_measures.h"

/* --- fidelity --- */

static void
add_beside(EvaluationReport *report, guint set, const char *id, const char *class,
           const char *label, const char *unit, const BesideFloor *beside)
{
    EvaluationMeasure *measure = evaluation_report_add(
        report, set, "fidelity", id, class, label, unit, beside->generated.value,
        beside->generated.low, beside->generated.high);

    measure->floor = beside->floor.value;
    measure->floor_low = beside->floor.low;
    measure->floor_high = beside->floor.high;
}

static const char *
mean_label(FidelityMean mean)
{
    static const char *const labels[N_MEANS] = {
        N_("fields"), N_("fields that are not random by nature"), N_("bits"),
        N_("bits that are not random by nature")};

    return _(labels[mean]);
}

static const char *
measure_label(Measure measure)
{
    static const char *const labels[N_MEASURES] = {
        N_("Jensen–Shannon divergence"), N_("Total variation distance"), N_("Hellinger distance")};

    return _(labels[measure]);
}

static void
add_means(EvaluationReport *report, guint set, const char *suffix, const char *whose,
          const FidelityClass *class)
{
    for (int measure = 0; measure < N_MEASURES; measure++) {
        for (int mean = 0; mean < N_MEANS; mean++) {
            g_autofree char *id = g_strdup_printf("%s-%s%s", measure_name((Measure)measure),
                                                  fidelity_mean_name((FidelityMean)mean), suffix);
            g_autofree char *label =
                g_strdup_printf(_("%s, mean of %s%s"), measure_label((Measure)measure),
                                mean_label((FidelityMean)mean), whose);

            add_beside(report, set, id, NULL, label, "",
                       fidelity_mean(class, (FidelityMean)mean, (Measure)measure));
        }
    }
}

static void
add_shifts(EvaluationReport *report, guint set, const FidelityClass *class)
{
    static const char *const labels[N_SHIFTS] = {
        [SHIFT_SIZE] = N_("Wasserstein distance of packet sizes"),
        [SHIFT_GAP] = N_("Wasserstein distance of gaps, by their logarithms"),
        [SHIFT_GAP_MS] = N_("Wasserstein distance of gaps"),
        [SHIFT_BURST] = N_("Wasserstein distance of burst lengths"),
        [SHIFT_SIZE_CORRELATION] = N_("Difference in autocorrelation of sizes"),
        [SHIFT_GAP_CORRELATION] = N_("Difference in autocorrelation of gaps"),
    };

    for (int shift = 0; shift < N_SHIFTS; shift++) {
        g_autofree char *id = g_strdup_printf("shift-%s", shift_name((Shift)shift));

        add_beside(report, set, id, NULL, _(labels[shift]), shift_unit((Shift)shift),
                   fidelity_shift(class, (Shift)shift));
    }
}

/* Every field, and sizes, gaps, bursts and directions. */
static void
add_spreads(EvaluationReport *report, guint set, const FidelityClass *class)
{
    for (int measure = 0; measure < N_MEASURES; measure++) {
        for (int spread = 0; spread < N_SPREADS; spread++) {
            const BesideFloor *beside = fidelity_spread(class, (Spread)spread, (Measure)measure);
            g_autofree char *id = g_strdup_printf("%s:%s", measure_name((Measure)measure),
                                                  spread_name((Spread)spread));
            g_autofree char *label = g_strdup_printf("%s: %s", measure_label((Measure)measure),
                                                     spread_name((Spread)spread));

            if (!isnan(beside->generated.value))
                add_beside(report, set, id, NULL, label, "", beside);
        }
    }
}

static void
add_classes(EvaluationReport *report, guint set, const FidelityReport *found)
{
    for (guint i = 0; i < found->classes->len; i++) {
        const FidelityClass *class = found->classes->pdata[i];

        if (class->n_drawn > 0)
            add_beside(report, set, "jensen-shannon-fields", class->name,
                       _("Jensen–Shannon divergence, mean of fields"), "",
                       fidelity_mean(class, MEAN_FIELDS, MEASURE_JENSEN_SHANNON));
    }
}

void
evaluate_add_fidelity(EvaluationReport *report, guint set, const FidelityReport *found)
{
    add_means(report, set, "", "", found->pooled);
    add_means(report, set, "-by-class", _(", mean over the classes"), found->mean);
    add_shifts(report, set, found->pooled);
    add_spreads(report, set, found->pooled);
    add_classes(report, set, found);
}

/* --- legality, compliance --- */

static EvaluationMeasure *
add_estimate(EvaluationReport *report, guint set, const char *group, const char *id,
             const char *label, Estimate drawn, Estimate real)
{
    EvaluationMeasure *measure = evaluation_report_add(report, set, group, id, NULL, label, "",
                                                       drawn.value, drawn.low, drawn.high);

    measure->floor = real.value;
    measure->floor_low = real.low;
    measure->floor_high = real.high;
    return measure;
}

/* The counts of those that were checked: (n), the caller frees. */
static LegalityCount *
legality_of(const LookedSet *looked, bool needs_drawn, guint *n)
{
    LegalityCount *counts = g_new(LegalityCount, looked->n + 1);

    *n = 0;
    for (guint i = 0; i < looked->n; i++) {
        const Looked *trace = &looked->traces[i];

        if (trace->checked && (trace->has_drawn || !needs_drawn))
            counts[(*n)++] = trace->legality;
    }
    return counts;
}

static void
add_repair_by_field(EvaluationReport *report, guint set, const LegalityCount *counts, guint n)
{
    for (int field = 0; field < N_FIELDS; field++) {
        Estimate changed = legality_changed(counts, n, (FieldId)field, true);
        g_autofree char *id = g_strdup_printf("repaired:%s", field_table[field].name);
        g_autofree char *label =
            g_strdup_printf(_("Bits that repair changed: %s"), field_table[field].name);

        if (!isnan(changed.value))
            add_estimate(report, set, "before-repair", id, label, changed, estimate_unknown());
    }
}

void
evaluate_add_legality(EvaluationReport *report, guint set, const LookedSet *drawn,
                      const LookedSet *real)
{
    guint n, n_real;
    g_autofree LegalityCount *counts = legality_of(drawn, true, &n);
    g_autofree LegalityCount *real_counts = legality_of(real, false, &n_real);

    if (n == 0)
        return;
    add_estimate(report, set, "before-repair", "legal-rows",
                 _("Packets whose bits are those that some packet has"), legality_masks(counts, n),
                 legality_masks(real_counts, n_real));
    add_estimate(report, set, "before-repair", "constant-fields",
                 _("Constant fields that are right"), legality_checks(counts, n),
                 legality_checks(real_counts, n_real));
    for (int check = 0; check < N_LEGAL_CHECKS; check++) {
        g_autofree char *id = g_strdup_printf("legal:%s", legal_check_name((LegalCheck)check));
        g_autofree char *label =
            g_strdup_printf(_("Right before repair: %s"), legal_check_name((LegalCheck)check));

        add_estimate(report, set, "before-repair", id, label,
                     legality_check(counts, n, (LegalCheck)check),
                     legality_check(real_counts, n_real, (LegalCheck)check));
    }
    add_estimate(report, set, "before-repair", "repaired-share",
                 _("Bits that repair changed, checksums apart"),
                 legality_changed_all(counts, n, false), estimate_unknown());
    add_estimate(report, set, "before-repair", "repaired-share-of-present",
                 _("The same of the bits of headers that are there"),
                 legality_changed_all(counts, n, true), estimate_unknown());
    add_repair_by_field(report, set, counts, n);
}

static ComplianceCount *
compliance_of(const LookedSet *looked, guint *n)
{
    ComplianceCount *counts = g_new(ComplianceCount, looked->n + 1);

    *n = 0;
    for (guint i = 0; i < looked->n; i++) {
        if (looked->traces[i].checked)
            counts[(*n)++] = looked->traces[i].compliance;
    }
    return counts;
}

static ExpertCount *
expert_of(const LookedSet *looked, guint *n)
{
    ExpertCount *counts = g_new(ExpertCount, looked->n + 1);

    *n = 0;
    for (guint i = 0; i < looked->n; i++) {
        if (looked->traces[i].has_expert)
            counts[(*n)++] = looked->traces[i].expert;
    }
    return counts;
}

void
evaluate_add_compliance(EvaluationReport *report, guint set, const LookedSet *drawn,
                        const LookedSet *real)
{
    static const struct {
        const char *id, *label;
        ExpertSeverity severity;
    } events[] = {{"tshark-errors", N_("tshark: errors a packet"), EXPERT_ERROR},
                  {"tshark-warnings", N_("tshark: warnings a packet"), EXPERT_WARNING},
                  {"tshark-notes", N_("tshark: notes a packet"), EXPERT_NOTE}};
    guint n, n_real;
    g_autofree ComplianceCount *counts = compliance_of(drawn, &n);
    g_autofree ComplianceCount *real_counts = compliance_of(real, &n_real);
    g_autofree ExpertCount *expert = NULL;
    g_autofree ExpertCount *real_expert = NULL;

    if (n == 0)
        return;
    add_estimate(report, set, "compliance", "rules-clean-packets",
                 _("Packets that break no rule of ours"), compliance_packets(counts, n),
                 compliance_packets(real_counts, n_real));
    add_estimate(report, set, "compliance", "rules-clean-flows",
                 _("Flows that break no rule of ours"), compliance_flows(counts, n),
                 compliance_flows(real_counts, n_real));
    expert = expert_of(drawn, &n);
    real_expert = expert_of(real, &n_real);
    if (n == 0)
        return;
    add_estimate(report, set, "compliance", "packets-clean",
                 _("Packets of which tshark has no error or warning"),
                 expert_clean_packets(expert, n), expert_clean_packets(real_expert, n_real));
    add_estimate(report, set, "compliance", "flows-clean",
                 _("Flows of which tshark has no error or warning"), expert_clean_flows(expert, n),
                 expert_clean_flows(real_expert, n_real));
    for (guint i = 0; i < G_N_ELEMENTS(events); i++)
        add_estimate(report, set, "compliance", events[i].id, _(events[i].label),
                     expert_events(expert, n, events[i].severity),
                     expert_events(real_expert, n_real, events[i].severity));
}
