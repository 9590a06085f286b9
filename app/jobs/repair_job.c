/* SPDX-License-Identifier: Apache-2.0 */
/* Read, repair, write the capture and the report. */
#include "app/jobs/repair_job.h"

#include <glib/gi18n-lib.h>
#include <string.h>

#include "app/jobs/paths.h"
#include "app/jobs/stages.h"
#include "app/jobs/timing_job.h"
#include "app/trace/atomic.h"
#include "app/trace/flow.h"
#include "app/trace/interchange.h"

typedef struct {
    RepairParams *params;
    RepairResult result;
} RepairData;

static const double SHARE_READ = 0.2, SHARE_WRITE = 0.2;

RepairParams *
repair_params_new(void)
{
    return g_new0(RepairParams, 1);
}

void
repair_params_free(RepairParams *params)
{
    if (!params)
        return;
    g_clear_pointer(&params->trace, trace_free);
    g_free(params->input);
    g_free(params->layout);
    g_free(params->output);
    g_free(params->template);
    g_free(params->timing);
    g_free(params->report);
    g_strfreev(params->without);
    g_clear_pointer(&params->as_drawn, g_array_unref);
    export_params_clear(&params->export);
    g_free(params);
}

static void
add_text(char **text, const char *chosen)
{
    if (!*text)
        *text = g_strdup(chosen);
}

static void
add_rules(RepairParams *params, const RepairChoices *choices)
{
    g_autoptr(GStrvBuilder) ids = g_strv_builder_new();
    g_autofree const char **without = repair_choices_without(choices);

    for (int i = 0; params->without && params->without[i]; i++)
        g_strv_builder_add(ids, params->without[i]);
    for (int i = 0; without && without[i]; i++) {
        if (!params->without || !g_strv_contains((const char *const *)params->without, without[i]))
            g_strv_builder_add(ids, without[i]);
    }
    g_strfreev(params->without);
    params->without = g_strv_builder_end(ids);
}

void
repair_params_add_choices(RepairParams *params, const RepairChoices *choices)
{
    ExportParams *export = &params->export;

    add_rules(params, choices);
    if (!params->as_drawn)
        params->as_drawn = g_array_copy(choices->as_drawn);
    params->mid_stream |= choices->mid_stream;
    add_text(&params->timing, choices->timing);
    add_text(&params->template, choices->template);
    add_text(&export->map, choices->map);
    if (export->addresses == ADDRESSES_AUTO)
        export->addresses = choices->addresses;
    if (export->macs == MACS_DERIVED)
        export->macs = choices->macs;
    if (export->payload == PAYLOAD_ZEROS)
        export->payload = choices->payload;
    if (export->link == CAPTURE_ETHERNET)
        export->link = choices->link;
    if (export->snaplen == 0)
        export->snaplen = choices->snaplen;
    export->annotate |= choices->annotate;
    if (choices->has_seed && params->seed == 0)
        params->seed = choices->seed;
}

void
repair_result_clear(RepairResult *result)
{
    g_clear_pointer(&result->trace, trace_free);
    g_clear_pointer(&result->report, repair_report_free);
    g_clear_pointer(&result->compliance, repair_compliance_free);
    g_clear_pointer(&result->comment, g_free);
}

static bool
check_outputs(const RepairParams *params, GError **error)
{
    const char *const inputs[] = {
        params->input ? params->input : "", params->template ? params->template : "",
        params->timing ? params->timing : "", params->export.map ? params->export.map : "", NULL};
    const char *const outputs[] = {params->output, params->report, params->export.provenance};

    for (guint i = 0; i < G_N_ELEMENTS(outputs); i++) {
        for (guint k = 0; k < i; k++) {
            if (g_strcmp0(outputs[i], outputs[k]) == 0 && outputs[i]) {
                g_set_error(error, G_OPTION_ERROR, G_OPTION_ERROR_BAD_VALUE,
                            _("“%s” cannot be two of the capture, the report and the provenance: "
                              "give each a name of its own."),
                            outputs[i]);
                return false;
            }
        }
        if (outputs[i] && !paths_check_output(outputs[i], inputs, error))
            return false;
    }
    return true;
}

static Trace *
read_drawn(const Stage *stage, const RepairParams *params, GError **error)
{
    g_autofree char *warning = NULL;
    Trace *trace;

    if (params->trace)
        return trace_copy(params->trace);
    trace = trace_read_any(params->input, params->layout, &warning, error);
    if (warning)
        torchlight_job_log(stage->job, "%s", warning);
    if (trace) /* they belong to the packets as they were */
        trace_keep_extra(trace, &(TraceExtra){.ethernet = false});
    return trace;
}

/* A template is taken under the default layout, which holds every header. */
static bool
read_template(const Stage *stage, const RepairParams *params, Trace **template, GError **error)
{
    g_autofree char *warning = NULL;

    *template = NULL;
    if (!params->template)
        return true;
    *template = trace_read_any(params->template, NULL, &warning, error);
    if (warning)
        torchlight_job_log(stage->job, "%s", warning);
    if (*template && !((*template)->sides & TRACE_HAS_DIRECTIONS))
        trace_set_directions(*template);
    return *template != NULL;
}

/* Times that are known stay; else they come from what is asked for, or what there is. */
static bool
read_timing(const RepairParams *params, const Trace *drawn, TimingModel **timing, GError **error)
{
    *timing = NULL;
    if (!params->timing && (params->template || drawn->sides & TRACE_HAS_TIMES))
        return true;
    return timing_choose(params->timing, timing, error);
}

