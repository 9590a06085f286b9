/* SPDX-License-Identifier: Apache-2.0 */
/* Asking the forests, the rules and tshark. */
#include "app/jobs/demo_judge.h"

#include "app/jobs/evaluate_look.h"
#include "app/jobs/paths.h"
#include "app/jobs/tshark_job.h"

void
demo_verdict_free(DemoVerdict *verdict)
{
    if (!verdict)
        return;
    g_clear_pointer(&verdict->drawn, g_ptr_array_unref);
    g_clear_pointer(&verdict->real, g_ptr_array_unref);
    g_free(verdict->asked);
    forests_free(verdict->forests);
    g_free(verdict);
}

static GPtrArray *
ask_about(DemoVerdict *verdict, const char *capture, ComplianceCount *compliance,
          GCancellable *cancellable, GError **error)
{
    g_autofree char *warning = NULL; /* of captures that we wrote, or that were read before */
    g_autoptr(Trace) trace =
        evaluation_trace_read(capture, NULL, verdict->forests->n_packets, &warning, error);

    if (!trace || (compliance && !compliance_count(compliance, trace, cancellable, error)))
        return NULL;
    return forests_ask(verdict->forests, trace, error);
}

/* The words that the caption has on the axes of the forests. */
static bool
find_words(DemoVerdict *verdict, const char *prompt, GError **error)
{
    g_autofree char *path = paths_vocabulary(NULL);
    g_autoptr(Vocabulary) vocabulary = path ? vocabulary_read(path, error) : NULL;
    guint n = verdict->forests->axes->len;

    verdict->asked = g_new0(const char *, n + 1);
    for (guint i = 0; vocabulary && i < n; i++) {
        const char *axis = forests_axis(verdict->forests, i)->axis;

        verdict->asked[i] = g_intern_string(evaluation_word(vocabulary, prompt, axis, NULL));
    }
    return vocabulary != NULL || !path;
}

DemoVerdict *
demo_judge(Forests *forests, const char *prompt, const char *drawn, const char *real,
           GCancellable *cancellable, GError **error)
{
    DemoVerdict *verdict = g_new0(DemoVerdict, 1);

    verdict->forests = forests;
    verdict->has_tshark = tshark_is_there();
    if (find_words(verdict, prompt, error) &&
        (verdict->drawn = ask_about(verdict, drawn, &verdict->rules, cancellable, error)) &&
        (verdict->real = ask_about(verdict, real, NULL, cancellable, error)) &&
        (!verdict->has_tshark || evaluate_ask_tshark(drawn, cancellable, &verdict->tshark, error)))
        return verdict;
    demo_verdict_free(verdict);
    return NULL;
}
