/* SPDX-License-Identifier: Apache-2.0 */
/* Whether a set can be told from real traces, and whether it says too much of what it was made of.
 */
#include <glib/gi18n-lib.h>

#include "app/jobs/evaluate_measures.h"

static void
add(EvaluationReport *report, guint set, const char *group, const char *id, const char *label,
    const Estimate *value, const Estimate *floor)
{
    EvaluationMeasure *measure = evaluation_report_add(report, set, group, id, NULL, label, "",
                                                       value->value, value->low, value->high);

    measure->floor = floor->value;
    measure->floor_low = floor->low;
    measure->floor_high = floor->high;
}

/* --- discriminator --- */

void
evaluate_add_discriminator(EvaluationReport *report, guint set, EvaluationFeatures features,
                           const DiscriminatorResult *found)
{
    bool flat = features == EVALUATION_FLATTENED;

    add(report, set, "fidelity", flat ? "discriminator-auc" : "discriminator-auc-order-free",
        flat ? _("AUC of a forest that tells synthetic from real, all trits")
             : _("AUC of a forest that tells synthetic from real, order-free features"),
        &found->generated, &found->floor);
    for (int group = 0; group < N_FEATURE_GROUPS; group++) {
        g_autofree char *id = NULL;
        g_autofree char *label = NULL;

        if (found->importance[group] <= 0)
            continue;
        id = g_strdup_printf("%s:%s", flat ? "tells" : "tells-order-free",
                             feature_group_name(group));
        label = g_strdup_printf(flat ? _("What tells them apart, all trits: %s")
                                     : _("What tells them apart, order-free features: %s"),
                                feature_group_name(group));
        evaluation_report_add(report, set, "discriminator", id, NULL, label, "",
                              found->importance[group], NAN, NAN);
    }
}

/* --- memorisation --- */

static const char *
scope_label(int scope)
{
    return scope == SCOPE_ALL ? "" : _(", without what is random by nature");
}

static void
add_scoped(EvaluationReport *report, guint set, const char *group, const char *id,
           const char *label, int scope, const BesideReal *beside)
{
    g_autofree char *whole_id = g_strconcat(id, scope == SCOPE_ALL ? "" : "-steady", NULL);
    g_autofree char *whole_label = g_strconcat(label, scope_label(scope), NULL);

    add(report, set, group, whole_id, whole_label, &beside->generated, &beside->real);
}

static void
add_attacks(EvaluationReport *report, guint set, const MemorisationClass *all, int scope)
{
    static const char *const labels[N_ATTACKS] = {N_("by the nearest trace"),
                                                  N_("by the nearest trace, less the class's mean"),
                                                  N_("by rows that are the same")};

    for (int attack = 0; attack < N_ATTACKS; attack++) {
        g_autofree char *auc = g_strdup_printf("membership-auc-%s", attack_name((Attack)attack));
        g_autofree char *tpr = g_strdup_printf("membership-tpr-%s", attack_name((Attack)attack));
        g_autofree char *auc_label =
            g_strdup_printf(_("Membership inference, AUC, %s"), _(labels[attack]));
        g_autofree char *tpr_label = g_strdup_printf(
            _("Membership inference, found at 1%% false alarms, %s"), _(labels[attack]));

        add_scoped(report, set, "memorisation", auc, auc_label, scope,
                   &all->attack_auc[scope][attack]);
        add_scoped(report, set, "memorisation", tpr, tpr_label, scope,
                   &all->attack_tpr[scope][attack]);
    }
}

void
evaluate_add_memorisation(EvaluationReport *report, guint set, const MemorisationReport *found)
{
    const MemorisationClass *all = found->all;

    for (int scope = 0; scope < N_SCOPES; scope++) {
        add_scoped(report, set, "diversity", "distinct-share", _("Traces that are distinct"), scope,
                   &all->distinct[scope]);
        add_scoped(report, set, "diversity", "to-trained",
                   _("Distance to the nearest trace trained on"), scope, &all->to_trained[scope]);
        add_scoped(report, set, "diversity", "to-held-out",
                   _("Distance to the nearest trace held out"), scope, &all->to_held_out[scope]);
        add_scoped(report, set, "memorisation", "copies", _("Traces that are one trained on"),
                   scope, &all->copies[scope]);
        add_scoped(report, set, "memorisation", "nearer-to-trained",
                   _("How often one trained on is nearer than one held out"), scope,
                   &all->nearer_to_trained[scope]);
        add_scoped(report, set, "memorisation", "copied-rows",
                   _("Packets that stand in the parent (real: in another capture of the class)"),
                   scope, &all->copied_rows[scope]);
        add_attacks(report, set, all, scope);
    }
}
