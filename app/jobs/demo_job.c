/* SPDX-License-Identifier: Apache-2.0 */
/* The stages of the whole way, one after the other, in one folder. */
#include "app/jobs/demo_job.h"

#include <glib/gi18n-lib.h>
#include <string.h>

#include "app/dataset/captions.h"
#include "app/jobs/classify_job.h"
#include "app/jobs/demo_judge.h"
#include "app/jobs/edges.h"
#include "app/jobs/paths.h"
#include "app/jobs/run_folder.h"
#include "app/jobs/stages.h"

/* Of a combination that the bundled model has not seen, and a capture that the bundled forests have
 * not. */
#define DEFAULT_EXAMPLE "wireguard_dash_1080_http1.1_00001.pcap"

typedef struct {
    DemoParams *params;
    DemoResult result;
} DemoData;

/* A demo under way. */
typedef struct {
    const DemoParams *params;
    DemoResult *result;
    RunFolder *folder;
    Forests *forests; /* owned until they judge */
    TorchlightJob *job;
    Stage stage;        /* the present one */
    gint64 start_us;    /* of it */
    char *captures_dir; /* owned, as all below */
    char *captions;
    char *example; /* path of the capture */
    char *picture; /* name of its picture in the dataset */
    char *prompt;
} Demo;

enum {
    STAGE_DATASET,
    STAGE_EDGES,
    STAGE_TRAIN,
    STAGE_GENERATE,
    STAGE_REPAIR,
    STAGE_JUDGE,
    N_STAGES
};

/* Where each begins on a 2-core machine. */
static const double stage_starts[N_STAGES + 1] = {0, 0.03, 0.035, 0.65, 0.96, 0.98, 1};

DemoParams *
demo_params_new(void)
{
    DemoParams *params = g_new(DemoParams, 1);

    *params = (DemoParams){.train_steps = 30,
                           .train_rows = 512,
                           .sample_steps = 20,
                           .control_weight = 1,
                           .guidance = 4,
                           .seed = 1};
    return params;
}

void
demo_params_free(DemoParams *params)
{
    if (!params)
        return;
    g_free(params->output);
    g_free(params->captures);
    g_free(params->example);
    g_free(params->model);
    g_free(params->controlnet);
    g_free(params->forests);
    g_free(params->device);
    g_free(params);
}

static void
stage_free(void *data)
{
    DemoStage *stage = data;

    g_free(stage->title);
    g_free(stage->what);
    g_free(stage->path);
    g_free(stage);
}

static void
demo_clear(Demo *demo)
{
    g_clear_pointer(&demo->folder, run_folder_free);
    g_clear_pointer(&demo->forests, forests_free);
    g_free(demo->captures_dir);
    g_free(demo->captions);
    g_free(demo->example);
    g_free(demo->picture);
    g_free(demo->prompt);
}

static void
begin(Demo *demo, int stage)
{
    demo->stage =
        (Stage){demo->job, stage_starts[stage], stage_starts[stage + 1] - stage_starts[stage]};
    demo->start_us = g_get_monotonic_time();
}

/* Notes what the stage did; name is that of its result in the folder. */
static void
end(Demo *demo, const char *title, const char *name, char *what)
{
    DemoStage *stage = g_new0(DemoStage, 1);

    stage->title = g_strdup(title);
    stage->what = what;
    stage->path = g_build_filename(demo->params->output, name, NULL);
    stage->seconds = (double)(g_get_monotonic_time() - demo->start_us) / G_USEC_PER_SEC;
    g_ptr_array_add(demo->result->stages, stage);
    torchlight_job_log(demo->job, _("%d of %d  %s: %s (%.1f s)"), (int)demo->result->stages->len,
                       N_STAGES, stage->title, stage->what, stage->seconds);
    torchlight_job_log(demo->job, "        → %s", stage->path);
}

/* --- the stages --- */

static int
compare_text(const void *a, const void *b)
{
    return strcmp(*(char *const *)a, *(char *const *)b);
}

/* The captures of the folder, by name; NULL-terminated. */
static char **
list_captures(const char *dir, GError **error)
{
    GPtrArray *paths = g_ptr_array_new();
    GDir *listing = g_dir_open(dir, 0, NULL);
    const char *name;

    while (listing && (name = g_dir_read_name(listing))) {
        if (g_str_has_suffix(name, ".pcap") || g_str_has_suffix(name, ".pcapng"))
            g_ptr_array_add(paths, g_build_filename(dir, name, NULL));
    }
    g_clear_pointer(&listing, g_dir_close);
    if (paths->len == 0)
        g_set_error(error, G_IO_ERROR, G_IO_ERROR_NOT_FOUND,
                    _("“%s” holds no capture: name a folder of captures."), dir);
    g_ptr_array_sort(paths, compare_text);
    g_ptr_array_add(paths, NULL);
    return (char **)g_ptr_array_free(paths, FALSE);
}