static void
on_progress(double fraction, void *data)
{
    const Stage *stage = data;

    stage_progress(stage, fraction, _("repairing"));
}

static bool
write_results(const RepairParams *params, const Export *export, GCancellable *cancellable,
              RepairResult *result, GError **error)
{
    g_autoptr(AtomicFile) report = NULL;

    /* The report is on disk, but not under its name, before the capture gets its own. */
    if (params->report) {
        g_autofree char *json = repair_report_to_json(result->report);

        report = atomic_file_new(params->report, error);
        if (!report)
            return false;
        fputs(json, atomic_file_stream(report));
    }
    if (params->output && !export_write(export, result->trace, result->report, params->output,
                                        cancellable, &result->n_dropped, error))
        return false;
    return !report || atomic_file_commit(report, error);
}

/* The list of addresses and the payloads; the hosts of both traces get the addresses they will
 * have. */
static Export *
open_export(const Stage *stage, const RepairParams *params, Trace *drawn, Trace *template,
            GError **error)
{
    g_autofree char *warning = NULL;
    Export *export = export_open(&params->export, params->seed, params->template, &warning, error);

    if (warning)
        torchlight_job_log(stage->job, "%s", warning);
    if (!export)
        return NULL;
    export_map_trace(export, drawn);
    if (template)
        export_map_template(export, template);
    return export;
}

static void
note_times(const Trace *drawn, const RepairParams *params, const TimingModel *timing,
           Trace *repaired)
{
    const char *path = timing ? (params->timing ? params->timing : "lab.timing") : params->template;
    g_autofree char *name = path ? g_filename_display_basename(path) : NULL;
    g_autofree char *sampled =
        g_strdup_printf(timing ? "drawn from the model %s" : "sampled from %s", name ? name : "");

    export_note_times(repaired, drawn->sides & TRACE_HAS_TIMES ? "as they were"
                                : name                         ? sampled
                                                               : "1 ms apart");
}

static void
note_rules_off(const RepairParams *params, Trace *repaired)
{
    if (params->without && params->without[0])
        g_hash_table_replace(repaired->provenance, g_strdup("rules_off"),
                             g_strjoinv(", ", params->without));
}

static bool
check(const Export *export, const RepairOptions *options, RepairResult *made, GError **error)
{
    made->compliance = repair_compliance_new(made->trace, made->report, options, error);
    if (!made->compliance)
        return false;
    export_measure(export, made->trace, &made->measure);
    made->comment = export_comment(export, made->trace, made->report);
    return true;
}

bool
repair_stage(const Stage *stage, RepairParams *params, RepairResult *result, GError **error)
{
    Stage middle = stage_part(stage, SHARE_READ, 1 - SHARE_READ - SHARE_WRITE);
    RepairOptions options = {.seed = params->seed,
                             .payload = params->export.payload,
                             .addresses = params->export.addresses,
                             .without = (const char *const *)params->without,
                             .as_drawn =
                                 params->as_drawn ? (const int *)params->as_drawn->data : NULL,
                             .n_as_drawn = params->as_drawn ? (int)params->as_drawn->len : 0,
                             .mid_stream = params->mid_stream,
                             .cancellable = torchlight_job_get_cancellable(stage->job),
                             .progress = on_progress,
                             .progress_data = &middle};
    g_autoptr(Trace) drawn = NULL;
    g_autoptr(Trace) template = NULL;
    g_autoptr(Export) export = NULL;
    g_autoptr(TimingModel) timing = NULL;
    RepairResult made = {0};

    stage_progress(stage, 0, _("reading"));
    if (!check_outputs(params, error))
        return false;
    drawn = read_drawn(stage, params, error);
    if (!drawn || !read_template(stage, params, &template, error) ||
        !read_timing(params, drawn, &timing, error) ||
        !(export = open_export(stage, params, drawn, template, error)))
        return false;
    options.timing = timing;
    options.template_trace = template;
    options.payload_template = export_policy(export)->template;
    made.trace = repair_trace(drawn, &options, &made.report, error);
    if (made.trace) {
        note_times(drawn, params, timing, made.trace);
        note_rules_off(params, made.trace);
    }
    stage_progress(stage, 1 - SHARE_WRITE, _("writing"));
    if (made.trace && (!params->check || check(export, &options, &made, error)) &&
        torchlight_job_checkpoint(stage->job, error) &&
        write_results(params, export, options.cancellable, &made, error)) {
        *result = made;
        return true;
    }
    repair_result_clear(&made);
    return false;
}

static void
data_free(void *data_)
{
    RepairData *data = data_;

    repair_params_free(data->params);
    repair_result_clear(&data->result);
    g_free(data);
}

static bool
work(TorchlightJob *job, void *data_, GError **error)
{
    RepairData *data = data_;

    return repair_stage(&STAGE_WHOLE(job), data->params, &data->result, error);
}

TorchlightJob *
repair_job_new(RepairParams *params)
{
    RepairData *data = g_new0(RepairData, 1);

    data->params = params;
    return torchlight_job_new(_("Repair a trace"), work, data, data_free);
}

const RepairResult *
repair_job_get_result(TorchlightJob *job)
{
    return &((RepairData *)torchlight_job_get_data(job))->result;
}
