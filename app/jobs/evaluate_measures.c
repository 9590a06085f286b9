/* SPDX-License-Identifier: Apache-2.0 */
/* The numbers of every synthetic set that ask no classifier, each beside that of real traces. */
#include <glib/gi18n-lib.h>

#include "app/dataset/vocabulary.h"
#include "app/evaluate/evaluation_cache.h"
#include "app/evaluate/fidelity/fidelity.h"
#include "app/jobs/evaluate_look.h"
#include "app/jobs/evaluate_measures.h"
#include "app/jobs/evaluate_private.h"

/* To be raised with every change that gives other numbers from the same files. */
enum { MEASURES_VERSION = 1 };

typedef struct {
    EvaluateRun *run;
    Stage stage; /* of one set */
    EvaluationReport *report;
    guint set;
    LookedSet *real; /* what real traces are like, without counts */
} Measuring;

/* --- kept --- */

static char *
key_of(const Measuring *m)
{
    const EvaluationData *data = m->report->data;
    g_autoptr(GChecksum) sum = g_checksum_new(G_CHECKSUM_SHA256);
    g_autofree char *head = g_strdup_printf(
        "torchlight %s measures %d\n%d %d %" G_GUINT64_FORMAT "\n%s\n%d\n", TORCHLIGHT_VERSION,
        MEASURES_VERSION, data->n_packets, m->run->params->n_checked, m->run->params->options.seed,
        g_get_language_names()[0], data->first[1]);

    g_checksum_update(sum, (const guchar *)head, -1);
    for (guint s = 0; s <= m->set; s += MAX(1, m->set)) {
        const EvaluationSet *set = evaluation_data_set(data, s);

        for (guint i = 0; i < set->traces->len; i++) {
            const EvaluationTrace *trace = evaluation_set_trace(set, i);
            g_autofree char *line = g_strdup_printf(
                "%s %d %s %d\n", (char *)data->digests->pdata[data->first[s] + (int)i],
                (int)trace->part, trace->caption, trace->drawn != NULL);

            g_checksum_update(sum, (const guchar *)line, -1);
        }
    }
    return g_strdup(g_checksum_get_string(sum));
}

/* --- found --- */

/* The words of a caption, without what all captions begin with. */
static char *
class_of(const EvaluationTrace *trace)
{
    const char *words = g_str_has_prefix(trace->caption, CAPTION_PREFIX ":")
                            ? trace->caption + strlen(CAPTION_PREFIX ":")
                            : trace->caption;
    char *class = g_strstrip(g_strdup(words));

    return *class ? class : (g_free(class), g_strdup(_("no caption")));
}

static void
give_counts(Fidelity *fidelity, const EvaluationSet *set, Side side, LookedSet *looked)
{
    for (guint i = 0; i < looked->n; i++) {
        g_autofree char *class = class_of(evaluation_set_trace(set, looked->traces[i].index));

        if (looked->traces[i].counts)
            fidelity_add(fidelity, class, side, g_steal_pointer(&looked->traces[i].counts));
    }
}

/* Distances are told to the captures that no generator has seen; where a split leaves none, to
 * all. */
static int
compared_part(const EvaluationData *data)
{
    int counts[N_SPLIT_PARTS] = {0};
    const EvaluationSet *real = evaluation_data_set(data, 0);

    for (guint i = 0; i < real->traces->len; i++)
        counts[evaluation_set_trace(real, i)->part]++;
    return counts[SPLIT_INTO_TEST] > 0 ? SPLIT_INTO_TEST : -1;
}

static bool
measure_fidelity(const Measuring *m, LookedSet *drawn, GError **error)
{
    const EvaluationData *data = m->report->data;
    const LookOptions options = {.counts = true, .part = compared_part(data)};
    const Stage stage = stage_part(&m->stage, 0.6, 0.2);
    g_autoptr(Fidelity) fidelity = fidelity_new(layout_default());
    g_autoptr(FidelityReport) found = NULL;
    g_auto(LookedSet) real = {0};

    if (!evaluate_look(&stage, data, 0, &options, &real, error))
        return false;
    give_counts(fidelity, evaluation_data_set(data, 0), SIDE_REAL, &real);
    give_counts(fidelity, evaluation_data_set(data, m->set), SIDE_GENERATED, drawn);
    found = fidelity_compare(fidelity, m->run->params->options.seed);
    evaluate_add_fidelity(m->report, m->set, found);
    return torchlight_job_checkpoint(m->stage.job, error);
}

static bool
find_measures(const Measuring *m, GError **error)
{
    const LookOptions options = {
        .counts = true, .part = -1, .n_checked = m->run->params->n_checked};
    const Stage stage = stage_part(&m->stage, 0, 0.6);
    g_auto(LookedSet) drawn = {0};

    if (!evaluate_look(&stage, m->report->data, m->set, &options, &drawn, error) ||
        !measure_fidelity(m, &drawn, error))
        return false;
    evaluate_add_legality(m->report, m->set, &drawn, m->real);
    evaluate_add_compliance(m->report, m->set, &drawn, m->real);
    return true;
}

/* Of the real traces once, when a set needs it. */
static bool
look_at_real(const Measuring *m, GError **error)
{
    const LookOptions options = {.part = compared_part(m->report->data),
                                 .n_checked = m->run->params->n_checked};

    return m->real->traces ||
           evaluate_look(&m->stage, m->report->data, 0, &options, m->real, error);
}

static bool
measure_set(const Measuring *m, GError **error)
{
    g_autofree char *key = key_of(m);
    g_autofree char *kept = evaluation_cache_read(m->run->cache, key);
    g_autofree char *text = NULL;

    if (kept && evaluation_measures_from_text(m->report, m->set, kept))
        return true;
    if (!look_at_real(m, error) || !find_measures(m, error))
        return false;
    text = evaluation_measures_to_text(m->report, m->set);
    return evaluation_cache_write(m->run->cache, key, text, error);
}

bool
evaluate_measures(EvaluateRun *run, Stage stage, EvaluationReport *report, GError **error)
{
    guint n = report->data->sets->len;
    g_auto(LookedSet) real = {0};

    for (guint s = 1; s < n; s++) {
        const Measuring measuring = {.run = run,
                                     .stage =
                                         stage_part(&stage, (s - 1.0) / (n - 1), 1.0 / (n - 1)),
                                     .report = report,
                                     .set = s,
                                     .real = &real};

        if (!measure_set(&measuring, error))
            return false;
    }
    return true;
}