static bool
find_example(Demo *demo, GError **error)
{
    const char *name = demo->params->example ? demo->params->example : DEFAULT_EXAMPLE;
    g_autoptr(Captions) captions = NULL;
    g_autofree char *stem = g_strdup(name);
    char *dot = strrchr(stem, '.');

    demo->captures_dir =
        demo->params->captures ? g_strdup(demo->params->captures) : paths_data("samples", NULL);
    demo->captions = g_build_filename(demo->captures_dir, "captions.csv", NULL);
    demo->example = g_build_filename(demo->captures_dir, name, NULL);
    if (!g_file_test(demo->example, G_FILE_TEST_EXISTS)) {
        g_set_error(error, G_IO_ERROR, G_IO_ERROR_NOT_FOUND,
                    _("“%s” is not there: name a folder of captures and one of them, or set "
                      "TORCHLIGHT_DATADIR to the data folder."),
                    demo->example);
        return false;
    }
    captions = captions_read(demo->captions, error);
    if (!captions)
        return false;
    demo->prompt = g_strdup(captions_find(captions, name, error));
    if (dot)
        *dot = '\0';
    demo->picture = g_strconcat("dataset/", stem, ".png", NULL);
    return demo->prompt != NULL;
}

static bool
make_dataset(Demo *demo, GError **error)
{
    g_autoptr(DatasetParams) params = dataset_params_new();
    g_autoptr(GError) local = NULL;
    DatasetResult result;

    begin(demo, STAGE_DATASET);
    params->captures = list_captures(demo->captures_dir, &local);
    params->captions = g_strdup(demo->captions);
    params->output = run_folder_file(demo->folder, "dataset");
    params->max_windows = 1; /* so that each picture has its capture's name */
    if (local) {
        g_propagate_error(error, g_steal_pointer(&local));
        return false;
    }
    if (!dataset_stage(&demo->stage, params, &result, error))
        return false;
    end(demo, _("Draw"), "dataset",
        g_strdup_printf(_("%d real captures as %d pictures with %d different captions"),
                        result.n_captures, result.n_pictures, result.n_captions));
    return true;
}

static bool
find_edges(Demo *demo, GError **error)
{
    g_autofree char *picture = run_folder_file(demo->folder, demo->picture);
    g_autofree char *edges = run_folder_file(demo->folder, "edges.png");
    EdgesParams params = {
        .input = picture, .output = edges, .device = "cpu", .low = 100, .high = 200};
    EdgesResult result = {0};

    begin(demo, STAGE_EDGES);
    stage_progress(&demo->stage, 0, _("finding edges"));
    if (!torchlight_job_checkpoint(demo->job, error) || !edges_run(&params, &result, error))
        return false;
    end(demo, _("Edges"), "edges.png",
        g_strdup_printf(_("the %d edge pixels of %s, to guide the drawing"), (int)result.n_edges,
                        demo->picture));
    return true;
}

static bool
train(Demo *demo, GError **error)
{
    const DemoParams *p = demo->params;
    g_autoptr(TrainParams) params = train_params_new();
    TrainResult result = {0};

    begin(demo, STAGE_TRAIN);
    params->dataset = run_folder_file(demo->folder, "dataset");
    params->output = run_folder_file(demo->folder, "lora.safetensors");
    params->model = g_strdup(p->model);
    params->device = g_strdup(p->device);
    params->steps = p->train_steps;
    params->rows = p->train_rows;
    params->seed = p->seed;
    if (!train_stage(&demo->stage, params, &result, error))
        return false;
    end(demo, _("Fine-tune"), "lora.safetensors",
        g_strdup_printf(_("a LoRA of rank %d in %d steps, loss %.3f, %.2f s a step"), params->rank,
                        result.steps, result.loss, result.seconds_per_step));
    demo->result->device = result.device;
    return true;
}

static bool
generate(Demo *demo, GError **error)
{
    const DemoParams *p = demo->params;
    g_autoptr(GenerateParams) params = generate_params_new();
    g_autofree char *lora = run_folder_file(demo->folder, "lora.safetensors");
    GenerateResult result = {0};

    begin(demo, STAGE_GENERATE);
    params->model = g_strdup(p->model);
    params->controlnet = g_strdup(p->controlnet);
    params->device = g_strdup(p->device);
    params->prompt = g_strdup(demo->prompt);
    params->control = run_folder_file(demo->folder, "edges.png");
    params->control_weight = p->control_weight;
    params->guidance = p->guidance;
    params->steps = p->sample_steps;
    params->seed = p->seed;
    params->output = run_folder_file(demo->folder, "generated");
    generate_params_add_lora(params, lora, 1);
    if (!generate_stage(&demo->stage, params, &result, error))
        return false;
    end(demo, _("Generate"), "generated/00000.png",
        g_strdup_printf(_("a new picture of “%s” in %d guided steps"), demo->prompt,
                        params->steps));
    generate_result_clear(&result);
    return true;
}

