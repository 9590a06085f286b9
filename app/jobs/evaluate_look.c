/* SPDX-License-Identifier: Apache-2.0 */
/* Traces looked at in parallel. Each has its place, so that nothing depends on who came first. */
#include "app/jobs/evaluate_look.h"

#include <glib/gi18n-lib.h>

#include "app/evaluate/learn/watch.h"
#include "app/jobs/tshark_job.h"

enum { BATCH = 16 };

typedef struct {
    const EvaluationData *data;
    guint set, first; /* first: of the batch */
    Looked *traces;
    char **problems; /* (n of the batch) */
    bool counts, with_tshark;
    GCancellable *cancellable;
} Looking;

void
looked_set_clear(LookedSet *looked)
{
    for (guint i = 0; i < looked->n; i++) {
        trace_counts_free(looked->traces[i].counts);
        packed_trace_free(looked->traces[i].packed);
    }
    g_clear_pointer(&looked->traces, g_free);
    looked->n = 0;
}

/* --- one trace --- */

bool
evaluate_ask_tshark(const char *path, GCancellable *cancellable, ExpertCount *count, GError **error)
{
    const char *const *command = expert_command();
    g_autoptr(GPtrArray) words = g_ptr_array_new();
    g_autoptr(GSubprocessLauncher) launcher = g_subprocess_launcher_new(
        G_SUBPROCESS_FLAGS_STDOUT_PIPE | G_SUBPROCESS_FLAGS_STDERR_SILENCE);
    g_autoptr(GSubprocess) process = NULL;
    g_autofree char *text = NULL;

    for (int i = 0; command[i]; i++)
        g_ptr_array_add(words, (gpointer)command[i]);
    g_ptr_array_add(words, (gpointer) "-r");
    g_ptr_array_add(words, (gpointer)path);
    g_ptr_array_add(words, NULL);
    g_subprocess_launcher_setenv(launcher, "LC_ALL", "C.UTF-8", TRUE);
    process = g_subprocess_launcher_spawnv(launcher, (const char *const *)words->pdata, error);
    if (!process)
        return false;
    if (!g_subprocess_communicate_utf8(process, NULL, cancellable, &text, NULL, error)) {
        g_subprocess_force_exit(process);
        return false;
    }
    return expert_count(count, text ? text : "", error);
}

static bool
check_drawn(const Looking *looking, const EvaluationTrace *trace, Looked *looked, GError **error)
{
    /* As sets are repaired when they are made: connections may begin in their middle. */
    const RepairOptions options = {.mid_stream = true, .cancellable = looking->cancellable};
    g_autoptr(Trace) drawn = evaluation_data_open(looking->data, trace, trace->drawn, error);
    g_autoptr(RepairReport) report = NULL;
    g_autoptr(Trace) repaired = NULL;

    if (!drawn)
        return false;
    legality_count(&looked->legality, drawn);
    repaired = repair_trace(drawn, &options, &report, error);
    if (!repaired)
        return false;
    legality_count_repair(&looked->legality, drawn, report);
    looked->has_drawn = true;
    return true;
}

/* Real traces were not drawn: that theirs are legal says what the checks miss. */
static bool
check(const Looking *looking, const EvaluationTrace *trace, const Trace *read, Looked *looked,
      GError **error)
{
    bool is_capture =
        g_str_has_suffix(trace->path, ".pcap") || g_str_has_suffix(trace->path, ".pcapng");

    if (!compliance_count(&looked->compliance, read, looking->cancellable, error))
        return false;
    if (trace->drawn && !check_drawn(looking, trace, looked, error))
        return false;
    if (!trace->drawn)
        legality_count(&looked->legality, read);
    if (!looking->with_tshark || !is_capture)
        return true;
    looked->has_expert =
        evaluate_ask_tshark(trace->path, looking->cancellable, &looked->expert, error);
    return looked->has_expert;
}

static void
look(int i, int thread, gpointer user)
{
    Looking *looking = user;
    Looked *looked = &looking->traces[looking->first + (guint)i];
    const EvaluationTrace *trace =
        evaluation_set_trace(evaluation_data_set(looking->data, looking->set), looked->index);
    g_autoptr(GError) local = NULL;
    g_autoptr(Trace) read = NULL;

    if (!looking->counts && !looked->checked)
        return;
    read = evaluation_data_open(looking->data, trace, NULL, &local);
    if (read && looking->counts) {
        looked->counts = trace_counts_new(read, looking->data->n_packets);
        looked->packed = packed_trace_new(read, looking->data->n_packets);
    }
    if (!read || (looked->checked && !check(looking, trace, read, looked, &local))) {
        looked->checked = false;
        looking->problems[i] = g_strdup_printf("%s: %s", trace->name, local->message);
    }
}

/* --- all of them --- */

/* Which traces, and which of them are checked: every so-manieth. */
static void
choose(const EvaluationData *data, guint set, const LookOptions *options, LookedSet *looked)
{
    const EvaluationSet *its = evaluation_data_set(data, set);
    guint n_checked;

    looked->traces = g_new0(Looked, its->traces->len + 1);
    looked->n = 0;
    for (guint i = 0; i < its->traces->len; i++) {
        if (!its->is_real || options->part < 0 ||
            evaluation_set_trace(its, i)->part == (SplitPart)options->part)
            looked->traces[looked->n++].index = i;
    }
    n_checked = options->n_checked < 0 ? looked->n : MIN((guint)options->n_checked, looked->n);
    for (guint k = 0; k < n_checked; k++)
        looked->traces[(guint64)k * looked->n / n_checked].checked = true;
}

bool
evaluate_look(const Stage *stage, const EvaluationData *data, guint set, const LookOptions *options,
              LookedSet *looked, GError **error)
{
    EvaluationSet *its = evaluation_data_set(data, set);
    Looking looking = {.data = data,
                       .set = set,
                       .counts = options->counts,
                       .with_tshark = tshark_is_there(),
                       .cancellable = torchlight_job_get_cancellable(stage->job)};
    const LearnWatch watch = {.cancellable = looking.cancellable};

    choose(data, set, options, looked);
    looking.traces = looked->traces;
    for (; looking.first < looked->n; looking.first += BATCH) {
        guint n = MIN(BATCH, looked->n - looking.first);
        char *problems[BATCH] = {NULL};
        bool good;

        looking.problems = problems;
        stage_progress(stage, (double)looking.first / looked->n, _("%s: looking at trace %u of %u"),
                       its->name, looking.first + 1, looked->n);
        good = torchlight_job_checkpoint(stage->job, error) &&
               learn_in_parallel((int)n, &watch, look, &looking, error);
        for (guint i = 0; i < n; i++) {
            if (good && problems[i])
                evaluation_set_note(its, "%s", problems[i]);
            g_free(problems[i]);
        }
        if (!good)
            return false;
    }
    return torchlight_job_checkpoint(stage->job, error);
}