static bool
repair(Demo *demo, GError **error)
{
    g_autoptr(RepairParams) params = repair_params_new();
    RepairResult result = {0};

    begin(demo, STAGE_REPAIR);
    params->input = run_folder_file(demo->folder, "generated/00000.png");
    params->template = g_strdup(demo->example);
    params->output = run_folder_file(demo->folder, "synthetic.pcap");
    params->report = run_folder_file(demo->folder, "report.json");
    params->seed = demo->params->seed;
    if (!repair_stage(&demo->stage, params, &result, error))
        return false;
    end(demo, _("Repair"), "synthetic.pcap",
        g_strdup_printf(_("%d packets in %d flows, %.2f %% of the drawn bits changed"),
                        result.report->n_rows_out - result.n_dropped, result.report->n_flows,
                        100.0 * (double)result.report->n_bits_changed /
                            (double)MAX(1, result.report->n_bits)));
    demo->result->report_table = repair_report_to_table(result.report);
    repair_result_clear(&result);
    return true;
}

static bool
judge(Demo *demo, GError **error)
{
    g_autofree char *capture = run_folder_file(demo->folder, "synthetic.pcap");
    DemoVerdict *verdict;
    guint n_asked = 0, n_right = 0;

    begin(demo, STAGE_JUDGE);
    stage_progress(&demo->stage, 0, _("asking the forests"));
    if (!torchlight_job_checkpoint(demo->job, error))
        return false;
    verdict = demo_judge(g_steal_pointer(&demo->forests), demo->prompt, capture, demo->example,
                         torchlight_job_get_cancellable(demo->job), error);
    if (!verdict)
        return false;
    demo->result->verdict = verdict;
    for (guint i = 0; i < verdict->forests->axes->len; i++) {
        const ForestAnswer *answer = verdict->drawn->pdata[i];

        n_asked += verdict->asked[i] != NULL;
        n_right += g_strcmp0(verdict->asked[i], answer->word) == 0;
    }
    end(demo, _("Judge"), "synthetic.pcap",
        g_strdup_printf(_("taken for what was asked on %u of %u axes"), n_right, n_asked));
    return true;
}

static void
note_params(Demo *demo)
{
    const DemoParams *p = demo->params;
    JsonObject *object = run_folder_parameters(demo->folder);
    g_autofree char *example = g_filename_display_basename(demo->example);
    g_autofree char *model = g_filename_display_basename(p->model ? p->model : "mini");

    json_object_set_string_member(object, "example", example);
    json_object_set_string_member(object, "model", model);
    json_object_set_string_member(object, "prompt", demo->prompt);
    json_object_set_string_member(object, "device", demo->result->device);
    json_object_set_int_member(object, "train_steps", p->train_steps);
    json_object_set_int_member(object, "train_rows", p->train_rows);
    json_object_set_int_member(object, "sample_steps", p->sample_steps);
    json_object_set_double_member(object, "control_weight", p->control_weight);
    json_object_set_double_member(object, "guidance", p->guidance);
    json_object_set_int_member(object, "seed", (gint64)p->seed);
}

static bool
run(Demo *demo, GError **error)
{
    demo->folder = run_folder_new(demo->params->output, "demo", error);
    if (demo->folder)
        demo->forests = classify_load_forests(demo->params->forests, error);
    if (!demo->forests || !find_example(demo, error) || !make_dataset(demo, error) ||
        !find_edges(demo, error) || !train(demo, error) || !generate(demo, error) ||
        !repair(demo, error) || !judge(demo, error))
        return false;
    demo->result->prompt = g_strdup(demo->prompt);
    note_params(demo);
    demo->result->capture = g_build_filename(demo->params->output, "synthetic.pcap", NULL);
    return run_folder_commit(demo->folder, error);
}

static bool
work(TorchlightJob *job, void *data_, GError **error)
{
    DemoData *data = data_;
    Demo demo = {.params = data->params, .result = &data->result, .job = job};
    bool done = run(&demo, error);

    demo_clear(&demo);
    return done;
}

static void
data_free(void *data_)
{
    DemoData *data = data_;

    demo_params_free(data->params);
    g_ptr_array_unref(data->result.stages);
    g_free(data->result.capture);
    g_free(data->result.device);
    g_free(data->result.report_table);
    g_free(data->result.prompt);
    demo_verdict_free(data->result.verdict);
    g_free(data);
}

TorchlightJob *
demo_job_new(DemoParams *params)
{
    DemoData *data = g_new0(DemoData, 1);

    data->params = params;
    data->result.stages = g_ptr_array_new_with_free_func(stage_free);
    return torchlight_job_new(_("Walk the whole way"), work, data, data_free);
}

const DemoResult *
demo_job_get_result(TorchlightJob *job)
{
    return &((DemoData *)torchlight_job_get_data(job))->result;
}
